import { applyStock } from '#features/stock/index.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { ORDERS_AT_ONCE, type SettleDeps, type Settled, settleOrders } from './settle-orders.ts'
import {
  countsSince,
  dueOrders,
  freedOrders,
  holdsToRenew,
  ordersToAudit,
  readShort,
  readUnrouted,
  type ShortRow,
  unseenOrders,
  wakeFromTheFuture,
  wakeServable,
} from './store.ts'
import { timeFor } from './time-for.ts'

export type SweepDeps = SettleDeps & {
  readonly db: Database
  readonly alarms: Alarms
  readonly zone: () => string
  /** Minutes that orders may be short before people are told. */
  readonly shortMinutes: number
  /** For how many seconds the first change that the follower has not handled has waited; without it it is never behind. */
  readonly behindSeconds?: () => Promise<number>
}

/** Most batches that one turn works through: the rest is for the next one, so that no other sweep waits long. */
const BATCHES_AT_ONCE = 10
/** Looked at every second, so no further back than a stumble of the hub lasts; the audit finds what is older. */
const FREED_WITHIN = Temporal.Duration.from({ minutes: 5 })
/** A change younger than this may still be on its way through the journal. */
const ON_ITS_WAY = Temporal.Duration.from({ minutes: 2 })

/** Everything that the order flow looks for by itself, and its rhythm. */
export function orderStockSweeps(deps: SweepDeps): readonly Sweep[] {
  return [
    { name: 'order-stock', everyMs: 1_000, run: () => retryDue(deps) },
    { name: 'order-stock.renew', everyMs: 20_000, run: () => renewHolds(deps).then(() => undefined) },
    { name: 'order-stock.unseen', everyMs: 30_000, run: () => adoptUnseen(deps) },
    { name: 'order-stock.short', everyMs: 30_000, run: () => tellShort(deps) },
    { name: 'order-stock.audit', everyMs: 900_000, run: () => auditOrders(deps).then(() => undefined) },
  ]
}

/** Tries again what is due, and at once what the stock that came can serve; those that were paid first go first. */
export async function retryDue(deps: SweepDeps): Promise<void> {
  const { db } = deps
  const now = await timeFor(db, deps)
  await wakeFromTheFuture(db, now)
  await wakeServable(db, now, ORDERS_AT_ONCE)
  const freed = await freedOrders(db, now.subtract(FREED_WITHIN), ORDERS_AT_ONCE)
  if (freed.length > 0) await db.begin((tx) => settleOrders(tx, deps, freed))
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch += 1) {
    const ids = await dueOrders(db, await timeFor(db, deps), ORDERS_AT_ONCE)
    if (ids.length > 0) await db.begin((tx) => settleOrders(tx, deps, ids))
    if (ids.length < ORDERS_AT_ONCE) return
  }
}

/** A living order is the heartbeat of its hold: while it waits, its deadline moves on. Answers how many were renewed. */
export async function renewHolds(deps: SweepDeps): Promise<number> {
  const { db, lockMinutes } = deps
  let renewed = 0
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch += 1) {
    const now = await timeFor(db, deps)
    // Half of its time before the end: two turns may fail before anybody is asked.
    const before = now.add({ seconds: lockMinutes * 30 })
    const keys = await holdsToRenew(db, before, ORDERS_AT_ONCE)
    if (keys.length === 0) return renewed
    const answers = await db.begin((tx) =>
      applyStock(
        tx,
        keys.map((key) => ({ do: 'renew', key, ttlSeconds: lockMinutes * 60 })),
        now,
      ),
    )
    renewed += answers.filter((answer) => answer.ok).length
    if (keys.length < ORDERS_AT_ONCE) return renewed
  }
  return renewed
}

/** Orders that were waiting when the hub began to count are taken in, without anybody calling it a fault. */
export async function adoptUnseen(deps: SweepDeps): Promise<void> {
  const { db } = deps
  if ((await countsSince(db)) === null) return
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch += 1) {
    const ids = await unseenOrders(db, ORDERS_AT_ONCE)
    if (ids.length === 0) return
    await db.begin((tx) => settleOrders(tx, deps, ids))
    if (ids.length < ORDERS_AT_ONCE) return
  }
}

export type Audit = {
  readonly looked: number
  /** Orders whose holds were not what their facts say although the follower had been there, put right by this look. */
  readonly mended: readonly Settled[]
}

/**
 * Every waiting order has exactly one hold that covers its demand, and no ended order holds anything: every one is put through the
 * follower's own work, and where that finds something to do, it was wrong. What a follower that is behind has not come to is put right
 * too, and is nothing that it missed: that it is behind is told by an alarm of its own.
 */
export async function auditOrders(deps: SweepDeps): Promise<Audit> {
  const { db, clock } = deps
  const mended: Settled[] = []
  let looked = 0
  if ((await countsSince(db)) !== null) {
    const behind = Math.ceil((await deps.behindSeconds?.()) ?? 0)
    let after = 0n
    for (;;) {
      const before = clock.now().subtract(ON_ITS_WAY)
      const orders = await ordersToAudit(db, after, before, ORDERS_AT_ONCE)
      const last = orders.at(-1)
      if (last === undefined) break
      const ids = orders.map((order) => order.id)
      const found = await db.begin((tx) => settleOrders(tx, deps, ids))
      const reached = before.subtract({ seconds: behind })
      const unreached = new Set(
        orders.flatMap((one) => (Temporal.Instant.compare(one.updated_at, reached) < 0 ? [] : [one.id])),
      )
      // A short order that is tried once more is no fault of the ledger; nor is one that was never looked at.
      const missed = (one: Settled): boolean =>
        one.acted && one.wasKnown && one.state !== 'short' && !unreached.has(one.orderId)
      mended.push(...found.filter(missed))
      looked += ids.length
      after = last.id
    }
  }
  await deps.alarms.settle('stock.audit', mended.length === 0 ? [] : [auditSignal(mended, looked)])
  return { looked, mended }
}

function auditSignal(mended: readonly Settled[], looked: number): AlarmSignal {
  const sample = mended
    .slice(0, 5)
    .map((one) => one.orderId.toString())
    .join(', ')
  return {
    rule: 'stock.audit',
    subject: 'orders',
    severity: 'warning',
    words: {
      zh: `订单与锁库核对发现 ${mended.length} 个订单的锁库与订单事实不符（共核对 ${looked} 个），已按订单事实重新处理；请抽查其中几单的库存变动，并看日志里处理失败的原因。`,
      en: `The audit of orders against locks found ${mended.length} of ${looked} orders whose holds did not fit their facts, and set them right; look at the movements of some, and in the log for why they had been missed.`,
    },
    evidence: {
      orders: mended.length,
      looked,
      sample,
      ended: mended.filter((one) => one.state === 'released' || one.state === 'committed').length,
      waiting: mended.filter((one) => one.state === 'locked').length,
    },
    link: '/holds',
  }
}

/** One alarm per connection whose paid orders have been short for a while, and one where no warehouse serves them at all. */
export async function tellShort({ db, clock, alarms, zone, shortMinutes }: SweepDeps): Promise<void> {
  const short = await readShort(db, clock.now().subtract({ minutes: shortMinutes }))
  await alarms.settle(
    'stock.orders_short',
    short.map((row) => shortSignal(row, zone(), shortMinutes)),
  )
  const unrouted = await readUnrouted(db)
  await alarms.settle(
    'stock.no_route',
    unrouted.map((row) => unroutedSignal(row, zone())),
  )
}

function shortSignal(row: ShortRow, zone: string, minutes: number): AlarmSignal {
  const name = row.name ?? row.connection_id
  return {
    rule: 'stock.orders_short',
    subject: row.connection_id,
    severity: 'warning',
    words: {
      zh: `${name} 有 ${row.orders} 个已付款订单缺货超过 ${minutes} 分钟，最缺的是 ${row.sku ?? '—'}；请补货、调拨，或在审核台「缺货」里看释放哪笔锁库代价最小。`,
      en: `${name}: ${row.orders} paid orders have been short for more than ${minutes} min, mostly of ${row.sku ?? '-'}; restock, transfer, or see under Short of stock in the workbench which hold is cheapest to release.`,
    },
    evidence: evidenceOf(row, zone),
    link: `/review?rule=stock_shortage&connection=${row.connection_id}`,
  }
}

function unroutedSignal(row: ShortRow, zone: string): AlarmSignal {
  const name = row.name ?? row.connection_id
  return {
    rule: 'stock.no_route',
    subject: row.connection_id,
    severity: 'critical',
    words: {
      zh: `${name} 有 ${row.orders} 个已付款订单没有可用仓库，无法锁库；请在「仓库 → 发货仓规则」里为它指定启用中的仓库。`,
      en: `${name}: no active warehouse serves ${row.orders} paid orders, nothing is locked for them; name one under Warehouses, Routes.`,
    },
    evidence: evidenceOf(row, zone),
    link: '/warehouses?tab=routes',
  }
}

function evidenceOf(row: ShortRow, zone: string) {
  return {
    orders: row.orders,
    oldest: formatInstant(row.oldest, zone),
    sku: row.sku,
    sample: row.sample,
  }
}
