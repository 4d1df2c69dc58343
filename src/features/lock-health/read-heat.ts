import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { ALL } from './core/count.ts'
import { type Asked, rateOf, technicalRateOf } from './core/rates.ts'
import { type HourRow, readSteps, readWarehouses } from './store.ts'

type Sums = Asked & { readonly invalid: number; readonly tookMsSum: number; readonly tookMsMost: number }
export type Figures = Asked & {
  readonly asked: number
  readonly invalid: number
  readonly rate: number | null
  readonly technicalRate: number | null
  readonly tookMsMean: number | null
  readonly tookMsMost: number
}
export type Heat = {
  readonly from: Instant
  readonly to: Instant
  readonly total: Figures
  readonly steps: Instant[]
  readonly warehouses: (Figures & { readonly code: string; readonly name: string })[]
  readonly cells: (Figures & { readonly warehouse: string; readonly step: number })[]
}
const HOUR_MS = 3_600_000
const NOTHING: Sums = { locked: 0, refused: 0, timedOut: 0, invalid: 0, tookMsSum: 0, tookMsMost: 0 }

/**
 * The heat map of a span of whole hours: a row for every active warehouse, asked or not, and for every other that was asked. Each
 * lock is counted once in `total`, and once at every warehouse that it touched in the rows.
 */
export async function readHeat(
  sql: Sql,
  span: { readonly from: Instant; readonly to: Instant; readonly stepHours: number },
): Promise<Heat> {
  const rows = await readSteps(sql, span)
  const known = await readWarehouses(sql)
  const stepMs = span.stepHours * HOUR_MS
  const beginMs = span.from.epochMilliseconds
  const columns = Math.ceil((span.to.epochMilliseconds - beginMs) / stepMs)
  const sums = new Map<string, Sums>()
  for (const row of rows) sums.set(row.warehouse, added(sums.get(row.warehouse) ?? NOTHING, sumsOf(row)))
  const names = new Map(known.map((row) => [row.code, row.name]))
  const listed = [
    ...known.flatMap((row) => (row.active || sums.has(row.code) ? [row.code] : [])),
    ...[...sums.keys()].filter((code) => code !== ALL && !names.has(code)),
  ]
  return {
    from: span.from,
    to: span.to,
    total: figuresOf(sums.get(ALL) ?? NOTHING),
    steps: Array.from({ length: columns }, (_, i) =>
      Temporal.Instant.fromEpochMilliseconds(beginMs + i * stepMs),
    ),
    warehouses: listed.map((code) => ({
      code,
      name: names.get(code) ?? code,
      ...figuresOf(sums.get(code) ?? NOTHING),
    })),
    cells: rows.flatMap((row) =>
      row.warehouse === ALL
        ? []
        : [
            {
              warehouse: row.warehouse,
              step: Math.round((row.hour.epochMilliseconds - beginMs) / stepMs),
              ...figuresOf(sumsOf(row)),
            },
          ],
    ),
  }
}

function sumsOf(row: HourRow): Sums {
  return {
    locked: Number(row.locked),
    refused: Number(row.refused),
    timedOut: Number(row.timed_out),
    invalid: Number(row.invalid),
    tookMsSum: row.took_ms_sum,
    tookMsMost: row.took_ms_most,
  }
}

function added(a: Sums, b: Sums): Sums {
  return {
    locked: a.locked + b.locked,
    refused: a.refused + b.refused,
    timedOut: a.timedOut + b.timedOut,
    invalid: a.invalid + b.invalid,
    tookMsSum: a.tookMsSum + b.tookMsSum,
    tookMsMost: Math.max(a.tookMsMost, b.tookMsMost),
  }
}

function figuresOf(sums: Sums): Figures {
  const asked = sums.locked + sums.refused + sums.timedOut
  return {
    asked,
    locked: sums.locked,
    refused: sums.refused,
    timedOut: sums.timedOut,
    invalid: sums.invalid,
    rate: rateOf(sums),
    technicalRate: technicalRateOf(sums),
    tookMsMean: asked === 0 ? null : Math.round((sums.tookMsSum / asked) * 100) / 100,
    tookMsMost: Math.round(sums.tookMsMost * 100) / 100,
  }
}
