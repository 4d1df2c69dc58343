import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { ChosenRules, DecisionRecord, RuleModel } from '#domain/rulebook.ts'
import { manualClock } from '#kernel/clock.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import type { PromiseRule } from '../core/clocks.ts'
import type { PromiseDirectory } from '../directory.ts'
import { type ClockDeps, setClocks } from '../set-clocks.ts'
import { promiseKind } from './kind.ts'

const PAID = '2026-11-10T00:00:00Z'
const clock = manualClock(Temporal.Instant.from('2026-11-10T01:00:00Z'))
const database = await freshDatabase()
after(() => database.close())
const { sql } = database
before(async () => await seedConnection(sql, 'shop', '旗舰店'))

/** Frozen goods in `hours`; it asks for an amount, so that nobody can decide orders in another currency. */
function model(hours: number): RuleModel {
  const template = promiseKind.templates[0]?.model
  assert.ok(template !== undefined)
  const nodes = template.nodes.map((node) =>
    node.id === 'day' && node.type === 'result'
      ? {
          ...node,
          values: node.values.map((one) =>
            one.name === 'ship_minutes' ? { ...one, expression: String(hours * 60) } : one,
          ),
        }
      : node.type === 'branch'
        ? {
            ...node,
            branches: node.branches.map((one) => ({ ...one, when: `${one.when} && order_amount >= 0` })),
          }
        : node,
  )
  return { ...template, nodes }
}

function chosen(versionId: bigint, hours: number): ChosenRules {
  const rules = compileModel(promiseKind, model(hours))
  assert.ok(rules.ok)
  return { kind: 'promise', setId: 7n, versionId, number: Number(versionId), arm: 'live', rules: rules.value }
}

const STATIC: PromiseRule = {
  id: 1n,
  name: '48 h',
  kind: '*',
  connection: null,
  starts: 'paid',
  keeps: 'dispatched',
  minutes: 2_880,
  calendar: null,
  cutoff: null,
  platformFirst: false,
  warnMinutes: 60,
  penalty: { currency: 'CNY', fixedMinor: null, bps: null, capMinor: null },
}
const PICKUP: PromiseRule = { ...STATIC, id: 2n, starts: 'placed', keeps: 'picked_up' }

let live: ChosenRules | null = null
let tags: readonly string[] | null = null
let records: DecisionRecord[] = []
let pins: (bigint | null | undefined)[] = []
let reads = 0
const deps: ClockDeps = {
  db: sql,
  clock,
  directory: { rules: () => [STATIC, PICKUP] } as unknown as PromiseDirectory,
  rules: {
    rulebook: {
      choose: (_kind, scope) => {
        pins.push(scope.pinned)
        return live
      },
      refresh: async () => undefined,
    },
    readOrders: async (_tx, ids) => {
      reads += 1
      return ids.map((id) => orderOf(id))
    },
    recordDecisions: async (_tx, some) => void records.push(...some),
    levelOf: () => 'old',
  },
}

function orderOf(id: bigint): RuleOrder {
  const line = {
    lineId: '1',
    sku: 'A',
    shopSku: 'A',
    title: 'A',
    quantity: 1,
    unitPriceMinor: 100n,
    paidMinor: null,
    gift: false,
    weightG: null,
    volumeCm3: null,
    tags: tags ?? [],
    parts: null,
  }
  return {
    id,
    connection: 'shop',
    connectorKind: 'pinduoduo',
    orderNo: 'NO-1',
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    // Amounts in another currency than the rules': a person decides.
    currency: tags === null ? 'USD' : 'CNY',
    payableMinor: 100n,
    goodsMinor: 100n,
    shippingMinor: 0n,
    discountMinor: 0n,
    promotions: [],
    buyerId: null,
    earlierOrders: null,
    earlierSpentMinor: null,
    to: { country: 'CN', province: '浙江', city: '', district: '' },
    recipientKey: null,
    buyerNote: '',
    sellerNote: '',
    flag: null,
    lines: [line],
    gifts: [],
  }
}

let id = 0n
beforeEach(async () => {
  await sql.raw('truncate sales_order, order_subject, order_promise, promise_ruling cascade')
  id = await seedOrder(sql, { orderNo: 'NO-1', placedAt: PAID })
  live = null
  tags = ['frozen']
  records = []
  pins = []
  reads = 0
})

async function clocks(): Promise<string[]> {
  await sql.begin((tx) => setClocks(tx, deps, [id]))
  const rows = await sql<{ source: string; keeps: string; due_at: Temporal.Instant }>`
    select source, keeps, due_at from order_promise where order_id = ${id} order by source`
  return rows.map((row) => {
    const hours = row.due_at.since(Temporal.Instant.from(PAID)).total('hours')
    return `${row.source} ${row.keeps} ${hours}`
  })
}
const FIXED = ['rule:1 dispatched 48', 'rule:2 picked_up 48']

test('where no rules are live the fixed ones hold, and orders are not even read', async () => {
  assert.deepEqual(await clocks(), FIXED)
  assert.equal(reads, 0)
})

test('live rules go before the fixed one that keeps the same; the decision is recorded once', async () => {
  live = chosen(1n, 24)
  assert.deepEqual(await clocks(), ['rule:2 picked_up 48', 'rulebook:7 dispatched 24'])
  assert.deepEqual(await clocks(), ['rule:2 picked_up 48', 'rulebook:7 dispatched 24'])
  assert.equal(records.length, 1)
  const [record] = records
  assert.deepEqual(
    [record?.orderNo, record?.chosen.versionId, record?.input.values.customer_level, record?.observations],
    ['NO-1', 1n, 'old', [{ metric: 'minutes', n: 1, bad: 0, sum: 1_440 }]],
  )
  assert.deepEqual(pins, [null, 1n], 'the version that decided is asked for again')
  live = chosen(2n, 12)
  assert.deepEqual((await clocks())[1], 'rulebook:7 dispatched 12')
  assert.equal(records.length, 2)
})

test('what the rules cannot decide is recorded, and the fixed rules hold', async () => {
  live = chosen(1n, 24)
  tags = null
  assert.deepEqual(await clocks(), FIXED)
  assert.deepEqual(
    records.map((one) => one.decision.reason?.code),
    ['rulebook.other_currency'],
  )
  await clocks()
  assert.equal(records.length, 1)
})

test("the platform's own deadline goes first", async () => {
  live = chosen(1n, 24)
  await sql`update sales_order set ship_by = ${Temporal.Instant.from(PAID).add({ hours: 6 })} where id = ${id}`
  assert.equal((await clocks())[1], 'rulebook:7 dispatched 6')
})

test('goods on their way keep what was promised; an open order loses it with the rules', async () => {
  live = chosen(1n, 24)
  await clocks()
  live = chosen(2n, 12)
  await sql`update sales_order set status = 'in_transit', shipped_at = ${Temporal.Instant.from(PAID)} where id = ${id}`
  assert.equal((await clocks())[1], 'rulebook:7 dispatched 24')
  await sql`update sales_order set status = 'awaiting_shipment', shipped_at = null where id = ${id}`
  live = null
  assert.deepEqual(await clocks(), FIXED)
  const [left] = await sql<{ n: bigint }>`select count(*) as n from promise_ruling`
  assert.equal(left?.n, 0n)
})
