const LONG_NUMBER = /(?<!\d)(\d{3})\d{2,8}(\d{2})(?!\d)/g
const NAMED =
  /(快递员|派件员|派送员|业务员|收派员|取件员|签收人|收件人|代收人|联系人|courier|signed by|received by)([\s:：是]*)([\p{Script=Han}]{2,4}|[A-Z][\p{L}.'-]+(?: [A-Z][\p{L}.'-]+)*)/giu

/** A carrier's own words without phone numbers and without the names that stand behind a role. Tracking numbers are kept out of it by the caller. */
export function maskWords(words: string, keep: readonly string[] = []): string {
  const kept = keep.filter((text) => text !== '')
  const parts =
    kept.length === 0 ? [words] : words.split(new RegExp(`(${kept.map(literally).join('|')})`, 'u'))
  return parts
    .map((part) =>
      kept.includes(part)
        ? part
        : part
            .replace(
              NAMED,
              (_, role: string, gap: string, name: string) => `${role}${gap}${[...name][0] ?? ''}**`,
            )
            .replace(LONG_NUMBER, '$1****$2'),
    )
    .join('')
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The last four digits of a phone, or null where it has fewer. */
export function tailOf(phone: string): string | null {
  const digits = phone.replace(/\D/g, '')
  return digits.length < 4 ? null : digits.slice(-4)
}
