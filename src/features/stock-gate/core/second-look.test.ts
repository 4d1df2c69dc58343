import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StockLevel } from '#domain/stock.ts'
import type { Bid } from './bid.ts'
import { type Fresh, shortagesOf } from './second-look.ts'

const level = (warehouse: string, available: number, safety = 0, active = true): StockLevel => ({
  sku: 'A',
  warehouse,
  physical: available,
  locked: 0,
  reserved: 0,
  inTransit: 0,
  safety,
  available,
  transitCounts: true,
  figures: 'own',
  active,
  sourceQuantity: null,
  sourceVersion: null,
  unseenOut: 0,
})
const bid = (quantity: number, more: Partial<Bid> = {}): Bid => ({
  token: 't',
  key: 'k',
  channel: null,
  drawSafety: false,
  lines: [{ sku: 'A', warehouse: 'SH', quantity, group: 0 }],
  ...more,
})
const fresh = (levels: readonly StockLevel[], more: Partial<Fresh> = {}): Fresh => ({
  keys: new Set(),
  levels: new Map([['A', levels]]),
  quotas: new Map(),
  ...more,
})

test('what lacks, and what is elsewhere, the most first', () => {
  const levels = [
    level('SH', 1),
    level('GZ', 9, 4),
    level('BJ', 8),
    level('OFF', 99, 0, false),
    level('TJ', 2, 3),
  ]
  assert.deepEqual(shortagesOf(bid(2), fresh(levels)), [
    {
      sku: 'A',
      warehouse: 'SH',
      wanted: 2,
      available: 1,
      elsewhere: [
        { warehouse: 'BJ', available: 8 },
        { warehouse: 'GZ', available: 5 },
      ],
    },
  ])
})

test('the engine decides what may be had after all, a key that is known, a place that is not', () => {
  assert.equal(shortagesOf(bid(2), fresh([level('SH', 2)])), null)
  assert.equal(shortagesOf(bid(2), fresh([level('SH', 0)], { keys: new Set(['k']) })), null)
  assert.equal(shortagesOf(bid(2), fresh([level('GZ', 5)])), null)
  assert.equal(shortagesOf(bid(2), fresh([level('SH', 0, 0, false)])), null)
})

test('safety stock for who may draw it, a quota for its own channel', () => {
  const levels = [level('SH', 3, 2)]
  assert.equal(shortagesOf(bid(3), fresh(levels))?.[0]?.available, 1)
  assert.equal(shortagesOf(bid(3, { drawSafety: true }), fresh(levels)), null)
  const quotas = new Map([['A\nSH\ndy', 2]])
  assert.equal(shortagesOf(bid(3, { channel: 'dy' }), fresh(levels, { quotas })), null)
  assert.equal(shortagesOf(bid(3, { channel: 'pdd' }), fresh(levels, { quotas }))?.[0]?.available, 1)
  // Less than nothing is free: the quota still is its channel's.
  assert.equal(shortagesOf(bid(2, { channel: 'dy' }), fresh([level('SH', -5)], { quotas })), null)
})
