import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ListTable, readList, suggestColumns } from './read-list.ts'

const table = (header: string[], ...rows: string[][]): ListTable => ({
  header,
  rows: rows.map((cells, index) => ({ row: index + 2, cells })),
})

test('heads in Chinese and English, with blanks and brackets, are recognised', () => {
  assert.deepEqual(
    suggestColumns(['仓库编码', '仓库名称（全称）', '省份', '城市', '优先级', '在途可售', '备注']),
    {
      code: '仓库编码',
      name: '仓库名称（全称）',
      province: '省份',
      city: '城市',
      priority: '优先级',
      countsInTransit: '在途可售',
    },
  )
  assert.deepEqual(suggestColumns(['Warehouse Code', 'Warehouse', 'Active']), {
    code: 'Warehouse Code',
    name: 'Warehouse',
    active: 'Active',
  })
})

test('a row says what its cells say and no more', () => {
  const read = readList(
    table(['编码', '名称', '优先级', '在途可售'], ['SH1', '上海仓', '10', '否'], ['GZ1', '广州仓', '', '']),
    {
      code: '编码',
      name: '名称',
      priority: '优先级',
      countsInTransit: '在途可售',
    },
  )
  assert.deepEqual(read.errors, [])
  assert.deepEqual(
    read.warehouses.map(({ said }) => said),
    [{ name: '上海仓', priority: 10, countsInTransit: false }, { name: '广州仓' }],
  )
  assert.equal(read.warehouses[1]?.draft.priority, 100)
  assert.equal(read.warehouses[1]?.draft.countsInTransit, true)
})

test('every wrong cell is told by row and column', () => {
  const read = readList(
    table(
      ['编码', '名称', '优先级', '启用'],
      ['上海', '上海仓', '1', '是'],
      ['A', '', 'x', '也许'],
      ['B', '北京仓', '20000', '否'],
      ['C', '成都仓', '', ''],
      ['C', '成都仓', '', ''],
    ),
    { code: '编码', name: '名称', priority: '优先级', active: '启用' },
  )
  assert.deepEqual(
    read.errors.map(({ row, column, code }) => [row, column, code]),
    [
      [2, '编码', 'warehouses.bad_code'],
      [3, '优先级', 'warehouses.bad_priority'],
      [3, '启用', 'warehouses.bad_switch'],
      [3, '名称', 'warehouses.bad_name'],
      [4, '优先级', 'warehouses.bad_priority'],
      [6, '编码', 'warehouses.row_twice'],
      [6, '名称', 'warehouses.row_twice'],
    ],
  )
  assert.deepEqual(
    read.warehouses.map(({ draft }) => draft.code),
    ['C'],
  )
})

test('a list without its two columns is refused whole', () => {
  const read = readList(table(['编码'], ['A']), { code: '编码' })
  assert.deepEqual(read, {
    warehouses: [],
    errors: [{ row: 1, column: '', code: 'warehouses.column_missing', detail: 'no column holds the name' }],
  })
})

test('any cells at all: a row is taken or told, never both and never neither', () => {
  const cell = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('A', 'B', '仓', '是', '7', ''))
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 8 }), (rows) => {
      const header = ['code', 'name', 'priority', 'active', 'figures']
      const read = readList(table(header, ...rows), suggestColumns(header))
      const taken = new Set(read.warehouses.map(({ row }) => row))
      const told = new Set(read.errors.map(({ row }) => row))
      for (const { row } of table(header, ...rows).rows) assert.equal(taken.has(row), !told.has(row))
    }),
  )
})
