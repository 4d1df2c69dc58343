import { type Digits, hourOfHalf, none, type TimeText, wallOf } from './source-time-text.ts'

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** Letters of a declared format: what they match, and which part they are. */
const LETTERS: readonly (readonly [letters: string, pattern: string, part: string])[] = [
  ['yyyy', '\\d{4}', 'year'],
  ['yy', '\\d{2}', 'shortYear'],
  ['MMMM', '[A-Za-z]{3,9}', 'monthName'],
  ['MMM', '[A-Za-z]{3,4}', 'monthName'],
  ['MM', '\\d{1,2}', 'month'],
  ['M', '\\d{1,2}', 'month'],
  ['dd', '\\d{1,2}', 'day'],
  ['d', '\\d{1,2}', 'day'],
  ['HH', '\\d{1,2}', 'hour'],
  ['H', '\\d{1,2}', 'hour'],
  ['hh', '\\d{1,2}', 'hour'],
  ['h', '\\d{1,2}', 'hour'],
  ['mm', '\\d{2}', 'minute'],
  ['m', '\\d{1,2}', 'minute'],
  ['ss', '\\d{2}', 'second'],
  ['s', '\\d{1,2}', 'second'],
  ['SSSSSSSSS', '\\d{1,9}', 'fraction'],
  ['SSS', '\\d{1,9}', 'fraction'],
  ['a', '[AaPp]\\.?[Mm]\\.?', 'half'],
  ['X'.repeat(3), 'Z|[+-]\\d{2}:?\\d{2}', 'tail'],
  ['Z', 'Z|[+-]\\d{2}:?\\d{2}', 'tail'],
]

type Compiled = { readonly pattern: RegExp; readonly parts: readonly string[] }
const compiled = new Map<string, Compiled>()

/**
 * Reads a text in the format that its source declared, in the letters of Unicode's LDML (`dd/MM/yyyy HH:mm`, `M/d/yy`).
 * Null when the text does not have that form; a two-digit year lies in 2000-2099.
 */
export function parseByFormat(text: string, format: string): TimeText | null {
  const { pattern, parts } = compiledOf(format)
  const match = pattern.exec(text.normalize('NFKC').replace(/\s+/g, ' ').trim())
  if (match === null) return null
  const found: Record<string, string> = {}
  for (const [index, part] of parts.entries()) found[part] = match[index + 1] ?? ''
  const month = found.monthName === undefined ? found.month : monthOf(found.monthName)
  const year = found.year ?? (found.shortYear === undefined ? undefined : `20${found.shortYear}`)
  if (year === undefined || month === undefined || found.day === undefined) return none('not_a_time')
  if (found.hour === undefined) return none('date_only')
  const half = found.half
  const hour = half === undefined ? Number(found.hour) : hourOfHalf(Number(found.hour), half.slice(0, 1))
  if (hour === null) return none('no_such_clock')
  const { day, minute, second, fraction, tail } = found
  const digits: Digits = { year, month, day, hour: String(hour), minute, second, fraction }
  return wallOf(digits, tail)
}

function compiledOf(format: string): Compiled {
  const known = compiled.get(format)
  if (known !== undefined) return known
  if (compiled.size > 200) compiled.clear()
  const parts: string[] = []
  let pattern = ''
  let rest = format.slice(0, 100).replace(/\s+/g, ' ').trim()
  while (rest !== '') {
    const quoted = /^'([^']*)'/.exec(rest)
    const letters = LETTERS.find(([candidate]) => rest.startsWith(candidate))
    if (quoted === null && letters !== undefined) {
      parts.push(letters[2])
      pattern += `(${letters[1]})`
      rest = rest.slice(letters[0].length)
      continue
    }
    const literal = quoted?.[1] ?? rest.charAt(0)
    pattern += literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    rest = rest.slice(quoted?.[0].length ?? 1)
  }
  const result = { pattern: new RegExp(`^${pattern}$`), parts }
  compiled.set(format, result)
  return result
}

function monthOf(name: string): string | undefined {
  const at = MONTHS.indexOf(name.slice(0, 3).toLowerCase())
  return at < 0 ? undefined : String(at + 1)
}
