import type { Clock } from '#kernel/clock.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { ALL } from './core/count.ts'
import { type Hour, judgeRate, type LowRate } from './core/rates.ts'
import { deleteFailures, deleteHours, type HourRow, readSteps, readWarehouses } from './store.ts'

/** Fewer locks than this in an hour prove nothing: one sold-out SKU would be half of them. */
export const LEAST_ASKS = 20
const WATCH_EVERY_MS = 30_000
const FORGET_EVERY_MS = 600_000
const DELETED_AT_ONCE = 10_000
const HOURS_KEPT_DAYS = 400
const HOUR_MS = 3_600_000

export type WatchLocksDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  /** 0 to 1. */
  readonly leastRate: number
  readonly hours: number
  readonly failureDays: number
}

export function lockHealthSweeps(deps: WatchLocksDeps): readonly Sweep[] {
  return [
    { name: 'lock-health', everyMs: WATCH_EVERY_MS, run: () => watchLocks(deps) },
    { name: 'lock-health-forget', everyMs: FORGET_EVERY_MS, run: () => forgetLocks(deps) },
  ]
}

/** Raises `stock.lock_rate` for warehouses whose newest hours are all below the line, and heals it when they are not. */
export async function watchLocks({ db, clock, alarms, leastRate, hours }: WatchLocksDeps): Promise<void> {
  const now = clock.now()
  const present = Math.floor(now.epochMilliseconds / HOUR_MS) * HOUR_MS
  const rows = await readSteps(db, {
    from: Temporal.Instant.fromEpochMilliseconds(present - hours * HOUR_MS),
    to: Temporal.Instant.fromEpochMilliseconds(present + HOUR_MS),
    stepHours: 1,
  })
  const names = new Map((await readWarehouses(db)).map((row) => [row.code, row.name]))
  const signals: AlarmSignal[] = []
  for (const [warehouse, own] of byWarehouse(rows)) {
    if (!names.has(warehouse)) continue
    const low = judgeRate(own, now.epochMilliseconds, { least: leastRate, hours, asks: LEAST_ASKS })
    if (low !== null) signals.push(signalOf(warehouse, names.get(warehouse) ?? warehouse, low, leastRate))
  }
  await alarms.settle('stock.lock_rate', signals)
}

/** Deletes what is older than is kept. */
export async function forgetLocks({ db, clock, failureDays }: WatchLocksDeps): Promise<void> {
  const now = clock.now()
  const daysAgo = (days: number) => now.subtract({ hours: days * 24 })
  while ((await deleteFailures(db, daysAgo(failureDays), DELETED_AT_ONCE)) === DELETED_AT_ONCE);
  await deleteHours(db, daysAgo(HOURS_KEPT_DAYS))
}

function byWarehouse(rows: readonly HourRow[]): ReadonlyMap<string, readonly Hour[]> {
  const found = new Map<string, Hour[]>()
  for (const row of rows) {
    if (row.warehouse === ALL) continue
    const hour = {
      hourMs: row.hour.epochMilliseconds,
      locked: Number(row.locked),
      refused: Number(row.refused),
      timedOut: Number(row.timed_out),
    }
    const own = found.get(row.warehouse)
    if (own === undefined) found.set(row.warehouse, [hour])
    else own.push(hour)
  }
  return found
}

function signalOf(warehouse: string, name: string, low: LowRate, least: number): AlarmSignal {
  const { locked, refused, timedOut, hours } = low
  const asked = locked + refused + timedOut
  const line = percent(least)
  return {
    rule: 'stock.lock_rate',
    subject: warehouse,
    severity: low.technicalLow ? 'critical' : 'warning',
    words: low.technicalLow
      ? {
          zh: `${name} 连续 ${hours} 小时锁库成功率 ${percent(low.rate)}，低于 ${line}：${asked} 次中 ${timedOut} 次超时。先看数据库和 Redis 是否变慢`,
          en: `${name}: ${percent(low.rate)} of locks stood over ${hours} h, below ${line}: ${timedOut} of ${asked} timed out. See first whether PostgreSQL or Redis is slow`,
        }
      : {
          zh: `${name} 连续 ${hours} 小时锁库成功率 ${percent(low.rate)}，低于 ${line}：${asked} 次中 ${refused} 次缺货。先看缺的是哪些 SKU，能否调拨或换仓`,
          en: `${name}: ${percent(low.rate)} of locks stood over ${hours} h, below ${line}: ${refused} of ${asked} were short of stock. See first which SKUs lack, and move stock or the route`,
        },
    evidence: {
      warehouse,
      asked,
      locked,
      lockRefused: refused,
      timedOut,
      hours,
      technical: percent(low.technical),
    },
    link: `/lock-health?warehouse=${encodeURIComponent(warehouse)}`,
  }
}

function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)}%`
}
