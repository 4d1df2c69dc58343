import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector, FetchedMessage, TrackingQuery } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { type Asking, startAsking } from './ask-due.ts'
import { openAskers } from './askers.ts'
import { refreshWatches } from './watch-orders.ts'

let database: FreshDatabase
let intake: Intake
let clock: ReturnType<typeof manualClock>
let running: Asking[] = []
let errors: unknown[] = []
const START = Temporal.Instant.from('2026-11-11T12:00:00Z')

type Track = (query: TrackingQuery) => Promise<Result<FetchedMessage>>
/** Longer than a test: the loop never looks by itself, only `runOnce` does. */
const NEVER = 600_000

before(async () => {
  database = await freshDatabase({ connections: 10 })
  intake = openIntake({ db: database.sql, maxBatch: 100, maxQueue: 1_000 })
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  await stopAll()
  clock = manualClock(START)
  errors = []
  await database.sql.raw(
    'truncate sales_order, order_subject, fallback_ask, fallback_log, fallback_setting, fact',
  )
})
after(async () => {
  await stopAll()
  await database.close()
})

async function stopAll(): Promise<void> {
  await Promise.all(running.map((one) => one.stop()))
  running = []
}

function carrier(id: string, kind: string, fetchTracking: Track, more: Partial<Connector> = {}): Connected {
  const connector: Connector = {
    kind,
    role: 'carrier',
    zh: kind,
    en: kind,
    zone: 'Asia/Shanghai',
    fields: [],
    codes: [],
    retryReply: { status: 503, contentType: 'text/plain', body: '' },
    read: () => refuse('test.unread', 'not read here'),
    calls: () => ({ test: async () => ok({ words: '' }), fetchTracking }),
    ...more,
  }
  return { id: connectionId(id), kind, name: id, paused: false, settings: {}, connector }
}

const message = (key: string): FetchedMessage => ({
  topic: 'routes',
  dedupKey: key,
  orderNo: null,
  headers: {},
  body: Buffer.from('{}'),
})

async function processOf(connections: readonly Connected[]): Promise<Asking> {
  const asking = startAsking(
    {
      db: database.sql,
      intake: {
        ...intake,
        keep: (arrival) => intake.keep({ ...arrival, receivedAt: Temporal.Now.instant() }),
      },
      clock,
      connections: () => connections,
      callsFor: () => ({
        clock,
        random: seededRandom(1),
        openTcp: noTcp,
        http: async () => assert.fail('no call'),
      }),
      unseal: (sealed) => sealed,
      onAccepted: () => undefined,
      onError: (error) => errors.push(error),
    },
    NEVER,
  )
  running.push(asking)
  await asking.runOnce()
  return asking
}

/** Orders with a parcel each, printed `hours` ago, and watched. */
async function parcels(count: number, hours: number, kind = 'SF'): Promise<bigint[]> {
  const ids: bigint[] = []
  for (let i = 0; i < count; i += 1)
    ids.push(
      await seedOrder(database.sql, {
        orderNo: `${kind}-N${i}-${hours}`,
        status: 'shipped',
        placedAt: START.subtract({ hours: 20 }).toString(),
        record: {
          parcels: [
            {
              trackingNo: `${kind}${hours}-${i}`,
              carrier: kind,
              status: 'issued',
              issuedAt: START.subtract({ hours }).toString(),
              facts: 1,
            },
          ],
        },
      }),
    )
  const askers = openAskers({ connections: () => [], clock, callsFor: () => assert.fail('no call') })
  await database.sql.begin((tx) => refreshWatches(tx, { clock, askers }, ids))
  return ids
}

const lines = async (): Promise<string[]> =>
  (
    await database.sql<{ line: string }>`
      select connection_id || ' ' || subject || ' ' || outcome as line from fallback_log order by id`
  ).map((row) => row.line)

const minutesToNext = async (): Promise<number[]> =>
  (await database.sql<{ due_at: Temporal.Instant }>`select due_at from fallback_ask order by subject`).map(
    (row) => Math.round(row.due_at.since(clock.now()).total('minutes')),
  )

test('two processes never ask about one subject at a time, and each subject is asked about once', async () => {
  const inside = new Map<string, number>()
  let most = 0
  const asked: string[] = []
  const track: Track = async ({ trackingNo }) => {
    inside.set(trackingNo, (inside.get(trackingNo) ?? 0) + 1)
    most = Math.max(most, inside.get(trackingNo) ?? 0)
    asked.push(trackingNo)
    await sleep(5)
    inside.set(trackingNo, (inside.get(trackingNo) ?? 1) - 1)
    return refuse('sf.no_trace', 'nothing yet')
  }
  await parcels(12, 9)
  const both = await Promise.all([1, 2].map(() => processOf([carrier('sf-1', 'sf', track)])))
  for (let turn = 0; turn < 40 && asked.length < 12; turn += 1) {
    clock.advance({ seconds: 2 })
    await Promise.all(both.map((one) => one.runOnce()))
  }
  assert.equal(most, 1)
  assert.equal(asked.length, 12)
  assert.equal(new Set(asked).size, 12)
  assert.deepEqual(errors, [])
})

test('a parcel is asked about once it owes a scan, ever more seldom while nothing comes, and not before', async () => {
  let calls = 0
  const asking = await processOf([
    carrier('sf-1', 'sf', async () => {
      calls += 1
      return refuse('sf.no_trace', 'nothing yet')
    }),
  ])
  await parcels(1, 3)
  await asking.runOnce()
  assert.equal(calls, 0, 'printed three hours ago: it owes nothing before the fourth is over')
  assert.deepEqual(await minutesToNext(), [60])
  clock.advance({ minutes: 61 })
  for (const next of [3, 6, 12, 24, 48]) {
    await asking.runOnce()
    assert.deepEqual(await minutesToNext(), [next])
    await asking.runOnce()
    clock.advance({ minutes: next, seconds: 1 })
  }
  assert.equal(calls, 5)
})

test('an unchanged answer is a duplicate, a changed one a message; a delivered order is asked about no more', async () => {
  let key = 'one'
  const asking = await processOf([carrier('sf-1', 'sf', async () => ok(message(key)))])
  const [id] = await parcels(1, 9)
  for (const next of ['one', 'two']) {
    await asking.runOnce()
    clock.advance({ hours: 5 })
    key = next
  }
  await asking.runOnce()
  assert.deepEqual(
    (await lines()).map((line) => line.split(' ').at(-1)),
    ['kept', 'unchanged', 'kept'],
  )
  await database.sql`update sales_order set status = 'delivered' where id = ${id ?? 0n}`
  clock.advance({ hours: 5 })
  await asking.runOnce()
  assert.equal((await lines()).length, 3)
  assert.deepEqual(await database.sql`select subject from fallback_ask`, [])
})

test('a connection that is away is left alone as long as it asks, its questions go on to the next, others are not held up', async () => {
  const seen: string[] = []
  const away = carrier('sf-1', 'sf', async () => {
    seen.push('sf')
    throw new Outage('sf.rate_limited', 'A1005', { retryAfterMs: 60_000 })
  })
  const both = carrier('agg', 'kuaidi100', async ({ trackingNo }) => {
    seen.push(`agg ${trackingNo.slice(0, 2)}`)
    return ok(message(`agg ${trackingNo}`))
  })
  await parcels(1, 9)
  await parcels(1, 9, 'YTO')
  const asking = await processOf([away, both])
  await asking.runOnce()
  assert.deepEqual(seen.toSorted(), ['agg SF', 'agg YT', 'sf'])
  assert.deepEqual((await lines()).toSorted(), ['agg parcel:SF9-0 kept', 'agg parcel:YTO9-0 kept'])
  await parcels(1, 10)
  await asking.runOnce()
  assert.equal(seen.filter((one) => one === 'sf').length, 1, 'blocked for its minute')
  clock.advance({ seconds: 61 })
  await parcels(1, 11)
  await asking.runOnce()
  assert.equal(seen.filter((one) => one === 'sf').length, 2)
})

test('a platform that locks numbers is never asked about one sooner than it allows, not even by a person', async () => {
  let calls = 0
  const slow = carrier(
    'agg',
    'kuaidi100',
    async () => {
      calls += 1
      return refuse('kuaidi100.no_trace', 'nothing yet')
    },
    { trackingEverySeconds: 1_800 },
  )
  await parcels(1, 9)
  const asking = await processOf([slow])
  assert.equal(calls, 1)
  clock.advance({ minutes: 29 })
  await database.sql`update fallback_ask set forced = true, due_at = ${clock.now()}`
  await asking.runOnce()
  assert.equal(calls, 1)
  assert.deepEqual(await minutesToNext(), [1])
  clock.advance({ minutes: 1, seconds: 1 })
  await asking.runOnce()
  assert.equal(calls, 2)
})

test('what a killed process held comes back, and a switched-off connection is not asked', async () => {
  await parcels(1, 9)
  await database.sql`update fallback_ask set held_until = ${clock.now().add({ seconds: 180 })}`
  const track: Track = async () => ok(message('x'))
  const asking = await processOf([carrier('sf-1', 'sf', track)])
  assert.deepEqual(await lines(), [])
  await database.sql`insert into fallback_setting (connection_id, value, updated_by) values ('sf-1', '{"enabled": false}', 'test')`
  clock.advance({ seconds: 181 })
  await asking.runOnce()
  assert.deepEqual(await lines(), [])
  await database.sql`delete from fallback_setting`
  await asking.runOnce()
  await asking.runOnce()
  assert.deepEqual(await lines(), ['sf-1 parcel:SF9-0 kept'])
})
