/** 7 to 15 digits, also in groups (138-0013 8000); a date is none. */
const LONG_NUMBER = /(?<![\d-])(?!\d{4}([-/])\d{1,2}\1\d{1,2}(?!\d))\d(?:[ -]?\d){6,14}(?![\d-]?\d)/g
/** Words that stand where a name could, and the ones at which a name ends. */
const NO_NAME = '正在|已|将|为您|因|会|未|请|电话|联系|本人|家人|同事|门卫|前台|物业|驿站|快递柜|丰巢|菜鸟'
const NAMED = new RegExp(
  `(快递员|派件员|派送员|业务员|收派员|取件员|签收人|收件人|代收人|联系人)([\\s:：是为]*)(?![\\s:：是为]|${NO_NAME})(\\p{Script=Han}{2,4}?)(?=${NO_NAME}|派|送|取|签|收|的|先生|女士|\\P{Script=Han}|$)|` +
    `(${['courier', 'signed by', 'received by', 'signed for by'].map(anyCase).join('|')})([\\s:]*)(?!the |your )(\\p{Lu}[\\p{L}.'-]*(?: \\p{Lu}[\\p{L}.'-]*)*)`,
  'gu',
)

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
            .replace(NAMED, (...found: string[]) => {
              const [, han = '', hanGap = '', hanName = '', role = '', gap = '', name = ''] = found
              return `${han}${role}${hanGap}${gap}${[...(hanName || name)][0] ?? ''}**`
            })
            .replace(LONG_NUMBER, maskDigits),
    )
    .join('')
}

function anyCase(words: string): string {
  return words.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
}

/** The first three and the last two stay. */
function maskDigits(number: string): string {
  const digits = number.replace(/\D/g, '')
  return `${digits.slice(0, 3)}****${digits.slice(-2)}`
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** The last four digits of a phone, or null where it has fewer. */
export function tailOf(phone: string): string | null {
  const digits = phone.replace(/\D/g, '')
  return digits.length < 4 ? null : digits.slice(-4)
}
