import type { Fact, FactDetail, FactKind, Subject } from '#domain/fact.ts'
import { subjectKey } from '#domain/fact.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { type ConnectionId, connectionId, messageId, orderNo, trackingNo } from '#kernel/id.ts'
import type { Provenance } from '#kernel/instant.ts'
import { money } from '#kernel/money.ts'
import { byteaArray, instantArray, int8Array, textArray, uuidArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type OrderKey = {
  readonly id: bigint
  readonly connection: ConnectionId
  readonly orderNo: string
  readonly shared: boolean
}

/** The transaction's commit does not wait for the disk; a later one that does flushes it too. */
export async function commitLater(tx: Sql): Promise<void> {
  await tx`set local synchronous_commit = off`
}

/**
 * Adds facts that are not there yet; a claim that is read as another kind than before (a replay after a mapping change)
 * changes its kind. Sorted by key, so that two workers never wait for each other crosswise.
 */
export async function appendFacts(sql: Sql, facts: readonly Fact[]): Promise<void> {
  const byKey = new Map<string, Fact>()
  for (const fact of facts) byKey.set(`${subjectKey(fact.subject)}\n${fact.id}`, fact)
  const rows = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fact]) => fact)
  if (rows.length === 0) return
  await sql`
    insert into fact (subject, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, tracking_no, message_id, received_at)
    select * from unnest(
      ${textArray(rows.map((fact) => subjectKey(fact.subject)))}::text[],
      ${uuidArray(rows.map((fact) => fact.id))}::uuid[],
      ${textArray(rows.map((fact) => fact.kind))}::text[],
      ${instantArray(rows.map((fact) => fact.at.instant))}::timestamptz[],
      ${textArray(rows.map((fact) => fact.at.raw))}::text[],
      ${textArray(rows.map((fact) => fact.at.zone))}::text[],
      ${textArray(rows.map((fact) => fact.at.provenance))}::text[],
      ${textArray(rows.map((fact) => fact.source))}::text[],
      ${textArray(rows.map((fact) => fact.code))}::text[],
      ${textArray(rows.map((fact) => canonicalJson(fact.detail)))}::text[]::jsonb[],
      ${textArray(rows.map((fact) => (fact.subject.by === 'parcel' ? null : (fact.detail.trackingNo ?? null))))}::text[],
      ${textArray(rows.map((fact) => fact.evidence))}::text[],
      ${instantArray(rows.map((fact) => fact.receivedAt))}::timestamptz[]
    )
    on conflict (subject, id) do update set kind = excluded.kind where fact.kind <> excluded.kind`
}

/** Takes back facts whose upstream code was since decided to say nothing. */
export async function removeFacts(
  sql: Sql,
  silenced: readonly { subject: Subject; id: string }[],
): Promise<void> {
  if (silenced.length === 0) return
  await sql`
    delete from fact using unnest(
      ${textArray(silenced.map((row) => subjectKey(row.subject)))}::text[],
      ${uuidArray(silenced.map((row) => row.id))}::uuid[]
    ) as gone (subject, id)
    where fact.subject = gone.subject and fact.id = gone.id`
}

export async function ensureOrderKeys(
  sql: Sql,
  orders: readonly { connection: string; orderNo: string }[],
): Promise<void> {
  if (orders.length === 0) return
  // Sorted where they are written, so that two batches wait for each other in one order only: the join with what is there may change any other.
  await sql`
    insert into order_key (connection_id, order_no)
    select * from unnest(${textArray(orders.map((one) => one.connection))}::text[], ${textArray(orders.map((one) => one.orderNo))}::text[])
    as wanted (connection_id, order_no)
    where not exists (select 1 from order_key k where k.connection_id = wanted.connection_id and k.order_no = wanted.order_no)
    order by wanted.connection_id collate "C", wanted.order_no collate "C"
    on conflict do nothing`
}

/** Order numbers of the orders that a parcel belongs to, by what other facts say of its number. */
export async function orderNosOfParcels(sql: Sql, numbers: readonly string[]): Promise<string[]> {
  if (numbers.length === 0) return []
  const rows = await sql<{
    subject: string
  }>`select distinct subject from fact where tracking_no = any(${textArray(numbers)}::text[])`
  return rows
    .map((row) => parseSubject(row.subject))
    .flatMap((subject) => (subject.by === 'parcel' ? [] : [subject.orderNo]))
}

/** The connection of an order; null where there is no such order. */
export async function readShopOf(sql: Sql, id: bigint): Promise<string | null> {
  const [row] = await sql<{ connection_id: string }>`select connection_id from sales_order where id = ${id}`
  return row?.connection_id ?? null
}

/** Locks the orders with these numbers, in id order; `shared` says that two shops have an order of that number. */
export async function lockOrders(tx: Sql, orderNos: readonly string[]): Promise<OrderKey[]> {
  if (orderNos.length === 0) return []
  const rows = await tx<{ id: bigint; connection_id: string; order_no: string }>`
    select id, connection_id, order_no from order_key
    where order_no = any(${textArray(orderNos)}::text[])
    order by id for update`
  const shops = Map.groupBy(rows, (row) => row.order_no)
  return rows.map((row) => ({
    id: row.id,
    connection: connectionId(row.connection_id),
    orderNo: row.order_no,
    shared: (shops.get(row.order_no)?.length ?? 0) > 1,
  }))
}

/** The same without locks, by id. */
export async function orderKeys(sql: Sql, ids: readonly bigint[]): Promise<OrderKey[]> {
  const rows = await sql<{ id: bigint; connection_id: string; order_no: string; shops: bigint }>`
    select id, connection_id, order_no, (select count(*) from order_key o where o.order_no = k.order_no) as shops
    from order_key k where id = any(${int8Array(ids)}::bigint[])`
  return rows.map((row) => ({
    id: row.id,
    connection: connectionId(row.connection_id),
    orderNo: row.order_no,
    shared: row.shops > 1n,
  }))
}

type FactRow = {
  subject: string
  id: string
  kind: string
  at: Temporal.Instant | null
  at_raw: string
  at_zone: string | null
  at_provenance: string
  source: string
  code: string
  detail: FactDetailJson
  message_id: string
  received_at: Temporal.Instant
}
type FactDetailJson = Omit<FactDetail, 'amount'> & { amount?: { currency: string; minor: string } }

export async function loadFacts(sql: Sql, subjects: readonly string[]): Promise<Fact[]> {
  if (subjects.length === 0) return []
  const rows = await sql<FactRow>`
    select subject, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id, received_at
    from fact where subject = any(${textArray(subjects)}::text[])`
  return rows.map(rowToFact)
}

function rowToFact(row: FactRow): Fact {
  const { amount, ...detail } = row.detail
  return {
    id: row.id,
    subject: parseSubject(row.subject),
    kind: row.kind as FactKind,
    at: { raw: row.at_raw, instant: row.at, zone: row.at_zone, provenance: row.at_provenance as Provenance },
    source: connectionId(row.source),
    code: row.code,
    detail:
      amount === undefined ? detail : { ...detail, amount: money(amount.currency, BigInt(amount.minor)) },
    evidence: messageId(row.message_id),
    receivedAt: row.received_at,
  }
}

/** The inverse of `subjectKey`; connection ids hold no colon. */
export function parseSubject(key: string): Subject {
  const [by = '', ...rest] = key.split(':')
  if (by === 'order')
    return { by, connection: connectionId(rest[0] ?? ''), orderNo: orderNo(rest.slice(1).join(':')) }
  if (by === 'reference') return { by, orderNo: orderNo(rest.join(':')) }
  return { by: 'parcel', trackingNo: trackingNo(rest.join(':')) }
}

export type Register = {
  readonly orderId: bigint
  readonly part: string
  readonly version: bigint
  readonly hash: Uint8Array
  readonly value: Uint8Array
}

export async function loadRegisters(sql: Sql, orderIds: readonly bigint[]): Promise<Register[]> {
  if (orderIds.length === 0) return []
  const rows = await sql<{ order_id: bigint; part: string; version: string; hash: Buffer; value: Buffer }>`
    select order_id, part, version, hash, value from order_register where order_id = any(${int8Array(orderIds)}::bigint[])`
  return rows.map((row) => ({
    orderId: row.order_id,
    part: row.part,
    version: BigInt(row.version),
    hash: row.hash,
    value: row.value,
  }))
}

/** What was ordered, as stored, by order; other parts of the content stay where they are. */
export async function loadLines(sql: Sql, orderIds: readonly bigint[]): Promise<Map<bigint, string>> {
  if (orderIds.length === 0) return new Map()
  const rows = await sql<{ order_id: bigint; value: Buffer }>`
    select order_id, value from order_register where order_id = any(${int8Array(orderIds)}::bigint[]) and part = 'lines'`
  return new Map(rows.map((row) => [row.order_id, row.value.toString('utf8')]))
}

export async function saveRegisters(
  sql: Sql,
  rows: readonly (Register & { messageId: string; receivedAt: Temporal.Instant })[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into order_register (order_id, part, version, hash, value, message_id, received_at)
    select * from unnest(
      ${int8Array(rows.map((row) => row.orderId))}::bigint[],
      ${textArray(rows.map((row) => row.part))}::text[],
      ${textArray(rows.map((row) => row.version.toString()))}::text[]::numeric[],
      ${byteaArray(rows.map((row) => row.hash))}::bytea[],
      ${byteaArray(rows.map((row) => row.value))}::bytea[],
      ${textArray(rows.map((row) => row.messageId))}::text[],
      ${instantArray(rows.map((row) => row.receivedAt))}::timestamptz[]
    )
    on conflict (order_id, part) do update
    set version = excluded.version, hash = excluded.hash, value = excluded.value, message_id = excluded.message_id, received_at = excluded.received_at`
}

/** Locks orders by id, in id order. */
export async function lockOrdersById(tx: Sql, ids: readonly bigint[]): Promise<OrderKey[]> {
  await tx`select id from order_key where id = any(${int8Array(ids)}::bigint[]) order by id for update`
  return (await orderKeys(tx, ids)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
