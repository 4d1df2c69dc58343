import { X509Certificate } from 'node:crypto'
import type { Connector, Settings } from '#domain/connector.ts'
import { joinTerms, type Term } from './core/term.ts'
import type { HandTerm } from './store.ts'

/** Every end that is known of a connection: told by its connector, read out of certificates and tokens in its settings, or typed. */
export function readTerms(connector: Connector, settings: Settings, typed: readonly HandTerm[]): Term[] {
  const told = (connector.credentialTerms?.(settings) ?? []).map(
    (term): Term => ({ ...term, source: 'connector', note: '' }),
  )
  const found = connector.fields.flatMap((field): Term[] => {
    const value = settings[field.name] ?? ''
    const certificate = endOfCertificate(value)
    const end = certificate ?? endOfToken(value)
    if (end === null) return []
    return [
      {
        field: field.name,
        what: { zh: field.zh, en: field.en },
        expiresAt: end,
        renewable: false,
        source: certificate === null ? 'token' : 'certificate',
        note: '',
      },
    ]
  })
  const byHand = typed.map(({ field, expiresAt, note }): Term => {
    const known = connector.fields.find((one) => one.name === field)
    return {
      field,
      what: { zh: known?.zh ?? field, en: known?.en ?? field },
      expiresAt,
      renewable: false,
      source: 'hand',
      note,
    }
  })
  return joinTerms([...told, ...found, ...byHand])
}

/** The first end of all certificates of a PEM text: a chain is good as long as its shortest part. */
function endOfCertificate(value: string): Temporal.Instant | null {
  if (!value.includes('-----BEGIN CERTIFICATE-----')) return null
  const blocks = value.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const ends = blocks.flatMap((block) => {
    try {
      const body = block.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, '')
      const { validToDate } = new X509Certificate(Buffer.from(body, 'base64'))
      return [Temporal.Instant.fromEpochMilliseconds(validToDate.getTime())]
    } catch {
      return []
    }
  })
  return ends.sort(Temporal.Instant.compare)[0] ?? null
}

/** When a JSON Web Token says that it ends (RFC 7519, `exp`); null for what is none. */
function endOfToken(value: string): Temporal.Instant | null {
  if (!/^[\w-]{8,}\.[\w-]{8,}\.[\w-]*$/.test(value)) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString())
    const seconds = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : null
    if (typeof seconds !== 'number' || !(seconds > 0 && seconds < 1e11)) return null
    return Temporal.Instant.fromEpochMilliseconds(Math.floor(seconds) * 1_000)
  } catch {
    return null
  }
}
