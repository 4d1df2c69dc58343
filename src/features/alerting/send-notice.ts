import type { Calls } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import { assert } from '#kernel/assert.ts'
import { Outage } from '#kernel/outage.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { AlertingDeps, Notifier } from './deps.ts'
import { readNotice, settleDelivery } from './store.ts'

/**
 * Carries out `notify` intents. A notice whose outcome is unknown is sent again under the same id: hearing of a trouble twice is
 * better than not at all, and mail and webhook receivers drop the second by its id.
 */
export function notifyHandler(deps: AlertingDeps): EffectHandler {
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
      return await sendNotice(deps, intent.connection, notice)
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
