import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappedColumns, piecesOf, readFeedRow, versionOf } from './read-feed-row.ts'
import type { FeedMapping } from './stock-feed.ts'

const LEVELS: FeedMapping = {
  mode: 'levels',
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: 'wh',
  version: 'ver',
  id: null,
  reference: null,
  zone: 'Asia/Shanghai',
}
const MOVES: FeedMapping = { ...LEVELS, mode: 'movements', version: null, id: 'id', reference: 'doc' }

test('a level is read with its version, a movement with its id and document', () => {
  assert.deepEqual(readFeedRow(LEVELS, { sku: ' PET-1 ', qty: '12.000', wh: 'A1', ver: '7' }).change, {
    kind: 'level',
    warehouse: 'A1',
    sku: 'PET-1',
    quantity: 12,
    version: 7n,
    reference: null,
    removed: false,
  })
  assert.deepEqual(readFeedRow(MOVES, { sku: 'PET-1', qty: '-3', wh: 'A1', id: '99', doc: 'SO-1' }).change, {
    kind: 'movement',
    warehouse: 'A1',
    sku: 'PET-1',
    delta: -3,
    id: '99',
    reference: 'SO-1',
  })
})

test('a row that is gone is a level of nothing', () => {
  const read = readFeedRow(LEVELS, { sku: 'PET-1', qty: '12', wh: 'A1', ver: '8' }, true)
  assert.equal(read.change?.kind === 'level' ? read.change.quantity : null, 0)
})

const GOOD = { sku: 'PET-1', qty: '12', wh: 'A1', ver: '7', id: '1', doc: '' }
const FAULTS: readonly (readonly [string, FeedMapping, Record<string, string | null>])[] = [
  ['feed.column_missing', LEVELS, { sku: 'PET-1', qty: '12', wh: 'A1' }],
  ['feed.no_sku', LEVELS, { ...GOOD, sku: null }],
  ['feed.bad_sku', LEVELS, { ...GOOD, sku: 'x'.repeat(101) }],
  ['feed.bad_warehouse', LEVELS, { ...GOOD, wh: ' ' }],
  ['feed.bad_quantity', LEVELS, { ...GOOD, qty: '12.5' }],
  ['feed.bad_quantity', LEVELS, { ...GOOD, qty: '' }],
  ['feed.bad_quantity', LEVELS, { ...GOOD, qty: '1000000001' }],
  ['feed.negative', LEVELS, { ...GOOD, qty: '-1' }],
  ['feed.bad_version', LEVELS, { ...GOOD, ver: '0000-00-00 00:00:00' }],
  ['feed.no_id', MOVES, { ...GOOD, id: '' }],
]
for (const [code, mapping, row] of FAULTS)
  test(`${code} for ${JSON.stringify(row).slice(0, 60)}`, () => {
    const read = readFeedRow(mapping, row)
    assert.equal(read.change, null)
    assert.equal(read.fault?.code, code)
    assert.deepEqual(read.fault?.row, row)
  })

test('pieces are whole', () => {
  assert.deepEqual(['0', '-0', '+3', '12.', '1,200', '1,20', '1e3', ' 4', '0x10', '９'].map(piecesOf), [
    0,
    0,
    3,
    12,
    1200,
    null,
    null,
    null,
    null,
    null,
  ])
})

test('a version is a number, or a time in microseconds', () => {
  // 2026-01-25 09:07:33.5 in Shanghai is 01:07:33.5 UTC: 1,769,303,253.5 s.
  assert.equal(versionOf('2026-01-25 09:07:33.500', 'Asia/Shanghai'), 1_769_303_253_500_000n)
  assert.equal(versionOf('2026-01-25T01:07:33.5Z', 'Asia/Shanghai'), 1_769_303_253_500_000n)
  assert.equal(versionOf('42', 'UTC'), 42n)
  assert.equal(versionOf('2026-02-30 00:00:00', 'UTC'), null)
  assert.equal(versionOf('-1', 'UTC'), null)
})

test('only the columns that the mode reads are mapped', () => {
  assert.deepEqual(mappedColumns({ ...LEVELS, id: 'id' }), ['sku', 'qty', 'wh', 'ver'])
  assert.deepEqual(mappedColumns(MOVES), ['sku', 'qty', 'wh', 'id', 'doc'])
})
