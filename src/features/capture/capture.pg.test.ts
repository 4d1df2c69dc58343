import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import type { FeedChange } from '#domain/stock-feed.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import {
  addFeed,
  connectedTo,
  findingsOf,
  freshLedger,
  ledgerOf,
  level,
  move,
  reservedOf,
} from '#test-support/captured.ts'
import { type FakeSource, fakeSource, NO_END_WORDS } from '#test-support/fake-feed.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { applyChanges, type Source } from './apply-changes.ts'
import { type Feeds, startFeeds } from './run-feeds.ts'

let database: FreshDatabase
let db: Database
const running: Feeds[] = []
const now = (): Temporal.Instant => systemClock.now()
const ledger = () => ledgerOf(db)
const findings = () => findingsOf(db)
const reserved = () => reservedOf(db)

before(async () => {
  database = await freshDatabase({ connections: 10 })
  db = database.sql
})
beforeEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  await freshLedger(db)
})
after(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  await database.close()
})

function start(sources: Readonly<Record<string, FakeSource>>, locks = openLocks(database.url)): Feeds {
  const feeds = startFeeds({
    db,
    locks,
    clock: systemClock,
    random: seededRandom(1),
    callsFor: () => ({}) as never,
    find: (id) => (sources[id] === undefined ? null : connectedTo(id, sources[id])),
    onError: () => undefined,
    lookEveryMs: 20,
    quietMs: 30,
  })
  const own = {
    look: feeds.look,
    stop: async () => {
      await feeds.stop()
      await locks.end()
    },
  }
  running.push(own)
  return own
}

async function following(name: string, read: number): Promise<void> {
  await until(
    async () => {
      const [row] = await db<{ status: string; position: string | null }>`
        select status, position from stock_feed where name = ${name}`
      return row?.status === 'following' && row.position === String(read)
    },
    () => `${name} is not following at ${read}`,
    10,
  )
}
const SOURCE: Source = {
  feedId: null,
  feed: 'f',
  actor: 'feed:f',
  evidence: 'at',
  codes: new Map([['w', 'W']]),
  onUnknownSku: 'create',
}

test('any duplication, order and batching of the same changes by any number of channels ends in the same ledger', async () => {
  let run = 0
  const arrangement = fc.array(fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 3 }), fc.nat({ max: 1 })), {
    maxLength: 25,
  })
  await fc.assert(
    fc.asyncProperty(arrangement, async (extra) => {
      run += 1
      const [A, B, C] = [`A${run}`, `B${run}`, `C${run}`]
      const all: FeedChange[] = [
        ...[5n, 6n, 9n, 12n].map((version, i) => level(A, [40, 38, 55, 31][i] ?? 0, version)),
        ...[1n, 2n, 3n].map((version, i) => level(B, [7, 0, 3][i] ?? 0, version)),
        ...[10, -3, -2, 4, -1].map((delta, i) => move(C, delta, `${run}-${i}`)),
      ]
      // Everything comes at least once; what comes again comes anywhere.
      const shuffled = extra.reduce<FeedChange[]>(
        (order, [which, at]) => {
          const change = all[which]
          if (change !== undefined) order.splice(at % (order.length + 1), 0, change)
          return order
        },
        [...all].sort(() => (run % 2 === 0 ? 1 : -1)),
      )
      for (let at = 0; at < shuffled.length; at += 4)
        await db.begin((tx) =>
          applyChanges(
            tx,
            { ...SOURCE, feed: `f${at % 2}` },
            { changes: shuffled.slice(at, at + 4), faults: [] },
            now(),
          ),
        )
      const rows = await db<{ sku: string; physical: number }>`
        select sku, physical from stock_level where sku in (${A}, ${B}, ${C}) order by sku`
      assert.deepEqual(
        rows.map((row) => row.physical),
        [31, 3, 8],
      )
      const sums = await db<{ physical: number }>`
        select sum(physical)::int as physical from stock_movement where sku in (${A}, ${B}, ${C}) group by sku order by sku`
      assert.deepEqual(
        sums.map((row) => row.physical),
        [31, 3, 8],
        'the movements tell the same',
      )
    }),
    { numRuns: 40 },
  )
  assert.deepEqual(await findings(), [])
})

test('two feeds that report the same changes have one effect', async () => {
  const [one, two] = [fakeSource(), fakeSource()]
  for (const name of ['binlog', 'stream']) await addFeed(db, name)
  start({ binlog: one, stream: two })
  await until(
    async () => one.inside + two.inside === 2,
    () => 'not both follow',
    10,
  )
  const changes = [
    level('A', 10, 1n),
    level('A', 8, 2n),
    move('M', 5, '1'),
    move('M', -2, '2'),
    level('A', 9, 3n),
  ]
  one.log.push(...changes)
  two.log.push(...changes)
  await Promise.all([following('binlog', 5), following('stream', 5)])
  assert.deepEqual(await ledger(), { 'A@W': 9, 'M@W': 3 })
  const moved = await db<{ sku: string; n: number }>`
    select sku, count(*)::int as n from stock_movement where physical <> 0 group by sku order by sku`
  assert.equal(moved.find((row) => row.sku === 'M')?.n, 2, 'each movement once')
  assert.deepEqual(await findings(), [])
})

test('of two processes one follows, and the other takes over when it ends', async () => {
  const source = fakeSource()
  await addFeed(db, 'feed')
  const first = start({ feed: source })
  start({ feed: source })
  await until(
    async () => source.inside === 1,
    () => 'nobody follows',
    10,
  )
  source.log.push(level('A', 4, 1n))
  await following('feed', 1)
  await first.stop()
  source.log.push(level('A', 3, 2n))
  await following('feed', 2)
  assert.deepEqual([source.most, await ledger()], [1, { 'A@W': 3 }])
})

test('the first snapshot is opening stock; a difference that nothing explains is a finding and is set aside', async () => {
  let table = [level('A', 10, null), level('B', 5, null), level('C', 7, null, 'v')]
  const source = fakeSource(() => table)
  const id = await addFeed(db, 'feed', { mapping: { version: null } })
  start({ feed: source })
  await following('feed', 0)
  assert.deepEqual(await ledger(), { 'A@W': 10, 'B@W': 5, 'C@V': 7 })
  const causes = await db<{
    cause: string
    n: number
  }>`select cause, count(*)::int as n from stock_movement group by cause`
  assert.deepEqual(causes, [{ cause: 'opening', n: 3 }])
  // Somebody wrote past the log: A has fewer, C more, B is not listed any more.
  table = [level('A', 6, null), level('C', 9, null, 'v')]
  await db`update stock_feed set wants_snapshot = true where id = ${id}`
  await until(
    async () => (await findings()).length === 3,
    () => 'no findings',
    10,
  )
  await following('feed', 0)
  assert.deepEqual(await findings(), ['drift A open 10/6', 'drift B open 5/0', 'drift C open 7/9'])
  assert.deepEqual(await ledger(), { 'A@W': 10, 'B@W': 5, 'C@V': 7 }, 'nothing was overwritten')
  assert.deepEqual(await reserved(), { A: 4, B: 5 }, 'what is in doubt is not sold')
  const snapshots = source.snapshots
  // A pick there: both figures go down, the difference stays.
  source.log.push(level('A', 5, null))
  await following('feed', 1)
  assert.deepEqual([(await ledger())['A@W'], (await findings())[0]], [9, 'drift A open 9/5'])
  assert.equal(source.snapshots, snapshots)
  // The warehouse finds its mistake: they agree, and what was set aside is free.
  source.log.push(level('A', 9, null))
  await following('feed', 2)
  await until(
    async () => (await reserved()).A === undefined,
    () => 'still set aside',
  )
  assert.deepEqual(await findings(), ['drift B open 5/0', 'drift C open 7/9'])
})

test('a feed that accepts differences takes them over, on record', async () => {
  let table = [level('A', 10, 1n)]
  const source = fakeSource(() => table)
  const id = await addFeed(db, 'feed', { onDrift: 'accept' })
  start({ feed: source })
  await following('feed', 0)
  table = [level('A', 6, 1n)]
  await db`update stock_feed set wants_snapshot = true where id = ${id}`
  await until(
    async () => (await ledger())['A@W'] === 6,
    () => 'not taken over',
    10,
  )
  const [row] = await db<{ state: string; ended_by: string; ledger: number; captured: number }>`
    select state, ended_by, ledger, captured from stock_finding`
  assert.deepEqual(row, { state: 'accepted', ended_by: 'hub', ledger: 10, captured: 6 })
  const [last] = await db<{ cause: string }>`select cause from stock_movement order by id desc limit 1`
  assert.equal(last?.cause, 'capture_accepted')
})

test('a gap and a usable change of the table lead to a snapshot; what changed meanwhile is explained by its version', async () => {
  let table = [level('A', 10, 1n)]
  const source = fakeSource(() => table)
  await addFeed(db, 'feed')
  start({ feed: source })
  await following('feed', 0)
  table = [level('A', 4, 5n), level('N', 2, 1n)]
  source.end = { reason: 'gap', words: NO_END_WORDS }
  await until(
    async () => (await ledger())['A@W'] === 4,
    () => 'not read anew',
    10,
  )
  await following('feed', 0)
  assert.deepEqual([await ledger(), await findings(), source.snapshots], [{ 'A@W': 4, 'N@W': 2 }, [], 2])
  source.end = { reason: 'schema_changed', usable: true, words: NO_END_WORDS }
  await until(
    async () => source.snapshots === 3,
    () => 'no third snapshot',
    10,
  )
  await following('feed', 0)
  source.end = { reason: 'schema_changed', usable: false, words: NO_END_WORDS }
  await until(
    async () => (await db<{ status: string }>`select status from stock_feed`)[0]?.status === 'blocked',
    () => 'not blocked',
    10,
  )
  const [row] = await db<{
    gap_at: unknown
    schema_usable: boolean
  }>`select gap_at, schema_usable from stock_feed`
  assert.deepEqual(row, { gap_at: null, schema_usable: false })
})

test('movements begin from now; after a gap those above the mark are taken once', async () => {
  const source = fakeSource(() => source.log)
  source.log.push(move('A', 100, '1'), move('A', -1, '2'))
  const id = await addFeed(db, 'feed', { mapping: { mode: 'movements', version: null, id: 'id' } })
  start({ feed: source })
  await following('feed', 2)
  assert.deepEqual(await ledger(), {}, 'history is no stock')
  source.log.push(move('A', 7, '3'))
  await following('feed', 3)
  // The position is lost together with the next two.
  await running.pop()?.stop()
  source.log.push(move('A', -2, '4'), move('A', 1, '5'))
  await db`update stock_feed set position = null, gap_at = now(), wants_snapshot = true where id = ${id}`
  start({ feed: source })
  await following('feed', 5)
  assert.deepEqual(await ledger(), { 'A@W': 6 })
})

test('a source that falls silent is left and connected to anew', async () => {
  const source = fakeSource()
  await addFeed(db, 'feed')
  start({ feed: source })
  await until(
    async () => source.inside === 1,
    () => 'does not follow',
    10,
  )
  source.isAway = true
  await until(
    async () =>
      (await db<{ words_en: string }>`select words_en from stock_feed`)[0]?.words_en.includes(
        'capture.silent',
      ) === true,
    () => 'not given up',
    10,
  )
  source.isAway = false
  source.log.push(level('A', 1, 1n))
  await until(
    async () => source.follows >= 2 && source.inside === 1,
    () => 'not connected anew',
    10,
  )
})
