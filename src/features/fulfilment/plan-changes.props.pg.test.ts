import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { openStockWorld, type World } from '#test-support/order-stock.ts'
import { change, checkParcels, doingWhere, live } from '#test-support/plans.ts'

// Whatever happens to three orders that are merged, parted, held, printed, voided and cancelled: nothing is thrown, what is planned is what
// is locked (FU1), no piece is in two parcels, and the ledger's counters are the holds' sums.

let world: World
before(async () => {
  world = await openStockWorld()
})
after(async () => await world.database.close())

const no = fc.constantFrom('o1', 'o2', 'o3')
const act = fc.oneof(
  fc.record({
    do: fc.constant('content' as const),
    no,
    lines: fc.record(
      { a: fc.integer({ min: 1, max: 3 }), b: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: ['a'] },
    ),
  }),
  fc.record({ do: fc.constant('say' as const), no, code: fc.constantFrom('cancelled', 'reopened', 'paid') }),
  fc.record({
    do: fc.constant('station' as const),
    no,
    code: fc.constantFrom('printed', 'printed', 'voided'),
  }),
  fc.record({
    do: fc.constant('fill' as const),
    sku: fc.constantFrom('A', 'B'),
    n: fc.integer({ min: 0, max: 5 }),
  }),
  fc.record({ do: fc.constant('merge' as const), no, with: no }),
  fc.record({ do: fc.constant('merge' as const), no, with: no }),
  fc.record({ do: fc.constantFrom('unmerge' as const, 'hold' as const, 'release' as const), no }),
  fc.record({ do: fc.constantFrom('replan' as const, 'automatic' as const), no }),
  fc.record({ do: fc.constant('settle' as const), nos: fc.subarray(['o1', 'o2', 'o3'], { minLength: 1 }) }),
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

const versions = new Map<string, number>()
let minute = 1

async function perform(one: Act): Promise<void> {
  minute += 1
  switch (one.do) {
    case 'content': {
      const version = (versions.get(one.no) ?? 1) + 1
      versions.set(one.no, version)
      return await world.order(one.no, one.lines, version)
    }
    case 'say':
      return await world.say(one.no, one.code, minute)
    case 'station':
      return await world.tell('station', [
        { by: 'reference', no: one.no, code: one.code, minute, parcel: `T-${one.no}` },
      ])
    case 'fill':
      return await world.fill(one.sku, 'GZ', 4 + one.n)
    case 'settle':
      return await world.settle(...one.nos)
    case 'merge': {
      if (one.with === one.no) return
      await world.database.sql`update sales_order set recipient_key = 'p:same'`
      const orders = [await world.idOf(one.with)]
      await change(world, one.no, { do: 'merge', orders, confirmed: false })
      return
    }
    case 'unmerge':
      await change(world, one.no, { do: 'unmerge', orders: null })
      return
    default:
      await change(world, one.no, { do: one.do })
  }
}

async function checkLedger(): Promise<void> {
  const { sql } = world.database
  const levels = await sql<{ place: string; locked: number; open: number }>`
    select v.sku || '@' || v.warehouse as place, v.locked,
      coalesce((select sum(l.open) from stock_hold_line l where l.sku = v.sku and l.warehouse = v.warehouse), 0)::int as open
    from stock_level v`
  for (const { place, locked, open } of levels) assert.equal(open, locked, place)
  const doubled = await sql<{ order_id: bigint; line_id: string; pieces: number }>`
    select pc.order_id, pc.line_id, sum(pc.quantity)::int as pieces
    from plan_piece pc join plan_parcel pp on pp.id = pc.parcel_id and pp.state <> 'void'
    group by 1, 2 having count(distinct pp.lead_id) > 1`
  assert.deepEqual(doubled, [], 'in the parcels of one plan only')
}

async function journal(): Promise<readonly unknown[]> {
  return await world.database.sql`select kind, order_id, data from journal order by id`
}

async function run(acts: readonly Act[]): Promise<void> {
  await world.empty()
  world.rules.clear()
  versions.clear()
  minute = 1
  live(world, 'review', doingWhere('pieces > 4', 'hold', { reason: '"多件"' }))
  for (const sku of ['A', 'B']) {
    await world.fill(sku, 'SH', 2)
    await world.fill(sku, 'GZ', 4)
  }
  for (const one of ['o1', 'o2', 'o3']) {
    await world.order(one, { a: 1, b: 1 })
    await world.say(one, 'paid', 1)
  }
  await world.settle()
  for (const one of acts) {
    await perform(one)
    if (one.do === 'say' || one.do === 'content' || one.do === 'station') continue
    await checkLedger()
  }
  // What somebody frees in one turn is there for the others in the next.
  await world.settle()
  await world.settle()
  await checkParcels(world)
  const before = await journal()
  await world.settle()
  await checkParcels(world)
  assert.deepEqual((await journal()).slice(before.length), [], 'another look is no news')
}

/** Found by chance: of two that travel together one asks for more than there is, and a rule holds them both. */
const HELD_AND_SHORT: readonly Act[] = [
  { do: 'content', no: 'o3', lines: { a: 2 } },
  { do: 'settle', nos: ['o3'] },
  { do: 'merge', no: 'o1', with: 'o2' },
  { do: 'content', no: 'o1', lines: { a: 3 } },
  { do: 'fill', sku: 'A', n: 0 },
  { do: 'settle', nos: ['o2'] },
  { do: 'fill', sku: 'A', n: 0 },
]

test('FU1, FU7: whatever is done to orders that travel together, what is planned is what is locked', async () => {
  await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 14 }), run), {
    numRuns: Number(process.env.PLAN_RUNS ?? 10),
    examples: [[HELD_AND_SHORT]],
    endOnFailure: false,
  })
})
