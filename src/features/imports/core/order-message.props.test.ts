import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FileRow, FileTemplate } from '#domain/file-order.ts'
import { errorLine } from './error-csv.ts'
import { mapCells, orderDigester } from './order-message.ts'

const TEMPLATE: FileTemplate = {
  name: 't',
  target: 'orders',
  zone: 'UTC',
  dateFormat: '',
  currency: 'CNY',
  columns: { order_no: { column: 'a' }, sku: { column: 'b' }, title: { column: 'c' } },
  statusMap: {},
}
const orderDigest = (no: string, template: FileTemplate, rows: readonly FileRow[]) =>
  orderDigester(template)(no, rows)
const rowsOf = fc.array(fc.record({ sku: fc.string(), title: fc.string() }), { minLength: 1, maxLength: 6 })
const numbered = (cells: readonly FileRow['cells'][], from: number): FileRow[] =>
  cells.map((one, index) => ({ row: from + index, cells: one }))

test('the digest knows neither row numbers nor their order nor names, and every other difference', () => {
  fc.assert(
    fc.property(rowsOf, fc.nat(1_000), (cells, from) => {
      const digest = orderDigest('A1', TEMPLATE, numbered(cells, 2))
      const renamed = {
        ...TEMPLATE,
        name: 'u',
        columns: { title: { column: 'z' }, order_no: { column: 'x' }, sku: { column: 'y' } },
      }
      assert.equal(orderDigest('A1', renamed, numbered(cells.toReversed(), from + 1)), digest)
      assert.notEqual(orderDigest('A2', TEMPLATE, numbered(cells, 2)), digest)
      assert.notEqual(orderDigest('A1', { ...TEMPLATE, zone: 'Asia/Shanghai' }, numbered(cells, 2)), digest)
      assert.notEqual(orderDigest('A1', TEMPLATE, numbered([...cells, { sku: 'one more' }], 2)), digest)
      const first = cells[0]
      const changed = [{ ...first, sku: `${first?.sku}!` }, ...cells.slice(1)]
      assert.notEqual(orderDigest('A1', TEMPLATE, numbered(changed, 2)), digest)
    }),
  )
})

test('a mapped cell is kept to the letter unless no database could hold it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), (cells) => {
      const mapped = mapCells(cells, [
        ['order_no', 0],
        ['sku', 3],
      ])
      for (const [field, index] of [
        ['order_no', 0],
        ['sku', 3],
      ] as const) {
        const cell = cells[index] ?? ''
        const kept = mapped[field]
        if (cell.trim() === '') assert.equal(kept, undefined)
        else if (cell.isWellFormed() && !cell.includes('\u0000')) assert.equal(kept, cell)
        assert.ok(kept === undefined || (kept.isWellFormed() && !kept.includes('\u0000')))
      }
    }),
  )
})

test('no cell of the error file is a formula', () => {
  assert.equal(
    errorLine([2, '=1+1', '@x', 'a.b', 'he said "no"']),
    `2,"'=1+1","'@x",a.b,"he said ""no"""\r\n`,
  )
  for (const start of ['=', '+', '-', '@', '\t', '\r'])
    assert.ok(errorLine([`${start}cmd`]).startsWith(`"'${start}`), JSON.stringify(start))
})
