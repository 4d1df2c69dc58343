import { FILE_TOPIC } from '#domain/file-order.ts'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import { firstHeaders } from '#platform/inbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { acceptFetched } from './accept-fetched.ts'
import { type GatewayOrder, parseOrders } from './core/gateway-orders.ts'
import { readStrictJson } from './core/strict-json.ts'
import type { Connected, FindConnection } from './ports.ts'

export type GatewayDeps = {
  readonly db: Sql
  readonly intake: Intake
  readonly clock: Clock
  readonly find: FindConnection
  /** The connection's zone, for orders whose times say none. */
  readonly zoneOf: (connection: string) => string
  /** The connections whose lane it is, none for one that is only configured; null: there is no such lane. */
  readonly membersOf: (lane: string) => readonly string[] | null
  readonly onAccepted: (lane: string) => void
}

export type GatewayCall = {
  readonly connection: string
  /** The `x-channel` header: in which lane the orders wait. It never says whose they are. */
  readonly channel: string | null
  readonly idempotencyKey: string | null
  readonly body: Uint8Array
}

export type TakenOrder = {
  readonly orderNo: string
  readonly outcome: 'accepted' | 'duplicate' | 'conflict'
  readonly messageId: string
}

/** The only kind that reads these orders. */
const KIND = 'file'
const PAUSED_RETRY_MS = 60_000
/** Orders of one call that wait for a commit together, so that no call fills its lane's share of the queue by itself. */
const IN_FLIGHT = 64
const DIGEST_HEADER = 'content-digest'

/**
 * Takes orders from a caller of the gateway: all of them are read before any is kept, each is a message of its own, and the answer
 * goes out when all are durable. An outage is thrown, then some may have been kept: sent again they are duplicates. Refused:
 * `gateway.connection_not_found`, `gateway.wrong_kind`, `gateway.unknown_lane`, `gateway.lane_forbidden`, `gateway.bad_idempotency_key`,
 * `gateway.unreadable_order`, `gateway.idempotency_conflict` (the key came before with another content) and as `readStrictJson`, `parseOrders`.
 */
export async function takeOrders(
  deps: GatewayDeps,
  call: GatewayCall,
): Promise<Result<{ readonly lane: string; readonly items: readonly TakenOrder[] }>> {
  const connected = deps.find(call.connection)
  if (connected === null)
    return refuse('gateway.connection_not_found', `there is no connection "${call.connection.slice(0, 60)}"`)
  if (connected.kind !== KIND)
    return refuse('gateway.wrong_kind', `orders come in through connections of kind ${KIND} only`)
  if (connected.paused)
    throw new Outage('gateway.paused', 'the connection is paused', { retryAfterMs: PAUSED_RETRY_MS })
  const lane = chooseLane(deps, connected, call.channel)
  if (!lane.ok) return lane
  if (call.idempotencyKey !== null && !/^[\x21-\x7e]{1,200}$/.test(call.idempotencyKey))
    return refuse('gateway.bad_idempotency_key', 'an idempotency key has 1 to 200 visible ASCII characters')
  const orders = readOrders(deps, connected, call.body)
  if (!orders.ok) return orders
  const items: TakenOrder[] = []
  for (let at = 0; at < orders.value.length; at += IN_FLIGHT)
    items.push(
      ...(await Promise.all(
        orders.value
          .slice(at, at + IN_FLIGHT)
          .map((order) => takeOrder(deps, connected, call, lane.value, order)),
      )),
    )
  if (items.some((one) => one.outcome === 'conflict'))
    return refuse('gateway.idempotency_conflict', 'this key came before with another content', { items })
  return ok({ lane: lane.value, items })
}

/** Its own lane, or one that no other connection waits in: nobody's flood may fill the lane of somebody else. */
function chooseLane(deps: GatewayDeps, connected: Connected, channel: string | null): Result<string> {
  if (channel === null) return ok(deps.intake.laneOf(connected.id))
  const members = deps.membersOf(channel)
  if (members === null) return refuse('gateway.unknown_lane', 'x-channel names no lane of this hub')
  if (members.length > 0 && !members.includes(connected.id))
    return refuse('gateway.lane_forbidden', 'x-channel names a lane of other connections')
  return ok(channel)
}

/** The same reader that interprets the orders later judges them now, while their sender can still be told. */
function readOrders(
  deps: GatewayDeps,
  connected: Connected,
  body: Uint8Array,
): Result<readonly GatewayOrder[]> {
  const json = readStrictJson(body)
  if (!json.ok) return json
  const receivedAt = deps.clock.now()
  const orders = parseOrders(json.value, { zone: deps.zoneOf(connected.id), receivedAt })
  if (!orders.ok) return orders
  for (const [index, order] of orders.value.entries()) {
    const message = {
      connection: connected.id,
      topic: FILE_TOPIC,
      headers: {},
      body: order.body,
      receivedAt,
    }
    const read = connected.connector.read(message, connected.settings)
    if (!read.ok)
      return refuse('gateway.unreadable_order', `order ${index + 1}: ${read.refusal.detail}`, {
        index,
        code: read.refusal.code,
        ...(read.refusal.data === undefined ? {} : { reason: read.refusal.data }),
      })
  }
  return orders
}

async function takeOrder(
  deps: GatewayDeps,
  connected: Connected,
  { channel, idempotencyKey }: GatewayCall,
  lane: string,
  { orderNo, body, digest }: GatewayOrder,
): Promise<TakenOrder> {
  const dedupKey =
    idempotencyKey === null ? `${orderNo}\n${digest}` : `idempotency\n${idempotencyKey}\n${orderNo}`
  const headers = { [DIGEST_HEADER]: digest, ...(channel === null ? {} : { 'x-channel': channel }) }
  const message = { topic: FILE_TOPIC, dedupKey, orderNo, headers, body }
  const kept = await acceptFetched(deps, connected.id, 'api', message, lane)
  if (kept.verdict === 'accepted' || idempotencyKey === null)
    return { orderNo, outcome: kept.verdict === 'accepted' ? 'accepted' : 'duplicate', messageId: kept.id }
  const first = await firstHeaders(deps.db, connected.id, dedupKey)
  const same = first === null || first[DIGEST_HEADER] === digest
  return { orderNo, outcome: same ? 'duplicate' : 'conflict', messageId: kept.id }
}
