/** What makes a promise untrue: statements, or a row that nobody could have written (columns that are left out get a value of their type). */
export type Break = string | { readonly into: string; readonly row: Readonly<Record<string, unknown>> }

const NOW = '2026-11-23T08:00:00Z'
const LATER = '2099-01-01T00:00:00Z'
const O1 = `(select id from sales_order where order_no = 'o1')`
const into = (table: string, row: Readonly<Record<string, unknown>> = {}): Break => ({ into: table, row })
const twice = (table: string, row: Readonly<Record<string, unknown>>): readonly Break[] => [
  into(table, row),
  into(table, row),
]
const fact = (row: Readonly<Record<string, unknown>>): Break =>
  into('fact', {
    id: '00000000-0000-4000-8000-000000000001',
    subject: 'order:shop:o1',
    kind: 'delivered',
    at: NOW,
    at_raw: 'x',
    at_provenance: 'explicit_offset',
    source: 'carrier',
    code: 'x',
    detail: {},
    message_id: 'hub',
    received_at: NOW,
    ...row,
  })

/** Each promise of orders and stock with what breaks it. `o1` is paid, locked and has a waybill; `o2` was delivered. */
export const BREAKS_OF_ORDERS: Readonly<Record<string, readonly Break[]>> = {
  OS1: [`update order_tally set count = count + 1`],
  OS2: [`update sales_order set status = 'cancelled' where order_no = 'o1'`],
  OS3: [`update sales_order set status = 'lost' where order_no = 'o1'`],
  OS4: [
    `update sales_order set record = jsonb_set(record, '{parcels,0,status}', '"picked_up"') where order_no = 'o2'`,
  ],
  OS5: [`update sales_order set status = 'awaiting_shipment' where order_no = 'o2'`],
  OS6: [
    `delete from fact where kind = 'delivered'`,
    `update sales_order set record = jsonb_set(record, '{parcels,0,status}', '"in_transit"') where order_no = 'o2'`,
  ],
  OS7: [`update fact set at = null where kind = 'paid'`],
  OS8: [`update sales_order set item_count = item_count + 1 where order_no = 'o1'`],
  OS9: [fact({ subject: 'parcel:T2', kind: 'delivery_revoked', at: LATER })],
  OS10: [`update sales_order set drift_count = drift_count + 1 where order_no = 'o1'`],
  OS11: [into('mapping_unknown', { seen: 0 })],
  OS12: [`update sales_order set report = 'due' where order_no = 'o1'`, `delete from outbox_intent`],
  OS13: [`delete from order_subject where subject = 'parcel:T2'`],
  OS14: [
    into('order_key', { connection_id: 'other', order_no: 'o2' }),
    into('connection', { id: 'other', name: 'other' }),
  ],
  OS15: [
    `update waybill set state = 'cancelled'`,
    `update fact set kind = 'waybill_cancelled' where kind = 'waybill_issued' and tracking_no in (select tracking_no from waybill)`,
  ],
  OS16: [
    `update sales_order set status = 'shipped', record = jsonb_set(record, '{parcels,0,lines}', jsonb_build_array(
      jsonb_build_object('lineId', record #> '{lines,0,lineId}', 'quantity', 1))) where order_no = 'o1'`,
  ],
  OS18: [
    fact({ subject: 'order:shop:o1', kind: 'delivered' }),
    `update sales_order set status = 'awaiting_shipment', record = jsonb_set(record, '{parcels}', '[]') where order_no = 'o1'`,
  ],
  'drift/DR1': [into('drift', { order_id: 1, field: 'times', since: LATER, until: NOW })],
  SK3: [`update sales_order set unmatched_lines = 7 where order_no = 'o1'`],
  'ST-1': [
    `update stock_movement set available_after = -1 where id = (select min(id) from stock_movement where cause = 'lock')`,
  ],
  'ST-2': [`update stock_level set locked = locked + 1`],
  'ST-3': [`delete from stock_hold_line`],
  'ST-4': [`update stock_hold_line set quantity = quantity + 1, open = open + 1`],
  'ST-5': twice('stock_hold', { key: 'k', kind: 'lock', state: 'released' }).map((one, i) =>
    typeof one === 'string' ? one : { ...one, row: { ...one.row, id: 900 + i } },
  ),
  'ST-6': [`update stock_hold set state = 'released' where state = 'committed'`],
  'ST-7': [`delete from stock_movement where id = (select max(id) from stock_movement)`],
  'ST-8': [`update stock_movement set hold_id = 987654 where cause = 'lock'`],
  'ST-9': [`update stock_hold set key = key || '#late:' || id where state = 'held'`],
  'ST-14': [`update warehouse set active = false, updated_at = '2020-01-01'`],
  'ST-15': [
    into('stock_hold', {
      id: 901,
      key: 'k',
      ended_reason: 'deadline',
      ended_by: 'hub',
      ended_at: NOW,
      deadline_at: LATER,
    }),
  ],
  'ST-11': [`update stock_hold_line set committed = 0 where committed > 0`],
  OK1: [`update order_stock set hold_key = 'hub:order:0:1' where state = 'locked'`],
  OK2: [`update order_stock set state = 'released' where state = 'locked'`],
  OK3: [
    `insert into stock_hold select h.id + 5000, h.key || '0', h.kind, h.state, h.owner_kind, h.owner, h.reference, h.channel, h.reason, h.actor,
      h.asked, h.created_at, h.deadline_at, h.heartbeat_at, h.on_deadline from stock_hold h where h.state = 'held'`,
  ],
  OK5: [`delete from stock_level`],
  OK6: [into('stock_movement', { cause: 'return', physical: 1, evidence: { orderId: '1' } })],
  FU1: [`update plan_piece set quantity = quantity + 1`],
  FU2: [`update order_plan set split_version = 987654`],
  FU3: [`update order_plan set state = 'review', code = null`],
  FU4: [`update order_plan set state = 'held'`],
  FU5: [into('plan_event', { actor: '' })],
  FU6: [`delete from plan_piece`],
  FU7: [
    into('order_group_member', { group_id: 1, order_id: 1 }),
    into('order_group_member', { group_id: 2, order_id: 1 }),
  ],
  FU8: [`update order_plan set code = 'fulfilment.plan_failed', state = 'planned'`],
  FU9: [`update plan_parcel set waits = true, state = 'planned'`],
  'SP-1': [
    `insert into plan_parcel (lead_id, seq, parcel_no, warehouse, state, waits, reasons, planned_at)
      select lead_id, 9, parcel_no || '9', warehouse, state, waits, reasons, planned_at from plan_parcel where lead_id = ${O1}`,
    `insert into plan_piece select (select max(id) from plan_parcel), unit, order_id, line_id, sku, title, gift, quantity, value_minor, weight_g
      from plan_piece where order_id = ${O1}`,
  ],
  FU11: [`update plan_piece set value_minor = value_minor + 1`],
  FU12: [`update plan_piece set gift = not gift`],
  'SP-3': [
    into('rule_version', { id: 902, model: { nodes: [{ action: 'limit_weight' }] } }),
    `update order_plan set split_version = 902, manual = null`,
    `update plan_piece set weight_g = 9000, quantity = 3`,
  ],
  'SP-2': [
    into('plan_parcel', { id: 901, lead_id: 900, state: 'planned', parcel_no: 'p1', planned_at: NOW }),
    into('plan_parcel', { id: 902, lead_id: 900, state: 'planned', parcel_no: 'p2', planned_at: NOW }),
    into('plan_piece', { parcel_id: 901, unit: 'g', sku: 'GIFT', gift: true, quantity: 1 }),
    into('plan_piece', { parcel_id: 902, unit: 'm', sku: 'MAIN', quantity: 1 }),
    into('sku_gift', {
      gift_sku: 'GIFT',
      main_sku: 'MAIN',
      binding: 'hard',
      updated_at: '2020-01-01T00:00:00Z',
    }),
  ],
  SO1: [`delete from plan_piece`],
  SO2: [`update plan_parcel set warehouse = 'NOWHERE', state = 'planned'`],
  'FR-1': [into('freight_quote', { amount_minor: 500, parts: [{ amount: '300' }] })],
  'FR-6': [
    into('rule_version', { id: 901, state: 'live', model: { nodes: [{ id: 'n', action: 'waive' }] } }),
    into('freight_quote', { version_id: 901, amount_minor: 300, parts: [{ node: 'n', amount: '300' }] }),
  ],
  'FR-5': twice('freight_quote', { order_id: 7, is_current: true, parts: [] }),
  SK1: [`update order_line set stock_sku = ''`],
}

export const BREAKS_OF_PARCELS: Readonly<Record<string, readonly Break[]>> = {
  WB1: [`update waybill set reference = 'P0'`],
  WB2: [`update waybill set tracking_no = null`],
  WB3: [`update waybill set generation = 2, reference = parcel_no || '-R2'`],
  WB4: [
    `delete from fact where kind = 'waybill_issued'`,
    `delete from outbox_intent where effect = 'tell_hub'`,
  ],
  WB5: [`update waybill set state = 'cancelling'`],
  WB8: [
    `update order_plan set state = 'ended', updated_at = '2020-01-01'`,
    `update waybill set asked_at = now()`,
    `delete from outbox_intent`,
  ],
  WB6: [`update plan_parcel set waits = true, state = 'planned'`],
  'labels/LB2': [into('label_chunk', { batch_id: 1, chunk: 1, labels: 3 })],
  'labels/LB3': [into('label_batch', { id: 901 }), into('label_item', { batch_id: 901, print_no: 2 })],
  'labels/LB4': [
    `insert into print_task (batch_id, device_id, kind, waybill_ids, labels, state, queued_at, updated_at)
      select 1, 1, 'pdf', array[id], 1, 'printed', now(), now() from waybill limit 1`,
  ],
  'labels/LB5': [into('print_task', { state: 'handed_out' })],
  'labels/LB8': [
    `insert into label_item (batch_id, position, waybill_id, piece, tracking_no, carrier, state, print_no)
      select 1, 1, id, 1, 'OTHER', 'ZTO', 'waiting', 1 from waybill where state = 'issued' limit 1`,
  ],
  NP1: [into('number_taken', { reference: 'a', segment_id: 987 })],
  NP2: twice('number_segment', {
    carrier: 'ZTO',
    state: 'active',
    stem: 'Z',
    digits: 5,
    printed_from: 1,
    printed_to: 9,
  }),
  NP4: [into('number_segment', { first_serial: 1, next_serial: 5, last_serial: 9 })],
  NP6: twice('number_application', { account_id: 5, state: 'open' }),
  'tracking/TR1': [into('parcel_standing', { tracking_no: 'NOBODY', events: 3 })],
  'tracking/TR2': [into('parcel_standing', { tracking_no: 'T2', state: 'in_transit' })],
  'tracking/TR3': [into('parcel_standing', { tracking_no: 'T9', finding: 'stalled' })],
  'tracking/TR4': [into('tracking_subscription', { state: 'wanted' })],
  RS1: [into('reshipment', { state: 'sent' })],
  RS3: [into('reshipment', { state: 'approved', asked_by: 'li', decided_by: 'li' })],
  RS4: [into('intercept', { state: 'refused', looks: 145 })],
  RS5: twice('dispute', { tracking_no: 'T1', state: 'open' }),
  SR1: twice('outbox_intent', { key: 'r', effect: 'report_shipment', state: 'done' }),
  SR3: [into('outbox_intent', { key: 'r', effect: 'report_shipment', state: 'moot' })],
  SR4: [
    into('outbox_intent', {
      key: 'r',
      effect: 'report_shipment',
      state: 'done',
      payload: { orderNo: 'o', trackingNo: 'T' },
    }),
  ],
}
