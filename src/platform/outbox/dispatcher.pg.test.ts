import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { Sql } from '../postgres/database.ts'
import { type Dispatcher, type EffectEnd, type EffectHandler, startDispatcher } from './dispatcher.ts'
import { claimIntents, type Intent, newIntents, reviveIntents } from './store.ts'

let database: FreshDatabase
let clock: ReturnType<typeof manualClock>
let dispatcher: Dispatcher | null = null
const HOUR_MS = 3_600_000

before(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))
  await database.sql`delete from outbox_intent`
})
afterEach(async () => {
  await dispatcher?.stop()
  dispatcher = null
})
after(async () => await database.close())

async function wish(key: string, connection = 'shop'): Promise<void> {
  const draft = { key, effect: 'tell', connection, orderId: 7n, payload: { n: 1 } }
  await newIntents(database.sql, [draft], clock.now())
}

type Row = { state: string; attempts: number; last_code: string | null; not_before: Temporal.Instant }
async function rowOf(key: string): Promise<Row | undefined> {
  const [row] = await database.sql<Row>`
    select state, attempts, last_code, not_before from outbox_intent where key = ${key}`
  return row
}

/** `random` is the share of the extra wait, 0 to 1. */
function dispatch(
  handler: EffectHandler | EffectHandler['perform'],
  options: { paused?: string[]; random?: number } = {},
) {
  const settled: string[] = []
  dispatcher = startDispatcher(
    {
      db: database.sql,
      clock,
      random: { next: () => options.random ?? 0, bytes: (count) => new Uint8Array(count) },
      concurrency: 4,
      paused: () => options.paused ?? [],
      handlers: { tell: typeof handler === 'function' ? { perform: handler } : handler },
      onSettled: (_effect, outcome) => void settled.push(outcome),
      onError: () => undefined,
    },
    HOUR_MS,
  )
  return settled
}

async function due(count: number, settled: readonly string[]): Promise<void> {
  dispatcher?.wake()
  await until(
    async () => settled.length >= count,
    () => `${settled.length} of ${count} settled`,
    5,
  )
}

test('every wait of the list, then dead; never sooner than the other side asks', async () => {
  await wish('a')
  const settled = dispatch(async () => {
    throw new Outage('shop.away', 'no')
  })
  const waits = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400]
  for (const [i, seconds] of waits.entries()) {
    await due(i + 1, settled)
    const row = await rowOf('a')
    assert.equal(row?.state, 'pending')
    assert.equal(row?.not_before.since(clock.now()).total('seconds'), seconds)
    clock.advance({ seconds })
  }
  await due(waits.length + 1, settled)
  assert.deepEqual([(await rowOf('a'))?.state, (await rowOf('a'))?.attempts], ['dead', 9])
})

test('up to a fifth is added to a wait, and what was asked for counts where it is longer', async () => {
  await wish('a')
  let retryAfterMs = 0
  const settled = dispatch(
    async () => {
      throw new Outage('shop.away', 'no', retryAfterMs === 0 ? {} : { retryAfterMs })
    },
    { random: 1 },
  )
  await due(1, settled)
  assert.equal((await rowOf('a'))?.not_before.since(clock.now()).total('seconds'), 6)
  clock.advance({ seconds: 6 })
  retryAfterMs = 90_000
  await due(2, settled)
  assert.equal((await rowOf('a'))?.not_before.since(clock.now()).total('seconds'), 90)
})

test('what can never work is dead at once', async () => {
  await wish('a')
  const settled = dispatch(async () => {
    throw new Outage('shop.forbidden', 'no', { retryable: false })
  })
  await due(1, settled)
  assert.equal((await rowOf('a'))?.state, 'dead')
})

test('an unknown outcome makes the next attempt doubtful, and it stays so while asking fails', async () => {
  await wish('a')
  const doubts: boolean[] = []
  const recorded: string[] = []
  const ends: (() => EffectEnd)[] = [
    () => {
      throw new Outage('shop.timeout', 'no answer', { unknown: true })
    },
    () => {
      throw new Outage('shop.away', 'refused the connection while being asked')
    },
    () => ({ state: 'done', words: 'found' }),
  ]
  const settled = dispatch({
    perform: async (intent) => {
      doubts.push(intent.doubtful)
      return (ends[doubts.length - 1] as () => EffectEnd)()
    },
    record: async (_tx, _intent, end) => void recorded.push(end.state),
  })
  await due(1, settled)
  assert.equal((await rowOf('a'))?.state, 'unknown')
  clock.advance({ seconds: 5 })
  await due(2, settled)
  assert.equal((await rowOf('a'))?.state, 'unknown', 'a failed question is no answer')
  clock.advance({ seconds: 30 })
  await due(3, settled)
  assert.deepEqual(doubts, [false, true, true])
  assert.deepEqual(recorded, ['unknown', 'done'])
})

test('one given up in doubt comes back in doubt', async () => {
  await wish('a')
  const doubts: boolean[] = []
  const settled = dispatch(async (intent) => {
    doubts.push(intent.doubtful)
    throw new Outage('shop.timeout', 'no answer', { unknown: true, retryable: false })
  })
  await due(1, settled)
  assert.equal((await rowOf('a'))?.state, 'dead')
  assert.equal(await reviveIntents(database.sql, 'tell', [7n], clock.now()), 1)
  await due(2, settled)
  assert.deepEqual(doubts, [false, true])
})

test('done, moot and refused are final; a failed record leaves nothing half done', async () => {
  for (const key of ['done', 'moot', 'refused']) await wish(key)
  const refusal = { code: 'tell.no', detail: 'no' }
  const settled = dispatch(async (intent): Promise<EffectEnd> => {
    if (intent.key === 'done') return { state: 'done', words: 'yes' }
    return { state: intent.key === 'moot' ? 'moot' : 'refused', refusal }
  })
  await due(3, settled)
  clock.advance({ hours: 100 })
  dispatcher?.wake()
  for (const key of ['done', 'moot', 'refused'])
    assert.deepEqual([(await rowOf(key))?.state, (await rowOf(key))?.attempts], [key, 1])
})

test('a handler that breaks is in doubt, not repeated blindly', async () => {
  await wish('a')
  const settled = dispatch(async () => {
    throw new TypeError('our own mistake')
  })
  await due(1, settled)
  assert.deepEqual(
    [(await rowOf('a'))?.state, (await rowOf('a'))?.last_code],
    ['unknown', 'outbox.handler_failed'],
  )
})

test('intents of a paused connection wait, those of others go on', async () => {
  await wish('paused', 'a')
  await wish('active', 'b')
  const paused = ['a']
  const settled = dispatch(async () => ({ state: 'done', words: '' }), { paused })
  await due(1, settled)
  assert.deepEqual([(await rowOf('paused'))?.state, (await rowOf('active'))?.state], ['pending', 'done'])
  paused.pop()
  await due(2, settled)
  assert.equal((await rowOf('paused'))?.state, 'done')
})

for (const code of ['outward.breaker_open', 'outward.rate_limited', 'its own'])
  test(`an intent held back (${code}) uses no attempt, however often, and goes when the way is free`, async () => {
    await wish('a')
    let open = true
    const settled = dispatch(async () => {
      if (open) throw new Outage(code, 'wait', { retryAfterMs: 4_000, held: code === 'its own' })
      return { state: 'done', words: '' }
    })
    for (let i = 1; i <= 12; i += 1) {
      await due(i, settled)
      const row = await rowOf('a')
      assert.deepEqual([row?.state, row?.attempts, row?.last_code], ['pending', 0, code])
      assert.equal(row?.not_before.since(clock.now()).total('seconds'), 4)
      clock.advance({ seconds: 4 })
    }
    open = false
    await due(13, settled)
    assert.deepEqual([(await rowOf('a'))?.state, (await rowOf('a'))?.attempts], ['done', 1])
  })

test('one held back in doubt stays in doubt', async () => {
  await wish('a')
  const doubts: boolean[] = []
  const ends = [
    new Outage('shop.timeout', 'no answer', { unknown: true }),
    new Outage('outward.breaker_open', 'wait', { retryAfterMs: 1_000 }),
  ]
  const settled = dispatch(async (intent) => {
    doubts.push(intent.doubtful)
    const error = ends[doubts.length - 1]
    if (error !== undefined) throw error
    return { state: 'done', words: '' }
  })
  await due(1, settled)
  clock.advance({ seconds: 10 })
  await due(2, settled)
  assert.deepEqual([(await rowOf('a'))?.state, (await rowOf('a'))?.attempts], ['unknown', 1])
  clock.advance({ seconds: 10 })
  await due(3, settled)
  assert.deepEqual(doubts, [false, true, true])
})

test('one whose absence the other side tells while it is held is in doubt no more', async () => {
  await wish('a')
  const ends = [
    new Outage('shop.timeout', 'no answer', { unknown: true }),
    new Outage('its own', 'wait', { held: true, absent: true, retryAfterMs: 1_000 }),
  ]
  const settled = dispatch(async () => {
    const error = ends.shift()
    if (error !== undefined) throw error
    return { state: 'done', words: '' }
  })
  await due(1, settled)
  clock.advance({ seconds: 10 })
  await due(2, settled)
  assert.deepEqual([(await rowOf('a'))?.state, (await rowOf('a'))?.attempts], ['pending', 1])
})

test('looks at what is held take nothing from the retries of others', async () => {
  const held = Array.from({ length: 30 }, (_, i) => `h${i}`)
  for (const key of held) await wish(key)
  await database.sql`update outbox_intent set attempts = 1`
  let failed = 0
  const settled = dispatch(async ({ key }) => {
    if (key !== 'a') throw new Outage('its own', 'wait', { held: true, retryAfterMs: 50_000 })
    failed += 1
    if (failed === 1) throw new Outage('shop.away', 'no')
    return { state: 'done', words: '' }
  })
  await due(30, settled)
  await wish('a')
  await due(31, settled)
  clock.advance({ seconds: 7 })
  await due(32, settled)
  assert.equal((await rowOf('a'))?.state, 'done')
})

test('a platform in trouble is not buried by retries: first attempts go on, further ones are rationed', async () => {
  for (let i = 0; i < 60; i += 1) await wish(`k${String(i).padStart(2, '0')}`)
  const settled = dispatch(async () => {
    throw new Outage('shop.away', 'no')
  })
  await due(60, settled)
  clock.advance({ seconds: 6 })
  // 20 saved up at most and one in two seconds; 60 are due.
  await due(80, settled)
  dispatcher?.wake()
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.ok(settled.length <= 80 + 3, `${settled.length - 60} retries at once`)
})

test('a process that died holds its intents for 90 s; then they are doubtful', async () => {
  await wish('a')
  const lease = Temporal.Duration.from({ seconds: 90 })
  const take = (): Promise<Intent[]> => claimIntents(database.sql, clock.now(), lease, 10, [])
  assert.deepEqual(
    (await take()).map((intent) => intent.doubtful),
    [false],
  )
  await leaseGoesOn(89)
  assert.deepEqual(await take(), [])
  await leaseGoesOn(1)
  assert.deepEqual(
    (await take()).map((intent) => [intent.doubtful, intent.attempts]),
    [[true, 1]],
  )
})

test('a lease runs by the clock that all share, however wrong that of a process is', async () => {
  await wish('a')
  const right = Temporal.Now.instant()
  const lease = Temporal.Duration.from({ seconds: 90 })
  const take = (now: Temporal.Instant): Promise<Intent[]> => claimIntents(database.sql, now, lease, 10, [])
  assert.equal((await take(clock.now())).length, 1, 'by one that is days behind')
  assert.deepEqual(await take(right), [], 'its lease is not over at once')
  assert.deepEqual(await take(right.add({ hours: 7 })), [], 'nor for one that is hours ahead')
  await leaseGoesOn(91)
  assert.equal((await take(clock.now())).length, 1, 'once it is over anybody takes it')
})

test('what a process whose clock is ahead wishes is due at once for the others', async () => {
  const right = Temporal.Now.instant()
  clock.set(right.add({ minutes: 4 }))
  await wish('a')
  const lease = Temporal.Duration.from({ seconds: 90 })
  const taken = await claimIntents(database.sql, right.add({ seconds: 2 }), lease, 10, [])
  assert.equal(taken.length, 1)
})

/** As if so many seconds of the database's clock had passed. */
async function leaseGoesOn(seconds: number): Promise<void> {
  await database.sql`
    update outbox_intent set not_before = not_before - make_interval(secs => ${seconds}) where state = 'sending'`
}

test('what is asked for at once is numbered by its keys, whatever way the database goes to what is known already', async () => {
  const keys = Array.from({ length: 40 }, (_, n) => `P${(n * 7) % 40}-1`)
  const drafts = keys.map((key) => ({ key, effect: 'tell', connection: 'shop', orderId: 7n, payload: {} }))
  await newIntents(database.sql, drafts, clock.now())
  const rows = await database.sql<{ key: string }>`select key from outbox_intent order by id`
  assert.deepEqual(
    rows.map(({ key }) => key),
    keys.toSorted(),
  )
})

test('two that look at the same moment never take the same intent', async () => {
  for (let i = 0; i < 40; i += 1) await wish(`k${i}`)
  const lease = Temporal.Duration.from({ seconds: 90 })
  const taken = await Promise.all(
    Array.from({ length: 4 }, () => claimIntents(database.sql, clock.now(), lease, 15, [])),
  )
  const keys = taken.flat().map((intent) => intent.key)
  assert.equal(new Set(keys).size, keys.length)
})

test('a platform that hangs does not hold up the others', async () => {
  for (let i = 0; i < 20; i += 1) await wish(`slow${i}`, 'slow')
  clock.advance({ seconds: 1 })
  await wish('quick', 'quick')
  const hanging: (() => void)[] = []
  const settled = dispatch(async (intent) => {
    if (intent.connection === 'slow') await new Promise<void>((resolve) => hanging.push(resolve))
    return { state: 'done', words: '' }
  })
  try {
    await due(1, settled)
    assert.equal((await rowOf('quick'))?.state, 'done')
    assert.ok(hanging.length < 4, `${hanging.length} of 4 calls hang`)
  } finally {
    while (settled.length < 21) {
      for (const resolve of hanging.splice(0)) resolve()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
})

test('the thousands that wait behind one connection are not read for the sake of another', async () => {
  const sleeping = Array.from({ length: 3_000 }, (_, i) => ({
    key: `wait${i}`,
    effect: 'tell',
    connection: 'asleep',
    orderId: null,
    payload: {},
  }))
  await newIntents(database.sql, sleeping, clock.now())
  await wish('awake', 'awake')
  await database.sql`analyze outbox_intent`
  const lease = Temporal.Duration.from({ seconds: 90 })
  const read = await database.sql.begin(async (tx) => {
    const before = await rowsRead(tx)
    const taken = await claimIntents(tx, clock.now(), lease, 4, ['asleep'])
    assert.deepEqual(
      taken.map(({ key }) => key),
      ['awake'],
    )
    return (await rowsRead(tx)) - before
  })
  assert.ok(read < 50n, `${read} rows were read`)
})

/** Of the outbox, by this connection, since the server last counted. */
async function rowsRead(tx: Sql): Promise<bigint> {
  const [row] = await tx<{ read: bigint }>`
    select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'outbox_intent'`
  return row?.read ?? 0n
}
