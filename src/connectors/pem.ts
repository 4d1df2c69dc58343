/**
 * A PEM text with its lines as TLS wants them. A field of one line, and many a secret store, hands it over without line breaks or with
 * blanks in their place; Node then finds no certificate in it.
 */
export function pemLines(text: string): string {
  return text
    .trim()
    .replace(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----\s*/g, (_, name: string, body: string) => {
      const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
      return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ''].join('\n')
    })
}
