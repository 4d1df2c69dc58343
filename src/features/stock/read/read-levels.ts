import type { Clock, Instant } from '#kernel/clock.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type LevelSort, LOW_AT, sellableOf, type Totals, totalsOf } from './core/levels.ts'
import {
  type LevelFilter,
  type LevelRow,
  readPlaces,
  readShortCounts,
  readSkus,
  readSummary,
  readTitles,
  type Summary,
} from './store.ts'

export type SkuLevels = {
  readonly sku: string
  readonly title: string | null
  readonly totals: Totals
  /** Orders that lack it, and how many pieces they want. */
  readonly short: { readonly orders: number; readonly pieces: number }
  readonly places: readonly LevelRow[]
}

export type LevelQuestion = LevelFilter & { readonly sort: LevelSort; readonly descending: boolean }

/** One page of SKUs with all their warehouses (or the one asked for). Refuses with `http.bad_cursor`. */
export async function listLevels(
  sql: Sql,
  question: LevelQuestion,
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Result<{ items: SkuLevels[]; next: string | null }>> {
  const list = `stock:${question.sort}:${question.descending ? 'desc' : 'asc'}`
  const place = page.cursor === null ? null : decodeCursor(list, page.cursor)
  if (place !== null && !place.ok) return place
  const [value, sku] = place === null ? [] : place.value.map(String)
  const after = sku === undefined ? null : { value: BigInt(value ?? 0), sku }
  const keys = await readSkus(sql, question, question, after, page.limit + 1)
  const shown = keys.slice(0, page.limit)
  const last = keys.length > page.limit ? shown.at(-1) : undefined
  const items = await readSkuLevels(
    sql,
    shown.map((one) => one.sku),
    question.warehouse,
  )
  return ok({
    items,
    next: last === undefined ? null : encodeCursor(list, [last.value.toString(), last.sku]),
  })
}

/** These SKUs as a list shows them, in the order given; those without a level are left out. */
export async function readSkuLevels(
  sql: Sql,
  skus: readonly string[],
  warehouse: string | null,
): Promise<SkuLevels[]> {
  if (skus.length === 0) return []
  const [places, titles, shorts] = [
    Map.groupBy(await readPlaces(sql, skus, warehouse), (row) => row.sku),
    new Map((await readTitles(sql, skus)).map((one) => [one.sku, one.title])),
    new Map((await readShortCounts(sql, skus)).map((one) => [one.sku, one])),
  ]
  return skus.flatMap((sku) => {
    const rows = places.get(sku)
    if (rows === undefined) return []
    const short = shorts.get(sku)
    return [
      {
        sku,
        title: titles.get(sku) ?? null,
        totals: totalsOf(rows.map(figuresOf)),
        short: { orders: Number(short?.orders ?? 0), pieces: Number(short?.pieces ?? 0) },
        places: rows,
      },
    ]
  })
}

export function figuresOf(row: LevelRow) {
  return { ...row, inTransit: row.in_transit }
}

export function sellableAt(row: LevelRow): number {
  return sellableOf(figuresOf(row))
}

export type SummaryNow = Summary & { readonly at: Instant }

/** At least this long an answer holds. */
const HOLDS_MS = 5_000
/** Counting a million levels takes most of a second: the database does it a twentieth of the time at most. */
const REST_PER_WORK = 20

/** Counts of all levels, exact at the instant they name; read anew when they are some seconds old, by one caller at a time. */
export function openSummary({
  sql,
  clock,
}: {
  readonly sql: Sql
  readonly clock: Clock
}): () => Promise<SummaryNow> {
  let kept: { readonly summary: Promise<SummaryNow>; readonly freshUntil: number } | null = null
  const count = async (): Promise<SummaryNow> => {
    const begun = performance.now()
    const at = clock.now()
    const summary = await readSummary(sql, LOW_AT)
    const took = performance.now() - begun
    if (kept !== null)
      kept = {
        summary: kept.summary,
        freshUntil: performance.now() + Math.max(HOLDS_MS, took * REST_PER_WORK),
      }
    return { ...summary, at }
  }
  return async () => {
    if (kept === null || performance.now() > kept.freshUntil) {
      kept = { summary: Promise.resolve(count()), freshUntil: Number.POSITIVE_INFINITY }
      kept.summary.catch(() => {
        kept = null
      })
    }
    return await kept.summary
  }
}
