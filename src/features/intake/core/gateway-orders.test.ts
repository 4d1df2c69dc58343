import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GatewayOrder, parseOrders } from './gateway-orders.ts'

const AT = Temporal.Instant.from('2026-11-11T08:00:00Z')
const DEFAULTS = { zone: 'Asia/Shanghai', receivedAt: AT }
const ORDER = {
  orderNo: 'A1',
  currency: 'CNY',
  rows: [{ cells: { status: '待发货', sku: 'S1', quantity: '2' } }],
}

function parsed(body: unknown, at = AT): readonly GatewayOrder[] {
  const orders = parseOrders(body, { ...DEFAULTS, receivedAt: at })
  assert.ok(orders.ok, orders.ok ? '' : orders.refusal.detail)
  return orders.value
}
const bodyOf = (order: GatewayOrder | undefined): unknown =>
  JSON.parse(Buffer.from(order?.body ?? []).toString('utf8'))
const refusalOf = (body: unknown): [string, unknown] => {
  const orders = parseOrders(body, DEFAULTS)
  assert.ok(!orders.ok)
  return [orders.refusal.code, orders.refusal.data]
}

test('what an order does not say is filled in, so that its message can be read for ever', () => {
  assert.deepEqual(bodyOf(parsed(ORDER)[0]), {
    orderNo: 'A1',
    zone: 'Asia/Shanghai',
    dateFormat: '',
    currency: 'CNY',
    columns: { quantity: { column: 'quantity' }, sku: { column: 'sku' }, status: { column: 'status' } },
    rows: [{ row: 1, cells: { status: '待发货', sku: 'S1', quantity: '2' } }],
    template: { name: 'gateway', version: '1' },
    uploadedAt: '2026-11-11T08:00:00.000Z',
  })
})

test('the same order has the same digest whenever it comes, a changed one or a new version another', () => {
  const digest = (order: object, at = AT): string | undefined => parsed(order, at)[0]?.digest
  assert.equal(digest(ORDER), digest({ ...ORDER }, AT.add({ hours: 1 })))
  assert.notEqual(digest(ORDER), digest({ ...ORDER, rows: [{ cells: { status: '已发货' } }] }))
  const versions = ['2026-11-11T01:00:00Z', '2026-11-11T02:00:00Z'].map((uploadedAt) =>
    digest({ ...ORDER, uploadedAt }),
  )
  assert.notEqual(versions[0], versions[1])
})

test('each way to be wrong is refused and says which order it is', () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ ...ORDER, orderNo: '' }, 'gateway.invalid_order'],
    [{ ...ORDER, orderNo: 12345678901234567890n.toString().length }, 'gateway.invalid_order'],
    [{ ...ORDER, orderNo: 'x'.repeat(201) }, 'order_no.too_long'],
    [{ ...ORDER, currency: 'yuan' }, 'gateway.invalid_order'],
    [{ ...ORDER, rows: [] }, 'gateway.invalid_order'],
    [{ ...ORDER, rows: [{ cells: { price: '1' } }] }, 'gateway.invalid_order'],
    [{ ...ORDER, rows: [{ cells: { quantity: 2 } }] }, 'gateway.invalid_order'],
    [{ ...ORDER, rows: [{ cells: {}, extra: 1 }] }, 'gateway.invalid_order'],
    [{ ...ORDER, uploadedAt: 'yesterday' }, 'gateway.invalid_order'],
    [{ ...ORDER, uploadedAt: '2026-02-30T25:00:00Z' }, 'gateway.invalid_order'],
    [{ ...ORDER, columns: { nothing: { column: 'x' } } }, 'gateway.invalid_order'],
    [{ ...ORDER, connection: 'another-shop' }, 'gateway.invalid_order'],
  ]
  for (const [order, code] of wrong) {
    assert.deepEqual(refusalOf({ orders: [ORDER, order] }), [code, { index: 1 }], JSON.stringify(order))
  }
  assert.equal(refusalOf([ORDER])[0], 'gateway.invalid_order')
  assert.equal(refusalOf({ orders: [] })[0], 'gateway.invalid_order')
  assert.equal(refusalOf({ orders: [ORDER], shop: 'b' })[0], 'gateway.invalid_order')
  assert.equal(refusalOf({ orders: Array.from({ length: 501 }, () => ORDER) })[0], 'gateway.too_many_orders')
})
