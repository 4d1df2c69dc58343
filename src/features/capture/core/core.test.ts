import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FeedChange } from '#domain/stock-feed.ts'
import { acceptedFigure, compareFigure, doubtOf, isTie } from './compare.ts'
import { stepDispute } from './dispute.ts'
import { addLag, type LagMinute } from './lag-tally.ts'
import { highestId, newerThan } from './movement-ids.ts'
import { pauseMs } from './pause.ts'
import { movementKey, placeChanges } from './place-changes.ts'
import { findFigureColumns, readFigure } from './read-figures.ts'

const figure = (physical: number, sourceQuantity: number | null, version: bigint | null, unseenOut = 0) => ({
  physical,
  sourceQuantity,
  sourceVersion: version,
  unseenOut,
  isFresh: false,
})

test('a snapshot figure is opening, agreed, explained, older or drift', () => {
  const seen = (quantity: number, version: bigint | null = null) => ({ quantity, version })
  assert.equal(compareFigure(null, seen(5)), 'opening')
  assert.equal(compareFigure(figure(0, null, null), seen(5)), 'opening')
  assert.equal(compareFigure(figure(10, 10, null), seen(10)), 'agree')
  assert.equal(compareFigure(figure(10, 10, 7n), seen(10, 7n)), 'agree')
  assert.equal(compareFigure(figure(10, 10, 7n), seen(4, 8n)), 'explained', 'a newer version of the row')
  assert.equal(compareFigure(figure(10, 10, 7n), seen(4, 7n)), 'drift', 'the same version, another figure')
  assert.equal(compareFigure(figure(10, 10, null), seen(4)), 'drift')
  assert.equal(compareFigure(figure(10, null, null), seen(4)), 'drift', 'counted here before it was captured')
  assert.equal(compareFigure(figure(8, 10, null, 2), seen(8)), 'explained', 'two left here, and there by now')
  assert.equal(compareFigure(figure(8, 10, null, 2), seen(9)), 'explained', 'one of them')
  assert.equal(compareFigure(figure(8, 10, null, 2), seen(10)), 'agree')
  assert.equal(compareFigure(figure(8, 10, null, 2), seen(7)), 'drift')
  assert.equal(compareFigure(figure(10, 10, 7n), seen(4, 6n)), 'drift', 'a version that went back')
  assert.equal(compareFigure({ ...figure(10, 10, 7n), isFresh: true }, seen(4, 6n)), 'older')
})

test('a second change within the second in which the feed was left is no drift', () => {
  const second = 1_770_000_000_000_000n
  const at = (seconds: number) => Temporal.Instant.fromEpochMilliseconds(1_770_000_000_000 + seconds * 1_000)
  assert.equal(isTie(second, second, at(0)), true)
  assert.equal(isTie(second, second, at(6)), false, 'the feed had come past it')
  assert.equal(isTie(second, second + 1_000_000n, at(0)), false)
  assert.equal(isTie(second + 1n, second + 1n, at(0)), false, 'a version finer than seconds')
  assert.equal(isTie(7n, 7n, at(0)), false, 'a counter')
  assert.equal(isTie(second, second, null), false)
})

test('what is in doubt is what the ledger believes in beyond the source, never below nothing', () => {
  assert.deepEqual(
    [doubtOf(10, 6), doubtOf(6, 10), doubtOf(10, -3), doubtOf(-2, 0), doubtOf(5, null)],
    [4, 0, 10, 0, 0],
  )
  assert.deepEqual(
    [8n, 7n, 3n, null].map((version) => acceptedFigure({ quantity: 1, version }, 7n).version),
    [8n, null, 3n, null],
    'also a version that began anew, under which the next changes come',
  )
})

test('a disputed place goes down with the source, never up, and ends when both agree', () => {
  const dispute = { captured: 6, lowest: 6, version: 3n, difference: 4 }
  const level = { physical: 10, unseenOut: 0 }
  const at = (quantity: number, version: bigint | null) => stepDispute(dispute, level, { quantity, version })
  assert.deepEqual(at(6, 3n), { step: 'nothing' })
  assert.deepEqual(at(2, 2n), { step: 'nothing' }, 'an older word')
  assert.deepEqual(at(5, 4n), {
    step: 'follows',
    delta: -1,
    dispute: { captured: 5, lowest: 5, version: 4n, difference: 4 },
  })
  assert.deepEqual(at(8, 4n), {
    step: 'follows',
    delta: 0,
    dispute: { captured: 8, lowest: 6, version: 4n, difference: 2 },
  })
  assert.deepEqual(at(10, 4n), { step: 'over' })
  const unseen = stepDispute(dispute, { physical: 10, unseenOut: 1 }, { quantity: 4, version: 4n })
  assert.deepEqual(unseen, {
    step: 'follows',
    delta: -2,
    dispute: { captured: 4, lowest: 4, version: 4n, difference: 5 },
  })
  // What came and went again took nothing of what was there before.
  const risen = { captured: 106, lowest: 6, version: 5n, difference: -96 }
  assert.deepEqual(stepDispute(risen, level, { quantity: 6, version: 6n }), {
    step: 'follows',
    delta: 0,
    dispute: { captured: 6, lowest: 6, version: 6n, difference: 4 },
  })
  const word = { quantity: 2, version: 2n }
  assert.equal(stepDispute(dispute, level, word, 'any').step, 'follows', 'a clock that went back')
  assert.equal(stepDispute(dispute, level, { quantity: 2, version: 3n }, 'same').step, 'follows')
})

test('changes find their warehouse or say why not; a row that is gone counts as none, above its last version', () => {
  const level = (warehouse: string, sku: string, more: Partial<FeedChange> = {}): FeedChange =>
    ({
      kind: 'level',
      warehouse,
      sku,
      quantity: 3,
      version: 4n,
      reference: null,
      removed: false,
      ...more,
    }) as FeedChange
  const { placed, misplaced } = placeChanges(
    [level('EAST', 'A'), level('X9', 'A'), level('EAST', ' '), level('EAST', 'B', { removed: true })],
    new Map([['EAST', 'WH1']]),
  )
  assert.deepEqual(
    placed.map(({ index, change }) => [
      index,
      change.warehouse,
      change.sku,
      'quantity' in change && change.quantity,
      'version' in change && change.version,
    ]),
    [
      [0, 'WH1', 'A', 3, 4n],
      [3, 'WH1', 'B', 0, 5n],
    ],
  )
  assert.deepEqual(
    misplaced.map((one) => [one.index, one.kind, one.warehouse]),
    [
      [1, 'unknown_warehouse', 'X9'],
      [2, 'unreadable', 'WH1'],
    ],
  )
  assert.equal(movementKey('WH1', '77'), 'feed:WH1:77')
  const odd = placeChanges(
    [{ kind: 'movement', warehouse: 'EAST', sku: 'A', delta: 1.5, id: '1', reference: null }],
    null,
  )
  assert.equal(odd.misplaced[0]?.code, 'capture.bad_quantity')
})

test('pauses double up to half a minute, a quarter less at most', () => {
  assert.deepEqual(
    [1, 2, 3, 8, 50].map((tries) => pauseMs(tries, 0)),
    [500, 1000, 2000, 30_000, 30_000],
  )
  assert.equal(pauseMs(50, 0.9999), 22_501)
})

test('lag is added up by warehouse and minute, and a clock that is ahead counts as none', () => {
  const tally = new Map<string, LagMinute>()
  const now = Temporal.Instant.from('2026-11-11T00:00:30Z')
  addLag(tally, { feedId: 1n, warehouse: 'W', changes: 10 }, now.subtract({ milliseconds: 250 }), now)
  addLag(tally, { feedId: 1n, warehouse: 'W', changes: 5 }, now.add({ seconds: 3 }), now)
  addLag(tally, { feedId: 1n, warehouse: 'W', changes: 1 }, null, now.add({ minutes: 1 }))
  assert.deepEqual(
    [...tally.values()].map((one) => [one.minute.toString(), one.changes, one.lagSum, one.lagMost]),
    [
      ['2026-11-11T00:00:00Z', 15, 2500, 250],
      ['2026-11-11T00:01:00Z', 1, 0, 0],
    ],
  )
})

test('movements above a mark are taken again; ids without an order are not', () => {
  const move = (id: string): FeedChange => ({
    kind: 'movement',
    warehouse: 'W',
    sku: 'A',
    delta: 1,
    id,
    reference: null,
  })
  const moves = ['9', '10', 'x-1', '11'].map(move)
  assert.equal(highestId(moves, null), '11')
  assert.equal(highestId(moves, '40'), '40')
  assert.equal(highestId([move('x')], null), null)
  assert.deepEqual(
    newerThan(moves, '9').map((one) => 'id' in one && one.id),
    ['10', '11'],
  )
})

test('a file of figures is read by its Chinese or English heads, faults by column', () => {
  const columns = findFigureColumns(['仓库', '商品编码', '数量', '版本'])
  assert.ok(columns !== null)
  const names = { codes: new Map([['华东仓', 'WH1']]), only: null }
  const read = (...cells: string[]) => readFigure(2, cells, columns, names)
  assert.deepEqual(read('华东仓', 'A', '1,200', ''), {
    row: 2,
    warehouse: 'WH1',
    sku: 'A',
    quantity: 1200,
    version: null,
    fault: null,
  })
  assert.equal(read('华东仓', 'A', '12.00', '9').version, 9n)
  assert.deepEqual(
    [
      read('华北', 'A', '1', ''),
      read('华东仓', '', '1', ''),
      read('华东仓', 'A', '-1', ''),
      read('华东仓', 'A', '1.5', ''),
      read('华东仓', 'A', '1', 'v2'),
    ].map((one) => [one.fault?.column, one.fault?.code]),
    [
      ['warehouse', 'capture.unknown_warehouse'],
      ['sku', 'capture.bad_sku'],
      ['quantity', 'capture.bad_quantity'],
      ['quantity', 'capture.bad_quantity'],
      ['version', 'capture.bad_version'],
    ],
  )
  assert.equal(findFigureColumns(['a', 'b']), null)
})
