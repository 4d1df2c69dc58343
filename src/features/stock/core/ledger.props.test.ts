import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Hold, HoldLine, StockLevel } from '#domain/stock.ts'
import type { StockCommand } from '../commands.ts'
import { decide } from './decide.ts'
import { availableOf, emptyLedger, type Ledger, placeKey, quotaKey } from './ledger.ts'

const SKUS = ['A', 'B']
const CODES = ['SH', 'GZ', 'OFF']
const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const place = fc.record({ sku: fc.constantFrom(...SKUS), warehouse: fc.constantFrom(...CODES) })
const few = fc.integer({ min: 1, max: 6 })
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6')
const by = { actor: 'test', reason: 'test' } as const

const lock = fc
  .record({
    key,
    kind: fc.constantFrom('lock' as const, 'lock' as const, 'reservation' as const),
    channel: fc.constantFrom(null, 'pdd', 'dy'),
    lines: fc.array(
      fc.record({
        sku: fc.constantFrom(...SKUS),
        quantity: few,
        warehouse: fc.constantFrom('SH', 'GZ', null),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    spread: fc.constantFrom('never' as const, 'lines' as const, 'units' as const),
    drawSafety: fc.boolean(),
  })
  .map(
    (one): StockCommand => ({
      do: 'lock',
      ...one,
      owner: { kind: 'api', id: one.key, reference: '' },
      candidates: ['SH', 'OFF', 'GZ'],
      ...by,
      ttlSeconds: 60,
      onDeadline: 'ask',
    }),
  )
const end = fc
  .record({
    do: fc.constantFrom('release' as const, 'commit' as const),
    key,
    part: fc.option(
      fc.record({ sku: fc.constantFrom(...SKUS), warehouse: fc.constantFrom('SH', 'GZ'), quantity: few }),
      {
        nil: undefined,
      },
    ),
    onceKey: fc.constantFrom(undefined, 'once1', 'once2'),
  })
  .map(
    ({ part, onceKey, ...one }): StockCommand => ({
      ...one,
      ...by,
      ...(part === undefined ? {} : { lines: [part] }),
      ...(onceKey === undefined ? {} : { onceKey }),
    }),
  )
const renew = key.map((one): StockCommand => ({ do: 'renew', key: one, ttlSeconds: 30 }))
const adjust = fc
  .record({
    key: fc.constantFrom(null, 'a1', 'a2'),
    place,
    change: fc.oneof(
      fc.record({ physical: fc.integer({ min: -5, max: 9 }) }),
      fc.record({ setPhysical: fc.integer({ min: 0, max: 20 }), setSafety: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ inTransit: fc.integer({ min: -3, max: 5 }) }),
      fc.record({
        source: fc.record({
          quantity: fc.integer({ min: 0, max: 20 }),
          version: fc.option(fc.bigInt({ min: 1n, max: 6n })),
        }),
      }),
      fc.record({ sourceDelta: fc.integer({ min: -5, max: 5 }) }),
    ),
  })
  .map(
    (one): StockCommand => ({
      do: 'adjust',
      key: one.key,
      changes: [{ ...one.place, ...one.change }],
      cause: 'count',
      actor: 'test',
      evidence: null,
    }),
  )
const quota = fc
  .record({ place, channel: fc.constantFrom('pdd', 'dy'), granted: fc.integer({ min: 0, max: 8 }) })
  .map(
    (one): StockCommand => ({
      do: 'quota',
      ...one.place,
      channel: one.channel,
      granted: one.granted,
      actor: 't',
    }),
  )
const command = fc.oneof(
  { arbitrary: lock, weight: 4 },
  { arbitrary: end, weight: 4 },
  renew,
  { arbitrary: adjust, weight: 2 },
  quota,
)

function startLedger(): Ledger {
  let next = 0n
  const ledger: Ledger = {
    ...emptyLedger(START, () => {
      next += 1n
      return next
    }),
    warehouses: new Map(
      CODES.map((code) => [
        code,
        { figures: code === 'GZ' ? 'captured' : 'own', active: code !== 'OFF', transitCounts: code === 'SH' },
      ]),
    ),
  }
  for (const sku of SKUS)
    for (const warehouse of CODES) {
      const level = {
        sku,
        warehouse,
        physical: 10,
        locked: 0,
        reserved: 0,
        inTransit: 0,
        safety: 0,
        transitCounts: warehouse === 'SH',
        figures: warehouse === 'GZ' ? 'captured' : 'own',
        active: warehouse !== 'OFF',
        sourceQuantity: null,
        sourceVersion: null,
        unseenOut: 0,
      } as const
      ledger.levels.set(placeKey(level), { ...level, available: availableOf(level) })
    }
  return ledger
}

function quotasLeft(ledger: Ledger, level: StockLevel): number {
  return [...ledger.quotas.values()]
    .filter((one) => placeKey(one) === placeKey(level))
    .reduce((sum, one) => sum + one.leftOver, 0)
}

/** The sums as somebody would make them who knows nothing of counters. */
function checkSums(ledger: Ledger): void {
  for (const level of ledger.levels.values()) {
    const open = (kind: Hold['kind']): number =>
      [...ledger.holds.values()]
        .filter((hold) => hold.kind === kind)
        .flatMap((hold) => hold.lines)
        .filter((line) => placeKey(line) === placeKey(level))
        .reduce((sum, line) => sum + line.open, 0)
    const quotas = quotasLeft(ledger, level)
    assert.equal(level.locked, open('lock'), 'ST-2 locked')
    assert.equal(level.reserved, open('reservation') + quotas, 'ST-2 reserved')
    const moved = ledger.changed.movements.filter((one) => placeKey(one) === placeKey(level))
    const sum = (part: 'physical' | 'locked' | 'reserved' | 'inTransit' | 'safety'): number =>
      moved.reduce((total, one) => total + one[part], 0)
    assert.deepEqual(
      [10 + sum('physical'), sum('locked'), sum('reserved'), sum('inTransit'), sum('safety')],
      [level.physical, level.locked, level.reserved, level.inTransit, level.safety],
      'ST-7',
    )
    if (moved.length > 0) assert.equal(moved.at(-1)?.availableAfter, level.available, 'ST-7 after')
    assert.ok(level.unseenOut >= 0 && level.inTransit >= 0 && level.safety >= 0)
  }
  for (const hold of ledger.holds.values()) {
    assert.equal(
      hold.state === 'held',
      hold.lines.some((line) => line.open > 0),
    )
    for (const line of hold.lines) {
      assert.ok(line.open + line.committed <= line.quantity)
      assert.ok(line.fromQuota <= line.open)
    }
  }
  for (const one of ledger.quotas.values()) assert.ok(one.leftOver >= 0 && one.leftOver <= one.granted)
}

const stateOf = (ledger: Ledger): string =>
  JSON.stringify(
    [
      [...ledger.levels],
      [...ledger.holds],
      [...ledger.quotas],
      [...ledger.applied],
      ledger.changed.movements,
    ],
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  )

test('whatever is asked, in whatever order: sums hold, nothing is oversold, a refusal changes nothing', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const ledger = startLedger()
      for (const one of commands) {
        const before = stateOf(ledger)
        const levels = new Map(ledger.levels)
        const answer = decide(ledger, one)
        if (!answer.ok) assert.equal(stateOf(ledger), before, `ST-8 ${answer.refusal.code}`)
        else if (one.do === 'lock' || one.do === 'quota')
          for (const [name, level] of ledger.levels) {
            const was = levels.get(name) as StockLevel
            if (level.locked + level.reserved > was.locked + was.reserved)
              assert.ok(level.available >= 0, 'ST-1')
            if (level.locked > was.locked)
              assert.ok(level.available + quotasLeft(ledger, level) >= 0, 'ST-1, out of a quota too')
          }
        checkSums(ledger)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('a lock gets exactly what it asked for, from where it may', () => {
  fc.assert(
    fc.property(fc.array(lock, { minLength: 1, maxLength: 12 }), (commands) => {
      const ledger = startLedger()
      for (const one of commands) {
        const answer = decide(ledger, one)
        if (!answer.ok || answer.value.do !== 'lock' || one.do !== 'lock') continue
        for (const sku of SKUS) {
          const wanted: number = one.lines
            .filter((line) => line.sku === sku)
            .reduce((sum, line) => sum + line.quantity, 0)
          const taken: readonly HoldLine[] = answer.value.hold.lines.filter((line) => line.sku === sku)
          assert.equal(
            taken.reduce((sum, line) => sum + line.quantity, 0),
            wanted,
          )
          assert.ok(taken.every((line) => line.warehouse !== 'OFF'))
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('one key for one change, however often', () => {
  const ledger = startLedger()
  const once: StockCommand = {
    do: 'adjust',
    key: 'receipt-1',
    changes: [{ sku: 'A', warehouse: 'SH', physical: 4 }],
    cause: 'receipt',
    actor: 'test',
    evidence: null,
  }
  decide(ledger, once)
  decide(ledger, once)
  assert.equal(ledger.levels.get(placeKey({ sku: 'A', warehouse: 'SH' }))?.physical, 14)
})

test('a captured warehouse counts down what left, once, whichever word comes first', () => {
  const ledger = startLedger()
  const source = (quantity: number, version: bigint): StockCommand => ({
    do: 'adjust',
    key: null,
    changes: [{ sku: 'A', warehouse: 'GZ', source: { quantity, version } }],
    cause: 'capture',
    actor: 'feed',
    evidence: null,
  })
  const level = (): (number | null | undefined)[] => {
    const one = ledger.levels.get(placeKey({ sku: 'A', warehouse: 'GZ' }))
    return [one?.physical, one?.locked, one?.available, one?.unseenOut]
  }
  decide(ledger, source(10, 1n))
  decide(ledger, {
    do: 'lock',
    key: 'k',
    kind: 'lock',
    owner: { kind: 'order', id: '1', reference: '' },
    channel: null,
    lines: [{ sku: 'A', quantity: 3, warehouse: 'GZ' }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    ...by,
    ttlSeconds: 60,
    onDeadline: 'ask',
  })
  decide(ledger, { do: 'commit', key: 'k', ...by })
  assert.deepEqual(level(), [7, 0, 7, 3])
  decide(ledger, source(8, 2n))
  assert.deepEqual(level(), [7, 0, 7, 1], 'two of the three are seen')
  decide(ledger, source(7, 3n))
  assert.deepEqual(level(), [7, 0, 7, 0])
  decide(ledger, source(5, 4n))
  assert.deepEqual(level(), [5, 0, 5, 0], "the warehouse's own movement")
})

test('a quota of a shelf that was counted empty is no goods', () => {
  const ledger = startLedger()
  const at = { sku: 'A', warehouse: 'SH' } as const
  const counted = (setPhysical: number): unknown =>
    decide(ledger, {
      do: 'adjust',
      key: null,
      changes: [{ ...at, setPhysical }],
      cause: 'count',
      actor: 't',
      evidence: null,
    })
  const ask = (key: string, channel: string, quantity: number): boolean =>
    decide(ledger, {
      do: 'lock',
      key,
      kind: 'lock',
      owner: { kind: 'api', id: key, reference: '' },
      channel,
      lines: [{ ...at, quantity }],
      candidates: [],
      spread: 'never',
      drawSafety: false,
      ...by,
      ttlSeconds: 60,
      onDeadline: 'ask',
    }).ok
  for (const channel of ['pdd', 'dy']) decide(ledger, { do: 'quota', ...at, channel, granted: 5, actor: 't' })
  counted(0)
  assert.equal(ask('none', 'pdd', 1), false)
  counted(6)
  assert.equal(ask('five', 'pdd', 5), true, 'six are there for whoever comes first')
  assert.equal(ask('two', 'dy', 2), false)
  assert.equal(ask('one', 'dy', 1), true)
  checkSums(ledger)
})

test('what does not come back from the database as it went is refused before it is asked', () => {
  const ledger = startLedger()
  const codeOf = (key: string, sku: string): string => {
    const answer = decide(ledger, {
      do: 'lock',
      key,
      kind: 'lock',
      owner: { kind: 'api', id: '1', reference: '' },
      channel: null,
      lines: [{ sku, quantity: 1, warehouse: 'SH' }],
      candidates: [],
      spread: 'never',
      drawSafety: false,
      ...by,
      ttlSeconds: 60,
      onDeadline: 'ask',
    })
    return answer.ok ? 'ok' : answer.refusal.code
  }
  assert.equal(codeOf('half a pair \ud83d', 'A'), 'stock.key_invalid')
  assert.equal(codeOf('k', 'A\nSH'), 'stock.bad_sku')
  assert.equal(codeOf('🎁 礼盒/№1:#?', 'A'), 'ok')
})

test('a lock that looks at too many places is refused', () => {
  const ask = (candidates: number): string => {
    const answer = decide(startLedger(), {
      do: 'lock',
      key: 'k',
      kind: 'lock',
      owner: { kind: 'api', id: '1', reference: '' },
      channel: null,
      lines: Array.from({ length: 1_000 }, (_, i) => ({ sku: `S${i}`, quantity: 1, warehouse: null })),
      candidates: Array.from({ length: candidates }, () => 'SH'),
      spread: 'units',
      drawSafety: false,
      ...by,
      ttlSeconds: 60,
      onDeadline: 'ask',
    })
    return answer.ok ? 'ok' : answer.refusal.code
  }
  assert.equal(ask(20), 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.equal(ask(21), 'stock.too_many_lines')
})

test('a quota is drawn first, and goes back where it came from', () => {
  const ledger = startLedger()
  const quotaOf = (): unknown => ledger.quotas.get(quotaKey({ sku: 'A', warehouse: 'SH' }, 'pdd'))?.leftOver
  decide(ledger, { do: 'quota', sku: 'A', warehouse: 'SH', channel: 'pdd', granted: 8, actor: 't' })
  const ask = (name: string, channel: string | null, quantity: number): boolean =>
    decide(ledger, {
      do: 'lock',
      key: name,
      kind: 'lock',
      owner: { kind: 'api', id: name, reference: '' },
      channel,
      lines: [{ sku: 'A', quantity, warehouse: 'SH' }],
      candidates: [],
      spread: 'never',
      drawSafety: false,
      ...by,
      ttlSeconds: 60,
      onDeadline: 'ask',
    }).ok
  assert.equal(ask('other', 'dy', 3), false, 'only two are free for others')
  assert.equal(ask('own', 'pdd', 9), true)
  assert.equal(quotaOf(), 0)
  decide(ledger, { do: 'release', key: 'own', ...by })
  assert.equal(quotaOf(), 8)
  checkSums(ledger)
})
