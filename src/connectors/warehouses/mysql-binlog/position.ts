/**
 * Where to go on, at the end of a transaction. `server` tells one server from another that took its address; `shape` is the
 * table's columns as they were then. The text is versioned, so that a later hub reads what this one kept.
 */
export type Position = {
  readonly server: string
  readonly file: string
  readonly offset: number
  /** MariaDB: `gtid_binlog_pos` there; MySQL: the executed set; null where the server has none. */
  readonly gtid: string | null
  readonly shape: string
}

export function positionText({ server, file, offset, gtid, shape }: Position): string {
  return JSON.stringify({ v: 1, server, file, offset, gtid, shape })
}

/** Null for what no version of this connector wrote. */
export function parsePosition(text: string): Position | null {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof read !== 'object' || read === null) return null
  const { v, server, file, offset, gtid, shape } = read as Record<string, unknown>
  const texts = typeof server === 'string' && typeof file === 'string' && typeof shape === 'string'
  if (
    v !== 1 ||
    !texts ||
    file === '' ||
    typeof offset !== 'number' ||
    !Number.isSafeInteger(offset) ||
    offset < 4
  )
    return null
  if (gtid !== null && typeof gtid !== 'string') return null
  return { server, file, offset, gtid, shape }
}

/** How a person finds it: `mysql-bin.000003:4711`. */
export function placeOf({ file, offset }: Pick<Position, 'file' | 'offset'>): string {
  return `${file}:${offset}`
}

/** What the server says of its own log. */
export type LogFacts = {
  readonly server: string
  readonly files: readonly { readonly name: string; readonly size: number }[]
  /** What the server has at the position's file and offset, where it can tell (MariaDB); null: it cannot, or has no such place. */
  readonly gtidThere: string | null
  readonly tellsGtid: boolean
  /** Whether the server has executed all of the position's GTIDs, and still has all that came after them. */
  readonly hasGtids: boolean
}

export type Start =
  | { readonly by: 'file'; readonly file: string; readonly offset: number }
  | { readonly by: 'gtid'; readonly gtid: string }
  | { readonly by: 'gap'; readonly why: 'purged' | 'server_replaced' | 'history_differs' }

/**
 * Where following begins. The same server goes on at file and offset, as long as the file is there and nothing else was written in
 * its place; another one (a replica took over) only where it knows our transactions by their ids.
 */
export function decideStart(position: Position, facts: LogFacts): Start {
  const byGtid: Start | null =
    position.gtid !== null && position.gtid !== '' && facts.hasGtids
      ? { by: 'gtid', gtid: position.gtid }
      : null
  if (facts.server !== position.server) return byGtid ?? { by: 'gap', why: 'server_replaced' }
  const file = facts.files.find(({ name }) => name === position.file)
  if (file === undefined) return byGtid ?? { by: 'gap', why: 'purged' }
  if (file.size < position.offset) return { by: 'gap', why: 'history_differs' }
  const told = facts.tellsGtid && position.gtid !== null && facts.gtidThere !== null
  if (told && !sameGtids(facts.gtidThere ?? '', position.gtid ?? ''))
    return { by: 'gap', why: 'history_differs' }
  return { by: 'file', file: position.file, offset: position.offset }
}

/** Lists of MariaDB's ids are equal in any order. */
export function sameGtids(a: string, b: string): boolean {
  const sorted = (text: string): string =>
    text
      .split(',')
      .map((one) => one.trim())
      .sort()
      .join()
  return sorted(a) === sorted(b)
}
