import type { Clock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { JournalRow } from '#platform/journal/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { clocksOf } from './core/clocks.ts'
import type { PromiseDirectory } from './directory.ts'
import { decidePromises, type PromiseRulebook } from './rulebook/decide-promises.ts'
import { openOrderIds, readPromiseOrders, replaceClocks, takeTurn } from './store.ts'

export type ClockDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly directory: PromiseDirectory
  /** Rules that are asked order by order; left out where the hub has no rulebook. */
  readonly rules?: PromiseRulebook
}

/** Sets the clocks of these orders as their records and today's rules say. */
export async function setClocks(
  tx: Sql,
  { clock, directory, rules }: ClockDeps,
  orderIds: readonly bigint[],
): Promise<void> {
  await takeTurn(tx)
  const now = clock.now()
  const ids = [...new Set(orderIds)].sort((a, b) => (a < b ? -1 : 1))
  const orders = await readPromiseOrders(tx, ids)
  const ruled = rules === undefined ? null : await decidePromises(rules, tx, orders, now)
  const clocks = orders.flatMap((order) =>
    clocksOf(order, directory.rules(), now, ruled?.get(order.id) ?? null).map((one) => ({
      ...one,
      orderId: order.id,
      connection: order.connection,
      currency: order.currency,
    })),
  )
  await replaceClocks(tx, ids, clocks, now)
}

/** Follows the journal: an order that came or changed gets its clocks set. */
export function followOrders(deps: ClockDeps): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const ids = rows.flatMap((row) =>
      row.orderId !== null && row.kind.startsWith('order.') ? [row.orderId] : [],
    )
    await setClocks(tx, deps, ids)
  }
}

export const RECOMPUTE_JOB = 'promises.recompute'
const ORDERS_AT_ONCE = 500

/** Queues the setting of every open order's clocks anew, after a change of rules or calendars. */
export async function queueRecompute(sql: Sql, clock: Clock, by: string): Promise<bigint> {
  return await queueJob(sql, { kind: RECOMPUTE_JOB, payload: {}, createdBy: by }, clock.now())
}

/** Resumes from the beginning, which changes nothing where it has been. */
export function recomputeJob(deps: ClockDeps): JobHandler {
  return async (_job, progress) => {
    await deps.directory.refresh()
    await deps.rules?.rulebook.refresh()
    let after = 0n
    let done = 0
    for (;;) {
      const ids = await openOrderIds(deps.db, after, ORDERS_AT_ONCE)
      const last = ids.at(-1)
      if (last === undefined) return ok({ orders: done })
      await deps.db.begin((tx) => setClocks(tx, deps, ids))
      after = last
      done += ids.length
      await progress(done)
    }
  }
}
