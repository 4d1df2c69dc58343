import type { Instant } from '#kernel/clock.ts'
import { newUuid } from '#kernel/id.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { isInnerTarget } from '#platform/http-client/target-guard.ts'
import { newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { secretText } from '#platform/webhook-sign.ts'
import { EVENT_TYPES, isEventType, TEST_TYPE, takes } from './core/events.ts'
import { deliverIntent } from './deliver.ts'
import type { WebhookDeps } from './deps.ts'
import {
  deleteEndpoint,
  deliveriesOf,
  type EndpointWrite,
  insertDeliveries,
  insertEndpoint,
  insertEvent,
  nameTaken,
  readEndpoint,
  readSpan,
  replayDeliveries,
  updateEndpoint,
  updateSecrets,
} from './store.ts'

const SECRET_BYTES = 32
export const REPLAY_MOST = 10_000

/**
 * Adds an endpoint; its secret is told here and never again. Refused with `webhooks.bad_url` (https and a public name, unless private
 * addresses are allowed), `webhooks.type_unknown`, `webhooks.name_taken`.
 */
export async function addEndpoint(
  tx: Sql,
  deps: WebhookDeps,
  one: EndpointWrite,
  actor: Actor,
): Promise<Result<{ readonly id: bigint; readonly secret: string }>> {
  const fault = await faultOf(tx, deps, one, null)
  if (fault !== null) return fault
  const secret = secretText(deps.random.bytes(SECRET_BYTES))
  const id = await insertEndpoint(
    tx,
    { ...one, secret: deps.vault.seal(Buffer.from(secret)) },
    actor.name,
    deps.clock.now(),
  )
  await deps.audit(tx, {
    actor,
    action: 'webhooks.endpoint_added',
    subject: id.toString(),
    detail: { name: one.name },
  })
  return ok({ id, secret })
}

/** Refusals as in `addEndpoint`, and `webhooks.not_found`. What the hub had stopped goes on. */
export async function changeEndpoint(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  one: EndpointWrite,
  actor: Actor,
): Promise<Result<null>> {
  if ((await readEndpoint(tx, id)) === null) return notFound(id)
  const fault = await faultOf(tx, deps, one, id)
  if (fault !== null) return fault
  await updateEndpoint(tx, id, one, deps.clock.now())
  const detail = { name: one.name, active: one.active }
  await deps.audit(tx, { actor, action: 'webhooks.endpoint_changed', subject: id.toString(), detail })
  return ok(null)
}

/** A new secret; the former one signs beside it until it is dropped. Refused with `webhooks.not_found`. */
export async function rotateSecret(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<{ readonly secret: string }>> {
  const endpoint = await readEndpoint(tx, id)
  if (endpoint === null) return notFound(id)
  const secret = secretText(deps.random.bytes(SECRET_BYTES))
  await updateSecrets(tx, id, deps.vault.seal(Buffer.from(secret)), endpoint.secret, deps.clock.now())
  await deps.audit(tx, { actor, action: 'webhooks.secret_rotated', subject: id.toString() })
  return ok({ secret })
}

export async function dropFormerSecret(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<null>> {
  const endpoint = await readEndpoint(tx, id)
  if (endpoint === null) return notFound(id)
  await updateSecrets(tx, id, endpoint.secret, null, deps.clock.now())
  await deps.audit(tx, { actor, action: 'webhooks.former_secret_dropped', subject: id.toString() })
  return ok(null)
}

export async function removeEndpoint(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<null>> {
  if (!(await deleteEndpoint(tx, id))) return notFound(id)
  await deps.audit(tx, { actor, action: 'webhooks.endpoint_removed', subject: id.toString() })
  return ok(null)
}

/** A test event to one endpoint, by the same way as all others. Answers the delivery's id. */
export async function sendTest(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<bigint>> {
  const endpoint = await readEndpoint(tx, id)
  if (endpoint === null) return notFound(id)
  if (!endpoint.active) return refuse('webhooks.endpoint_off', `${endpoint.name} is switched off`)
  const now = deps.clock.now()
  const timestamp = formatInstant(now, deps.zone())
  const eventId = await insertEvent(tx, {
    messageId: `evt_${newUuid(deps.clock, deps.random).replaceAll('-', '')}`,
    type: TEST_TYPE,
    shop: null,
    orderId: null,
    orderNo: null,
    trackingNo: null,
    body: JSON.stringify({ type: TEST_TYPE, timestamp, data: { endpoint: endpoint.name } }),
    at: now,
  })
  const [made] = await insertDeliveries(tx, eventId === null ? [] : [{ endpointId: id, eventId }], now)
  if (made === undefined) return refuse('webhooks.not_found', 'the test event could not be made')
  await newIntents(tx, [deliverIntent(made)], now)
  await deps.audit(tx, { actor, action: 'webhooks.tested', subject: id.toString() })
  return ok(made.id)
}

/** Sends deliveries again, with the same id; those on their way are left. Answers how many. */
export async function replay(
  tx: Sql,
  deps: WebhookDeps,
  ids: readonly bigint[],
  actor: Actor,
): Promise<number> {
  const again = await replayDeliveries(tx, ids)
  await newIntents(tx, again.map(deliverIntent), deps.clock.now())
  await deps.audit(tx, { actor, action: 'webhooks.replayed', detail: { deliveries: again.length } })
  return again.length
}

/**
 * All events of a span that the endpoint takes are sent to it (again): what it missed while it was away or did not exist yet. 10,000 at
 * most, oldest first; `more` says that the span holds more.
 */
export async function replaySpan(
  tx: Sql,
  deps: WebhookDeps,
  id: bigint,
  span: { readonly from: Instant; readonly to: Instant; readonly onlyFailed: boolean },
  actor: Actor,
): Promise<Result<{ readonly sent: number; readonly more: boolean }>> {
  const endpoint = await readEndpoint(tx, id)
  if (endpoint === null) return notFound(id)
  if (!endpoint.active) return refuse('webhooks.endpoint_off', `${endpoint.name} is switched off`)
  const events = await readSpan(tx, span, REPLAY_MOST + 1)
  const wanted = events.slice(0, REPLAY_MOST).filter((event) => takes(endpoint, event))
  const known = new Map(
    (
      await deliveriesOf(
        tx,
        id,
        wanted.map((event) => event.id),
      )
    ).map((row) => [row.event_id, row]),
  )
  const now = deps.clock.now()
  const fresh = await insertDeliveries(
    tx,
    wanted
      .filter((event) => !known.has(event.id) && !span.onlyFailed)
      .map((event) => ({ endpointId: id, eventId: event.id })),
    now,
  )
  const again = await replayDeliveries(
    tx,
    [...known.values()].filter((row) => !span.onlyFailed || row.state === 'failed').map((row) => row.id),
  )
  await newIntents(tx, [...fresh, ...again].map(deliverIntent), now)
  const sent = fresh.length + again.length
  const detail = { from: span.from.toString(), to: span.to.toString(), sent }
  await deps.audit(tx, { actor, action: 'webhooks.span_replayed', subject: id.toString(), detail })
  return ok({ sent, more: events.length > REPLAY_MOST })
}

function notFound(id: bigint): Result<never> {
  return refuse('webhooks.not_found', `there is no endpoint ${id}`)
}

async function faultOf(
  tx: Sql,
  { allowPrivate }: WebhookDeps,
  one: EndpointWrite,
  id: bigint | null,
): Promise<Result<never> | null> {
  const url = URL.parse(one.url)
  const isFine = url !== null && (url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:'))
  if (!isFine || url.username !== '' || url.password !== '')
    return refuse('webhooks.bad_url', 'an https address without user name and password is wanted')
  if (!allowPrivate && isInnerTarget(url))
    return refuse('webhooks.bad_url', 'an address of this machine or of a private network is not called')
  const strange = one.types.find((type) => !isEventType(type))
  if (strange !== undefined)
    return refuse('webhooks.type_unknown', `${strange} is none of ${EVENT_TYPES.join(', ')}`)
  if (await nameTaken(tx, one.name, id))
    return refuse('webhooks.name_taken', `another endpoint is called ${one.name}`)
  return null
}
