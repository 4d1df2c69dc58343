import assert from 'node:assert/strict'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { keepArrivals } from '#platform/inbox/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openSegment } from '#platform/spool/read-segment.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { openVault, type Vault } from '#platform/vault.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { arrivalToDocument } from './core/document.ts'
import { decideConflict } from './decide-conflict.ts'
import { type FolderDeps, mergeFolder, previewFolder } from './merge-folder.ts'
import { isCovered } from './place-in-file.ts'
import { readFolder, segmentSource } from './read-folder.ts'
import { readReceipts } from './store.ts'

let db: FreshDatabase
let scratch = ''
let runs = 0
before(async () => {
  db = await freshDatabase({ connections: 6 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  await emptyTables(db.sql, [
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'spool_checkpoint',
    'spool_receipt',
    'spool_run',
  ])
  scratch = mkdtempSync(join(tmpdir(), 'holdfast-recovery-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))
after(() => db.close())

const vaultOf = (byte: string): Vault =>
  openVault({ current: 'env', keys: new Map([['env', Buffer.from(byte.repeat(32), 'hex')]]) })
const VAULT = vaultOf('07')

/** A spool folder as a process leaves it. */
async function leave(
  root: string,
  arrivals: readonly ReturnType<typeof spoolArrival>[],
  vault: Vault | null = VAULT,
): Promise<string[]> {
  const spool = await openSpool({
    roots: [root],
    clock: systemClock,
    vault,
    quotaBytes: 1e9,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 1e6,
    onTrouble: () => undefined,
  })
  await Promise.all(arrivals.map((arrival) => spool.keep(arrival)))
  const paths = await spool.closeSegments()
  await spool.close()
  return [...paths]
}

async function merge(path: string, more: Partial<FolderDeps> = {}) {
  const folder = readFolder(path)
  assert.ok(folder.ok)
  runs += 1
  const deps = { db: db.sql, clock: systemClock, keepDays: 30, vaults: [VAULT], batch: 10, ...more }
  return await mergeFolder(deps, { run: `run-${runs}`, source: path, folder: folder.value })
}

async function inbox(): Promise<Record<string, number>> {
  const rows = await db.sql<{ verdict: string; count: bigint }>`
    select verdict, count(*) as count from inbox_message group by 1`
  return Object.fromEntries(rows.map((row) => [row.verdict, Number(row.count)]))
}

const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => spoolArrival(from + i))

test('a folder is merged once: what the database has is a duplicate of it, and a second call brings nothing', async () => {
  const [first] = await keepArrivals(db.sql, some(0, 5))
  await leave(join(scratch, 'spool'), [...some(0, 35), spoolArrival(34)])
  const merged = await merge(scratch)
  assert.deepEqual(merged.tally, { accepted: 30, duplicate: 6, conflict: 0, rejected: 0 })
  assert.deepEqual(await inbox(), { accepted: 35, duplicate: 6 })
  const [receipt] = await readReceipts(db.sql, { orderNo: 'L0' }, { limit: 5 })
  assert.deepEqual([receipt?.outcome, receipt?.message_id], ['duplicate', first?.id])
  assert.equal((await readReceipts(db.sql, {}, { limit: 100 })).length, 36)
  const again = await merge(scratch)
  assert.deepEqual(again.tally, { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 })
  // The same folder copied from another machine is the same messages.
  cpSync(join(scratch, 'spool'), join(scratch, 'copy'), { recursive: true })
  assert.deepEqual((await merge(join(scratch, 'copy'))).tally.accepted, 0)
  const [tasks] = await db.sql<{ count: bigint }>`select count(*) as count from inbox_task`
  assert.equal(tasks?.count, 35n)
})

test('killed between any two transactions it goes on where it was, and two mergers at once bring each message once', async () => {
  await leave(scratch, some(0, 95))
  let batches = 0
  const dies = merge(scratch, {
    onProgress: () => {
      batches += 1
      if (batches === 3) throw new Error('killed')
    },
  })
  await assert.rejects(dies, /killed/)
  assert.equal((await inbox()).accepted, 30)
  const stopped = await merge(scratch, { isStopping: () => true })
  assert.equal(stopped.end, 'stopped')
  const [one, two] = await Promise.all([merge(scratch), merge(scratch)])
  assert.equal((one?.tally.accepted ?? 0) + (two?.tally.accepted ?? 0), 65)
  assert.deepEqual(await inbox(), { accepted: 95 })
  const [row] = await db.sql<{ sum: bigint }>`select sum(accepted)::bigint as sum from spool_run`
  assert.equal(row?.sum, 95n, 'what the killed run did is counted once, in its own run')
})

test('another body that its connector knows as a redelivery is a duplicate and waits for nobody', async () => {
  await keepArrivals(db.sql, [spoolArrival(1)])
  await leave(scratch, [spoolArrival(1, { body: Buffer.from('{"order":1,"sendCount":2}') })])
  const folder = readFolder(scratch)
  assert.ok(folder.ok)
  const isRedelivery = (_first: Uint8Array, again: Uint8Array): boolean =>
    Buffer.from(again).includes('sendCount')
  const deps = { db: db.sql, vaults: [VAULT], isRedelivery }
  assert.equal((await previewFolder(deps, folder.value)).tally.duplicate, 1)
  const merged = await mergeFolder(
    { ...deps, clock: systemClock, keepDays: 30 },
    { run: 'redelivery', source: scratch, folder: folder.value },
  )
  assert.deepEqual(merged.tally, { accepted: 0, duplicate: 1, conflict: 0, rejected: 0 })
  assert.deepEqual(await readReceipts(db.sql, { open: true }, { limit: 5 }), [])
})

test('a receipt names the order that only the body tells, and is found by what was learned of it later', async () => {
  await leave(scratch, [
    spoolArrival(1, { orderNo: null, body: Buffer.from('#1001') }),
    spoolArrival(2, { orderNo: null, body: Buffer.from('a parcel') }),
    spoolArrival(3, { orderNo: null, body: Buffer.from('nothing') }),
  ])
  const folder = readFolder(scratch)
  assert.ok(folder.ok)
  await mergeFolder(
    {
      db: db.sql,
      vaults: [VAULT],
      clock: systemClock,
      keepDays: 30,
      orderNoOf: ({ body }) => /^#\d+/.exec(Buffer.from(body).toString())?.[0] ?? null,
    },
    { run: 'named', source: scratch, folder: folder.value },
  )
  const found = async (): Promise<string[]> =>
    (await readReceipts(db.sql, { orderNo: '#1001' }, { limit: 5 })).map((row) => row.message_id ?? '')
  const all = (await readReceipts(db.sql, {}, { limit: 5 })).reverse()
  assert.deepEqual(
    all.map((row) => row.order_no),
    ['#1001', null, null],
  )
  assert.deepEqual(await found(), [all[0]?.message_id])
  // The parcel turns out to be of that order.
  await seedOrder(db.sql, { orderNo: '#1001', trackingNos: ['P1'] })
  await db.sql`
    insert into inbox_subject (subject, message_id, received_at)
    select 'parcel:P1', id, received_at from inbox_message where dedup_key = 'delivery-2'`
  assert.deepEqual(await found(), [all[1]?.message_id, all[0]?.message_id])
})

test('the same key with another body is a conflict: nothing of it is read until somebody takes it', async () => {
  await keepArrivals(db.sql, [spoolArrival(1)])
  await leave(scratch, [spoolArrival(1, { body: Buffer.from('{"order":1,"changed":true}') })])
  const folder = readFolder(scratch)
  assert.ok(folder.ok)
  const preview = await previewFolder({ db: db.sql, vaults: [VAULT] }, folder.value)
  assert.equal(preview.tally.conflict, 1)
  assert.deepEqual(await inbox(), { accepted: 1 }, 'a preview writes nothing')
  assert.equal((await merge(scratch)).tally.conflict, 1)
  assert.deepEqual(await inbox(), { accepted: 1, duplicate: 1 }, 'both bodies are kept')
  const [conflict] = await readReceipts(db.sql, { open: true }, { limit: 5 })
  assert.ok(conflict)
  let taken = 0
  const deps = {
    db: db.sql,
    clock: systemClock,
    laneOf: () => 'lane',
    audit: async () => undefined,
    onTaken: () => {
      taken += 1
    },
  }
  const decided = await decideConflict(deps, conflict.id, { decision: 'theirs', by: 'li' })
  assert.ok(decided.ok && decided.value.messageId !== null)
  assert.deepEqual([await inbox(), taken], [{ accepted: 2, duplicate: 1 }, 1])
  const late = await decideConflict(deps, conflict.id, { decision: 'ours', by: 'han' })
  assert.equal(late.ok ? '' : late.refusal.code, 'recovery.decided_conflict')
  assert.deepEqual(await readReceipts(db.sql, { open: true }, { limit: 5 }), [])
  const none = await decideConflict(deps, 999n, { decision: 'ours', by: 'han' })
  assert.equal(none.ok ? '' : none.refusal.code, 'recovery.conflict_not_found')
})

test("another machine's folder needs its key; what cannot be merged is named and keeps nobody up", async () => {
  await leave(join(scratch, 'ours'), some(0, 3))
  await leave(join(scratch, 'other'), some(3, 6), vaultOf('08'))
  writeFileSync(join(scratch, 'no.json'), '{"channel":"shop"}')
  writeFileSync(join(scratch, 'not.hfs'), 'something else')
  const merged = await merge(scratch)
  assert.equal(merged.tally.accepted, 3)
  assert.deepEqual(merged.problems.map((one) => one.code).sort(), [
    'recovery.bad_document',
    'spool.not_a_segment',
    'spool.wrong_key',
  ])
  const withKey = await merge(join(scratch, 'other'), { vaults: [VAULT, vaultOf('08')] })
  assert.deepEqual([withKey.tally.accepted, withKey.problems], [3, []])
  const empty = join(scratch, 'none')
  mkdirSync(empty)
  for (const [path, code] of [
    ['/nowhere/at/all', 'recovery.unreadable'],
    [empty, 'recovery.not_a_spool'],
  ] as const) {
    const read = readFolder(path)
    assert.equal(read.ok ? '' : read.refusal.code, code)
  }
})

test('segments and their exported documents together make duplicates, not doubles; a bare document is enough', async () => {
  const bytes = Uint8Array.of(0, 255, 128, 10)
  const [path = ''] = await leave(join(scratch, 'spool'), [...some(0, 3), spoolArrival(9, { body: bytes })])
  const opened = await openSegment(path, [VAULT])
  assert.ok(opened.ok)
  const documents = join(scratch, 'documents')
  mkdirSync(documents)
  for (const { offset, arrival } of opened.value.batch(0, 10).records)
    writeFileSync(join(documents, `${offset}.json`), JSON.stringify(arrivalToDocument(arrival)))
  const bare = JSON.stringify({ time: '2026-11-11T08:00:00+08:00', channel: 'shop', raw: '{"order":77}' })
  for (const name of ['bare.json', 'again.json']) writeFileSync(join(documents, name), bare)
  const merged = await merge(scratch)
  assert.deepEqual(merged.tally, { accepted: 5, duplicate: 4, conflict: 0, rejected: 0 })
  const [odd] = await db.sql<{ body: Buffer }>`
    select body from inbox_message where dedup_key = 'delivery-9' and verdict = 'accepted'`
  assert.deepEqual([...(odd?.body ?? [])], [...bytes])
  assert.deepEqual((await merge(scratch)).tally, { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 })
})

test('a message that the database cannot hold is told by its receipt, and the rest of the file goes on', async () => {
  const poison = spoolArrival(7, { topic: 'nul \u0000 inside' })
  await leave(scratch, [...some(0, 7), poison, ...some(8, 20)])
  const merged = await merge(scratch)
  assert.deepEqual(merged.tally, { accepted: 19, duplicate: 0, conflict: 0, rejected: 1 })
  const [receipt] = await readReceipts(db.sql, { outcome: 'rejected' }, { limit: 5 })
  assert.match(receipt?.detail ?? '', /^recovery\.unstorable: /)
})

test('an old message is kept as of now, a damaged record is counted, and the others are there', async () => {
  const old = spoolArrival(1, { receivedAt: Temporal.Instant.from('2020-01-01T00:00:00Z') })
  const [path = ''] = await leave(scratch, [old])
  await leave(scratch, some(2, 5))
  const bytes = readFileSync(path)
  const copy = Buffer.from(bytes)
  copy[copy.length - 3] = (copy.at(-3) ?? 0) ^ 1
  mkdirSync(join(scratch, 'damaged'))
  writeFileSync(
    join(scratch, 'damaged', 'x.hfs'),
    Buffer.concat([copy, bytes.subarray(bytes.indexOf('HFRM'))]),
  )
  rmSync(path)
  const merged = await merge(scratch)
  assert.deepEqual([merged.tally.accepted, merged.damaged], [4, 1])
  const [row] = await db.sql<{ count: bigint }>`
    select count(*) as count from inbox_message where received_at > now() - interval '1 hour'`
  assert.equal(row?.count, 4n)
})

const NONE = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 }

/** A copy of a segment with only so many bytes of it, or changed. */
function copyOf(path: string, change: (bytes: Buffer) => Buffer): string {
  const dir = mkdtempSync(join(scratch, 'copy-'))
  const copy = join(dir, 'segment.hfs')
  writeFileSync(copy, change(readFileSync(path)))
  return copy
}

test('a copy that was merged while the segment still grew covers only its own length: the rest is merged after it', async () => {
  const [path = ''] = await leave(join(scratch, 'spool'), some(0, 9))
  const opened = await openSegment(path, [VAULT])
  assert.ok(opened.ok)
  const fifth = opened.value.batch(0, 5).next
  const copy = copyOf(path, (bytes) => bytes.subarray(0, fifth))
  assert.equal((await merge(copy)).tally.accepted, 5)
  assert.equal(await isCovered(db.sql, opened.value), false, 'not to be moved or removed')
  const moved: string[] = []
  const whole = await merge(path, { closed: true, onMerged: async (one) => void moved.push(one) })
  assert.deepEqual(whole.tally, { ...NONE, accepted: 4 })
  assert.deepEqual([moved, await isCovered(db.sql, opened.value)], [[path], true])
  for (const again of [copy, path]) assert.deepEqual((await merge(again)).tally, NONE)
  assert.deepEqual(await inbox(), { accepted: 9 })
})

test('a copy that was cut off within a record, or came with a damaged one, is made good by the whole file', async () => {
  const [path = ''] = await leave(join(scratch, 'spool'), some(0, 12))
  const opened = await openSegment(path, [VAULT])
  assert.ok(opened.ok)
  const offsets = opened.value.batch(0, 20).records.map((record) => record.offset)
  const cut = copyOf(path, (bytes) => bytes.subarray(0, (offsets[6] ?? 0) + 20))
  const first = await merge(cut, { batch: 4 })
  assert.deepEqual([first.tally.accepted, first.damaged], [6, 1])
  // Three damaged places, one of them the last record, in a file of full length.
  const damaged = copyOf(path, (bytes) => {
    for (const i of [2, 8, 11]) bytes[(offsets[i] ?? 0) + 14] = (bytes[(offsets[i] ?? 0) + 14] ?? 0) ^ 1
    return bytes
  })
  assert.deepEqual((await merge(damaged, { batch: 4 })).tally, { ...NONE, accepted: 4 })
  assert.equal((await merge(damaged)).damaged, 0, 'told once')
  assert.equal(await isCovered(db.sql, opened.value), false)
  assert.deepEqual((await merge(path, { batch: 4 })).tally, { ...NONE, accepted: 2 })
  assert.deepEqual(await inbox(), { accepted: 12 }, 'none of the others came again')
  assert.equal(await isCovered(db.sql, opened.value), true)
})

test('two mergers at once, one with a shorter copy: each message once, and the longer file is the one that counts', async () => {
  const [path = ''] = await leave(join(scratch, 'spool'), some(0, 60))
  const copy = copyOf(path, (bytes) => bytes.subarray(0, bytes.length >> 1))
  await Promise.all([merge(copy, { batch: 3 }), merge(path, { batch: 2 })])
  assert.deepEqual(await inbox(), { accepted: 60 })
  const opened = await openSegment(path, [VAULT])
  assert.ok(opened.ok && (await isCovered(db.sql, opened.value)))
})

test('a segment that ends while it is read was still growing when its bytes were taken', async () => {
  const spool = await openSpool({
    roots: [join(scratch, 'live')],
    clock: systemClock,
    vault: VAULT,
    quotaBytes: 1e9,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 100,
    onTrouble: () => undefined,
  })
  try {
    await spool.keep(spoolArrival(1))
    const folder = readFolder(scratch)
    assert.ok(folder.ok)
    const [path = ''] = folder.value.segments
    const reading = segmentSource(path, [VAULT])
    copyFileSync(path, join(dirname(path), '99999999999999-000001.hfs'))
    const source = await reading
    assert.ok(source.ok)
    assert.equal(source.value.complete, false)
  } finally {
    await spool.close()
  }
})
