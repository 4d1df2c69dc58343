import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type EndpointRow = {
  readonly id: bigint
  readonly name: string
  readonly url: string
  readonly secret: Uint8Array
  readonly former_secret: Uint8Array | null
  readonly types: readonly string[]
  readonly shops: readonly string[]
  readonly active: boolean
  readonly stopped_code: string | null
  readonly stopped_at: Instant | null
  readonly failures: number
  readonly failing_since: Instant | null
  readonly last_ok_at: Instant | null
  readonly created_by: string
  readonly created_at: Instant
  readonly updated_at: Instant
}

export async function readEndpoints(sql: Sql): Promise<EndpointRow[]> {
  return await sql<EndpointRow>`select * from webhook_endpoint order by active desc, name`
}
export async function readEndpoint(sql: Sql, id: bigint): Promise<EndpointRow | null> {
  const [row] = await sql<EndpointRow>`select * from webhook_endpoint where id = ${id}`
  return row ?? null
}

export type EndpointWrite = {
  readonly name: string
  readonly url: string
  readonly types: readonly string[]
  readonly shops: readonly string[]
  readonly active: boolean
}

export async function nameTaken(sql: Sql, name: string, id: bigint | null): Promise<boolean> {
  return (
    (await sql`select 1 from webhook_endpoint where name = ${name} and id is distinct from ${id}`).length > 0
  )
}

export async function insertEndpoint(
  tx: Sql,
  one: EndpointWrite & { readonly secret: Uint8Array },
  actor: string,
  now: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into webhook_endpoint (name, url, secret, types, shops, active, created_by, created_at, updated_at)
    values (${one.name}, ${one.url}, ${one.secret}, ${textArray([...one.types])}::text[], ${textArray([...one.shops])}::text[],
      ${one.active}, ${actor}, ${now}, ${now})
    returning id`
  return row?.id ?? 0n
}

/** Changing an endpoint lets it be used again. */
export async function updateEndpoint(tx: Sql, id: bigint, one: EndpointWrite, now: Instant): Promise<void> {
  await tx`
    update webhook_endpoint set name = ${one.name}, url = ${one.url}, types = ${textArray([...one.types])}::text[],
      shops = ${textArray([...one.shops])}::text[], active = ${one.active}, stopped_code = null, stopped_at = null, failures = 0,
      failing_since = null, updated_at = ${now}
    where id = ${id}`
}

export async function updateSecrets(
  tx: Sql,
  id: bigint,
  secret: Uint8Array,
  former: Uint8Array | null,
  now: Instant,
): Promise<void> {
  await tx`
    update webhook_endpoint set secret = ${secret}, former_secret = ${former}, updated_at = ${now} where id = ${id}`
}

export async function deleteEndpoint(tx: Sql, id: bigint): Promise<boolean> {
  return (await tx`delete from webhook_endpoint where id = ${id} returning id`).length > 0
}

export type NewEvent = {
  readonly messageId: string
  readonly type: string
  readonly shop: string | null
  readonly orderId: bigint | null
  readonly orderNo: string | null
  readonly trackingNo: string | null
  readonly body: string
  readonly at: Instant
}

/** The event's id; null where it was known. */
export async function insertEvent(tx: Sql, event: NewEvent): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into webhook_event (message_id, type, shop, order_id, order_no, tracking_no, body, at)
    values (${event.messageId}, ${event.type}, ${event.shop}, ${event.orderId}, ${event.orderNo}, ${event.trackingNo},
      ${event.body}, ${event.at})
    on conflict (message_id) do nothing returning id`
  return row?.id ?? null
}

export async function insertDeliveries(
  tx: Sql,
  rows: readonly { readonly endpointId: bigint; readonly eventId: bigint }[],
  now: Instant,
): Promise<{ id: bigint; endpoint_id: bigint; replays: number }[]> {
  if (rows.length === 0) return []
  return await tx<{ id: bigint; endpoint_id: bigint; replays: number }>`
    insert into webhook_delivery (endpoint_id, event_id, state, created_at)
    select endpoint_id, event_id, 'pending', ${now} from unnest(
      ${int8Array(rows.map((one) => one.endpointId))}::bigint[], ${int8Array(rows.map((one) => one.eventId))}::bigint[]
    ) as d (endpoint_id, event_id)
    on conflict (endpoint_id, event_id) do nothing returning id, endpoint_id, replays`
}

/** Sent again: those of these that are not on their way already. */
export async function replayDeliveries(
  tx: Sql,
  ids: readonly bigint[],
): Promise<{ id: bigint; endpoint_id: bigint; replays: number }[]> {
  return await tx<{ id: bigint; endpoint_id: bigint; replays: number }>`
    update webhook_delivery set state = 'pending', replays = replays + 1
    where id = any(${int8Array([...ids])}::bigint[]) and state <> 'pending' returning id, endpoint_id, replays`
}

export type DeliveryWork = {
  readonly id: bigint
  readonly state: string
  readonly message_id: string
  readonly type: string
  readonly body: string
  readonly endpoint_id: bigint
}
export async function readWork(sql: Sql, id: bigint): Promise<DeliveryWork | null> {
  const [row] = await sql<DeliveryWork>`
    select d.id, d.state, d.endpoint_id, e.message_id, e.type, e.body
    from webhook_delivery d join webhook_event e on e.id = d.event_id where d.id = ${id}`
  return row ?? null
}

export type Attempt = {
  readonly status: number | null
  readonly words: string
  readonly ms: number
  readonly state: 'pending' | 'done' | 'failed'
}
export async function saveAttempt(
  sql: Sql,
  work: { readonly id: bigint; readonly endpointId: bigint },
  one: Attempt,
  now: Instant,
): Promise<void> {
  await sql`
    update webhook_delivery set attempts = attempts + 1, state = ${one.state}, last_status = ${one.status},
      last_words = ${one.words.slice(0, 300)}, last_ms = ${one.ms}, last_at = ${now}
    where id = ${work.id}`
  if (one.state === 'done')
    await sql`
      update webhook_endpoint set failures = 0, failing_since = null, last_ok_at = ${now} where id = ${work.endpointId}`
  else
    await sql`
      update webhook_endpoint set failures = failures + 1, failing_since = coalesce(failing_since, ${now})
      where id = ${work.endpointId}`
}

export async function stopEndpoint(sql: Sql, id: bigint, code: string, now: Instant): Promise<void> {
  await sql`
    update webhook_endpoint set active = false, stopped_code = ${code}, stopped_at = ${now} where id = ${id}`
}

/** Pending ones whose intent was given up; they are failed. */
export async function failGivenUp(sql: Sql): Promise<number> {
  const rows = await sql`
    update webhook_delivery d set state = 'failed'
    from outbox_intent i
    where d.state = 'pending' and i.effect = 'deliver_webhook' and i.state in ('dead', 'moot', 'refused')
      and i.key = 'deliver_webhook:' || d.id || ':' || d.replays
    returning d.id`
  return rows.length
}

/** Forgets events of before, some at a time; answers how many. */
export async function pruneEvents(sql: Sql, before: Instant, limit: number): Promise<number> {
  const rows = await sql`
    delete from webhook_event where id in (
      select e.id from webhook_event e where e.at < ${before}
        and not exists (select from webhook_delivery d where d.event_id = e.id and d.state = 'pending')
      order by e.at limit ${limit})
    returning id`
  return rows.length
}

export type DeliveryRow = {
  readonly id: bigint
  readonly endpoint_id: bigint
  readonly endpoint_name: string
  readonly message_id: string
  readonly type: string
  readonly shop: string | null
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly tracking_no: string | null
  readonly body: string
  readonly at: Instant
  readonly state: 'pending' | 'done' | 'failed'
  readonly attempts: number
  readonly replays: number
  readonly last_status: number | null
  readonly last_words: string
  readonly last_ms: number | null
  readonly last_at: Instant | null
}
export type DeliveryFilter = {
  readonly endpoint: bigint | null
  readonly state: string | null
  readonly type: string | null
  readonly q: string | null
}
export async function readDeliveries(
  sql: Sql,
  { endpoint, state, type, q }: DeliveryFilter,
  before: bigint | null,
  limit: number,
): Promise<DeliveryRow[]> {
  return await sql<DeliveryRow>`
    select d.id, d.endpoint_id, p.name as endpoint_name, e.message_id, e.type, e.shop, e.order_id, e.order_no, e.tracking_no, e.body,
      e.at, d.state, d.attempts, d.replays, d.last_status, d.last_words, d.last_ms, d.last_at
    from webhook_delivery d join webhook_event e on e.id = d.event_id join webhook_endpoint p on p.id = d.endpoint_id
    where (${before}::bigint is null or d.id < ${before})
      and (${endpoint}::bigint is null or d.endpoint_id = ${endpoint})
      and (${state}::text is null or d.state = ${state})
      and (${type}::text is null or e.type = ${type})
      and (${q}::text is null or e.order_no = ${q} or e.tracking_no = upper(${q}) or e.message_id = ${q})
    order by d.id desc limit ${limit}`
}
export async function readDelivery(sql: Sql, id: bigint): Promise<DeliveryRow | null> {
  const [row] = await sql<DeliveryRow>`
    select d.id, d.endpoint_id, p.name as endpoint_name, e.message_id, e.type, e.shop, e.order_id, e.order_no, e.tracking_no, e.body,
      e.at, d.state, d.attempts, d.replays, d.last_status, d.last_words, d.last_ms, d.last_at
    from webhook_delivery d join webhook_event e on e.id = d.event_id join webhook_endpoint p on p.id = d.endpoint_id
    where d.id = ${id}`
  return row ?? null
}

/** Events of a span that an endpoint was told of or would have been; oldest first. */
export async function readSpan(
  sql: Sql,
  span: { readonly from: Instant; readonly to: Instant },
  limit: number,
): Promise<{ id: bigint; type: string; shop: string | null }[]> {
  return await sql<{ id: bigint; type: string; shop: string | null }>`
    select id, type, shop from webhook_event where at >= ${span.from} and at < ${span.to} and type <> 'webhook.test'
    order by at, id limit ${limit}`
}
export async function deliveriesOf(
  sql: Sql,
  endpointId: bigint,
  eventIds: readonly bigint[],
): Promise<{ id: bigint; event_id: bigint; state: string }[]> {
  return await sql<{ id: bigint; event_id: bigint; state: string }>`
    select id, event_id, state from webhook_delivery
    where endpoint_id = ${endpointId} and event_id = any(${int8Array([...eventIds])}::bigint[])`
}

export type OrderFace = {
  readonly id: bigint
  readonly shop: string
  readonly order_no: string
  readonly status: string
}
export async function readFaces(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderFace>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<OrderFace>`
    select id, connection_id as shop, order_no, status from sales_order
    where id = any(${int8Array([...ids])}::bigint[])`
  return new Map(rows.map((row) => [row.id, row]))
}

export type EndpointCounts = {
  readonly endpoint_id: bigint
  readonly pending: bigint
  readonly failed: bigint
  readonly done: bigint
}
/** Of the last day. */
export async function countDeliveries(sql: Sql, since: Instant): Promise<Map<bigint, EndpointCounts>> {
  const rows = await sql<EndpointCounts>`
    select endpoint_id, count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'failed') as failed,
      count(*) filter (where state = 'done') as done
    from webhook_delivery where created_at >= ${since} group by 1`
  return new Map(rows.map((row) => [row.endpoint_id, row]))
}
