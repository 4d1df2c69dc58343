import { json, type Sql } from '#platform/postgres/database.ts'

export type SeedOrder = {
  connection?: string
  orderNo: string
  status?: string
  placedAt?: string
  shipBy?: string | null
  report?: string
  afterSale?: string
  drift?: number
  unmatched?: number
  title?: string
  buyerNote?: string | null
  trackingNos?: readonly string[]
  record?: Record<string, unknown>
}

/** Puts an order's derived rows straight into the database, for tests of the reading side; answers its id. */
export async function seedOrder(sql: Sql, order: SeedOrder): Promise<bigint> {
  const { connection = 'shop', orderNo, status = 'awaiting_shipment', trackingNos = [] } = order
  const at = Temporal.Instant.from(order.placedAt ?? '2026-01-25T01:00:00Z')
  const shipBy = order.shipBy == null ? null : Temporal.Instant.from(order.shipBy)
  const record = {
    trackingNos,
    parcels: [],
    lines: [],
    totals: null,
    notes: null,
    buyer: null,
    ...order.record,
  }
  const rows = await sql<{ id: bigint }>`
    insert into sales_order (connection_id, order_no, status, placed_at, paid_at, ship_by, currency, payable_minor, item_count,
      parcel_count, unmatched_lines, drift_count, after_sale, report, region, recipient_masked, buyer_note, first_title, sort_at, record, digest)
    values (${connection}, ${orderNo}, ${status}, ${at}, ${at}, ${shipBy}, 'CNY', 5180, 1, ${trackingNos.length}, ${order.unmatched ?? 0},
      ${order.drift ?? 0}, ${order.afterSale ?? 'none'}, ${order.report ?? 'none'}, '浙江省', '张** 138****0001', ${order.buyerNote ?? null},
      ${order.title ?? '保温杯'}, ${at}, ${json(record)}, '\\x00')
    returning id`
  const id = rows[0]?.id ?? 0n
  await sql`insert into order_subject (subject, order_id) values (${`order:${connection}:${orderNo}`}, ${id})`
  for (const number of trackingNos)
    await sql`insert into order_subject (subject, order_id) values (${`parcel:${number}`}, ${id})`
  await sql`insert into order_tally (connection_id, status, slot, count) values (${connection}, ${status}, 0, 1)
    on conflict (connection_id, status, slot) do update set count = order_tally.count + 1`
  return id
}

export async function seedConnection(sql: Sql, id: string, name = id, kind = 'pinduoduo'): Promise<void> {
  await sql`insert into connection (id, kind, name, secrets, callback_token) values (${id}, ${kind}, ${name}, '\\x00', ${`token-${id}`})`
}

export type SeedFact = {
  subject: string
  kind: string
  at: string | null
  raw?: string
  source?: string
  messageId?: string
  receivedAt?: string
}

export async function seedFact(sql: Sql, id: string, fact: SeedFact): Promise<void> {
  const at = fact.at === null ? null : Temporal.Instant.from(fact.at)
  await sql`insert into fact (subject, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id, received_at)
    values (${fact.subject}, ${id}, ${fact.kind}, ${at}, ${fact.raw ?? fact.at ?? '??'}, ${at === null ? null : 'Asia/Shanghai'},
      ${at === null ? 'ambiguous' : 'explicit_offset'}, ${fact.source ?? 'shop'}, 'order_status:2', '{}', ${fact.messageId ?? '20260125-1'},
      ${Temporal.Instant.from(fact.receivedAt ?? '2026-01-25T02:00:00Z')})`
}
