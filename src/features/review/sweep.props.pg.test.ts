import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { manualClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type TestHub, type TestMessage, testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { setResolved } from './change/store.ts'
import { noWaybill } from './rules/no-waybill.ts'
import { reviewSweep } from './run-sweep.ts'
import { saveSetting } from './store.ts'

// Random orders go through the real pipeline in waves; after each wave the sweep looks, and the open cases must be exactly the
// orders that a model of the plain sentence "paid, free to go, no standing waybill, for so long" names.

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
/** Minutes per channel: `shop` has the rule's own, `quick` a setting. */
const MINUTES = { shop: 120, quick: 30 } as const
const KINDS = [
  'placed',
  'paid',
  'held',
  'released',
  'waybill_issued',
  'waybill_cancelled',
  'cancelled',
  'refunded',
  'reopened',
] as const

let database: FreshDatabase
let hub: TestHub
const clock = manualClock(START)
let sweep: () => Promise<void>
let run = 0

before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
  const codes = Object.fromEntries(KINDS.map((kind) => [kind, kind]))
  hub = testHub(database.sql, {
    shop: testConnector('shop', 'channel', codes),
    quick: testConnector('quick', 'channel', codes),
  })
  await saveSetting(
    database.sql,
    {
      rule: 'no_waybill',
      connectionId: 'quick',
      active: null,
      minutes: 30,
      severity: null,
      dueMinutes: null,
      owner: null,
    },
    'ana',
    START,
  )
  sweep = reviewSweep({
    db: database.sql,
    clock,
    rules: [noWaybill],
    alarms: openAlarms({ db: database.sql, clock, onUnstored: () => undefined }),
    thresholds: { overdue: 1e6, flood: 1e6 },
    onError: (error) => {
      throw error
    },
  })
})
after(async () => await database.close())

type Step =
  | { readonly does: 'pay' | 'hold' | 'release' | 'waybill' | 'void' | 'cancel' | 'refund' | 'answer' }
  | { readonly does: 'nothing' }
type Plan = { readonly shop: 'shop' | 'quick'; readonly steps: readonly Step[] }

const step = fc.constantFrom<Step[]>(
  { does: 'pay' },
  { does: 'pay' },
  { does: 'pay' },
  { does: 'nothing' },
  { does: 'hold' },
  { does: 'release' },
  { does: 'waybill' },
  { does: 'void' },
  { does: 'cancel' },
  { does: 'refund' },
  { does: 'answer' },
)
const plan: fc.Arbitrary<Plan> = fc.record({
  shop: fc.constantFrom('shop', 'quick'),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
})

/** The model's memory of one order: plain words, no facts. */
type Model = {
  paidAt: number | null
  held: boolean
  /** Held or released says that it was paid, even where the payment was never told; its clock then runs from its placing. */
  everHeld: boolean
  waybill: 'none' | 'stands' | 'void'
  ended: boolean
  /** A person said that nothing is to be done, and the trouble has not been over since. */
  answered: boolean
}

const KIND_OF = {
  pay: 'paid',
  hold: 'held',
  release: 'released',
  waybill: 'waybill_issued',
  void: 'waybill_cancelled',
  cancel: 'cancelled',
  refund: 'refunded',
} as const

test('after every sweep each order in trouble has exactly one open case, and no other has any', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 10, max: 90 }),
      async (plans, every) => {
        run += 1
        clock.set(START)
        const orders = plans.map((one, i) => ({ ...one, no: `R${run}-${i}`, model: fresh() }))
        for (const { shop, no } of orders) await tell(shop, no, 'placed', 0)
        const waves = Math.max(...plans.map((one) => one.steps.length)) + 2
        for (let wave = 0; wave < waves; wave += 1) {
          const minute = wave * every
          for (const order of orders) await act(order, order.steps[wave] ?? { does: 'nothing' }, minute)
          await hub.drain()
          clock.set(START.add({ minutes: minute, seconds: 10 }))
          await sweep()
          const wanted = orders.filter((order) => inTrouble(order.shop, order.model, minute))
          for (const order of orders)
            if (!isDue(order.shop, order.model, minute)) order.model.answered = false
          assert.deepEqual(await openOrders(run), wanted.map((order) => order.no).sort(), `wave ${wave}`)
        }
      },
    ),
    { numRuns: 12, seed: 20261111 },
  )
})

function fresh(): Model {
  return { paidAt: null, held: false, everHeld: false, waybill: 'none', ended: false, answered: false }
}

async function act(
  { shop, no, model }: { shop: Plan['shop']; no: string; model: Model },
  { does }: Step,
  minute: number,
): Promise<void> {
  if (does === 'nothing') return
  if (does === 'answer') {
    const rows = await database.sql<{ id: bigint }>`
      select c.id from review_case c join sales_order o on o.id = c.order_id where o.order_no = ${no} and c.state = 'open'`
    if (rows.length === 0) return
    const end = { outcome: 'no_action', note: null, by: 'ana', answeredUntil: null } as const
    await setResolved(
      database.sql,
      rows.map((row) => row.id),
      end,
      clock.now(),
    )
    model.answered = true
    return
  }
  if ((does === 'release' && !model.held) || (does === 'void' && model.waybill !== 'stands')) return
  // Only one waybill per order: a second one under the same number after its cancellation is another story.
  if (does === 'waybill' && model.waybill !== 'none') return
  await tell(shop, no, KIND_OF[does], minute)
  if (does === 'pay') model.paidAt ??= minute
  if (does === 'hold') model.held = true
  if (does === 'hold') model.everHeld = true
  if (does === 'release') model.held = false
  if (does === 'waybill') model.waybill = 'stands'
  if (does === 'void') model.waybill = 'void'
  if (does === 'cancel' || does === 'refund') model.ended = true
}

function isDue(shop: Plan['shop'], model: Model, minute: number): boolean {
  const { paidAt, held, everHeld, waybill, ended } = model
  const free = (paidAt !== null || everHeld) && !held && waybill !== 'stands' && !ended
  return free && minute - (paidAt ?? 0) >= MINUTES[shop]
}

function inTrouble(shop: Plan['shop'], model: Model, minute: number): boolean {
  return isDue(shop, model, minute) && !model.answered
}

async function tell(shop: string, no: string, code: (typeof KINDS)[number], minute: number): Promise<void> {
  const message: TestMessage = {
    key: `${no}-${code}-${minute}`,
    claims: [{ by: 'order', no, code, minute, ...(code.startsWith('waybill') ? { parcel: `T${no}` } : {}) }],
  }
  await hub.send(shop, message)
}

async function openOrders(of: number): Promise<string[]> {
  const rows = await database.sql<{ order_no: string }>`
    select o.order_no from review_case c join sales_order o on o.id = c.order_id
    where c.state <> 'resolved' and c.rule = 'no_waybill' and o.order_no like ${`R${of}-%`} order by o.order_no`
  return rows.map((row) => row.order_no).sort()
}
