import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import type { FeedChange, FeedOrder } from '#domain/stock-feed.ts'
import { systemClock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import {
  addFeed,
  findingsOf,
  freshLedger,
  ledgerOf,
  level,
  move,
  reservedOf,
} from '#test-support/captured.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { applyChanges, type Source } from './apply-changes.ts'
import { compareSeen } from './compare-seen.ts'
import { decideFindings } from './findings/decide-findings.ts'
import { watchFindings } from './findings/watch-findings.ts'
import { holdRun, readFeed } from './store.ts'

// Within one channel its own order decides, whatever the versions; between channels the versions do.

let database: FreshDatabase
let db: Database
before(async () => {
  database = await freshDatabase({ connections: 6 })
  db = database.sql
})
beforeEach(async () => await freshLedger(db))
after(async () => await database.close())

const sourceOf = (feedId: bigint | null): Source => ({
  feedId,
  feed: `f${feedId}`,
  actor: 'feed:f',
  evidence: 'at',
  codes: new Map([['w', 'W']]),
  onUnknownSku: 'create',
})
async function tell(feedId: bigint | null, order: FeedOrder | null, ...changes: FeedChange[]) {
  const batch = { changes, faults: [], ...(order === null ? {} : { order }) }
  const { told } = await db.begin((tx) => applyChanges(tx, sourceOf(feedId), batch, systemClock.now()))
  return told.map((one) => one.outcome)
}
const gone = (sku: string, version: bigint): FeedChange => ({
  ...(level(sku, 0, version) as FeedChange & { kind: 'level' }),
  removed: true,
})
const physical = async (sku = 'A') => (await ledgerOf(db))[`${sku}@W`]

test('two changes within one second have one version: the later stands, in one batch and in two', async () => {
  const second = 1_770_000_000_000_000n
  await tell(1n, 'committed', level('A', 10, second), level('A', 7, second))
  assert.equal(await physical(), 7)
  await tell(1n, 'committed', level('A', 4, second))
  await tell(1n, 'committed', level('A', 4, second))
  assert.deepEqual([await physical(), await findingsOf(db)], [4, []])
  await tell(2n, 'sent', level('B', 9, second))
  await tell(2n, 'sent', level('B', 3, second))
  assert.deepEqual([await physical('B'), await findingsOf(db)], [3, []])
})

test('a clock that went back, a row that is replaced and one made anew with a lower version follow the log', async () => {
  await tell(1n, 'committed', level('A', 10, 100n))
  assert.deepEqual(await tell(1n, 'committed', level('A', 6, 40n)), ['done'])
  await tell(1n, 'committed', gone('A', 40n), level('A', 5, 40n))
  assert.equal(await physical(), 5, 'REPLACE writes a deletion and a row of the same second')
  await tell(1n, 'committed', gone('A', 41n))
  await tell(1n, 'committed', level('A', 8, 1n))
  assert.deepEqual([await physical(), await findingsOf(db)], [8, []])
  // A stream is sent by many hands: there the version still says which is newer.
  await tell(2n, 'sent', level('B', 10, 9n))
  assert.deepEqual(await tell(2n, 'sent', level('B', 99, 8n)), ['older'])
  assert.equal(await physical('B'), 10)
})

test('between channels versions decide, and a channel that is a moment behind within a second ends its own conflict', async () => {
  await tell(1n, 'committed', level('A', 10, 5n), level('A', 7, 5n))
  assert.deepEqual(await tell(2n, 'sent', level('A', 99, 4n)), ['older'])
  assert.deepEqual(await tell(2n, 'sent', level('A', 10, 5n)), ['conflict'])
  assert.deepEqual(await findingsOf(db), ['conflict A open 7/10'])
  assert.deepEqual(await tell(1n, 'committed', level('A', 7, 5n)), ['repeated'])
  assert.deepEqual(await findingsOf(db), ['conflict A open 7/10'], 'the other one still says something else')
  assert.deepEqual(await tell(2n, 'sent', level('A', 7, 5n)), ['repeated'])
  assert.deepEqual([await physical(), await findingsOf(db)], [7, []])
})

test('two ordered channels that tell the same log, in any pace, end where the log ends', async () => {
  let run = 0
  // Few versions that jump about, as of a clock with whole seconds that was set back.
  const log = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 2 })), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(log, fc.array(fc.boolean(), { maxLength: 12 }), async (changes, paces) => {
      run += 1
      const sku = `P${run}`
      const told = changes.map(([quantity, version]) => level(sku, quantity, BigInt(version)))
      const at: [number, number] = [0, 0]
      const step = async (which: 0 | 1): Promise<void> => {
        const change = told[at[which]]
        at[which] += 1
        if (change !== undefined) await tell(BigInt(which + 1), 'committed', change)
      }
      for (const pace of paces) await step(pace ? 1 : 0)
      while (at[0] < told.length) await step(0)
      while (at[1] < told.length) await step(1)
      const last = changes.at(-1)?.[0]
      const [open] = await findingsOf(db)
      // Where both ended in different places, a person is asked; never is it silently wrong.
      if (open === undefined) assert.equal(await physical(sku), last)
      await db`delete from stock_finding`
    }),
    { numRuns: 40 },
  )
})

test('a figure that a person accepts takes effect, and what comes after it under its lower version too', async () => {
  const id = await addFeed(db, 'feed')
  await tell(null, null, level('A', 10, 900n))
  assert.deepEqual(await tell(id, 'committed', level('A', 4, 900n)), ['conflict'])
  const [conflict] = await db<{ id: bigint }>`select id from stock_finding`
  await db`update stock_finding set evidence = evidence || '{"version":"3"}'::jsonb`
  const accepted = await decideFindings(
    { db, clock: systemClock, audit: async () => undefined },
    { name: 'p' } as never,
    [conflict?.id ?? 0n],
    { to: 'accept', words: '' },
  )
  assert.ok(accepted.ok && accepted.value.done === 1)
  assert.equal(await physical(), 4)
  assert.deepEqual(await tell(id, 'committed', level('A', 3, 4n)), ['done'])
  assert.equal(await physical(), 3)
})

test('one message with a version far ahead freezes a place for minutes at most: then a person is asked, and accepting thaws it', async () => {
  const id = await addFeed(db, 'feed')
  await tell(id, 'sent', level('A', 10, 5n))
  await tell(null, null, level('A', 50, 999_999_999_999_999_999n))
  for (const [quantity, version] of [
    [9, 6n],
    [8, 7n],
    [6, 8n],
  ] as const)
    assert.deepEqual(await tell(id, 'sent', level('A', quantity, version)), ['older'])
  const look = () => watchFindings({ db, clock: systemClock, unseenMinutes: 30 })
  await look()
  assert.deepEqual(await findingsOf(db), [], 'another channel may be ahead for a moment')
  await db`update capture_place set late_since = late_since - interval '6 minutes'`
  await look()
  assert.deepEqual([await findingsOf(db), await reservedOf(db)], [['conflict A open 50/6'], { A: 44 }])
  await tell(id, 'sent', level('A', 5, 9n))
  await look()
  assert.deepEqual(await findingsOf(db), ['conflict A open 50/5'], 'the question follows the source')
  const [row] = await db<{ id: bigint }>`select id from stock_finding where settled_at is null`
  const deps = { db, clock: systemClock, audit: async () => undefined }
  await decideFindings(deps, { name: 'p' } as never, [row?.id ?? 0n], { to: 'accept', words: '' })
  assert.deepEqual([await physical(), await tell(id, 'sent', level('A', 4, 10n))], [5, ['done']])
  await look()
  assert.deepEqual([await physical(), await findingsOf(db), await reservedOf(db)], [4, [], {}])
})

test('a feed that goes on and never says what is known is frozen also at its first word', async () => {
  const id = await addFeed(db, 'feed')
  await tell(null, null, level('A', 50, 900n))
  await tell(id, 'sent', level('A', 9, 6n))
  await db`update capture_place set late_since = now() - interval '6 minutes', late_at = now() - interval '6 minutes'`
  await db`update stock_feed set status = 'following', seen_at = now() where id = ${id}`
  await watchFindings({ db, clock: systemClock, unseenMinutes: 30 })
  assert.deepEqual(await findingsOf(db), ['conflict A open 50/9'])
})

test('what a run read under a mapping that was changed meanwhile is not written under the new one', async () => {
  const id = await addFeed(db, 'feed')
  const row = await readFeed(db, id)
  const run = { feedId: id, runNo: row?.run_no ?? 0n, mapping: row?.mapping_hash ?? '' }
  assert.equal(await db.begin((tx) => holdRun(tx, run)), true)
  await db`update stock_feed set mapping_hash = 'other', position = null where id = ${id}`
  assert.equal(await db.begin((tx) => holdRun(tx, run)), false)
})

test('what the ledger refuses of a feed is a finding, and the rest of the batch is taken', async () => {
  const much = move('A', 900_000_000, '1')
  const told = await tell(1n, 'committed', much, move('A', 900_000_000, '2'), move('B', 5, '3'))
  assert.deepEqual(told, ['done', 'refused', 'done'])
  assert.deepEqual(await ledgerOf(db), { 'A@W': 900_000_000, 'B@W': 5 })
  assert.deepEqual(await findingsOf(db), ['unreadable #A|2 open null/null'])
})

test('one of several rows of a place is not the place: its changes wait until the table has one row each', async () => {
  const id = await addFeed(db, 'feed')
  await tell(id, 'committed', level('A', 100, 1n))
  const source = sourceOf(id)
  const row = (quantity: number, version: bigint, times: number) => ({
    sku: 'A',
    warehouse: 'W',
    quantity,
    version,
    times,
  })
  const read = (...rows: ReturnType<typeof row>[]) =>
    db.begin((tx) => compareSeen(tx, { source, rows, onDrift: 'ask', began: null }, systemClock.now()))
  await read(row(100, 1n, 2))
  assert.deepEqual(await tell(id, 'committed', level('A', 40, 2n), gone('A', 3n)), ['disputed', 'disputed'])
  assert.deepEqual([await physical(), await findingsOf(db)], [100, ['duplicate_row A open null/100']])
  const [finding] = await db<{ id: bigint }>`select id from stock_finding`
  const deps = { db, clock: systemClock, audit: async () => undefined }
  const accepted = await decideFindings(deps, { name: 'p' } as never, [finding?.id ?? 0n], {
    to: 'accept',
    words: '',
  })
  assert.equal(accepted.ok && accepted.value.refused[0]?.code, 'capture.nothing_to_accept')
  await read(row(60, 4n, 1))
  assert.deepEqual([await physical(), await findingsOf(db)], [60, []])
  assert.deepEqual(await tell(id, 'committed', level('A', 59, 5n)), ['done'])
})
