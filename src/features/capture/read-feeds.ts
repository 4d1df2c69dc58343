import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { countOpenByFeed } from './findings/store.ts'
import { type SourceKind, sourceKind } from './setup/core/sources.ts'
import {
  type FeedCode,
  type FeedRow,
  type LagRow,
  readCodes,
  readFeeds,
  readLagMinutes,
  readWarehouses,
} from './store.ts'

export type LagFigures = {
  readonly warehouse: string
  readonly name: string
  readonly changes: number
  readonly averageMs: number | null
  readonly mostMs: number | null
  readonly minutes: readonly {
    readonly at: Instant
    readonly changes: number
    readonly averageMs: number
    readonly mostMs: number
  }[]
}
export type FeedState = {
  readonly row: FeedRow
  readonly kind: SourceKind
  readonly codes: readonly FeedCode[]
  /** Of the last hour, one entry for each of its warehouses. */
  readonly lag: readonly LagFigures[]
  readonly open: number
}

const SHOWN_MINUTES = 60

/** Every feed with what the page of capture shows of it. */
export async function readFeedStates(sql: Sql, now: Instant): Promise<FeedState[]> {
  const [rows, codes, minutes, names, open] = await Promise.all([
    readFeeds(sql),
    readCodes(sql, null),
    readLagMinutes(sql, now.subtract({ minutes: SHOWN_MINUTES })),
    readWarehouses(sql),
    countOpenByFeed(sql),
  ])
  const nameOf = new Map(names.map((one) => [one.code, one.name]))
  return rows.map((row) => {
    const own = codes.filter((one) => one.feed_id === row.id)
    const homes = [...new Set(own.map((one) => one.warehouse))]
    return {
      row,
      kind: sourceKind(row.connection_id),
      codes: own,
      lag: homes.map((code) =>
        lagOf(
          code,
          nameOf.get(code) ?? code,
          minutes.filter((one) => one.feed_id === row.id && one.warehouse === code),
        ),
      ),
      open: open.get(row.id) ?? 0,
    }
  })
}

/** Lag of every captured warehouse, whichever feeds tell of it. */
export async function readLagFigures(sql: Sql, now: Instant, minutes: number): Promise<LagFigures[]> {
  const rows = await readLagMinutes(sql, now.subtract({ minutes }))
  const warehouses = (await readWarehouses(sql)).filter((one) => one.figures === 'captured')
  return warehouses.map(({ code, name }) =>
    lagOf(
      code,
      name,
      rows.filter((one) => one.warehouse === code),
    ),
  )
}

function lagOf(warehouse: string, name: string, rows: readonly LagRow[]): LagFigures {
  const byMinute = Map.groupBy(rows, (row) => row.minute.epochMilliseconds)
  const changes = rows.reduce((sum, row) => sum + Number(row.changes), 0)
  const total = rows.reduce((sum, row) => sum + Number(row.lag_ms_sum), 0)
  return {
    warehouse,
    name,
    changes,
    averageMs: changes === 0 ? null : Math.round(total / changes),
    mostMs: changes === 0 ? null : Math.max(...rows.map((row) => row.lag_ms_most)),
    minutes: [...byMinute].map(([at, part]) => {
      const n = part.reduce((sum, row) => sum + Number(row.changes), 0)
      const ms = part.reduce((sum, row) => sum + Number(row.lag_ms_sum), 0)
      return {
        at: Temporal.Instant.fromEpochMilliseconds(at),
        changes: n,
        averageMs: n === 0 ? 0 : Math.round(ms / n),
        mostMs: Math.max(...part.map((row) => row.lag_ms_most)),
      }
    }),
  }
}
