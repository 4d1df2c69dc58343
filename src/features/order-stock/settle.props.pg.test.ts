import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { followJournal } from '#platform/journal/follow.ts'
import { figuresOf, openStockWorld, standingOf, type World } from '#test-support/order-stock.ts'
import { checkParcels, planOf } from '#test-support/plans.ts'
import { auditOrders, followOrderStock } from './index.ts'

// Whatever order the facts of an order come in, and wherever the follower looks in between: the same holds and levels at the end. Where
// several warehouses can serve a line, which of them does depends on what the order still wanted when it was locked (all of it
// from one place, where one has it); then the sums per SKU are the same.

let world: World
before(async () => {
  world = await openStockWorld()
})
after(async () => await world.database.close())

type Event =
  | { readonly kind: 'content'; readonly version: number; readonly lines: Record<string, number> }
  | { readonly kind: 'fact'; readonly code: string; readonly minute: number }
  | {
      readonly kind: 'parcel'
      readonly to: 'station' | 'carrier'
      readonly code: string
      readonly minute: number
      readonly parcel: string
    }
  | {
      readonly kind: 'part'
      readonly minute: number
      readonly parcel: string
      readonly line: string
      readonly quantity: number
    }

const minute = fc.integer({ min: 1, max: 20 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('content' as const),
    version: fc.integer({ min: 1, max: 4 }),
    lines: fc.record(
      { a: fc.integer({ min: 1, max: 3 }), b: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: ['a'] },
    ),
  }),
  fc.record({
    kind: fc.constant('fact' as const),
    code: fc.constantFrom(
      'paid',
      'paid',
      'paid',
      'held',
      'freed',
      'dispatched',
      'cancelled',
      'reopened',
      'returned',
      'completed',
    ),
    minute,
  }),
  fc.record({
    kind: fc.constant('parcel' as const),
    to: fc.constant('station' as const),
    code: fc.constantFrom('printed', 'printed', 'voided'),
    minute,
    parcel: fc.constantFrom('T1', 'T2'),
  }),
  fc.record({
    kind: fc.constant('parcel' as const),
    to: fc.constant('carrier' as const),
    code: fc.constantFrom('picked', 'signed', 'back'),
    minute,
    parcel: fc.constantFrom('T1', 'T2'),
  }),
  fc.record({
    kind: fc.constant('part' as const),
    minute,
    parcel: fc.constantFrom('T1', 'T2'),
    line: fc.constantFrom('a', 'b'),
    quantity: fc.integer({ min: 1, max: 2 }),
  }),
)

async function tell(one: Event): Promise<void> {
  if (one.kind === 'content') return await world.order('o1', one.lines, one.version)
  if (one.kind === 'fact') return await world.say('o1', one.code, one.minute)
  if (one.kind === 'part')
    return await world.tell('shop', [
      {
        by: 'order',
        no: 'o1',
        code: 'part',
        minute: one.minute,
        parcel: one.parcel,
        lines: [{ lineId: one.line, quantity: one.quantity }],
      },
    ])
  await world.tell(one.to, [
    one.to === 'station'
      ? { by: 'reference', no: 'o1', code: one.code, minute: one.minute, parcel: one.parcel }
      : { by: 'parcel', no: one.parcel, code: one.code, minute: one.minute },
  ])
}

async function endOf(events: readonly Event[], looks: readonly boolean[], one: boolean): Promise<unknown> {
  await world.empty()
  if (one)
    await world.database
      .sql`insert into stock_route (name, kind, warehouses, updated_by) values ('one', '*', '{GZ}', 't')`
  await world.fill('A', 'SH', 2)
  await world.fill('A', 'GZ', 50)
  await world.fill('B', 'GZ', 50)
  for (const [i, one] of events.entries()) {
    await tell(one)
    if (looks[i] === true) await world.settle()
    await checkParcels(world)
  }
  await world.settle()
  await checkParcels(world)
  const figures = await figuresOf(world)
  await world.settle()
  assert.deepEqual(await figuresOf(world), figures, 'another look changes nothing')
  const sums = await world.database.sql<{ place: string; counter: number; open: number }>`
    select v.sku || '@' || v.warehouse as place, v.locked as counter,
      coalesce((select sum(l.open) from stock_hold_line l where l.sku = v.sku and l.warehouse = v.warehouse), 0)::int as open
    from stock_level v`
  for (const { place, counter, open } of sums) assert.equal(open, counter, place)
  const held = await world.database.sql<{
    count: bigint
  }>`select count(*) as count from stock_hold where state = 'held'`
  assert.ok((held[0]?.count ?? 0n) <= 1n, 'never two holds of one order')
  const { open } = await standingOf(world, 'o1')
  const plan = await planShown()
  return one ? { figures, open, plan } : { figures: perSku(figures), open: perSku(open), state: plan?.state }
}

/** What was never planned because it was over before anybody looked is as good as a plan that is closed. */
async function planShown() {
  const plan = await planOf(world, 'o1')
  if (plan === null || plan.state === 'left' || plan.state === 'ended') return null
  return { state: plan.state, code: plan.code, parcels: plan.parcels.toSorted() }
}

function perSku(places: Readonly<Record<string, number | readonly number[]>>): unknown {
  const sums: Record<string, number[]> = {}
  for (const [place, figures] of Object.entries(places)) {
    const sku = place.slice(0, place.indexOf('@'))
    sums[sku] = [figures].flat().map((figure, i) => figure + (sums[sku]?.[i] ?? 0))
  }
  return sums
}

test('any permutation and batching of the facts of an order ends with the same holds and levels', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .uniqueArray(event, {
          minLength: 2,
          maxLength: 7,
          selector: (one) => (one.kind === 'content' ? one.version : one),
        })
        .chain((events) =>
          fc.record({
            events: fc.constant(events),
            shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
            one: fc.boolean(),
            looks: fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }),
          }),
        ),
      async ({ events, shuffled, looks, one }) => {
        const atOnce = await endOf(events, [], one)
        assert.deepEqual(await endOf(shuffled, looks, one), atOnce)
        assert.deepEqual(
          await endOf(
            shuffled,
            events.map(() => true),
            one,
          ),
          atOnce,
        )
      },
    ),
    { numRuns: Number(process.env.ORDER_STOCK_RUNS ?? 12), endOnFailure: true },
  )
})

test('a follower of the journal does the same, exactly once, two processes at it', async () => {
  await world.empty()
  const { sql } = world.database
  const follow = () =>
    followJournal({
      db: sql,
      name: 'order-stock',
      batch: 7,
      from: 'beginning',
      handler: followOrderStock(world.deps),
      onError: (error) => assert.fail(String(error)),
    })
  await world.fill('A', 'SH', 30)
  const followers = [await follow(), await follow()]
  for (let i = 0; i < 20; i += 1) {
    await world.order(`f${i}`, { a: 2 })
    await world.say(`f${i}`, 'paid', 1)
    if (i % 4 === 0) await world.say(`f${i}`, 'cancelled', 2)
    if (i % 5 === 1) await world.say(`f${i}`, 'dispatched', 2)
  }
  await followers[0]?.caughtUp()
  await Promise.all(followers.map((one) => one.stop()))
  // 20 orders of 2: 5 cancelled, 4 gone (8 pieces), 11 waiting (22 pieces): 30 - 8 = 22, all locked.
  assert.deepEqual(await figuresOf(world), { 'A@SH': [22, 22] })
  world.clock.advance({ hours: 1 })
  assert.deepEqual((await auditOrders(world.deps)).mended, [])
})
