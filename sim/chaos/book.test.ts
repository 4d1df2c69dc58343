import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SimOrder } from '../platform.ts'
import { openBook, readBook } from './book.ts'
import { ledgerOf, readPast } from './ledger.ts'
import { bodyFor } from './mischief.ts'

const order: SimOrder = {
  orderNo: '9007199254740995',
  lines: [{ lineId: '1', sku: 'CUP', title: '杯', quantity: 2, priceMinor: 9_007_199_254_740_995n }],
  currency: 'CNY',
  payableMinor: 1n,
  placedAt: Temporal.Instant.from('2026-11-22T08:00:00.123Z'),
  paidAt: null,
  cancelledAt: null,
  deliveredAt: null,
  shipments: [],
}
const course = {
  pays: true,
  cancels: false,
  prints: true,
  bySf: false,
  feed: 'kdniao',
  scans: 2,
  completes: false,
} as const

function inFolder(run: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-book-'))
  try {
    run(join(folder, 'world.jsonl'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a killed world finds its orders, its waiting messages and the steps of its lives again', () => {
  inFolder((path) => {
    const book = openBook(path)
    book.write({ t: 'start', epoch: 0, at: '' })
    const first = ledgerOf(book, readPast([]), { kind: 'print-station', onAcknowledged: () => undefined })
    first.keep(order)
    book.write({ t: 'life', kind: 'youzan', orderNo: order.orderNo, course })
    book.write({ t: 'step', orderNo: order.orderNo, step: 'paid', trackingNo: null })
    const told = (tracking: string): string =>
      JSON.stringify({ event: 'waybill.printed', order_no: order.orderNo, tracking_no: tracking })
    const acknowledged = first.queued({ headers: {}, body: JSON.stringify({ event: 'parcel.handed_over' }) })
    first.queued({ headers: { 'webhook-id': 'msg_2' }, body: told('ZT1') })
    first.answered(acknowledged, { body: '', forged: false, status: 200, acknowledged: true })
    book.close()

    const past = readPast(readBook(path))
    assert.equal(past.epoch, 1)
    assert.deepEqual(past.orders.get('print-station')?.get(order.orderNo), order)
    const life = past.lives.get(order.orderNo)
    assert.deepEqual([...(life?.done ?? [])], ['paid', 'printed'])
    assert.equal(life?.trackingNo, 'ZT1', 'printed, though the process died before it said so')
    const second = ledgerOf(openBook(path), past, { kind: 'print-station', onAcknowledged: () => undefined })
    assert.deepEqual(
      second.waiting.map((one) => one.fresh().body),
      [told('ZT1')],
    )
    assert.equal(second.firstSerial, 1_000_000, 'no id of the first process comes again')
  })
})

test('a line that a killed writer left half-written never happened', () => {
  inFolder((path) => {
    const book = openBook(path)
    book.write({ t: 'start', epoch: 0, at: '' })
    book.close()
    appendFileSync(path, '{"t":"start","epo')
    assert.equal(readBook(path).length, 1)
    const again = openBook(path)
    again.write({ t: 'start', epoch: 1, at: '' })
    again.close()
    assert.deepEqual(
      readBook(path).map((entry) => entry.t === 'start' && entry.epoch),
      [0, 1],
    )
  })
})

test('an altered body differs within the part that its sender signs', () => {
  const form = 'sign=ABC123&param=%7B%22nu%22%3A%22YT7%22%7D'
  const altered = bodyFor('tamper', { kind: 'kuaidi100', body: form })
  assert.ok(altered.startsWith('sign=ABC123&param='))
  assert.notEqual(altered, form)
  assert.equal(altered.length, form.length)
  assert.equal(bodyFor('replay', { kind: 'kuaidi100', body: form }), form)
})
