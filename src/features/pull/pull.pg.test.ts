import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Connector, FetchedMessage, StreamDeps, UpdatedPage } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Locks, openLocks } from '#platform/postgres/locks.ts'
import { until } from '#test-support/hub.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openPollPlans } from './poll-plans.ts'
import { type PollDeps, pollUpdates } from './poll-updates.ts'
import { startPulls } from './run-pulls.ts'
import { watchCursors } from './watch-cursors.ts'

let database: FreshDatabase
let intake: Intake
let locks: Locks
let clock: ReturnType<typeof manualClock>
let asked: string[] = []
let accepted = 0
const at = (text: string): Temporal.Instant => Temporal.Instant.from(`2026-11-11T${text}Z`)

before(async () => {
  database = await freshDatabase()
  locks = openLocks(database.url)
  intake = openIntake({ db: database.sql, maxBatch: 100, maxQueue: 1_000 })
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
  await seedConnection(database.sql, 'shop')
})
beforeEach(async () => {
  clock = manualClock(at('12:00:00'))
  asked = []
  accepted = 0
  await database.sql`delete from connection_cursor`
  await database.sql`delete from poll_run`
})
after(async () => {
  await locks.end()
  await database.close()
})

const deps = (): PollDeps => ({
  db: database.sql,
  locks,
  intake: {
    ...intake,
    // A message's own day does not matter here, but it has to have a partition.
    keep: (arrival) => intake.keep({ ...arrival, receivedAt: Temporal.Now.instant() }),
  },
  clock,
  callsFor: () => ({
    clock,
    random: seededRandom(1),
    openTcp: noTcp,
    http: () => {
      throw new Error('no call')
    },
  }),
  onAccepted: () => {
    accepted += 1
  },
})

type List = (window: {
  from: Temporal.Instant
  to: Temporal.Instant
  cursor: string | null
}) => Promise<Result<UpdatedPage>>

function shopOf(list: List, more: Partial<Connector> = {}, settings: Record<string, string> = {}): Connected {
  const connector: Connector = {
    kind: 'lists',
    role: 'channel',
    zh: '',
    en: '',
    zone: 'UTC',
    fields: [],
    codes: [],
    retryReply: { status: 503, contentType: 'text/plain', body: '' },
    read: () => refuse('lists.none', 'nothing reads here'),
    poll: { everySeconds: 60, overlapSeconds: 120, lagSeconds: 30, windowSeconds: 1_800 },
    calls: () => ({ test: async () => ok({ words: '' }), listUpdated: list }),
    ...more,
  }
  return { id: connectionId('shop'), kind: 'lists', name: 'shop', paused: false, settings, connector }
}

function message(key: string): FetchedMessage {
  return { topic: 'order', dedupKey: key, orderNo: key, headers: {}, body: Buffer.from('{}') }
}

/** Notes what it is asked and answers one page. */
function noting(answer: (cursor: string | null) => UpdatedPage = () => ({ messages: [], next: null })): List {
  return async ({ from, to, cursor }) => {
    asked.push(`${clockOf(from)}-${clockOf(to)}${cursor === null ? '' : ` ${cursor}`}`)
    return ok(answer(cursor))
  }
}

const clockOf = (instant: Temporal.Instant): string => instant.toString().slice(11, 19)

async function cursor(): Promise<string | null> {
  const [row] = await database.sql<{ polled_to: Temporal.Instant }>`
    select polled_to from connection_cursor where connection_id = 'shop'`
  return row === undefined ? null : clockOf(row.polled_to)
}

test('the first poll reads one window back, every further one begins before the end of the last', async () => {
  const shop = shopOf(noting())
  await pollUpdates(deps(), shop)
  // 30 s behind now; one window of 30 minutes back, and 2 minutes of overlap before it.
  assert.deepEqual(asked, ['11:27:30-11:57:30', '11:57:30-11:59:30'])
  assert.equal(await cursor(), '11:59:30')
  asked = []
  clock.advance({ minutes: 1 })
  await pollUpdates(deps(), shop)
  assert.deepEqual(asked, ['11:57:30-12:00:30'])
})

test('after a long absence it catches up window by window, bounded per run, without a gap', async () => {
  const shop = shopOf(noting())
  await pollUpdates(deps(), shop)
  asked = []
  clock.advance({ hours: 40 })
  const first = await pollUpdates(deps(), shop)
  assert.equal(first.windows, 48)
  assert.equal(await cursor(), clockOf(at('11:57:30').add({ hours: 24 })))
  await pollUpdates(deps(), shop)
  assert.equal(await cursor(), clockOf(at('11:59:30').add({ hours: 40 })))
  const ends = asked.map((window) => window.split('-'))
  for (let i = 1; i < ends.length; i += 1)
    assert.ok(
      (ends[i]?.[0] ?? '') === (ends[i - 1]?.[1] ?? '') || i === 48,
      'each begins where the last one ended',
    )
})

test('all pages of a window are read; what is known already is a duplicate and wakes nobody', async () => {
  const pages = (cursorOf: string | null): UpdatedPage =>
    cursorOf === null
      ? { messages: [message('a'), message('b')], next: 'p2' }
      : { messages: [message('c')], next: null }
  const shop = shopOf(noting(pages))
  const end = await pollUpdates(deps(), shop)
  // Two windows, the second of which lists the same orders again.
  assert.deepEqual(asked, [
    '11:27:30-11:57:30',
    '11:27:30-11:57:30 p2',
    '11:57:30-11:59:30',
    '11:57:30-11:59:30 p2',
  ])
  assert.deepEqual([end.messages, end.fresh, accepted], [6, 3, 3])
})

test('the cursor stays where a window was not read to its end', async () => {
  let fail = true
  const shop = shopOf(async ({ from, to, cursor: page }) => {
    asked.push(`${clockOf(from)}-${clockOf(to)}${page ?? ''}`)
    if (asked.length === 3 && fail) return refuse('lists.limit', 'slow down')
    return ok({ messages: [], next: page === null ? 'p2' : null })
  })
  const end = await pollUpdates(deps(), shop)
  assert.match(end.trouble ?? '', /^lists\.limit/)
  assert.equal(await cursor(), '11:57:30', 'the first window is done, the second is not')
  fail = false
  asked = []
  await pollUpdates(deps(), shop)
  assert.equal(asked[0], '11:55:30-11:59:30')
  const broken = shopOf(async () => {
    throw new Outage('lists.away', 'gone')
  })
  clock.advance({ minutes: 5 })
  await assert.rejects(pollUpdates(deps(), broken), Outage)
  assert.equal(await cursor(), '11:59:30')
})

/** A shop that lists one order a page, `rate` of them for every second. */
function busyShop(rate: (second: number) => number): {
  shop: Connected
  listed: Set<string>
  most: () => number
} {
  const listed = new Set<string>()
  let most = 0
  const list: List = async ({ from, to, cursor: page }) => {
    const orders: string[] = []
    for (let at = Math.ceil(from.epochMilliseconds / 1_000); at * 1_000 < to.epochMilliseconds; at += 1)
      for (let n = 0; n < rate(at); n += 1) orders.push(`${at}-${n}`)
    const i = Number(page ?? 0)
    most = Math.max(most, orders.length)
    if (orders[i] !== undefined) listed.add(orders[i])
    return ok({ messages: [], next: i + 1 < orders.length ? String(i + 1) : null })
  }
  return { shop: shopOf(list), listed, most: () => most }
}

test('a window with too many pages is halved until it fits, its width is remembered, and grows back slowly', async () => {
  await pollUpdates(deps(), shopOf(noting()))
  const busyFrom = at('11:59:30').epochMilliseconds / 1_000
  const { shop, listed, most } = busyShop((second) => (second >= busyFrom && second < busyFrom + 600 ? 3 : 0))
  clock.advance({ minutes: 15 })
  for (let run = 0; run < 3; run += 1) assert.equal((await pollUpdates(deps(), shop)).trouble, null)
  assert.equal(await cursor(), '12:14:30', 'it does not jam')
  assert.equal(listed.size, 1_800, 'every page was read')
  const [row] = await database.sql<{ window_seconds: number | null }>`
    select window_seconds from connection_cursor where connection_id = 'shop'`
  const width = row?.window_seconds ?? 1_800
  assert.ok(width < 1_800, `${width}`)
  const before = most()
  clock.advance({ minutes: 3 })
  await pollUpdates(deps(), shop)
  assert.ok(most() === before, 'no wide window is tried again at once')
  clock.advance({ hours: 8 })
  await pollUpdates(deps(), shop)
  const [grown] = await database.sql<{ window_seconds: number | null }>`
    select window_seconds from connection_cursor where connection_id = 'shop'`
  assert.equal(grown?.window_seconds, null, 'a quiet time brings the whole width back')
})

test('a single second with too many pages is read to the limit, told, and does not hold up what comes after it', async () => {
  await pollUpdates(deps(), shopOf(noting()))
  const burst = at('12:00:00').epochMilliseconds / 1_000
  const { shop, listed } = busyShop((second) => (second === burst ? 300 : second === burst + 1 ? 5 : 0))
  clock.advance({ minutes: 3 })
  const end = await pollUpdates(deps(), shop)
  assert.match(end.trouble ?? '', /^pull\.too_many_pages: .*2026-11-11T12:00:00Z/)
  assert.equal(await cursor(), '12:02:30')
  assert.equal(listed.size, 205)
  const alarms = noteAlarms()
  await watchCursors({ db: database.sql, alarms, nameOf: (id) => id })
  assert.deepEqual(alarms.settled.get('pull.too_many_pages'), ['shop'])
  assert.deepEqual(alarms.settled.get('pull.clock_jumped'), [])
})

test('a clock that was a day ahead leaves no hole: the cursor goes back to where it was before, and says so', async () => {
  const shop = shopOf(noting())
  await pollUpdates(deps(), shop)
  clock.advance({ hours: 24 })
  await pollUpdates(deps(), shop)
  clock.advance({ minutes: 1 })
  await pollUpdates(deps(), shop)
  clock.set(at('12:05:00'))
  asked = []
  const end = await pollUpdates(deps(), shop)
  assert.equal(asked[0], '11:57:30-12:04:30', 'from before the jump, with its overlap')
  assert.match(end.trouble ?? '', /^pull\.clock_jumped: /)
  assert.equal(await cursor(), '12:04:30')
  const alarms = noteAlarms()
  await watchCursors({ db: database.sql, alarms, nameOf: (id) => id })
  assert.deepEqual(alarms.settled.get('pull.clock_jumped'), ['shop'])
  clock.advance({ minutes: 1 })
  assert.equal((await pollUpdates(deps(), shop)).trouble, null)
})

test('a process whose clock is ahead of the database never stores a cursor ahead of it', async () => {
  clock.set(Temporal.Now.instant().add({ hours: 24 }))
  await pollUpdates(deps(), shopOf(noting()))
  const [row] = await database.sql<{ behind: boolean }>`
    select polled_to <= clock_timestamp() - interval '30 seconds' as behind from connection_cursor`
  assert.equal(row?.behind, true)
})

function noteAlarms() {
  const settled = new Map<string, string[]>()
  return {
    settled,
    settle: async (rule: string, signals: readonly AlarmSignal[]): Promise<void> =>
      void settled.set(
        rule,
        signals.map((one) => one.subject),
      ),
  }
}

test('two processes never poll one connection at the same time', async () => {
  let inside = 0
  let most = 0
  const shop = shopOf(async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setTimeout(resolve, 30))
    inside -= 1
    return ok({ messages: [], next: null })
  })
  const ends = await Promise.all([1, 2, 3].map(() => pollUpdates(deps(), shop)))
  assert.equal(most, 1)
  assert.deepEqual(ends.map((end) => end.windows > 0).sort(), [false, false, true])
})

test('a poll that is under way ends at its next page when the hub stops, and keeps its cursor', async () => {
  let stopping = false
  const shop = shopOf(async () => {
    stopping = true
    return ok({ messages: [], next: 'more' })
  })
  const end = await pollUpdates({ ...deps(), isStopping: () => stopping }, shop)
  assert.equal(end.trouble, 'the hub is stopping')
  assert.equal(await cursor(), null)
})

test('a stream follows its connection: settings begin it anew, a pause ends it, a look is enough', async () => {
  const running = new Set<string>()
  const begun: string[] = []
  const stream = async (
    settings: Readonly<Record<string, string>>,
    { signal }: StreamDeps,
  ): Promise<void> => {
    begun.push(settings.key ?? '')
    running.add(settings.key ?? '')
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    running.delete(settings.key ?? '')
  }
  const { poll: _, ...streaming } = shopOf(noting()).connector
  const entry = (key: string, paused = false): Connected => ({
    ...shopOf(noting(), {}, { key }),
    connector: { ...streaming, stream },
    paused,
  })
  let connections = [entry('one')]
  const states: string[] = []
  const pulls = startPulls({
    ...deps(),
    openSocket: () => assert.fail('this stream opens nothing'),
    connections: () => connections,
    saveState: async (_id, state) => void states.push(state),
    onError: (error) => assert.fail(String(error)),
  })
  const is = async (...keys: string[]): Promise<void> =>
    await until(
      async () => JSON.stringify([...running]) === JSON.stringify(keys),
      () => `runs ${[...running]}`,
      1,
    )
  await is('one')
  pulls.look()
  assert.deepEqual(begun, ['one'], 'an unchanged one is left alone')
  connections = [entry('two')]
  pulls.look()
  await is('two')
  connections = [entry('two', true)]
  pulls.look()
  await is()
  connections = [entry('two')]
  pulls.look()
  await is('two')
  await pulls.stop()
  assert.equal(running.size, 0, 'stopped means that nothing runs any more')
  assert.equal(states.at(-1), 'closed')
  assert.deepEqual(begun, ['one', 'two', 'two'])
})

test("a stream's states are written in the order in which it told them, however slow a write is", async () => {
  const { poll: _, ...streaming } = shopOf(noting()).connector
  const stream = async (_settings: unknown, { signal, onState }: StreamDeps): Promise<void> => {
    onState('connecting', '')
    onState('open', '')
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  const states: string[] = []
  const pulls = startPulls({
    ...deps(),
    openSocket: () => assert.fail('this stream opens nothing'),
    connections: () => [{ ...shopOf(noting()), connector: { ...streaming, stream } }],
    saveState: async (_id, state) => {
      await new Promise((resolve) => setTimeout(resolve, state === 'connecting' ? 60 : 0))
      states.push(state)
    },
    onError: (error) => assert.fail(String(error)),
  })
  try {
    await until(
      async () => states.length === 2,
      () => states.join(),
      2,
    )
  } finally {
    await pulls.stop()
  }
  assert.deepEqual(states, ['connecting', 'open', 'closed'])
})

test('however many processes poll, a connection keeps its one rhythm; what a process that died left open is taken up at once', async () => {
  const shop = shopOf(noting())
  await pollUpdates(deps(), shop)
  assert.equal(await polledBy(3, shop), 0, 'not due for any of them, however new they are')
  clock.advance({ seconds: 59 })
  assert.equal(await polledBy(1, shop), 0)
  clock.advance({ seconds: 2 })
  assert.equal(await polledBy(4, shop), 1)
  await database.sql`update poll_run set wanted_at = ${clock.now().add({ seconds: 1 })}`
  clock.advance({ seconds: 2 })
  assert.equal(await polledBy(2, shop), 1, 'a wish is fulfilled once')
  await database.sql`update poll_run set ran_at = ${clock.now().subtract({ hours: 1 })}`
  clock.advance({ seconds: 2 })
  assert.equal(await polledBy(2, shop), 1, 'begun, and nobody lives to end it')
  const forced = await pollUpdates(deps(), shop)
  assert.equal(forced.windows, 1, 'a person need not wait for it')
})

/** Lets so many processes, each new and with nothing in its memory, look once; answers how many polls really began. */
async function polledBy(processes: number, shop: Connected): Promise<number> {
  let polls = 0
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const own = openLocks(database.url)
      let looked = false
      const pulls = startPulls({
        ...deps(),
        locks: own,
        plans: openPollPlans(database.sql),
        openSocket: () => assert.fail('no stream here'),
        connections: () => {
          looked = true
          return [shop]
        },
        saveState: async () => undefined,
        onPolled: ({ windows }) => {
          polls += Math.min(windows, 1)
        },
        onError: (error) => assert.fail(String(error)),
      })
      await until(
        async () => looked,
        () => 'it did not look',
      )
      await pulls.stop()
      await own.end()
    }),
  )
  return polls
}
