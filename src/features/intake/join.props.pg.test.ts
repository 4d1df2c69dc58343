import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { interpretAny, type TestMessage, testConnector, testHub } from '#test-support/pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

// Invariant OS1 of docs/specs/order-status.md: any permutation and duplication of the same messages, cut into any batches,
// run by any number of workers, ends in the same order records, drift rows and outbox intents.

const SHOP = testConnector(
  'shop',
  'channel',
  {
    placed: 'placed',
    paid: 'paid',
    dispatched: 'dispatched',
    part: 'part_dispatched',
    cancelled: 'cancelled',
    held: 'held',
    released: 'released',
    refund: 'refund_requested',
    noise: 'none',
  },
  true,
)
const STATION = testConnector('station', 'warehouse', {
  printed: 'waybill_issued',
  voided: 'waybill_cancelled',
})
const CARRIER = testConnector('carrier', 'carrier', {
  picked: 'picked_up',
  moving: 'in_transit',
  signed: 'delivered',
  revoked: 'delivery_revoked',
  back: 'returning',
})

let db: FreshDatabase
before(async () => {
  db = await freshDatabase({ connections: 12 })
  await ensurePartitions(db.sql, Temporal.Now.instant().toZonedDateTimeISO('UTC').toPlainDate())
})
after(() => db.close())

type Sent = { readonly to: string; readonly message: TestMessage }
const minute = fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 8 })
const number = fc.constantFrom('A1', 'A2')
const parcel = fc.constantFrom('T1', 'T2')
const shopClaim = fc.record({
  by: fc.constant('order' as const),
  no: number,
  code: fc.constantFrom(
    'placed',
    'paid',
    'dispatched',
    'part',
    'cancelled',
    'held',
    'released',
    'refund',
    'noise',
    'unheard',
  ),
  minute,
})
const shopClaimWithParcel = fc.record({
  by: fc.constant('order' as const),
  no: number,
  code: fc.constant('dispatched'),
  minute,
  parcel,
})
const content = fc.record({
  no: number,
  version: fc.integer({ min: 1, max: 3 }),
  lines: fc.uniqueArray(
    fc.record({ lineId: fc.constantFrom('1', '2'), quantity: fc.integer({ min: 1, max: 2 }) }),
    { selector: (line) => line.lineId, maxLength: 2 },
  ),
})
const stationClaim = fc.record({
  by: fc.constant('reference' as const),
  no: number,
  code: fc.constantFrom('printed', 'printed', 'voided'),
  minute,
  parcel,
})
const carrierClaim = fc
  .record({
    by: fc.constant('parcel' as const),
    no: parcel,
    code: fc.constantFrom('picked', 'moving', 'signed', 'revoked', 'back'),
    minute,
    parcel,
  })
  .map((claim) => ({ ...claim, parcel: claim.no }))
const sent: fc.Arbitrary<Omit<Sent, 'key'> & { message: Omit<TestMessage, 'key'> }> = fc.oneof(
  fc.record({
    to: fc.constantFrom('shop', 'other'),
    message: fc.record({
      claims: fc.array(fc.oneof(shopClaim, shopClaimWithParcel), { minLength: 1, maxLength: 2 }),
      content: fc.array(content, { maxLength: 1 }),
    }),
  }),
  fc.record({
    to: fc.constant('station'),
    message: fc.record({ claims: fc.array(stationClaim, { minLength: 1, maxLength: 2 }) }),
  }),
  fc.record({
    to: fc.constant('carrier'),
    message: fc.record({ claims: fc.array(carrierClaim, { minLength: 1, maxLength: 3 }) }),
  }),
) as never

async function outcomeOf(messages: readonly Sent[], batch: number, workers: number): Promise<unknown> {
  await emptyTables(db.sql, [
    'fact',
    'order_key',
    'sales_order',
    'order_subject',
    'order_register',
    'order_line',
    'drift',
    'order_tally',
    'outbox_intent',
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'mapping_unknown',
    'journal',
  ])
  const hub = testHub(db.sql, { shop: SHOP, other: SHOP, station: STATION, carrier: CARRIER })
  for (let i = 0; i < messages.length; i += batch) {
    await Promise.all(messages.slice(i, i + batch).map(({ to, message }) => hub.send(to, message)))
    if (i % 2 === 0) await runWorkers(hub, batch, workers)
  }
  await runWorkers(hub, batch, workers)
  return {
    orders:
      await db.sql`select connection_id, order_no, status, placed_at, paid_at, shipped_at, delivered_at, item_count, parcel_count, drift_count, after_sale, report, first_title, record from sales_order order by 1, 2`,
    drift:
      await db.sql`select o.connection_id, o.order_no, d.field, d.cause, d.since, d.until, d.claims from drift d join sales_order o on o.id = d.order_id order by 1, 2, 3`,
    intents: await db.sql`select key from outbox_intent order by 1`,
    facts: await db.sql`select subject, id, kind, at, source from fact order by 1, 2`,
    lines:
      await db.sql`select o.connection_id, o.order_no, l.line_id, l.quantity from order_line l join sales_order o on o.id = l.order_id order by 1, 2, 3`,
    tally:
      await db.sql`select connection_id, status, sum(count) as count from order_tally group by 1, 2 having sum(count) <> 0 order by 1, 2`,
    unknown: await db.sql`select kind, connection_id, code from mapping_unknown order by 1, 2, 3`,
  }
}

async function runWorkers(hub: ReturnType<typeof testHub>, batch: number, workers: number): Promise<void> {
  await Promise.all(
    Array.from({ length: workers }, async (_, slot) => {
      while ((await interpretAny(hub.deps(slot), batch)) > 0);
    }),
  )
}

test('OS1: permutation, duplication, batching and number of workers do not change the outcome', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sent, { minLength: 1, maxLength: 14 }),
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 3 }),
      async (drawn, shuffle, batch, workers) => {
        const messages = drawn.map(
          (entry, i): Sent => ({ to: entry.to, message: { ...entry.message, key: `m${i}` } }),
        )
        const reference = await outcomeOf(messages, 50, 1)
        const twisted = [...messages, ...messages.filter((_, i) => i % 3 === 0)]
          .map((entry) => ({ entry, at: Number(shuffle.next().value) }))
          .sort((a, b) => a.at - b.at)
          .map(({ entry }) => entry)
        assert.deepEqual(await outcomeOf(twisted, batch, workers), reference)
      },
    ),
    { numRuns: Number(process.env.HOLDFAST_PROPERTY_RUNS ?? 40) },
  )
})
