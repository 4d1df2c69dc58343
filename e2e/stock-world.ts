import { applyStock, type StockCommand } from '#features/stock/index.ts'
import { assert } from '#kernel/assert.ts'
import { json } from '#platform/postgres/database.ts'
import type { RunningHub } from '#test-support/hub.ts'
import { seedOrder } from '#test-support/seed-orders.ts'

/** Three warehouses with figures, locks in every state, and an order that lacks goods. */
export async function playStockWorld(
  running: RunningHub,
  shop: string,
): Promise<{ readonly overdueOrder: string }> {
  const sql = running.database.sql
  const { clock } = running.hub.core
  await sql`insert into warehouse (code, name, figures, priority, counts_in_transit, updated_by) values
    ('E-HZ', '杭州一号仓', 'own', 10, true, 'e2e'), ('E-GZ', '广州仓', 'captured', 20, true, 'e2e'),
    ('E-CD', '成都前置仓', 'own', 30, false, 'e2e')`
  const apply = async (...commands: StockCommand[]): Promise<void> => {
    const answers = await sql.begin((tx) => applyStock(tx, commands, clock.now()))
    for (const answer of answers) assert(answer.ok, 'E2', answer.ok ? '' : answer.refusal.code)
  }
  await apply(
    ...LEVELS.map(
      ([sku, warehouse, physical, safety, inTransit]): StockCommand => ({
        do: 'adjust',
        key: null,
        changes: [{ sku, warehouse, setPhysical: physical, setSafety: safety, inTransit }],
        cause: 'count',
        actor: '小陈',
        evidence: { reason: '期初盘点' },
      }),
    ),
  )
  const lock = (
    key: string,
    quantity: number,
    owner: { kind: 'order' | 'api'; id: string; reference: string },
  ): StockCommand => ({
    do: 'lock',
    key,
    kind: 'lock',
    owner,
    channel: shop,
    lines: [
      { sku: 'CUP-350-WHITE', warehouse: 'E-HZ', quantity },
      { sku: 'BOX-GIFT', warehouse: 'E-HZ', quantity: 1 },
    ],
    candidates: [],
    spread: 'never',
    drawSafety: true,
    reason: '订单付款',
    actor: 'hub',
    ttlSeconds: 900,
    onDeadline: 'ask',
  })
  const overdueOrder = 'E2E-OVERDUE-1'
  // The orders of the small world took their ids from their keys; these stand far above them.
  await sql`select setval(pg_get_serial_sequence('sales_order', 'id'), 900000)`
  const id = await seedOrder(sql, { connection: shop, orderNo: overdueOrder, title: '保温杯 350ml 白' })
  await sql`insert into order_promise (order_id, source, connection_id, keeps, due_at, warn_at, state, penalty_minor, currency, updated_at)
    values (${id}, 'platform:ship_by', ${shop}, 'dispatched', ${clock.now().add({ minutes: 80 })}, ${clock.now()}, 'running', 500, 'CNY', now())`
  const shortId = await seedOrder(sql, { connection: shop, orderNo: 'E2E-SHORT-1', title: '保温杯 350ml 白' })
  await sql`insert into order_stock (order_id, connection_id, state, shortage, since, updated_at)
    values (${shortId}, ${shop}, 'short', ${json([{ sku: 'CUP-350-WHITE', wanted: 121, had: 100, available: [] }])}::jsonb, now(), now())`
  await apply(lock('e2e:overdue', 24, { kind: 'order', id: id.toString(), reference: overdueOrder }))
  await apply(lock('e2e:api', 12, { kind: 'api', id: 'erp', reference: 'ERP-2026-0871' }))
  await apply({
    do: 'quota',
    sku: 'CUP-350-WHITE',
    warehouse: 'E-HZ',
    channel: shop,
    granted: 30,
    actor: '小陈',
  })
  await sql`update stock_hold set deadline_at = now() - interval '23 minutes', heartbeat_at = now() - interval '38 minutes'
    where key = 'e2e:overdue'`
  // What an order lacks is worked on by the hub itself; this one only wants to be seen.
  await sql`update order_stock set next_try_at = null where order_id = ${shortId}`
  return { overdueOrder }
}

const LEVELS = [
  ['CUP-350-WHITE', 'E-HZ', 160, 10, 40],
  ['CUP-350-WHITE', 'E-GZ', 0, 0, 0],
  ['CUP-350-WHITE', 'E-CD', 0, 0, 25],
  ['CUP-500-GREEN', 'E-HZ', 8, 2, 0],
  ['BOX-GIFT', 'E-HZ', 1_200, 0, 0],
  ['BOX-GIFT', 'E-CD', 300, 20, 0],
  ['LID-SPARE', 'E-GZ', 5, 5, 0],
] as const
