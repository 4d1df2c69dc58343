import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Entry, type HoldSaid, newEntry, noteHold, noteLocked, noteStep, type Said } from './book.ts'
import { compareStock, type StockBooks } from './check.ts'
import type { Order } from './goods.ts'
import { SKUS, startOf, WAREHOUSES } from './goods.ts'
import type { LedgerHold, LedgerLevel, StockLedger } from './ledger.ts'

const NOW = 1_800_000_000_000
const ORDER: Order = {
  lines: [{ sku: 'hot-1', quantity: 3, warehouse: 'EAST' }],
  candidates: [],
  spread: 'lines',
  ttlSeconds: null,
  onDeadline: 'ask',
}

function said(open: number, committed: number, more: Partial<HoldSaid> = {}): HoldSaid {
  const line = { sku: 'hot-1', warehouse: 'EAST', quantity: 3, open, committed }
  const state = open > 0 ? 'held' : committed > 0 ? 'committed' : 'released'
  const deadlineAt = Temporal.Instant.fromEpochMilliseconds(NOW + 900_000).toString()
  return { id: '5', key: 'k', state, deadlineAt, lines: [line], ...more }
}
function answer(hold: HoldSaid): Said {
  return { key: 'k', outcome: 'done', repeated: false, code: null, detail: null, hold }
}
function lockedEntry(order = ORDER): Entry {
  const entry = newEntry('k', order)
  assert.equal(noteLocked(entry, answer(said(3, 0))), null)
  return entry
}

/** A ledger in which this one hold is all that ever happened. */
function ledgerOf(open: number, committed: number, more: Partial<LedgerHold> = {}): StockLedger {
  const line = { sku: 'hot-1', warehouse: 'EAST', quantity: 3, open, committed }
  const state = open > 0 ? ('held' as const) : committed > 0 ? ('committed' as const) : ('released' as const)
  const hold: LedgerHold = {
    id: 5n,
    key: 'k',
    state,
    onDeadline: 'ask',
    deadlineMs: NOW + 900_000,
    lines: [line],
    ...more,
  }
  const levels = SKUS.flatMap((sku) =>
    WAREHOUSES.map(({ code }): LedgerLevel => {
      const isIt = sku === 'hot-1' && code === 'EAST'
      const physical = startOf(sku) - (isIt ? committed : 0)
      const locked = isIt ? open : 0
      return {
        sku,
        warehouse: code,
        physical,
        locked,
        reserved: 0,
        inTransit: 0,
        available: physical - locked,
      }
    }),
  )
  const moved = levels.map(({ available: _, ...rest }) => rest)
  return { atMs: NOW, holds: [hold], levels, moved, receipts: [], transfers: [] }
}
const nothing = (): StockLedger => ({ ...ledgerOf(0, 0), holds: [] })

function found(entry: Entry, ledger: StockLedger, more: Partial<StockBooks> = {}): string[] {
  const books = { entries: [entry], receipts: [], moves: [], deaths: [], ...more }
  return compareStock(books, ledger).contradictions.map((one) => one.check)
}

test('a lock that was acknowledged is there with exactly its pieces, or it is lost', () => {
  assert.deepEqual(found(lockedEntry(), ledgerOf(3, 0)), [])
  assert.deepEqual(found(lockedEntry(), nothing()), ['lost'])
  assert.deepEqual(found(lockedEntry(), ledgerOf(2, 0)), ['lost'])
  assert.deepEqual(found(lockedEntry(), ledgerOf(0, 0)), ['lost'])
  assert.deepEqual(found(lockedEntry(), ledgerOf(3, 0, { id: 6n })), ['lost'])
  assert.deepEqual(found(lockedEntry(), ledgerOf(3, 0, { deadlineMs: NOW })), ['deadline'])
})

test('steps: as acknowledged; one that nobody answered may be done or not, and nothing between', () => {
  const committed = lockedEntry()
  const part = [{ sku: 'hot-1', warehouse: 'EAST', quantity: 2 }]
  assert.equal(noteStep(committed, { verb: 'commit', lines: part }, said(1, 2)), null)
  assert.deepEqual(found(committed, ledgerOf(1, 2)), [])
  assert.deepEqual(found(committed, ledgerOf(3, 0)), ['lost'])
  assert.notEqual(noteStep(lockedEntry(), { verb: 'commit', lines: part }, said(3, 0)), null)
  const maybe = { ...lockedEntry(), maybe: { verb: 'release', lines: null } as const }
  assert.deepEqual(found(maybe, ledgerOf(3, 0)), [])
  assert.deepEqual(found(maybe, ledgerOf(0, 0)), [])
  assert.deepEqual(found(maybe, ledgerOf(1, 0)), ['lost'])
})

test('a deadline frees what was to be freed at it, in time, and nothing else', () => {
  const order = { ...ORDER, ttlSeconds: 3, onDeadline: 'release' } as const
  const past = { onDeadline: 'release', deadlineMs: NOW - 60_000 } as const
  assert.deepEqual(found(lockedEntry(order), ledgerOf(0, 0, past)), [])
  assert.deepEqual(found(lockedEntry(order), ledgerOf(3, 0, past)), ['deadline'])
  const entry = lockedEntry()
  const sooner = Temporal.Instant.fromEpochMilliseconds(NOW).toString()
  assert.match(noteHold(entry, said(3, 0, { deadlineAt: sooner })) ?? '', /nearer/)
})

test('after INV_LOCK_TIMEOUT or a refusal nothing is held, unless the process died or somebody was never answered', () => {
  const timedOut = (): Entry => ({
    ...newEntry('k', ORDER),
    last: 'timeout',
    timeouts: [{ hub: 'a', at: 1_000 }],
  })
  assert.deepEqual(found(timedOut(), nothing()), [])
  assert.deepEqual(found(timedOut(), ledgerOf(3, 0)), ['left'])
  assert.deepEqual(found(timedOut(), ledgerOf(3, 0), { deaths: [{ hub: 'a', at: 2_000 }] }), [])
  assert.deepEqual(found(timedOut(), ledgerOf(3, 0), { deaths: [{ hub: 'b', at: 2_000 }] }), ['left'])
  assert.deepEqual(found(timedOut(), ledgerOf(3, 0), { deaths: [{ hub: 'a', at: 500 }] }), ['left'])
  assert.deepEqual(found({ ...newEntry('k', ORDER), last: 'refused' }, ledgerOf(3, 0)), ['left'])
  assert.deepEqual(found({ ...newEntry('k', ORDER), last: 'doubt', doubts: 1 }, ledgerOf(3, 0)), [])
  assert.deepEqual(found({ ...newEntry('k', ORDER), last: 'doubt', doubts: 1 }, ledgerOf(0, 3)), ['unknown'])
  assert.deepEqual(found(newEntry('other', ORDER), ledgerOf(3, 0)), ['unknown'])
})

test('the ledger contradicts itself: oversold, counters, movements, goods from nowhere', () => {
  const good = ledgerOf(3, 0)
  const alter = (change: Partial<LedgerLevel>): StockLedger => ({
    ...good,
    levels: good.levels.map((one, i) => (i === 0 ? { ...one, ...change } : one)),
  })
  assert.deepEqual(found(lockedEntry(), alter({ available: -1 })), ['oversold'])
  assert.deepEqual(found(lockedEntry(), alter({ locked: 4 })), ['counter', 'movements'])
  assert.deepEqual(found(lockedEntry(), alter({ physical: 301 })), ['movements', 'goods'])
  assert.deepEqual(found(lockedEntry(), alter({ inTransit: 2 })), ['movements', 'transit'])
})

test('receipts count once; transfers are where they were said to be', () => {
  const receipt = { id: 'receipt 1', sku: 'hot-1', warehouse: 'EAST', pieces: 4, state: 'done' as const }
  const check = (state: 'done' | 'doubt', times: number): string[] => {
    const receipts = times === 0 ? [] : [{ id: 'receipt 1', pieces: 4 * times, times }]
    const ledger = { ...ledgerOf(3, 0), receipts }
    return found(lockedEntry(), ledger, { receipts: [{ ...receipt, state }] }).filter(
      (one) => one !== 'goods',
    )
  }
  assert.deepEqual(check('done', 1), [])
  assert.deepEqual(check('done', 0), ['receipt'])
  assert.deepEqual(check('doubt', 0), [])
  assert.deepEqual(check('doubt', 2), ['receipt'])

  const move = {
    key: 'm',
    from: 'EAST',
    to: 'WEST',
    sku: 'hot-2',
    quantity: 5,
    id: '9',
    dispatched: 5,
    received: 5,
    isCancelled: false,
    maybe: null,
  }
  const row = { ...move, key: 'api:m', id: 9n, state: 'received', others: 0 }
  const moves = (received: number): string[] =>
    found(lockedEntry(), { ...ledgerOf(3, 0), transfers: [{ ...row, received }] }, { moves: [move] }).filter(
      (one) => one === 'transfer',
    )
  assert.deepEqual(moves(5), [])
  assert.deepEqual(moves(4), ['transfer'])
})

test('what is held is what was asked for: bundles by their parts, fixed lines where they were wanted', () => {
  const entry = newEntry('k', {
    ...ORDER,
    lines: [{ sku: 'set-1', quantity: 1, warehouse: null }],
    candidates: ['WEST'],
  })
  const lines = (warehouse: string) => [
    { sku: 'wide-001', warehouse, quantity: 2, open: 2, committed: 0 },
    { sku: 'hot-2', warehouse, quantity: 1, open: 1, committed: 0 },
  ]
  assert.equal(noteLocked(entry, answer(said(0, 0, { lines: lines('WEST') }))), null)
  const elsewhere = newEntry('k', entry.order)
  assert.match(noteLocked(elsewhere, answer(said(0, 0, { lines: lines('EAST') }))) ?? '', /never asked for/)
  assert.match(
    noteLocked(newEntry('k', ORDER), answer(said(0, 0, { lines: lines('WEST') }))) ?? '',
    /never asked|fewer/,
  )
})
