import type { Clock } from '#kernel/clock.ts'
import type { JournalRow } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Askers } from './askers.ts'
import { decideWatches, type WatchedOrder } from './core/decide-watch.ts'
import { dueAt } from './core/next-ask.ts'
import { readSettings, type SettingsNow } from './settings/read-settings.ts'
import { type AskRow, readAsks, readOrders, replaceWatches, type WatchRow } from './store.ts'

export type WatchDeps = { readonly clock: Clock; readonly askers: Askers }

/** A handler of the journal: keeps the watches of every order that changed. */
export function followOrders(deps: WatchDeps): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const ids = new Set(rows.flatMap((row) => (row.orderId === null ? [] : [row.orderId])))
    await refreshWatches(tx, deps, [...ids])
  }
}

/** Decides anew what these orders are watched for; what was asked already is kept. */
export async function refreshWatches(tx: Sql, deps: WatchDeps, orderIds: readonly bigint[]): Promise<void> {
  if (orderIds.length === 0) return
  const settings = await readSettings(tx)
  const orders = await readOrders(tx, orderIds, deps.askers.canFetch)
  const asked = new Map((await readAsks(tx, orderIds)).map((row) => [row.subject, row]))
  await replaceWatches(
    tx,
    orderIds,
    orders.flatMap((order) => watchesOf(deps, settings, order, asked)),
  )
}

/** The watches of one order with their turns, after what was asked before. */
export function watchesOf(
  { clock, askers }: WatchDeps,
  settings: SettingsNow,
  order: WatchedOrder,
  asked: ReadonlyMap<string, Pick<AskRow, 'asked_at' | 'fruitless'>>,
): WatchRow[] {
  const now = clock.now()
  return decideWatches(order, settings.all, now).map((watch) => {
    const known = asked.get(watch.subject)
    // Something was heard since: the next silence is asked about without the long waits of the last one.
    const isNews = Temporal.Instant.compare(watch.missingFrom, now) > 0
    const fruitless = isNews ? 0 : (known?.fruitless ?? 0)
    const target = watch.carrier === null ? null : (askers.forCarrier(watch.carrier)[0] ?? null)
    return {
      ...watch,
      orderId: order.id,
      shop: order.shop,
      fruitless,
      dueAt: dueAt(
        watch.missingFrom,
        { askedAt: known?.asked_at ?? null, fruitless },
        settings.of(target?.id ?? order.shop),
        target?.connector.trackingEverySeconds ?? 0,
      ),
    }
  })
}
