import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { claimJob, freeJobs, queueJob } from '#platform/jobs/store.ts'
import { claimIntents, freeIntents, newIntents } from '#platform/outbox/store.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type Absent, type Presence, startPresence } from './presence.ts'
import { noteGone, noteProcess, readProcesses } from './store.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(async () => await database.close())

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const LEASE = Temporal.Duration.from({ seconds: 90 })
const IDLE = {
  cpuPercent: 0,
  memoryBytes: 1,
  loopDelayMs: 0,
  acceptedPerSecond: 0,
  interpretedPerSecond: 0,
  effectsPerSecond: 0,
}
const factsOf = (id: string) => ({
  id,
  roles: ['worker'],
  version: '1',
  host: 'h',
  pid: 1,
  home: '',
  pidMark: '',
  startedAt: NOW,
})

async function openOne(
  id: string,
): Promise<{ presence: Presence; absent: () => Absent | null; die: () => Promise<void> }> {
  const locks = openLocks(database.url)
  let last: Absent | null = null
  const presence = await startPresence({
    db: database.sql,
    locks,
    facts: factsOf(id),
    totals: async () => ({ accepted: 1, interpreted: 2, effects: 3 }),
    onAbsent: async (absent) => {
      last = absent
    },
    onGone: () => undefined,
    onError: () => undefined,
  })
  return { presence, absent: () => last, die: locks.end }
}

test('a process shows itself, holds its lock while it lives, and leaves with a goodbye', async () => {
  const one = await openOne('one')
  const [row] = await readProcesses(database.sql)
  assert.deepEqual([row?.id, row?.held, row?.state, row?.goneAt], ['one', true, 'running', null])
  assert.deepEqual(one.absent()?.living, ['one'])
  one.presence.drain()
  await until(
    async () => (await readProcesses(database.sql))[0]?.state === 'draining',
    () => 'not shown',
  )
  await one.presence.stop()
  await one.die()
  assert.deepEqual(await readProcesses(database.sql), [])
})

test('one that went without a goodbye is found within seconds, by all the others, and is told once', async () => {
  const other = await openOne('other')
  // Its row and nothing else: what a process leaves that was killed.
  await noteProcess(database.sql, factsOf('dead'), { url: '', state: 'running', load: IDLE })
  const counted = async (): Promise<boolean> => other.absent()?.living.includes('dead') === true
  await until(counted, () => 'not seen')
  const startedAt = performance.now()
  await until(
    async () => !(await counted()),
    () => 'not missed',
  )
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < 8_000, `${tookMs} ms`)
  const dead = (await readProcesses(database.sql)).find(({ id }) => id === 'dead')
  assert.ok(dead !== undefined && dead.goneAt !== null)
  assert.deepEqual(await noteGone(database.sql, [dead]), [], 'a second one does not tell it again')
  // It lived after all: the first sign of life undoes it.
  await noteProcess(database.sql, factsOf('dead'), { url: '', state: 'running', load: IDLE })
  assert.deepEqual(
    await noteGone(database.sql, [dead]),
    [],
    'what it has said since outweighs what was seen before',
  )
  assert.equal((await readProcesses(database.sql)).find(({ id }) => id === 'dead')?.goneAt, null)
  await other.presence.stop()
  await other.die()
})

test('leases of the ended are over at once and in doubt; of who may only have lost its database, once no call can be under way', async () => {
  const draft = (key: string) => ({ key, effect: 'e', connection: 'c', orderId: null, payload: {} })
  const claim = async (owner: string) => await claimIntents(database.sql, NOW, LEASE, 1, [], [], owner)
  for (const owner of ['living', 'ended', 'silent']) {
    await newIntents(database.sql, [draft(owner)], NOW)
    assert.equal((await claim(owner)).length, 1)
  }
  const absent = { living: ['living', 'me'], ended: ['ended'] }
  assert.equal(await freeIntents(database.sql, absent), 1)
  const [first] = await claimIntents(database.sql, NOW, LEASE, 9, [], [], 'me')
  assert.deepEqual([first?.key, first?.doubtful], ['ended', true])
  await begunAgo(21)
  assert.equal(await freeIntents(database.sql, absent), 1)
  const taken = await claimIntents(database.sql, NOW, LEASE, 9, [], [], 'me')
  assert.deepEqual(
    taken.map(({ key, doubtful }) => [key, doubtful]),
    [['silent', true]],
  )
  await begunAgo(60)
  assert.equal(await freeIntents(database.sql, absent), 0, 'the living keep theirs')
})

/** By the database's clock, which leases run by. */
async function begunAgo(seconds: number): Promise<void> {
  await database.sql`
    update outbox_intent set updated_at = now() - make_interval(secs => ${seconds}) where state = 'sending'`
}

test('a job of the dead goes on with another at once; one that has just begun is left to its owner', async () => {
  const bounds = (now: Temporal.Instant) => ({ silentSince: now.subtract({ seconds: 60 }), maxAttempts: 5 })
  await queueJob(database.sql, { kind: 'k', payload: {}, createdBy: 'x' }, NOW)
  assert.notEqual(await claimJob(database.sql, ['k'], NOW, { ...bounds(NOW), owner: 'unseen' }), null)
  const soon = NOW.add({ seconds: 2 })
  assert.equal(await freeJobs(database.sql, { living: ['me'], ended: [] }, soon), 0)
  const later = NOW.add({ seconds: 6 })
  assert.equal(await claimJob(database.sql, ['k'], later, bounds(later)), null, 'its silence is not long yet')
  assert.equal(await freeJobs(database.sql, { living: ['me'], ended: [] }, later), 1)
  assert.equal((await claimJob(database.sql, ['k'], later, { ...bounds(later), owner: 'me' }))?.attempts, 2)
  assert.equal(await freeJobs(database.sql, { living: ['me'], ended: [] }, later.add({ minutes: 9 })), 0)
})
