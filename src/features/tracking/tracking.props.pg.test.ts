import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '#kernel/clock.ts'
import { readJournal } from '#platform/journal/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { interpretAny, testConnector, testHub } from '#test-support/pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { followParcels } from './standing/follow-parcels.ts'

// The same messages in any order, twice, in any batches, followed in any pieces, end in the same standing and the same wishes.

const SHOP = testConnector('shop', 'channel', {
  placed: 'placed',
  dispatched: 'dispatched',
  refund: 'refund_requested',
})
const CARRIER = testConnector('carrier', 'carrier', {
  printed: 'waybill_issued',
  voided: 'waybill_cancelled',
  picked: 'picked_up',
  moving: 'in_transit',
  failed: 'delivery_failed',
  signed: 'delivered',
  revoked: 'delivery_revoked',
  back: 'returning',
})

let db: FreshDatabase
before(async () => {
  db = await freshDatabase({ connections: 6 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
after(() => db.close())

const minute = fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 8 })
const parcel = fc.constantFrom('T1', 'T2')
const message = fc.oneof(
  fc.record({
    to: fc.constant('shop'),
    claim: fc.record({
      by: fc.constant('order'),
      no: fc.constantFrom('A1', 'A2'),
      code: fc.constantFrom('placed', 'dispatched', 'refund'),
      minute,
      parcel,
    }),
  }),
  fc.record({
    to: fc.constant('carrier'),
    claim: fc
      .record({
        by: fc.constant('parcel'),
        no: parcel,
        code: fc.constantFrom('printed', 'voided', 'picked', 'moving', 'failed', 'signed', 'revoked', 'back'),
        minute,
      })
      .map((claim) => ({ ...claim, parcel: claim.no })),
  }),
)

async function outcomeOf(
  messages: readonly { to: string; key: string; claim: unknown }[],
  batch: number,
  piece: number,
): Promise<unknown> {
  await emptyTables(db.sql, [
    'fact',
    'order_key',
    'sales_order',
    'order_subject',
    'order_register',
    'order_line',
    'drift',
    'order_tally',
  ])
  await emptyTables(db.sql, [
    'outbox_intent',
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'journal',
    'parcel_standing',
    'tracking_subscription',
    'tracking_hour',
  ])
  const hub = testHub(db.sql, { shop: SHOP, carrier: CARRIER })
  const follow = followParcels({
    clock: systemClock,
    connections: () => [],
    callsFor: () => assert.fail('nothing is called'),
    provinceOf: () => null,
  })
  let seen = 0n
  const catchUp = async (): Promise<void> => {
    for (;;) {
      const rows = await readJournal(db.sql, seen, piece)
      if (rows.length === 0) return
      await db.sql.begin(async (tx) => follow(tx, rows))
      seen = rows.at(-1)?.id ?? seen
    }
  }
  for (let i = 0; i < messages.length; i += batch) {
    for (const { to, key, claim } of messages.slice(i, i + batch))
      await hub.send(to, { key, claims: [claim] })
    while ((await interpretAny(hub.deps(), batch)) > 0);
    if (i % 2 === 0) await catchUp()
  }
  await catchUp()
  return {
    standing:
      await db.sql`select tracking_no, carrier, connection_id, shop_id, state, open, last, last_at, delivered_at, events, ambiguous, failures,
      deliveries, revoked, moved_to, finding, finding_since, (select array_agg(o.order_no order by o.order_no) from sales_order o
        where o.id = any(order_ids)) as orders from parcel_standing order by 1`,
    wishes: await db.sql`select tracking_no, connection_id from tracking_subscription order by 1`,
    heard:
      await db.sql`select carrier, sum(events) as events from tracking_hour group by carrier having sum(events) > 0`,
  }
}

test('TR1: permutation, duplication and batches do not change the standing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 10 }),
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (drawn, shuffle, batch, piece) => {
        const messages = drawn.map((one, i) => ({ ...one, key: `m${i}` }))
        const reference = await outcomeOf(messages, 50, 100)
        const twisted = [...messages, ...messages.filter((_, i) => i % 3 === 0)]
          .map((one) => ({ one, at: Number(shuffle.next().value) }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one)
        const { wishes, ...again } = (await outcomeOf(twisted, batch, piece)) as Record<string, unknown>
        const { wishes: wished, ...first } = reference as Record<string, unknown>
        assert.deepEqual(again, first)
        // A parcel that was under way when first looked at is wished for, though it may have ended by then elsewhere.
        assert.ok(Array.isArray(wishes) && Array.isArray(wished) && wished.length <= wishes.length)
      },
    ),
    { numRuns: Number(process.env.HOLDFAST_PROPERTY_RUNS ?? 15) },
  )
})
