import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LaneConfig, PLAIN_LANES } from '#domain/lane.ts'
import { sha256 } from '#kernel/hash.ts'
import { waitingLanes } from '#platform/inbox/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { until } from '#test-support/hub.ts'
import { type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { InterpretDeps } from './interpret.ts'
import { startWorkers, type WorkerOptions, type Workers } from './workers.ts'

const SHOP = testConnector('shop', 'channel', { placed: 'placed' })
let database: FreshDatabase
let hub: TestHub

before(async () => {
  database = await freshDatabase({ connections: 24 })
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  for (const table of ['fact', 'order_key', 'sales_order', 'order_subject', 'order_register', 'order_tally'])
    await database.sql.raw(`truncate ${table}`)
  for (const table of ['inbox_key', 'inbox_task', 'inbox_message', 'journal'])
    await database.sql.raw(`truncate ${table}`)
  hub = testHub(database.sql, { flood: SHOP, quiet: SHOP })
})
after(async () => await database.close())

const config = (over: Partial<LaneConfig>): LaneConfig => ({ ...PLAIN_LANES.configOf(''), ...over })
const FLOOD = config({ class: 'high_throughput' })
const placed = (no: string) => ({ key: no, claims: [{ by: 'order', no, code: 'placed', minute: 1 }] })

async function send(lane: string, count: number, from = 0): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => hub.send(lane, placed(`${lane}-${from + i}`))))
}

async function pending(): Promise<number> {
  const rows = await database.sql`select 1 from inbox_task where state = 'pending'`
  return rows.length
}

/** Runs workers over the lanes; `seen` is told of every batch that was committed. */
async function withWorkers(
  options: Partial<WorkerOptions> & { configs: Readonly<Record<string, LaneConfig>>; pools?: number },
  seen: (lane: string, count: number) => void,
  work: (workers: readonly Workers[]) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = []
  const deps = (slot: number): InterpretDeps => ({
    ...hub.deps(slot),
    onInterpreted: ({ lane, lags }) => seen(lane, lags.length),
  })
  const pools = Array.from({ length: options.pools ?? 1 }, () =>
    startWorkers(deps, {
      workers: 2,
      batch: 50,
      idleMs: 20,
      lanes: { configOf: (lane) => options.configs[lane] ?? FLOOD },
      onError: (error) => void errors.push(error),
      ...options,
    }),
  )
  try {
    await work(pools)
  } finally {
    await Promise.all(pools.map((pool) => pool.stop()))
  }
  assert.deepEqual(errors.map(String), [])
}

const drained = (): Promise<void> =>
  until(
    async () => (await pending()) === 0,
    async () => `${await pending()} still pending`,
    10,
  )

test('a message of a quiet lane goes before the flood that came first', async () => {
  await send('flood', 600)
  await send('quiet', 3)
  const order: string[] = []
  await withWorkers(
    { configs: { quiet: config({}), flood: FLOOD } },
    (lane, count) => void order.push(...Array.from({ length: count }, () => lane)),
    () => drained(),
  )
  assert.equal(order.length, 603)
  const last = order.lastIndexOf('quiet')
  assert.ok(last < 110, `the quiet lane was done after ${last} messages of 603`)
})

test('with every worker busy on deep lanes, shares follow the weights', async () => {
  await send('light', 300)
  await send('heavy', 300)
  hub = testHub(database.sql, { light: SHOP, heavy: SHOP })
  const got = { light: 0, heavy: 0 }
  let atHeavyDone = -1
  await withWorkers(
    {
      workers: 1,
      batch: 20,
      configs: { light: config({ weight: 10 }), heavy: config({ weight: 30 }) },
    },
    (lane, count) => {
      got[lane as 'light' | 'heavy'] += count
      if (got.heavy === 300 && atHeavyDone < 0) atHeavyDone = got.light
    },
    () => drained(),
  )
  // Three to one: when the 300 of the heavy lane are done, about 100 of the light one are.
  assert.ok(atHeavyDone >= 80 && atHeavyDone <= 120, String(atHeavyDone))
})

test('two processes together have no more batches of a lane under way than it may', async () => {
  await send('flood', 400)
  let most = 0
  const watching = database.sql
  await withWorkers(
    { pools: 2, workers: 4, batch: 10, configs: { flood: config({ concurrency: 2 }) } },
    () => undefined,
    async () => {
      // Looked at as often as can be: both places are taken for milliseconds at a time.
      const begun = performance.now()
      while ((await pending()) > 0) {
        assert.ok(performance.now() - begun < 30_000, 'not drained')
        const [row] = await watching<{ count: bigint }>`
          select count(*) as count from pg_locks where locktype = 'advisory' and granted
            and database = (select oid from pg_database where datname = current_database())
            and classid = (hashtext('lane.flood')::bigint & 4294967295)::oid`
        most = Math.max(most, Number(row?.count ?? 0n))
      }
    },
  )
  assert.equal(most, 2, 'eight workers, two places, and both were used')
})

test('a poisoned message holds up neither its lane nor another, and is parked within seconds', async () => {
  // Not compressible, so that it is as long in an index as it looks.
  const endless = Array.from({ length: 90 }, (_, i) => Buffer.from(sha256(String(i))).toString('hex')).join(
    '',
  )
  await send('flood', 120)
  await hub.send('flood', placed(endless), 'poison')
  await send('flood', 120, 120)
  await send('quiet', 20)
  const counts = new Map<string, number>()
  await withWorkers(
    { configs: { quiet: config({}) } },
    (lane, count) => void counts.set(lane, (counts.get(lane) ?? 0) + count),
    () => drained(),
  )
  assert.deepEqual(Object.fromEntries(counts), { flood: 240, quiet: 20 })
  const parked = await database.sql`select lane, park_code from inbox_task`
  assert.deepEqual(parked, [{ lane: 'flood', park_code: 'intake.unstorable' }])
})

test('the number of workers changes while they run, within its bounds', async () => {
  const slots = new Set<number>()
  const options = {
    workers: 1,
    workersMost: 3,
    batch: 10,
    idleMs: 10,
    onError: (error: unknown) => assert.fail(String(error)),
  }
  const workers = startWorkers((slot) => {
    const deps = hub.deps(slot)
    return { ...deps, onInterpreted: () => void slots.add(slot) }
  }, options)
  try {
    assert.equal(workers.size(), 1)
    await send('flood', 100)
    workers.wake('flood')
    await drained()
    assert.deepEqual([...slots], [0])
    workers.setTarget(99)
    assert.equal(workers.size(), 3)
    await send('flood', 400, 100)
    workers.wake('flood')
    await drained()
    assert.deepEqual([...slots].sort(), [0, 1, 2])
    workers.setTarget(0)
    assert.equal(workers.size(), 1)
    // What was committed last is told after its commit.
    await sleep(100)
    slots.clear()
    await send('flood', 100, 500)
    await drained()
    assert.deepEqual([...slots], [0])
  } finally {
    await workers.stop()
  }
})

test('lanes with something waiting are found by one probe each, parked ones are not', async () => {
  await send('b', 2)
  await send('a', 2)
  await send('c', 1)
  await database.sql`update inbox_task set state = 'parked' where lane = 'c'`
  assert.deepEqual(await waitingLanes(database.sql), ['a', 'b'])
})
