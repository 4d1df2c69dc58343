import type { CallsFor } from '#domain/connector.ts'
import type { Recipient } from '#domain/order.ts'
import type { Connected } from '#features/intake/index.ts'
import { trackingNo } from '#kernel/id.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Intent } from '#platform/outbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { StandingDeps } from '../deps.ts'
import { endAsking, isOpen, readRecipientOf, readSubscription } from './store.ts'
import { callsOf, subscribeAgain } from './want-subscriptions.ts'

export type SubscribeDeps = StandingDeps & {
  readonly db: Database
  readonly find: (id: string) => Connected | null
  readonly callsFor: CallsFor
  /** Where this connection's pushes arrive; null where the hub does not know how the world reaches it. */
  readonly callbackUrlOf: (connection: string) => string | null
  readonly unseal: (sealed: Uint8Array) => Uint8Array
}

/** After a refusal of this number the next one is asked; the platform would say the same again. */
const OTHERS_MAY: ReadonlySet<string> = new Set([
  'carrier.not_supported',
  'carrier.no_permission',
  'carrier.unknown_number',
  'carrier.refused',
  'carrier.bad_request',
])

/**
 * Asks a connection to push a parcel's events. Asked again it is the same subscription, so that an unknown outcome is asked again. A
 * refusal goes on record with the carrier's words, and on to the next connection that can be asked.
 */
export function subscribeHandler(deps: SubscribeDeps): EffectHandler {
  return {
    perform: (intent) => perform(deps, intent),
    record: async (tx, intent, end) => {
      if (end.state === 'unknown') return
      const { number, generation } = namesOf(intent)
      const at = deps.clock.now()
      const days = deps.find(intent.connection)?.connector.subscriptionDays
      const isCurrent = await endAsking(tx, {
        number,
        generation,
        state: end.state === 'done' ? 'subscribed' : end.state === 'moot' ? 'ended' : 'refused',
        expiresAt: days === undefined ? null : at.add({ hours: 24 * days }),
        code: end.state === 'done' ? null : end.refusal.code,
        words: end.state === 'done' ? end.words : end.refusal.detail,
        at,
      })
      if (isCurrent && end.state === 'refused' && OTHERS_MAY.has(end.refusal.code) && generation < TRIES_MOST)
        await subscribeAgain(tx, deps, [number], 'next')
    },
  }
}

/** Attempts after which a number's refusals are left to a person. */
const TRIES_MOST = 8

async function perform(deps: SubscribeDeps, intent: Intent): Promise<EffectEnd> {
  const { number, generation } = namesOf(intent)
  const row = await readSubscription(deps.db, number)
  if (row === null || row.generation !== generation)
    return moot('tracking.asked_anew', 'it was asked for anew meanwhile')
  if (!(await isOpen(deps.db, number)))
    return moot('tracking.closed', 'nothing more is to come of this parcel')
  const connected = deps.find(intent.connection)
  const calls = connected === null ? null : callsOf(connected, deps.callsFor)
  if (calls?.subscribeTracking === undefined)
    return refused('carrier.not_supported', `${intent.connection} takes no subscriptions`)
  const callbackUrl = deps.callbackUrlOf(intent.connection)
  if (callbackUrl === null)
    return refused('tracking.no_public_url', 'set PUBLIC_URL: the carrier needs an address to push to')
  const answer = await calls.subscribeTracking({
    trackingNo: trackingNo(number),
    carrier: row.carrier,
    phoneTail: await phoneTailOf(deps, number),
    callbackUrl,
  })
  return answer.outcome === 'accepted'
    ? { state: 'done', words: answer.words }
    : { state: 'refused', refusal: answer.refusal }
}

function namesOf(intent: Intent): { number: string; generation: number } {
  return {
    number: String(intent.payload.trackingNo ?? ''),
    generation: Number(intent.payload.generation ?? 0),
  }
}

function moot(code: string, detail: string): EffectEnd {
  return { state: 'moot', refusal: { code, detail } }
}

function refused(code: string, detail: string): EffectEnd {
  return { state: 'refused', refusal: { code, detail } }
}

/** Last four digits of the recipient's phone; null where none is known or the vault's key is gone. */
async function phoneTailOf(deps: SubscribeDeps, number: string): Promise<string | null> {
  const sealed = await readRecipientOf(deps.db, number)
  if (sealed === null) return null
  try {
    const recipient = JSON.parse(Buffer.from(deps.unseal(sealed)).toString('utf8')) as Partial<Recipient>
    return /(\d{4})\D*$/.exec(recipient.phone ?? '')?.[1] ?? null
  } catch {
    return null
  }
}
