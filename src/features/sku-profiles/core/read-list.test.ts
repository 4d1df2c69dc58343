import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readList, suggestColumns } from './read-list.ts'

function read(header: readonly string[], ...rows: (readonly string[])[]) {
  const table = { header, rows: rows.map((cells, index) => ({ row: index + 2, cells })) }
  return readList(table, suggestColumns(header))
}
const said = (header: readonly string[], ...cells: string[]) => read(header, cells).profiles[0]?.said
const codes = (header: readonly string[], ...cells: string[]) =>
  read(header, cells).errors.map(({ code, column, row }) => [code, column, row])

test('heads as people write them find their fields', () => {
  assert.deepEqual(suggestColumns(['商品编码', '品名', '重量(kg)', '长(cm)', '标签', '备注']), {
    sku: '商品编码',
    title: '品名',
    weight: '重量(kg)',
    length: '长(cm)',
    tags: '标签',
  })
})

test('units stand in the cell, else in the head; without one g, cm3, mm', () => {
  assert.deepEqual(said(['sku', 'weight'], 'A', '500'), { weightG: 500 })
  assert.deepEqual(said(['sku', '重量(kg)'], 'A', '1.1'), { weightG: 1_100 })
  assert.deepEqual(said(['sku', '重量(kg)'], 'A', '800g'), { weightG: 800 })
  assert.deepEqual(said(['sku', '重量'], 'A', '2 斤'), { weightG: 1_000 })
  assert.deepEqual(said(['sku', '体积(m³)'], 'A', '0.06'), { volumeCm3: 60_000 })
  assert.deepEqual(said(['sku', 'volume'], 'A', '1.5L'), { volumeCm3: 1_500 })
  assert.deepEqual(said(['sku', '长(cm)', '宽(cm)', '高(mm)'], 'A', '30', '20.5', '100'), {
    lengthMm: 300,
    widthMm: 205,
    heightMm: 100,
  })
})

test('a part of a gram is rounded up: what is weighed must not come out lighter', () => {
  assert.deepEqual(said(['sku', 'weight'], 'A', '0.4'), { weightG: 1 })
  assert.deepEqual(said(['sku', 'weight'], 'A', '1,200.0'), { weightG: 1_200 })
})

test('an empty cell says nothing, a hyphen takes away', () => {
  assert.deepEqual(said(['sku', 'weight', 'tags', 'title'], 'A', '', '', ''), {})
  assert.deepEqual(said(['sku', 'weight', 'tags', 'value'], 'A', '-', '-', '-'), {
    weightG: null,
    tags: [],
    value: null,
  })
})

test('tags become the words that rules ask for', () => {
  assert.deepEqual(said(['sku', '标签'], 'A', '易碎、冷冻 Own易碎'), {
    tags: ['fragile', 'frozen', 'own易碎'],
  })
})

test('values are exact amounts of their currency', () => {
  assert.deepEqual(said(['sku', '申报价值'], 'A', '99.90'), { value: { currency: 'CNY', minor: 9_990n } })
  assert.deepEqual(said(['sku', 'value', 'currency'], 'A', '100', 'jpy'), {
    value: { currency: 'JPY', minor: 100n },
  })
  assert.deepEqual(codes(['sku', 'value'], 'A', '1.234'), [['sku_profiles.bad_value', 'value', 2]])
})

test('every fault is named by row and column', () => {
  assert.deepEqual(codes(['名称'], 'x'), [['sku_profiles.column_missing', '', 1]])
  assert.deepEqual(codes(['sku', 'weight'], '', 'heavy'), [
    ['sku_profiles.bad_sku', 'sku', 2],
    ['sku_profiles.bad_weight', 'weight', 2],
  ])
  assert.deepEqual(codes(['sku', 'weight'], 'A', '12 stone'), [['sku_profiles.bad_weight', 'weight', 2]])
  assert.deepEqual(codes(['sku', 'weight'], 'A', '99999 kg'), [['sku_profiles.bad_weight', 'weight', 2]])
  assert.deepEqual(codes(['sku', '长(mm)'], 'A', '0'), [['sku_profiles.bad_size', '长(mm)', 2]])
  assert.deepEqual(codes(['sku', 'tags'], 'A', '<b>'), [['sku_profiles.bad_tag', 'tags', 2]])
  const twice = read(['sku'], ['A'], ['A'])
  assert.deepEqual(
    twice.errors.map(({ code, row }) => [code, row]),
    [['sku_profiles.row_twice', 3]],
  )
})
