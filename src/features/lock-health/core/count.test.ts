import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answered, LockCommand, LockOutcome } from '#features/stock/index.ts'
import { ok, refuse } from '#kernel/result.ts'
import { failuresOf, hourOf, placesOf, verdictOf } from './count.ts'

const AT = Temporal.Instant.from('2026-11-11T00:59:59.999Z')

function lock(lines: LockCommand['lines'], more: Partial<LockCommand> = {}): LockCommand {
  return {
    do: 'lock',
    key: 'k1',
    kind: 'lock',
    owner: { kind: 'order', id: '7', reference: 'T-7' },
    channel: 'shop',
    lines,
    candidates: ['BJ', 'SH'],
    spread: 'lines',
    drawSafety: false,
    reason: 'paid',
    actor: 'hub',
    ttlSeconds: 900,
    onDeadline: 'ask',
    ...more,
  }
}
function outcome(command: LockCommand, answer: Answered): LockOutcome {
  return { command, answer, at: AT, tookMs: 12.4 }
}
function stands(command: LockCommand, warehouses: readonly string[], isRepeat = false): Answered {
  const now = AT
  return ok({
    do: 'lock',
    isRepeat,
    hold: {
      id: 1n,
      key: command.key,
      kind: command.kind,
      state: 'held',
      owner: command.owner,
      channel: command.channel,
      reason: command.reason,
      actor: command.actor,
      createdAt: now,
      deadlineAt: now,
      heartbeatAt: now,
      onDeadline: 'ask',
      lines: warehouses.map((warehouse) => ({
        sku: 'A',
        warehouse,
        quantity: 1,
        open: 1,
        committed: 0,
        fromQuota: 0,
      })),
    },
  })
}
const ANYWHERE = lock([{ sku: 'A', quantity: 3, warehouse: null }])

test('a lock counts once at every warehouse that it was taken at', () => {
  const stood = outcome(ANYWHERE, stands(ANYWHERE, ['BJ', 'SH', 'BJ']))
  assert.equal(verdictOf(stood), 'locked')
  assert.deepEqual(placesOf(stood), ['BJ', 'SH'])
  assert.deepEqual(failuresOf(stood), [])
})

test('the same lock asked for again, and a reservation, are not counted', () => {
  assert.equal(verdictOf(outcome(ANYWHERE, stands(ANYWHERE, ['BJ'], true))), null)
  const reservation = lock([{ sku: 'A', quantity: 3, warehouse: 'BJ' }], { kind: 'reservation' })
  assert.equal(verdictOf(outcome(reservation, refuse('INV_LOCK_TIMEOUT', 'late'))), null)
})

test('a shortage counts where it was short, and says what was elsewhere', () => {
  const command = lock([
    { sku: 'A', quantity: 3, warehouse: 'BJ' },
    { sku: 'B', quantity: 1, warehouse: 'SH' },
  ])
  const short = [
    { sku: 'A', warehouse: 'BJ', wanted: 3, available: 1, elsewhere: [{ warehouse: 'SH', available: 9 }] },
  ]
  const failed = outcome(command, refuse('SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'A lacks 2', { short }))
  assert.equal(verdictOf(failed), 'refused')
  assert.deepEqual(placesOf(failed), ['BJ'])
  assert.deepEqual(
    failuresOf(failed).map(({ warehouse, sku, wanted, available, elsewhere, tookMs }) => ({
      warehouse,
      sku,
      wanted,
      available,
      elsewhere,
      tookMs,
    })),
    [{ warehouse: 'BJ', sku: 'A', wanted: 3, available: 1, elsewhere: short[0]?.elsewhere, tookMs: 12 }],
  )
})

test('a shortage over all candidates counts at the first of them, once', () => {
  const short = [{ sku: 'A', warehouse: null, wanted: 3, available: 2, elsewhere: [] }]
  const failed = outcome(ANYWHERE, refuse('SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'short', { short }))
  assert.deepEqual(placesOf(failed), ['BJ'])
})

test('a time-out counts at every warehouse that was named', () => {
  const command = lock([
    { sku: 'A', quantity: 3, warehouse: 'SH' },
    { sku: 'B', quantity: 1, warehouse: 'GZ' },
  ])
  const failed = outcome(command, refuse('INV_LOCK_TIMEOUT', 'late'))
  assert.equal(verdictOf(failed), 'timedOut')
  assert.deepEqual(placesOf(failed), ['SH', 'GZ'])
  assert.deepEqual(
    failuresOf(failed).map((one) => [one.code, one.warehouse, one.sku, one.wanted]),
    [['INV_LOCK_TIMEOUT', 'SH', 'A', 3]],
  )
})

test('a figure beyond what the table takes is written as the most it takes', () => {
  const short = [{ sku: 'A', warehouse: 'SH', wanted: 3_000_000_000, available: 7, elsewhere: [] }]
  const failed = outcome(ANYWHERE, refuse('SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'short', { short }))
  assert.deepEqual(
    failuresOf(failed).map((one) => [one.wanted, one.available]),
    [[2_147_483_647, 7]],
  )
})

test("what the caller did wrong is no failure of locking, and invented warehouses don't fill the table", () => {
  const command = lock([{ sku: 'A', quantity: 1, warehouse: '../../etc' }], { candidates: [] })
  const failed = outcome(command, refuse('stock.unknown_warehouse', 'no such'))
  assert.equal(verdictOf(failed), 'invalid')
  assert.deepEqual(placesOf(failed), ['-'])
})

test('the hour is the one in which the answer came', () => {
  assert.equal(
    hourOf(outcome(ANYWHERE, refuse('INV_LOCK_TIMEOUT', ''))),
    Temporal.Instant.from('2026-11-11T00:00:00Z').epochMilliseconds,
  )
})
