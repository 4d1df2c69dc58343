import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMappings } from './parse-csv.ts'

const KNOWN = new Map([
  ['shop', 'shop'],
  ['旗舰店', 'shop'],
])

test('columns are found by their heading in either language, the shop may be left out', () => {
  assert.deepEqual(
    parseMappings(
      [
        ['\ufeff库存SKU', '店铺SKU'],
        ['S-1', ' A-1 '],
      ],
      KNOWN,
    ),
    {
      mappings: [{ connection: '*', shopSku: 'A-1', stockSku: 'S-1' }],
      errors: [],
    },
  )
  const withShop = parseMappings(
    [
      ['shop_sku', 'stock_sku', 'connection'],
      ['A', 'S', 'shop'],
      ['', '', ''],
    ],
    KNOWN,
  )
  assert.deepEqual(withShop.mappings, [{ connection: 'shop', shopSku: 'A', stockSku: 'S' }])
})

test('a shop is named by its id or its name, which is the same shop', () => {
  const { mappings, errors } = parseMappings(
    [
      ['店铺', '店铺SKU', '库存SKU'],
      ['旗舰店', 'A', 'S'],
      ['shop', 'A', 'S'],
    ],
    KNOWN,
  )
  assert.deepEqual(mappings, [{ connection: 'shop', shopSku: 'A', stockSku: 'S' }])
  assert.deepEqual(
    errors.map(({ row, code }) => [row, code]),
    [[3, 'skus.row_twice']],
  )
})

test('each fault names its row as a spreadsheet counts it; good rows stand', () => {
  const { mappings, errors } = parseMappings(
    [
      ['connection', 'shop_sku', 'stock_sku'],
      ['shop', 'A', ''],
      ['nobody', 'B', 'S'],
      ['*', 'C', 'S'],
      ['*', 'C', 'T'],
    ],
    KNOWN,
  )
  assert.deepEqual(mappings, [{ connection: '*', shopSku: 'C', stockSku: 'S' }])
  assert.deepEqual(
    errors.map(({ row, column, code }) => [row, column, code]),
    [
      [2, 'stockSku', 'skus.bad_sku'],
      [3, 'connection', 'skus.unknown_connection'],
      [5, 'shopSku', 'skus.row_twice'],
    ],
  )
})

test('without its columns a file has one error each', () => {
  assert.deepEqual(
    parseMappings([['a', 'stock_sku']], KNOWN).errors.map((error) => error.column),
    ['shopSku'],
  )
  assert.equal(parseMappings([], KNOWN).errors.length, 2)
})
