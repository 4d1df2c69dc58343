import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellCountOf, hasWrongCellCount } from './header.ts'

test('a row has as many cells as the header; only empty ones may follow', () => {
  const count = cellCountOf(['no', 'sku', 'quantity'])
  assert.equal(hasWrongCellCount(['A1', 'S1', '2'], count), false)
  assert.equal(hasWrongCellCount(['A1', 'S1', ''], count), false)
  assert.equal(hasWrongCellCount(['A1', 'S1', '2', '', ' '], count), false)
  assert.equal(hasWrongCellCount(['A1', 'S1'], count), true)
  assert.equal(hasWrongCellCount(['A1', 'S1', '2', 'x'], count), true)
  // A header that ends in separators asks for none of the cells behind its last name, and allows them.
  const loose = cellCountOf(['no', 'sku', '', ''])
  assert.equal(hasWrongCellCount(['A1', 'S1'], loose), false)
  assert.equal(hasWrongCellCount(['A1', 'S1', 'x', 'y'], loose), false)
  assert.equal(hasWrongCellCount(['A1'], loose), true)
})
