import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  differences,
  FIGURES,
  findColumns,
  isRowError,
  type Known,
  placeKey,
  readFigureRow,
} from './figure-rows.ts'

const known: Known = {
  warehouses: new Map([
    ['hz', { code: 'HZ', captured: false }],
    ['杭州仓', { code: 'HZ', captured: false }],
    ['gz', { code: 'GZ', captured: true }],
  ]),
}
const columns = { sku: 0, warehouse: 1, physical: 2, safety: 3 }
const read = (cells: readonly string[], take: readonly ('physical' | 'safety')[] = FIGURES) =>
  readFigureRow({ row: 7, cells }, columns, take, known)

test('columns are found by Chinese and English names; a code goes before a name', () => {
  const found = findColumns(['仓库', '仓库编码', ' SKU ', '实物库存', '安全库存'])
  assert.deepEqual(found, { ok: true, value: { sku: 2, warehouse: 1, physical: 3, safety: 4 } })
  assert.deepEqual(findColumns(['Stock_SKU', 'Warehouse', 'Safety Stock']), {
    ok: true,
    value: { sku: 0, warehouse: 1, physical: -1, safety: 2 },
  })
  const missing = findColumns(['sku', '数量'])
  assert.ok(!missing.ok && missing.refusal.code === 'stock.columns_missing')
  assert.deepEqual((missing.refusal.data as { missing: string[] }).missing, ['warehouse'])
  assert.ok(!findColumns(['sku', '仓库']).ok)
})

test('a row is read as it stands; an empty figure is left as it is', () => {
  const row = { row: 7, sku: 'A-1', warehouse: 'HZ' }
  assert.deepEqual(read(['A-1', 'hz', '12', '']), { ...row, physical: 12, safety: undefined })
  assert.deepEqual(read([' A-1 ', '杭州仓', '１２.0', '3']), { ...row, physical: 12, safety: 3 })
  assert.deepEqual(read(["'-A", 'HZ', '0', '0']), { ...row, sku: '-A', physical: 0, safety: 0 })
  assert.deepEqual(read(['A-1', 'HZ', 'x', '5'], ['safety']), { ...row, physical: undefined, safety: 5 })
})

test('what is wrong in a row is named by its column', () => {
  const wrong = (cells: readonly string[]): [string, string] => {
    const one = read(cells)
    assert.ok(isRowError(one))
    return [one.column, one.code]
  }
  assert.deepEqual(wrong(['', 'HZ', '1', '']), ['sku', 'stock.row_sku_missing'])
  assert.deepEqual(wrong(['x'.repeat(101), 'HZ', '1', '']), ['sku', 'stock.row_sku_too_long'])
  assert.deepEqual(wrong(['A', '', '1', '']), ['warehouse', 'stock.row_warehouse_missing'])
  assert.deepEqual(wrong(['A', '北京', '1', '']), ['warehouse', 'stock.row_warehouse_unknown'])
  for (const figure of ['-1', '1.5', '1,000', '1e3', 'many', '1000000001'])
    assert.deepEqual(wrong(['A', 'HZ', figure, '']), ['physical', 'stock.row_bad_figure'], figure)
  assert.deepEqual(wrong(['A', 'GZ', '5', '']), ['physical', 'stock.row_figures_captured'])
  assert.ok(!isRowError(read(['A', 'GZ', '', '5'])))
})

test('only what changes something is a difference; a new place is one even at nothing', () => {
  const rows = [
    { row: 2, sku: 'A', warehouse: 'HZ', physical: 5, safety: undefined },
    { row: 3, sku: 'B', warehouse: 'HZ', physical: 5, safety: 2 },
    { row: 4, sku: 'C', warehouse: 'HZ', physical: 0, safety: undefined },
    { row: 5, sku: 'D', warehouse: 'HZ', physical: undefined, safety: undefined },
  ]
  const levels = new Map([
    [placeKey({ sku: 'A', warehouse: 'HZ' }), { physical: 5, safety: 1 }],
    [placeKey({ sku: 'B', warehouse: 'HZ' }), { physical: 5, safety: 1 }],
  ])
  assert.deepEqual(
    differences(rows, levels).map(({ sku, before }) => [sku, before]),
    [
      ['B', { physical: 5, safety: 1 }],
      ['C', null],
    ],
  )
})

test('no cell whatever makes a row throw or a figure out of range', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), (cells) => {
      const one = read(cells)
      if (!isRowError(one))
        for (const figure of [one.physical, one.safety])
          assert.ok(figure === undefined || (Number.isSafeInteger(figure) && figure >= 0 && figure <= 1e9))
    }),
  )
})
