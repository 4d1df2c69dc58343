import type { Instant } from '#kernel/clock.ts'
import type { Provenance } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'

type Amount = { readonly currency: string; readonly amount: string }

/** `sales_order.record` as `orders/core/record.ts` writes it; instants are UTC text. */
export type OrderRecord = {
  readonly lines?: readonly {
    readonly lineId: string
    readonly shopSku: string
    readonly title: string
    readonly spec?: string | null
    readonly quantity: number
    readonly unitPrice: Amount
    readonly paid: Amount | null
    readonly gift: boolean
  }[]
  readonly totals?: unknown
  readonly notes?: { readonly buyer: string; readonly seller: string; readonly flag: string | null } | null
  readonly buyer?: { readonly id: string | null; readonly nickname: string | null } | null
  readonly parcels?: readonly {
    readonly trackingNo: string
    readonly carrier: string | null
    readonly status: string
    readonly trouble?: boolean
    readonly waybillId?: string | null
    readonly batchNo?: string | null
    readonly deviceId?: string | null
    readonly issuedAt?: string | null
    readonly dispatchedAt?: string | null
    readonly pickedUpAt?: string | null
    readonly deliveredAt?: string | null
    readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[]
    readonly facts: number
  }[]
}

export async function readRecord(sql: Sql, id: bigint): Promise<OrderRecord> {
  const rows = await sql<{ record: OrderRecord }>`select record from sales_order where id = ${id}`
  return rows[0]?.record ?? {}
}

export async function readStockSkus(
  sql: Sql,
  id: bigint,
): Promise<{ line_id: string; stock_sku: string | null }[]> {
  return await sql`select line_id, stock_sku from order_line where order_id = ${id}`
}

export type TimelineRow = {
  readonly id: string
  readonly kind: string
  readonly subject: string
  readonly at: Instant | null
  readonly at_raw: string
  readonly at_zone: string | null
  readonly at_provenance: Provenance
  readonly source: string
  readonly source_kind: string | null
  readonly source_name: string | null
  readonly code: string
  readonly detail: Record<string, unknown>
  readonly message_id: string
  readonly received_at: Instant
}

/** Facts of all of an order's subjects, each once, by their own time; those without a time after the others. */
export async function readTimeline(sql: Sql, id: bigint, limit: number): Promise<TimelineRow[]> {
  return await sql<TimelineRow>`
    select f.*, c.kind as source_kind, c.name as source_name
    from (
      select distinct on (f.id) f.id, f.kind, f.subject, f.at, f.at_raw, f.at_zone, f.at_provenance, f.source, f.code, f.detail,
        f.message_id, f.received_at
      from order_subject s join fact f on f.subject = s.subject
      where s.order_id = ${id}
      order by f.id, f.subject
    ) f
    left join connection c on c.id = f.source
    order by f.at nulls last, f.received_at, f.id limit ${limit}`
}

export type DriftRow = {
  readonly field: string
  readonly cause: string
  readonly since: Instant | null
  readonly until: Instant | null
  readonly claims: readonly { readonly source: string; readonly says: string; readonly at: string | null }[]
}

export async function readDrift(sql: Sql, id: bigint): Promise<DriftRow[]> {
  return await sql<DriftRow>`select field, cause, since, until, claims from drift where order_id = ${id} order by since nulls last, field`
}

export type IntentRow = {
  readonly id: bigint
  readonly effect: string
  readonly state: string
  readonly attempts: number
  readonly last_code: string | null
  readonly last_detail: string | null
  readonly updated_at: Instant
}

export async function readIntents(sql: Sql, id: bigint): Promise<IntentRow[]> {
  return await sql<IntentRow>`
    select id, effect, state, attempts, last_code, last_detail, updated_at from outbox_intent where order_id = ${id} order by id limit 200`
}

/** The sealed recipient of an order, or null where no source ever told one. */
export async function readSealedRecipient(sql: Sql, id: bigint): Promise<Uint8Array | null> {
  const rows = await sql<{
    value: Uint8Array
  }>`select value from order_register where order_id = ${id} and part = 'recipient'`
  return rows[0]?.value ?? null
}

export async function readConnectionNames(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; name: string }>`select id, name from connection`
  return new Map(rows.map((row) => [row.id, row.name]))
}

export type PromiseRow = {
  readonly source: string
  readonly rule_name: string | null
  readonly keeps: string
  readonly starts_at: Instant | null
  readonly due_at: Instant
  readonly warn_at: Instant
  readonly kept_at: Instant | null
  readonly state: string
  readonly penalty_minor: bigint | null
  readonly currency: string | null
}

/** Its fulfilment plan in short, and waybills that the hub makes for it and that have no number yet. */
export async function readShipment(
  sql: Sql,
  id: bigint,
): Promise<{
  plan: { state: string; words: { zh: string; en: string } } | null
  waybills: { state: string; words: { zh: string; en: string } }[]
}> {
  const [plan] = await sql<{ state: string; zh: string; en: string }>`
    select state, zh, en from order_plan where order_id = ${id}`
  const waybills = await sql<{ state: string; zh: string; en: string }>`
    select state, zh, en from waybill
    where order_ids @> array[${id}::bigint] and state in ('wanted', 'asking', 'review') order by id`
  const shown = ({ state, zh, en }: { state: string; zh: string; en: string }) => ({
    state,
    words: { zh, en },
  })
  return { plan: plan === undefined ? null : shown(plan), waybills: waybills.map(shown) }
}

/** The clocks of an order, open ones first, the soonest first. */
export async function readPromises(sql: Sql, id: bigint): Promise<PromiseRow[]> {
  return await sql<PromiseRow>`
    select p.source, r.name as rule_name, p.keeps, p.starts_at, p.due_at, p.warn_at, p.kept_at, p.state, p.penalty_minor, p.currency
    from order_promise p left join promise_rule r on p.source = 'rule:' || r.id
    where p.order_id = ${id} order by p.state not in ('running', 'breached'), p.due_at`
}
