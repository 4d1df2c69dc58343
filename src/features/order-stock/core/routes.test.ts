import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Free, placeDemand } from './place.ts'
import { type RouteRule, routeFor } from './routes.ts'

const rule = (id: number, more: Partial<RouteRule> = {}): RouteRule => ({
  id: BigInt(id),
  name: `r${id}`,
  kind: '*',
  connection: null,
  warehouses: ['SH'],
  spread: 'lines',
  drawSafety: true,
  ...more,
})
const ORDER = { connection: 'shop-1', kind: 'douyin' }
const WAREHOUSES = [
  { code: 'SH', priority: 20 },
  { code: 'GZ', priority: 10 },
  { code: 'BJ', priority: 20 },
]

test('without rules every active warehouse serves, by its priority, then by its code', () => {
  const route = routeFor(ORDER, [], WAREHOUSES)
  assert.deepEqual([route?.id, route?.warehouses, route?.spread], [null, ['GZ', 'BJ', 'SH'], 'lines'])
  assert.equal(routeFor(ORDER, [], []), null)
})

test('the connection goes before its kind, its kind before all, the older before the younger', () => {
  const rules = [
    rule(4, { kind: 'douyin', connection: 'shop-1', warehouses: ['BJ'] }),
    rule(3, { kind: 'douyin', connection: 'shop-1' }),
    rule(2, { kind: 'douyin' }),
    rule(1),
    rule(5, { kind: 'douyin', connection: 'shop-2' }),
  ]
  assert.equal(routeFor(ORDER, rules, WAREHOUSES)?.id, 3n)
  assert.equal(routeFor({ connection: 'shop-3', kind: 'douyin' }, rules, WAREHOUSES)?.id, 2n)
  assert.equal(routeFor({ connection: 'shop-4', kind: 'shopify' }, rules, WAREHOUSES)?.id, 1n)
})

test('a rule whose warehouses are all inactive serves nobody; it does not fall back to another', () => {
  assert.equal(routeFor(ORDER, [rule(1, { warehouses: ['XX'] })], WAREHOUSES), null)
  assert.deepEqual(routeFor(ORDER, [rule(1, { warehouses: ['XX', 'SH'] })], WAREHOUSES)?.warehouses, ['SH'])
})

test('a demand is placed whole where it can, by lines or by pieces where it may', () => {
  const free = (): Free =>
    new Map([
      ['A\nSH', 2],
      ['B\nGZ', 3],
      ['A\nGZ', 1],
      ['B\nSH', 0],
    ])
  const demand = new Map([
    ['A', 2],
    ['B', 2],
  ])
  const to = (spread: RouteRule['spread'], wanted = demand) =>
    placeDemand(wanted, { warehouses: ['SH', 'GZ'], spread }, free())
  assert.equal(to('never'), null)
  assert.deepEqual(to('lines'), [
    { sku: 'A', warehouse: 'SH', quantity: 2 },
    { sku: 'B', warehouse: 'GZ', quantity: 2 },
  ])
  assert.equal(to('lines', new Map([['A', 3]])), null)
  assert.deepEqual(to('units', new Map([['A', 3]])), [
    { sku: 'A', warehouse: 'SH', quantity: 2 },
    { sku: 'A', warehouse: 'GZ', quantity: 1 },
  ])
  const left = free()
  placeDemand(new Map([['A', 1]]), { warehouses: ['GZ'], spread: 'never' }, left)
  assert.equal(placeDemand(new Map([['A', 1]]), { warehouses: ['GZ'], spread: 'never' }, left), null)
})
