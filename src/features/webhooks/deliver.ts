import { Outage } from '#kernel/outage.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { NewIntent } from '#platform/outbox/store.ts'
import { signedHeaders } from '#platform/webhook-sign.ts'
import type { WebhookDeps } from './deps.ts'
import { readEndpoint, readWork, saveAttempt, stopEndpoint } from './store.ts'

export const DELIVER_WEBHOOK = 'deliver_webhook'
const TIMEOUT_MS = 15_000
const GONE = 410

/** One per delivery and replay. The endpoint stands where a connection's name would, so that one that hangs holds up no other. */
export function deliverIntent(one: {
  readonly id: bigint
  readonly endpoint_id: bigint
  readonly replays: number
}): NewIntent {
  return {
    key: `${DELIVER_WEBHOOK}:${one.id}:${one.replays}`,
    effect: DELIVER_WEBHOOK,
    connection: `webhook:${one.endpoint_id}`,
    orderId: null,
    payload: { deliveryId: one.id.toString() },
  }
}

/**
 * Tells one endpoint of one event, signed anew for every attempt, with the same id. 2xx is taken; 410 stops the endpoint; everything else is
 * tried again by the outbox's list. Receivers drop a repeated id, so a time-out is simply tried again.
 */
export function deliverHandler(deps: WebhookDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const work = await readWork(deps.db, BigInt(String(intent.payload.deliveryId)))
      const endpoint = work === null ? null : await readEndpoint(deps.db, work.endpoint_id)
      if (work === null || endpoint === null || work.state !== 'pending')
        return {
          state: 'moot',
          refusal: { code: 'webhooks.not_pending', detail: 'it is not to be sent any more' },
        }
      if (!endpoint.active)
        return {
          state: 'moot',
          refusal: { code: 'webhooks.endpoint_off', detail: `${endpoint.name} is switched off` },
        }
      const answer = await post(deps, endpoint, work)
      const ids = { id: work.id, endpointId: endpoint.id }
      const now = deps.clock.now()
      if (answer.status !== null && answer.status >= 200 && answer.status < 300) {
        await saveAttempt(deps.db, ids, { ...answer, state: 'done' }, now)
        return { state: 'done', words: answer.words }
      }
      const isGone = answer.status === GONE
      await saveAttempt(deps.db, ids, { ...answer, state: isGone ? 'failed' : 'pending' }, now)
      if (isGone) return await stop(deps, endpoint.id)
      throw new Outage('webhooks.not_accepted', answer.words, { retryable: true })
    },
  }
}

async function stop(deps: WebhookDeps, id: bigint): Promise<EffectEnd> {
  await stopEndpoint(deps.db, id, 'webhooks.gone', deps.clock.now())
  return {
    state: 'refused',
    refusal: { code: 'webhooks.gone', detail: 'HTTP 410: the receiver wants no more; it was switched off' },
  }
}

type Answer = { readonly status: number | null; readonly words: string; readonly ms: number }

async function post(
  { http, clock, vault }: WebhookDeps,
  endpoint: { readonly url: string; readonly secret: Uint8Array; readonly former_secret: Uint8Array | null },
  work: { readonly message_id: string; readonly body: string },
): Promise<Answer> {
  const open = (sealed: Uint8Array): string => Buffer.from(vault.open(sealed)).toString()
  const secrets = [endpoint.secret, ...(endpoint.former_secret === null ? [] : [endpoint.former_secret])].map(
    open,
  )
  const from = clock.now()
  const seconds = Math.floor(from.epochMilliseconds / 1_000)
  const took = (): number => Math.round(clock.now().since(from).total('milliseconds'))
  try {
    const { status } = await http({
      method: 'POST',
      url: endpoint.url,
      headers: {
        'content-type': 'application/json',
        ...signedHeaders(secrets, { id: work.message_id, seconds, body: work.body }),
      },
      body: work.body,
      timeoutMs: TIMEOUT_MS,
    })
    return { status, words: `HTTP ${status}`, ms: took() }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return { status: null, words: `${error.code}: ${error.message}`, ms: took() }
  }
}
