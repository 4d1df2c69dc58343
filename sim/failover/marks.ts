import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import type { Promotion } from './cluster.ts'
import { lsnOf } from './server.ts'

// Rows that the run writes by the same line as the hubs, one after the other, each with the place in the WAL that its
// acknowledgement vouches for: so the loss of a failover is a number of bytes and of rows, not an opinion.

export type Mark = {
  readonly n: number
  readonly lsn: bigint
  /** Port of the server that took it. */
  readonly by: number
  readonly at: number
}
export type Marks = {
  readonly acknowledged: readonly Mark[]
  readonly attempts: () => number
  readonly stop: () => Promise<void>
}
export type Loss = { readonly rows: number; readonly bytes: bigint }

const EVERY_MS = 40
const GIVES_UP_MS = 2_500

export async function writeMarks(url: string): Promise<Marks> {
  const sql = openDatabase({ url, connections: 3, applicationName: 'marks', queryTimeoutMs: GIVES_UP_MS })
  await sql.raw('create table if not exists mark (n bigint primary key)')
  const acknowledged: Mark[] = []
  let isOver = false
  let n = 0
  const writeOn = async (): Promise<void> => {
    while (!isOver) {
      n += 1
      const mark = await writeMark(sql, n).catch(() => null)
      if (mark !== null) acknowledged.push(mark)
      await sleep(EVERY_MS)
    }
  }
  const writers = [writeOn(), writeOn()]
  return {
    acknowledged,
    attempts: () => n,
    stop: async () => {
      isOver = true
      await Promise.all(writers)
      await sql.end().catch(() => undefined)
    },
  }
}

/** Its place is read within its own transaction: whoever has its commit has everything up to there. */
async function writeMark(sql: Database, n: number): Promise<Mark | null> {
  const [row] = await sql<{ lsn: string; by: number }>`
    insert into mark (n) values (${n}) returning pg_current_wal_insert_lsn()::text as lsn, inet_server_port() as by`
  return row === undefined ? null : { n, lsn: lsnOf(row.lsn), by: row.by, at: performance.now() }
}

/** Acknowledged rows that are not there. */
export async function missingMarks(url: string, marks: readonly Mark[]): Promise<number[]> {
  const sql = openDatabase({ url, connections: 1, applicationName: 'marks' })
  try {
    const rows = await sql<{ n: bigint }>`select n from mark`
    const there = new Set(rows.map((row) => Number(row.n)))
    return marks.flatMap(({ n }) => (there.has(n) ? [] : [n]))
  } finally {
    await sql.end()
  }
}

/** By how much the last acknowledged place of the old primary lies behind where the new one left it; 0 where nothing is lost. */
export function bytesLost(
  marks: readonly Mark[],
  promotion: Promotion,
  oldPort: number,
  since: number,
): bigint {
  let lost = 0n
  for (const { by, at, lsn } of marks)
    if (by === oldPort && at > since && at <= promotion.at && lsn - promotion.switchedAt > lost)
      lost = lsn - promotion.switchedAt
  return lost
}
