import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Askers } from './askers.ts'
import { decideWatches, type WatchedOrder } from './core/decide-watch.ts'
import { checkChange, type FallbackChange } from './core/settings.ts'
import { ALL, readSettings } from './settings/read-settings.ts'
import { writeSetting } from './settings/store.ts'
import { forceAsks, hurryAsks, readLastAsk, readOrders, reviewAll, type WatchRow } from './store.ts'

export type Audit = (
  tx: Sql,
  entry: {
    readonly actor: Actor
    readonly action: string
    readonly subject: string
    readonly detail: Record<string, unknown>
  },
) => Promise<void>

/** What the feature of increment polls does for this page. */
export type IncrementPort = {
  readonly save: (
    tx: Sql,
    connected: Connected,
    change: Readonly<Record<string, number | undefined>> | null,
    by: string,
  ) => Promise<Result<unknown>>
  readonly wish: (connection: string) => Promise<void>
}

export type ChangeDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly askers: Askers
  readonly connections: () => readonly Connected[]
  readonly increment: IncrementPort
  readonly audit: Audit
  readonly onChanged: () => void
}

/** Thresholds that hold for all connections. Every watch is looked at again by the new ones. Refuses as `checkChange`. */
export async function changeAll(
  deps: ChangeDeps,
  actor: Actor,
  change: FallbackChange,
): Promise<Result<null>> {
  const checked = checkChange(change, false)
  if (!checked.ok) return checked
  await deps.db.begin(async (tx) => {
    await writeSetting(tx, ALL, change, actor.name)
    await reviewAll(tx, deps.clock.now())
    await deps.audit(tx, { actor, action: 'fallback.settings_changed', subject: ALL, detail: { ...change } })
  })
  deps.onChanged()
  return ok(null)
}

export type ConnectionChange = {
  readonly increment?: Readonly<Record<string, number | undefined>> | null | undefined
  readonly fallback?: FallbackChange | undefined
}

/** What one connection does differently. Refuses with `fallback.connection_not_found`, as `checkChange`, and as the increment poll does. */
export async function changeConnection(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
  { increment, fallback }: ConnectionChange,
): Promise<Result<null>> {
  const connected = deps.connections().find((one) => one.id === id)
  if (connected === undefined) return unknownConnection(id)
  const checked = checkChange(fallback ?? {}, true)
  if (!checked.ok) return checked
  const saved = await deps.db.begin(async (tx): Promise<Result<unknown>> => {
    const plan =
      increment === undefined ? ok(null) : await deps.increment.save(tx, connected, increment, actor.name)
    if (!plan.ok) return plan
    if (fallback !== undefined) {
      await writeSetting(tx, id, fallback, actor.name)
      await reviewAll(tx, deps.clock.now())
    }
    const detail = { increment: increment ?? null, fallback: fallback ?? null }
    await deps.audit(tx, { actor, action: 'fallback.connection_changed', subject: id, detail })
    return plan
  })
  if (!saved.ok) return saved
  deps.onChanged()
  return ok(null)
}

/** Questions that one click brings forward at most; the rest follow as these are done. */
const HURRIED = 500

/**
 * Begins an increment poll now, and brings forward what waits only because earlier questions were fruitless. Refuses with
 * `fallback.connection_not_found`, `fallback.paused`, or `fallback.nothing_to_poll` where the platform has no such call.
 */
export async function runNow(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Result<{ readonly increment: boolean; readonly hurried: number }>> {
  const connected = deps.connections().find((one) => one.id === id)
  if (connected === undefined) return unknownConnection(id)
  if (connected.paused) return refuse('fallback.paused', `${id} is paused`)
  const isPolled = connected.connector.poll !== undefined
  const shops = deps.askers.shops().filter((shop) => shop.id === id)
  const carriers = deps.askers.carriers().filter((carrier) => deps.askers.forCarrier(carrier)[0]?.id === id)
  if (!isPolled && shops.length === 0 && carriers.length === 0)
    return refuse('fallback.nothing_to_poll', `${connected.kind} can be asked for nothing`)
  if (isPolled) await deps.increment.wish(id)
  const hurried = await deps.db.begin(async (tx) => {
    await deps.audit(tx, { actor, action: 'fallback.run_asked', subject: id, detail: {} })
    const now = deps.clock.now()
    return await hurryAsks(tx, { shops: shops.map((shop) => shop.id), carriers, now, limit: HURRIED })
  })
  deps.onChanged()
  return ok({ increment: isPolled, hurried })
}

/** A person's impatience does not count as a reason to be locked out by a platform. */
const AGAIN_AFTER_SECONDS = 5

/**
 * Puts one order and its parcels first in line, whether anything is missing or not. Refuses with `orders.not_found`,
 * `fallback.nobody_to_ask` (no connection can say anything of it) or `fallback.throttled` (asked a moment ago).
 */
export async function askForOrder(
  deps: ChangeDeps,
  actor: Actor,
  id: bigint,
): Promise<Result<{ readonly asked: readonly string[] }>> {
  const now = deps.clock.now()
  const settings = await readSettings(deps.db)
  const [order] = await readOrders(deps.db, [id], deps.askers.canFetch)
  if (order === undefined) return refuse('orders.not_found', 'there is no such order')
  // By the log: what is delivered is watched no more, and its watch forgets when it was asked about.
  const latest = await readLastAsk(deps.db, id)
  if (latest !== null && Math.abs(now.since(latest).total('seconds')) < AGAIN_AFTER_SECONDS)
    return refuse('fallback.throttled', `asked less than ${AGAIN_AFTER_SECONDS} s ago`, {
      retryAfterSeconds: AGAIN_AFTER_SECONDS,
    })
  const known = decideWatches(order, settings.all, now)
  const rows = everySubject(order, deps.askers).map(
    (subject): WatchRow => ({
      ...subject,
      rule:
        known.find((one) => one.subject === subject.subject)?.rule ??
        (subject.carrier === null ? 'order_silent' : 'silent'),
      missingFrom: now,
      orderId: id,
      shop: order.shop,
      dueAt: now,
      fruitless: 0,
    }),
  )
  if (rows.length === 0)
    return refuse(
      'fallback.nobody_to_ask',
      'no connection in use can be asked about this order or its parcels',
    )
  const asked = await deps.db.begin(async (tx) => {
    await deps.audit(tx, {
      actor,
      action: 'fallback.order_asked',
      subject: order.orderNo,
      detail: { orderId: String(id) },
    })
    return await forceAsks(tx, id, rows)
  })
  deps.onChanged()
  return ok({ asked })
}

function everySubject(order: WatchedOrder, askers: Askers): { subject: string; carrier: string | null }[] {
  const shops = askers.shops().some((shop) => shop.id === order.shop)
  const parcels = order.parcels.filter(
    ({ carrier, stage }) => stage !== 'void' && carrier !== null && askers.forCarrier(carrier).length > 0,
  )
  return [
    ...(shops ? [{ subject: `order:${order.id}`, carrier: null }] : []),
    ...parcels.map(({ trackingNo, carrier }) => ({ subject: `parcel:${trackingNo}`, carrier })),
  ]
}

function unknownConnection(id: string): Result<never> {
  return refuse('fallback.connection_not_found', `there is no connection ${id}`)
}
