import type { Calls } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { assert } from '#kernel/assert.ts'
import { Outage } from '#kernel/outage.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { AlertingDeps, NoticeRoute, Notifier } from './deps.ts'
import { readNotice, settleDelivery } from './store.ts'

/**
 * Carries out `notify` intents. A notice whose outcome is unknown is sent again under the same id: hearing of a trouble twice is
 * better than not at all, and mail and webhook receivers drop the second by its id. While the wanted notifier's breaker is open, or
 * its budget holds the notice back, the backup that was chosen for it tells people instead.
 */
export function notifyHandler(deps: AlertingDeps, route?: NoticeRoute): EffectHandler {
  const deliveryOf = (payload: Readonly<Record<string, unknown>>): bigint => {
    assert(typeof payload.delivery === 'string', 'A1', 'a notify intent names its delivery')
    return BigInt(payload.delivery)
  }
  return {
    perform: async (intent) => {
      const notice = await readNotice(deps.db, deliveryOf(intent.payload))
      if (notice === null)
        return {
          state: 'moot',
          refusal: { code: 'alerting.delivery_not_found', detail: 'the notice is no longer on record' },
        }
      return route === undefined
        ? await sendNotice(deps, intent.connection, notice)
        : await sendByRoute(deps, route, intent.connection, notice)
    },
    record: async (tx, intent, end) => {
      const id = deliveryOf(intent.payload)
      const now = deps.clock.now()
      if (end.state === 'done') await settleDelivery(tx, id, 'delivered', end.words, now)
      else if (end.state === 'unknown')
        await settleDelivery(tx, id, 'unknown', `${end.outage.code}: ${end.outage.message}`, now)
      else
        await settleDelivery(
          tx,
          id,
          end.state === 'moot' ? 'failed' : 'refused',
          `${end.refusal.code}: ${end.refusal.detail}`,
          now,
        )
    },
  }
}

/** By the wanted notifier, or by its backup while that is held back. Never by both, unless the outcome of one is unknown. */
async function sendByRoute(
  deps: AlertingDeps,
  route: NoticeRoute,
  wanted: string,
  notice: Notice,
): Promise<EffectEnd> {
  const wish = { capability: 'notify', wanted, subject: notice.rule } as const
  const { taken } = await route({ ...wish, isHeld: false })
  if (taken !== wanted) return (await sendInstead(deps, taken, notice)) ?? sendNotice(deps, wanted, notice)
  try {
    return await sendNotice(deps, wanted, notice)
  } catch (error) {
    if (!isHeld(error)) throw error
    const other = await route({ ...wish, isHeld: true })
    const end = other.taken === wanted ? null : await sendInstead(deps, other.taken, notice)
    if (end === null) throw error
    return end
  }
}

/** Null where the backup did not tell anybody for sure: the notice then waits for the notifier it is meant for. */
async function sendInstead(deps: AlertingDeps, backup: string, notice: Notice): Promise<EffectEnd | null> {
  try {
    const end = await sendNotice(deps, backup, notice)
    const name = deps.find(backup)?.name ?? backup
    return end.state === 'done' ? { state: 'done', words: `${name}: ${end.words}` } : null
  } catch (error) {
    if (!(error instanceof Outage) || error.unknown) throw error
    return null
  }
}

/** Kept back by breaker or budget: nothing was sent. */
function isHeld(error: unknown): boolean {
  return error instanceof Outage && !error.unknown && error.code.startsWith('outward.')
}

/** Sends one notice to one target. An outage is thrown, a refusal of the platform answered. */
export async function sendNotice(deps: AlertingDeps, target: string, notice: Notice): Promise<EffectEnd> {
  const notifier = deps.find(target)
  const notify = notifier === null ? undefined : callsOf(deps, notifier).notify
  if (notify === undefined)
    return {
      state: 'moot',
      refusal: { code: 'alerting.target_unknown', detail: `there is no notifier "${target}" any more` },
    }
  const answer = await notify(notice)
  return answer.outcome === 'accepted'
    ? { state: 'done', words: answer.words }
    : { state: 'refused', refusal: answer.refusal }
}

function callsOf(deps: AlertingDeps, notifier: Notifier): Partial<Calls> {
  return notifier.connector.calls?.(notifier.settings, deps.callsFor(notifier)) ?? {}
}

/** Sends without the outbox and never throws: how it went, for a test or where the database is away. */
export async function trySend(
  deps: AlertingDeps,
  target: string,
  notice: Notice,
): Promise<{ readonly state: 'delivered' | 'refused' | 'failed' | 'unknown'; readonly words: string }> {
  try {
    const end = await sendNotice(deps, target, notice)
    if (end.state === 'done') return { state: 'delivered', words: end.words }
    return {
      state: end.state === 'moot' ? 'failed' : 'refused',
      words: `${end.refusal.code}: ${end.refusal.detail}`,
    }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return { state: error.unknown ? 'unknown' : 'failed', words: `${error.code}: ${error.message}` }
  }
}
