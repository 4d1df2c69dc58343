export type GuessedFormat = {
  /** LDML letters, `epoch`, `excel`, or empty for what needs no format. */
  readonly format: string
  /** `day_or_month`: the samples fit both orders; `date_only`: days without a clock; `no_times`: something else. */
  readonly question: 'day_or_month' | 'date_only' | 'no_times' | null
  /** Whether the texts say their offset from UTC. */
  readonly offset: boolean
}

const NUMBERS =
  /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(:\d{2})?( ?[AaPp][Mm])?)?$/

/**
 * Finds the format that fits all samples. Day or month first is decided by a number above 12 and by nothing else: where no
 * sample has one, the month is put first and the question asked.
 */
export function guessDateFormat(samples: readonly string[]): GuessedFormat | null {
  const texts = samples.map((text) => text.trim()).filter((text) => text !== '')
  const first = texts[0]
  if (first === undefined) return null
  if (texts.every((text) => /^\d{10}$|^\d{13}$|^\d{16}$|^\d{19}$/.test(text)))
    return { format: 'epoch', question: null, offset: true }
  if (texts.every((text) => /^[234]\d{4}(\.\d+)?$/.test(text)))
    return { format: 'excel', question: null, offset: false }
  const yearFirst = /^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}/
  if (texts.every((text) => yearFirst.test(text))) {
    const dateOnly = texts.every((text) => !/\d:\d\d/.test(text))
    const offset = texts.every((text) => /(?:Z|[+-]\d{2}:?\d{2})$/.test(text) && /\d:\d\d/.test(text))
    return { format: '', question: dateOnly ? 'date_only' : null, offset }
  }
  const parts = texts.map((text) => NUMBERS.exec(text))
  if (parts.some((part) => part === null)) return { format: '', question: 'no_times', offset: false }
  return numbersFormat(parts.filter((part) => part !== null))
}

function numbersFormat(parts: readonly RegExpExecArray[]): GuessedFormat {
  const [sample] = parts
  const separator = sample?.[2] ?? '/'
  const dayFirst = parts.some((part) => Number(part[1]) > 12)
  const monthFirst = parts.some((part) => Number(part[3]) > 12)
  const [a, b] = separator === '.' || (dayFirst && !monthFirst) ? ['d', 'M'] : ['M', 'd']
  const year = parts.every((part) => part[4]?.length === 4) ? 'yyyy' : 'yy'
  const timed = parts.find((part) => part[5] !== undefined)
  const half = timed?.[8] !== undefined
  const clock =
    timed === undefined
      ? ''
      : ` ${half ? 'h' : 'H'}:mm${timed[7] === undefined ? '' : ':ss'}${half ? (timed[8]?.startsWith(' ') === true ? ' a' : 'a') : ''}`
  const unclear = separator !== '.' && dayFirst === monthFirst
  const question = unclear ? 'day_or_month' : timed === undefined ? 'date_only' : null
  return { format: `${a}${separator}${b}${separator}${year}${clock}`, question, offset: false }
}
