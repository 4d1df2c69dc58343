import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { RuleModel } from '#domain/rulebook.ts'
import { settleOrders } from '#features/order-stock/index.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { figuresOf, openStockWorld, PLAN_PARTS, standingOf, type World } from '#test-support/order-stock.ts'
import { type ChangeAsk, type ChangeDeps, changePlan, type PlanChange } from './manual/change-plan.ts'
import { openPlanner } from './plan/session.ts'
import { readParcels, readPlans } from './store.ts'

let world: World
let audited: { action: string; subject: string }[] = []
before(async () => {
  world = await openStockWorld()
})
beforeEach(async () => {
  await world.empty()
  world.rules.clear()
  world.decisions.length = 0
  audited = []
})
after(async () => await world.database.close())

async function paid(
  no: string,
  lines: Record<string, number>,
  minute = 1,
  gifts: string[] = [],
): Promise<void> {
  const content = Object.entries(lines).map(([lineId, quantity]) => ({
    lineId,
    quantity,
    gift: gifts.includes(lineId),
  }))
  await world.hub.send('shop', { content: [{ no, version: 1, lines: content }] }, `order ${no}`)
  await world.hub.drain()
  await world.say(no, 'paid', minute)
}

function live(kind: string, nodes: RuleModel['nodes']): void {
  const part = PLAN_PARTS.get(kind)
  assert.ok(part)
  const model: RuleModel = { format: 1, currency: 'CNY', start: nodes[0]?.id ?? null, nodes, tables: [] }
  const compiled = compileModel(part.kind, model)
  assert.ok(compiled.ok, JSON.stringify(compiled))
  world.rules.set(kind, compiled.value)
}

const AT = { x: 0, y: 0 }
const DECIDED = {
  id: 'end',
  type: 'result',
  label: 'end',
  at: AT,
  outcome: 'decided',
  values: [],
  reason: '',
} as const
function doing(action: string, params: Record<string, string>): RuleModel['nodes'] {
  return [{ id: 'do', type: 'action', label: action, at: AT, action, params, to: 'end' }, DECIDED]
}

/** `warehouse: sku×pieces + …` per parcel. */
async function planOf(no: string) {
  const id = await world.idOf(no)
  const plan = (await readPlans(world.database.sql, [id])).get(id)
  if (plan === undefined) return null
  const parcels = (await readParcels(world.database.sql, [plan.leadId])).get(plan.leadId) ?? []
  return {
    state: plan.state,
    step: plan.step,
    code: plan.code,
    revision: plan.revision,
    parcels: parcels.map(
      (one) =>
        `${one.waits ? '…' : one.warehouse}: ${one.pieces.map((piece) => `${piece.sku}×${piece.quantity}`).join(' + ')}`,
    ),
  }
}

function deps(): ChangeDeps {
  return {
    db: world.database.sql,
    clock: world.clock,
    normalise: normaliseShipTo,
    settle: async (tx, ids, actor) =>
      void (await settleOrders(tx, world.deps, ids, { asked: new Set(ids), actor })),
    audit: async (_tx, event) => void audited.push(event),
  }
}

async function change(no: string, wanted: PlanChange, preview = false, revision: number | null = null) {
  world.clock.advance({ milliseconds: 10 })
  const ask: ChangeAsk = {
    orderId: await world.idOf(no),
    change: wanted,
    reason: 'because',
    actor: { kind: 'user', id: '1', name: 'li' },
    revision,
  }
  return await changePlan(deps(), ask, preview)
}

test('without rules an order is one parcel from the first warehouse that has all of it', async () => {
  await world.fill('A', 'SH', 1)
  await world.fill('A', 'GZ', 5)
  await world.fill('B', 'GZ', 5)
  await paid('o1', { a: 2, b: 1 })
  await world.settle()
  assert.deepEqual(await planOf('o1'), {
    state: 'locked',
    step: 'ship',
    code: null,
    revision: 1,
    parcels: ['GZ: A×2 + B×1'],
  })
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 2, 'B@GZ': 1 })
  await world.settle()
  assert.equal((await planOf('o1'))?.revision, 1, 'a second look makes no other plan')
})

test('what is split by rules is locked where its parcels leave from, and each decision is kept once', async () => {
  await world.database
    .sql`insert into sku_profile (sku, tags, updated_by, updated_at) values ('B', '{frozen}', 't', now())`
  for (const sku of ['A', 'B']) await world.fill(sku, 'SH', 5)
  live('split', doing('separate', { lines: '"frozen" in sku_tags', reason: '"冷链"' }))
  await paid('o1', { a: 1, b: 2 })
  await world.settle()
  assert.deepEqual((await planOf('o1'))?.parcels.sort(), ['SH: A×1', 'SH: B×2'])
  await world.settle()
  assert.deepEqual(
    world.decisions.map((one) => [one.chosen.kind, one.orderNo, one.decision.outcome]),
    [['split', 'o1', 'decided']],
  )
})

test('a rule that cannot decide sends the order to review with its reason; its goods are held meanwhile', async () => {
  await world.fill('A', 'SH', 5)
  live('split', [
    {
      id: 'heavy',
      type: 'branch',
      label: '超重',
      at: AT,
      branches: [{ id: 'w', label: '重', when: 'weight > 1000', to: 'end' }],
      otherwise: 'end',
    },
    DECIDED,
  ])
  await paid('o1', { a: 2 })
  await world.settle()
  const plan = await planOf('o1')
  assert.deepEqual([plan?.state, plan?.step, plan?.parcels], ['review', 'split', []])
  assert.equal((await standingOf(world, 'o1')).state, 'locked', 'nobody else may have them')
  world.rules.clear()
  await change('o1', { do: 'replan' })
  assert.equal((await planOf('o1'))?.state, 'locked')
})

test('a hold by a rule stops the order, not its lock; released by a person it is not held again', async () => {
  await world.fill('A', 'SH', 5)
  live('review', doing('hold', { reason: '"大额"' }))
  await paid('o1', { a: 2 })
  await world.settle()
  assert.deepEqual([(await planOf('o1'))?.state, (await standingOf(world, 'o1')).state], ['held', 'locked'])
  const released = await change('o1', { do: 'release' })
  assert.ok(released.ok)
  assert.equal((await planOf('o1'))?.state, 'locked')
  await change('o1', { do: 'replan' })
  assert.equal((await planOf('o1'))?.state, 'locked')
  assert.deepEqual(
    audited.map((one) => one.action),
    ['fulfilment.release', 'fulfilment.replan'],
  )
})

test('an order that its channel holds keeps its goods and waits; released by its channel it goes on', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  await world.say('o1', 'held', 2)
  await world.settle()
  const plan = await planOf('o1')
  assert.deepEqual([plan?.state, plan?.code, plan?.parcels], ['held', 'fulfilment.on_hold', ['SH: A×2']])
  assert.equal((await standingOf(world, 'o1')).state, 'locked')
  await world.say('o1', 'freed', 3)
  await world.settle()
  assert.equal((await planOf('o1'))?.state, 'locked')
  await world.say('o1', 'held', 4)
  await world.settle()
  assert.equal((await planOf('o1'))?.state, 'held', 'a review may begin after the plan was made')
  await change('o1', { do: 'hold' })
  assert.equal((await planOf('o1'))?.code, 'fulfilment.held', 'what a person says goes first')
})

test('a person arranges parcels: shown first, then locked as arranged; torn or missing pieces are refused', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('A', 'GZ', 5)
  await paid('o1', { a: 3 })
  await world.settle()
  const id = await world.idOf('o1')
  const unit = `${id}/a/A`
  const parcels = [
    { pieces: [{ unit, quantity: 1 }], warehouse: 'SH' },
    { pieces: [{ unit, quantity: 2 }], warehouse: 'GZ' },
  ]
  const shown = await change('o1', { do: 'arrange', parcels }, true)
  assert.ok(shown.ok)
  assert.equal(shown.value.after[0]?.parcels.length, 2)
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×3'], 'a preview changes nothing')
  const few = await change('o1', { do: 'arrange', parcels: parcels.slice(1) })
  assert.equal(few.ok ? '' : few.refusal.code, 'fulfilment.pieces_differ')
  const stale = await change('o1', { do: 'arrange', parcels }, false, 7)
  assert.equal(stale.ok ? '' : stale.refusal.code, 'fulfilment.changed_conflict')
  assert.ok((await change('o1', { do: 'arrange', parcels }, false, 1)).ok)
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×1', 'GZ: A×2'])
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 2, 'A@SH': 1 })
  await world.settle()
  assert.equal((await planOf('o1'))?.parcels.length, 2, 'the arrangement stays')
  assert.ok((await change('o1', { do: 'automatic' })).ok)
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×3'])
})

test('a parcel is moved with its lock, or nothing is moved', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('A', 'GZ', 1)
  await paid('o1', { a: 2 })
  await world.settle()
  const id = await world.idOf('o1')
  const move = { do: 'move', parcelNo: `P${id}-1-1`, warehouse: 'GZ' } as const
  const refused = await change('o1', move)
  assert.equal(refused.ok ? '' : refused.refusal.code, 'sourcing.short')
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 2 })
  await world.fill('A', 'GZ', 2)
  assert.ok((await change('o1', move)).ok)
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 2 })
  assert.deepEqual(await figuresOf(world), { 'A@GZ': [2, 2], 'A@SH': [5, 0] })
})

test('merged orders leave as one parcel with one hold each; a cancelled one leaves the others alone', async () => {
  await world.fill('A', 'SH', 2)
  await world.fill('A', 'GZ', 5)
  for (const no of ['o1', 'o2']) await paid(no, { a: 1 })
  await paid('o3', { a: 2 })
  await world.settle()
  await world.database.sql`update sales_order set recipient_key = 'p:same' where order_no in ('o1', 'o2')`
  await world.database.sql`update sales_order set recipient_key = 'p:other' where order_no = 'o3'`
  const third = await change('o1', { do: 'merge', orders: [await world.idOf('o3')], confirmed: true })
  assert.equal(third.ok ? '' : third.refusal.code, 'fulfilment.recipients_differ')
  const merged = await change('o2', { do: 'merge', orders: [await world.idOf('o1')], confirmed: false })
  assert.ok(merged.ok)
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×1 + A×1'])
  assert.deepEqual((await planOf('o2'))?.parcels, ['SH: A×1 + A×1'])
  assert.deepEqual((await standingOf(world, 'o2')).open, { 'A@SH': 1 })
  await world.say('o1', 'cancelled', 5)
  await world.settle('o1')
  await world.settle('o2')
  assert.deepEqual((await planOf('o2'))?.parcels, ['SH: A×1'])
  assert.equal((await planOf('o1'))?.state, 'ended')
  assert.deepEqual((await standingOf(world, 'o1')).open, {})
})

test('unmerged orders are planned alone again', async () => {
  await world.fill('A', 'SH', 9)
  for (const no of ['o1', 'o2', 'o3']) await paid(no, { a: 1 })
  await world.settle()
  await world.database.sql`update sales_order set recipient_key = 'p:same'`
  const ids = [await world.idOf('o2'), await world.idOf('o3')]
  assert.ok((await change('o1', { do: 'merge', orders: ids, confirmed: false })).ok)
  assert.equal((await planOf('o3'))?.parcels.length, 1)
  assert.ok((await change('o1', { do: 'unmerge', orders: [ids[0] ?? 0n] })).ok)
  assert.deepEqual((await planOf('o2'))?.parcels, ['SH: A×1'])
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×1 + A×1'], 'two are left')
  assert.ok((await change('o1', { do: 'unmerge', orders: null })).ok)
  for (const no of ['o1', 'o3']) assert.deepEqual((await planOf(no))?.parcels, ['SH: A×1'])
})

test('a gift bound softly waits for its stock while its main product is locked; bound hard, all of it waits', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 0)
  await world.database
    .sql`insert into sku_gift (gift_sku, main_sku, numerator, denominator, binding, updated_by) values ('B', 'A', 1, 1, 'soft', 't')`
  await paid('o1', { a: 1, b: 1 }, 1, ['b'])
  await world.settle()
  assert.deepEqual((await planOf('o1'))?.parcels, ['SH: A×1', '…: B×1'])
  const standing = await standingOf(world, 'o1')
  assert.deepEqual(
    [standing.state, standing.code, standing.open],
    ['short', 'order_stock.part_waits', { 'A@SH': 1 }],
  )
  await world.fill('B', 'SH', 3)
  await world.sweep('order-stock')
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1, 'B@SH': 1 })
  await world.database.sql`update sku_gift set binding = 'hard'`
  await world.fill('B', 'SH', 1)
  await paid('o2', { a: 1, b: 1 }, 9, ['b'])
  await world.settle('o2')
  assert.deepEqual(
    (await standingOf(world, 'o2')).open,
    {},
    'a gift never leaves its main product, nor the other way',
  )
})

test('freight is quoted with the plan; a merged order is quoted once and shared exactly', async () => {
  await world.fill('A', 'SH', 9)
  live('freight', doing('charge', { label: '"基础"', amount: 'yuan("8.01")' }))
  for (const no of ['o1', 'o2']) await paid(no, { a: 1 })
  await world.settle()
  const quotes = async () =>
    await world.database.sql<{ order_no: string; amount: bigint }>`
      select order_no, amount_minor as amount from freight_quote where is_current order by order_no`
  assert.deepEqual(await quotes(), [
    { order_no: 'o1', amount: 801n },
    { order_no: 'o2', amount: 801n },
  ])
  await world.database.sql`update sales_order set recipient_key = 'p:same'`
  assert.ok((await change('o1', { do: 'merge', orders: [await world.idOf('o2')], confirmed: false })).ok)
  const shared = await quotes()
  assert.equal(
    shared.reduce((sum, one) => sum + one.amount, 0n),
    801n,
  )
})

test('while the hub counts no stock orders are planned all the same', async () => {
  live('freight', doing('charge', { label: '"基础"', amount: 'yuan("8.00")' }))
  await paid('o1', { a: 2 })
  await world.settle()
  const plan = await planOf('o1')
  assert.deepEqual([plan?.state, plan?.parcels.length], ['planned', 1])
})

test('what left or was cancelled closes its plan', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 1 })
  await paid('o2', { a: 1 })
  await world.settle()
  await world.tell('station', [{ by: 'reference', no: 'o1', code: 'printed', minute: 2, parcel: 'T1' }])
  await world.say('o2', 'cancelled', 3)
  await world.settle()
  assert.deepEqual([(await planOf('o1'))?.state, (await planOf('o2'))?.state], ['left', 'ended'])
  const closed = await change('o1', { do: 'hold' })
  assert.equal(closed.ok ? '' : closed.refusal.code, 'fulfilment.closed')
})

test('with no warehouse, no rules and no plan before, nothing is planned; with any of them it is', async () => {
  const idle = openPlanner({ ...world.planDeps, hasRules: () => false })
  const { sql } = world.database
  const isIdle = async (): Promise<boolean> => await sql.begin((tx) => idle(tx, world.clock.now()).isIdle())
  assert.equal(await isIdle(), false, 'two warehouses')
  await sql`update warehouse set active = false`
  assert.equal(await isIdle(), true)
  await paid('o1', { a: 1 })
  await world.settle()
  assert.ok(await planOf('o1'), 'rules may be live in this world')
  assert.equal(await isIdle(), false, 'what was planned is looked after')
})
