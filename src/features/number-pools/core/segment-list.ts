import { ok, type Result, refuse } from '#kernel/result.ts'
import { CHECK_RULES, type CheckRule } from './check-digit.ts'
import { crosses, parseSegment, type Segment, type TypedSegment } from './segment.ts'

export const SEGMENTS_MOST = 1_000

/** Titles of a file's columns, in any order, in either language. */
const TITLES: Readonly<Record<string, keyof TypedSegment>> = {
  prefix: 'prefix',
  前缀: 'prefix',
  from: 'from',
  起: 'from',
  起始号: 'from',
  开始: 'from',
  to: 'to',
  止: 'to',
  结束号: 'to',
  结束: 'to',
  count: 'count',
  数量: 'count',
  suffix: 'suffix',
  后缀: 'suffix',
  check: 'check',
  校验: 'check',
}

/**
 * Segments out of a CSV text: a line of titles (`prefix,from,to,count,suffix,check`; from and one of to and count are enough), or without
 * one the columns from and to. Refused: `pools.bad_csv` with the line.
 */
export function parseSegmentCsv(text: string): Result<TypedSegment[]> {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  const rows = lines
    .map((line, at) => ({ line: at + 1, cells: cellsOf(line) }))
    .filter(({ cells }) => cells.some(Boolean))
  const [head] = rows
  if (head === undefined) return refuse('pools.bad_csv', 'there is no line in it')
  const named = head.cells.map((cell) => TITLES[cell.toLowerCase()] ?? null)
  const hasTitles = named.includes('from')
  const columns = hasTitles ? named : (['from', 'to'] as const)
  const body = hasTitles ? rows.slice(1) : rows
  if (body.length === 0) return refuse('pools.bad_csv', 'there is no segment under the titles')
  if (body.length > SEGMENTS_MOST) return refuse('pools.bad_csv', `at most ${SEGMENTS_MOST} segments at once`)
  const segments: TypedSegment[] = []
  for (const { line, cells } of body) {
    const read = typedOf(
      Object.fromEntries(columns.flatMap((name, at) => (name === null ? [] : [[name, cells[at] ?? '']]))),
    )
    if (!read.ok) return refuse('pools.bad_csv', `line ${line}: ${read.refusal.detail}`, { line })
    segments.push(read.value)
  }
  return ok(segments)
}

function typedOf(cells: Readonly<Record<string, string>>): Result<TypedSegment> {
  const { prefix = '', from = '', to = '', count = '', suffix = '', check = '' } = cells
  if (from === '') return refuse('pools.bad_csv', 'the first number is missing')
  if (count !== '' && !/^\d{1,8}$/.test(count))
    return refuse('pools.bad_csv', `"${count.slice(0, 20)}" is no count`)
  const rule = check === '' ? 'none' : CHECK_RULES.find((one) => one === check.toLowerCase())
  if (rule === undefined)
    return refuse('pools.bad_csv', `"${check.slice(0, 20)}" is none of ${CHECK_RULES.join(', ')}`)
  return ok({
    prefix,
    from,
    suffix,
    check: rule satisfies CheckRule,
    ...(to === '' ? {} : { to }),
    ...(count === '' ? {} : { count: Number(count) }),
  })
}

function cellsOf(line: string): string[] {
  const cut = line.includes('\t') ? '\t' : line.includes(';') && !line.includes(',') ? ';' : ','
  return line.split(cut).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  )
}

/** All of them, or the first that is wrong, by its place from 1. Two that cross each other are refused as well. */
export function parseSegments(typed: readonly TypedSegment[]): Result<Segment[]> {
  const segments: Segment[] = []
  for (const [at, one] of typed.entries()) {
    const read = parseSegment(one)
    if (!read.ok)
      return refuse(read.refusal.code, `segment ${at + 1}: ${read.refusal.detail}`, { segment: at + 1 })
    const known = segments.findIndex((other) => crosses(other, read.value))
    if (known >= 0)
      return refuse(
        'pools.segment_crosses_conflict',
        `segments ${known + 1} and ${at + 1} cross each other`,
        {
          segment: at + 1,
        },
      )
    segments.push(read.value)
  }
  return ok(segments)
}
