import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderStatus, ReportState } from '#domain/order-status.ts'
import { type BulkAction, decideBulk } from './bulk.ts'

const codeOf = (
  action: BulkAction,
  status: OrderStatus,
  report: ReportState,
  canFetch = true,
): string | null =>
  decideBulk(action, { id: 1n, orderNo: 'A', connection: 'shop', status, report }, canFetch)?.code ?? null

test('only shipments that are owed and can still be taken are reported', () => {
  for (const report of ['due', 'refused', 'unknown'] as const) {
    assert.equal(codeOf('report_shipment', 'shipped', report), null)
    assert.equal(codeOf('report_shipment', 'cancelled', report), 'orders.closed')
    assert.equal(codeOf('report_shipment', 'refunded', report), 'orders.closed')
  }
  assert.equal(codeOf('report_shipment', 'shipped', 'accepted'), 'orders.already_reported')
  assert.equal(codeOf('report_shipment', 'awaiting_shipment', 'none'), 'orders.nothing_to_report')
})

test('fetching again needs a call, recomputing needs nothing', () => {
  assert.equal(codeOf('refetch', 'shipped', 'none'), null)
  assert.equal(codeOf('refetch', 'shipped', 'none', false), 'orders.cannot_fetch')
  assert.equal(codeOf('recompute', 'cancelled', 'none', false), null)
})
