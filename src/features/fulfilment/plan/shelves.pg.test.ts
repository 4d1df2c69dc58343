import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { RuleDone } from '#domain/rulebook.ts'
import { sourcingPart } from '#features/sourcing/index.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { openStockWorld, PLAN_PARTS, type World } from '#test-support/order-stock.ts'
import { openRuleOrders } from '../orders/read-rule-orders.ts'
import { readShelves } from './shelves.ts'

let world: World
before(async () => {
  world = await openStockWorld()
})
beforeEach(async () => {
  await world.empty()
  world.rules.clear()
})
after(async () => await world.database.close())

test('a dry run of sourcing rules compares warehouses and parcels on the stock of now', async () => {
  const { sql } = world.database
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 0)
  await world.fill('A', 'GZ', 5)
  await world.fill('B', 'GZ', 5)
  const lines = [
    { lineId: 'a', quantity: 2 },
    { lineId: 'b', quantity: 1 },
  ]
  await world.hub.send('shop', { content: [{ no: 'o1', version: 1, lines }] }, 'order o1')
  await world.hub.drain()
  const id = await world.idOf('o1')
  const reader = openRuleOrders(sql, normaliseShipTo)
  const orders = await reader.byIds([id])
  assert.deepEqual(await reader.byNumber('o0', 'o1', 'o1'), orders)
  const on = await readShelves(
    sql,
    {
      clock: world.clock,
      rulebook: { choose: () => null },
      parts: PLAN_PARTS,
      levelOf: () => null,
      zone: () => 'Asia/Shanghai',
    },
    orders,
  )
  const outcomeOf = (actions: readonly RuleDone[]) => {
    const [order] = orders
    assert.ok(order !== undefined)
    const plain = sourcingPart.item(order)
    assert.ok(plain !== null)
    return sourcingPart.outcome(
      { outcome: 'decided', reason: null, values: {}, actions, path: [] },
      on(order, plain),
    )
  }
  assert.equal(outcomeOf([]).words.en, '1 parcels: GZ')
  assert.equal(outcomeOf([]).figures.parcels, 1n)
  const only = { node: 'n', action: 'only_warehouses', params: { codes: ['SH'] } }
  assert.deepEqual([outcomeOf([only]).group, outcomeOf([only]).figures.short], ['short', 1n])
})
