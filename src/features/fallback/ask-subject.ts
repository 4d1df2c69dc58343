import type { FetchedMessage, TrackingQuery } from '#domain/connector.ts'
import type { Recipient } from '#domain/order.ts'
import { acceptFetched, type Connected } from '#features/intake/index.ts'
import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Result } from '#kernel/result.ts'
import type { Askers } from './askers.ts'
import type { WatchedOrder } from './core/decide-watch.ts'
import { outcomeOfRefusal, waitSeconds } from './core/next-ask.ts'
import type { FallbackDeps } from './deps.ts'
import type { SettingsNow } from './settings/read-settings.ts'
import {
  type AskEnd,
  type AskRow,
  dropWatch,
  readOrders,
  readSealedRecipient,
  releaseAsk,
  saveAsk,
} from './store.ts'
import { watchesOf } from './watch-orders.ts'

/** Other connections that one question may go on to, after the first. */
const BACKUPS = 2
/** How long a connection is left alone after an outage that names no time of its own. */
const OUTAGE_SECONDS = 30

export type AskDeps = FallbackDeps & {
  readonly askers: Askers
  /** As many questions of this connection are under way as there may be. */
  readonly isBusy: (connection: string) => boolean
  /** Counts the connection while it is asked. */
  readonly whileAsking: <T>(connection: string, work: () => Promise<T>) => Promise<T>
}

/**
 * Asks about one subject that is held by this process. It is looked at once more first: a push may have come meanwhile, then
 * nobody is asked. What the platform answers enters by the inbox; an outage goes on to the next connection that fits.
 */
export async function askSubject(deps: AskDeps, settings: SettingsNow, row: AskRow): Promise<void> {
  const now = deps.clock.now()
  const [order] = await readOrders(deps.db, [row.order_id], deps.askers.canFetch)
  const watches = order === undefined ? [] : watchesOf(deps, settings, order, new Map([[row.subject, row]]))
  const watch = watches.find((one) => one.subject === row.subject)
  if (order === undefined || (watch === undefined && !row.forced))
    return await dropWatch(deps.db, row.subject)
  if (watch !== undefined && !row.forced && Temporal.Instant.compare(watch.dueAt, now) > 0)
    return await releaseAsk(deps.db, row.subject, watch.dueAt, null)
  const targets = await targetsOf(deps, row, order)
  const [first] = targets
  if (first === undefined) return await releaseAsk(deps.db, row.subject, now.add({ minutes: 1 }), null)
  const apart = first.connector.trackingEverySeconds ?? 0
  const again = row.asked_at?.add({ seconds: row.carrier === null ? 0 : apart })
  if (again !== undefined && Temporal.Instant.compare(again, now) > 0)
    return await releaseAsk(
      deps.db,
      row.subject,
      again,
      `同一单号两次查询至少相隔 ${Math.ceil(apart / 60)} 分钟`,
    )
  if (deps.isBusy(first.id)) return await releaseAsk(deps.db, row.subject, now.add({ seconds: 1 }), null)
  const end = await askInTurn(deps, row, order, targets)
  await finish(deps, settings, row, end)
  // Nothing is missing that a rule looks for: it was asked because a person wished it.
  if (watch === undefined) await dropWatch(deps.db, row.subject)
}

/** Best first; the connection that stands in for one whose breaker is open goes before it. */
async function targetsOf(deps: AskDeps, row: AskRow, order: WatchedOrder): Promise<readonly Connected[]> {
  const { askers } = deps
  if (row.carrier === null) return askers.shops().filter((shop) => shop.id === order.shop)
  const fit = askers.forCarrier(row.carrier)
  const [usual] = fit
  if (usual === undefined || deps.routeFor === undefined) return fit.slice(0, 1 + BACKUPS)
  const { taken } = await deps.routeFor({
    capability: 'fetchTracking',
    wanted: usual.id,
    orderId: row.order_id,
    subject: row.subject.slice('parcel:'.length),
  })
  return fit.toSorted((a, b) => Number(b.id === taken) - Number(a.id === taken)).slice(0, 1 + BACKUPS)
}

type Answered = Pick<AskEnd, 'connection' | 'outcome' | 'code' | 'words' | 'messageId'> & {
  readonly kind: string
  readonly waitMs: number | null
}

async function askInTurn(
  deps: AskDeps,
  row: AskRow,
  order: WatchedOrder,
  targets: readonly Connected[],
): Promise<Answered> {
  let last: Answered | null = null
  for (const target of targets) {
    const { answered, tryOther } = await askOne(deps, row, order, target)
    deps.onAsked?.(target.kind, answered.outcome)
    last = answered
    if (!tryOther) break
  }
  assert(last !== null, 'FB1', 'a question without anybody to ask')
  return last
}

async function askOne(
  deps: AskDeps,
  row: AskRow,
  order: WatchedOrder,
  target: Connected,
): Promise<{ readonly answered: Answered; readonly tryOther: boolean }> {
  const base = {
    connection: target.id as string,
    kind: target.kind,
    code: null,
    messageId: null,
    waitMs: null,
  }
  try {
    const fetched = await deps.whileAsking(target.id, () => call(deps, row, order, target))
    if (!fetched.ok) {
      const { code, detail } = fetched.refusal
      if (/\.carrier_unknown$/.test(code) && row.carrier !== null)
        deps.askers.markUnfit(target.id, row.carrier)
      const { outcome, tryOther } = outcomeOfRefusal(code)
      return { answered: { ...base, outcome, code, words: detail }, tryOther }
    }
    const kept = await acceptFetched(deps, target.id, 'fetch', fetched.value)
    const isNew = kept.verdict === 'accepted'
    return {
      answered: {
        ...base,
        outcome: isNew ? 'kept' : 'unchanged',
        messageId: isNew ? kept.id : null,
        words: isNew ? '' : '与上次应答相同',
      },
      tryOther: false,
    }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    const waitMs = Math.max(error.retryAfterMs ?? 0, OUTAGE_SECONDS * 1_000)
    deps.askers.block(target.id, deps.clock.now().add({ milliseconds: Math.round(waitMs) }))
    return {
      answered: { ...base, outcome: 'outage', code: error.code, words: error.message, waitMs },
      tryOther: true,
    }
  }
}

async function call(
  deps: AskDeps,
  row: AskRow,
  order: WatchedOrder,
  target: Connected,
): Promise<Result<FetchedMessage>> {
  const calls = deps.askers.callsOf(target)
  if (row.carrier === null) {
    if (calls.fetchOrder !== undefined) return await calls.fetchOrder(orderNo(order.orderNo))
  } else if (calls.fetchTracking !== undefined) {
    const query: TrackingQuery = {
      trackingNo: trackingNo(row.subject.slice('parcel:'.length)),
      carrier: row.carrier,
      phoneTail: await phoneTailOf(deps, row.order_id),
    }
    return await calls.fetchTracking(query)
  }
  return { ok: false, refusal: { code: 'fetch.not_supported', detail: `${target.id} cannot be asked` } }
}

async function finish(deps: AskDeps, settings: SettingsNow, row: AskRow, end: Answered): Promise<void> {
  const at: Instant = deps.clock.now()
  const own = settings.of(end.connection)
  const fruitless = end.outcome === 'outage' ? row.fruitless : row.fruitless + 1
  const seconds = end.outcome === 'outage' ? (end.waitMs ?? 0) / 1_000 : waitSeconds(fruitless, own)
  await deps.db.begin(async (tx) =>
    saveAsk(tx, {
      subject: row.subject,
      orderId: row.order_id,
      connection: end.connection,
      rule: row.forced ? 'by_person' : row.rule,
      at,
      outcome: end.outcome,
      code: end.code,
      words: end.words,
      messageId: end.messageId,
      fruitless,
      dueAt: at.add({ milliseconds: Math.round(seconds * 1_000) }),
    }),
  )
}

/** Last four digits of the recipient's phone; null where none is known or the vault's key is gone. */
async function phoneTailOf(deps: AskDeps, orderId: bigint): Promise<string | null> {
  const sealed = await readSealedRecipient(deps.db, orderId)
  if (sealed === null) return null
  try {
    const recipient = JSON.parse(Buffer.from(deps.unseal(sealed)).toString('utf8')) as Partial<Recipient>
    return /(\d{4})\D*$/.exec(recipient.phone ?? '')?.[1] ?? null
  } catch {
    return null
  }
}
