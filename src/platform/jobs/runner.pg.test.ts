import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type JobHandler, type JobRunner, startJobs } from './runner.ts'
import { beat, claimJob, type Job, queueJob } from './store.ts'

let database: FreshDatabase
let clock: ReturnType<typeof manualClock>
let runner: JobRunner | null = null

before(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))
  await database.sql`delete from job`
})
afterEach(async () => {
  await runner?.stop()
  runner = null
})
after(async () => await database.close())

const SILENT = 60
const bounds = () => ({ silentSince: clock.now().subtract({ seconds: SILENT }), maxAttempts: 5 })
const queue = (key?: string) =>
  queueJob(
    database.sql,
    { kind: 'count', payload: { to: 3 }, createdBy: 'ana', ...(key === undefined ? {} : { key }) },
    clock.now(),
  )

async function stateOf(id: bigint) {
  const [row] = await database.sql<{
    state: string
    attempts: number
    progress: bigint
    error: string | null
  }>`
    select state, attempts, progress, error from job where id = ${id}`
  return row
}

function run(handler: JobHandler): unknown[] {
  const errors: unknown[] = []
  const deps = {
    db: database.sql,
    clock,
    handlers: { count: handler },
    onError: (e: unknown) => void errors.push(e),
  }
  runner = startJobs(deps, 20)
  return errors
}

test('a job runs with its payload, tells its progress and keeps its result', async () => {
  const id = await queue()
  run(async (job, progress) => {
    await progress(2, 3)
    return ok({ counted: job.payload.to })
  })
  await until(
    async () => (await stateOf(id))?.state === 'done',
    () => 'not done',
  )
  const [row] = await database.sql`select progress, total, result, attempts from job where id = ${id}`
  assert.deepEqual(row, { progress: 2n, total: 3n, result: { counted: 3 }, attempts: 1 })
})

test('a key that is known answers the job that has it', async () => {
  assert.equal(await queue('nightly'), await queue('nightly'))
})

test('a refusal fails the job with its code and is not tried again', async () => {
  const id = await queue()
  run(async () => refuse('count.no', 'cannot count'))
  await until(
    async () => (await stateOf(id))?.state === 'failed',
    () => 'not failed',
  )
  assert.deepEqual(await stateOf(id), {
    state: 'failed',
    attempts: 1,
    progress: 0n,
    error: 'count.no: cannot count',
  })
})

test('an outage is tried five times, later each time, then it has failed', async () => {
  const id = await queue()
  let runs = 0
  run(async () => {
    runs += 1
    throw new Outage('count.away', 'away')
  })
  for (let attempt = 1; attempt < 5; attempt += 1) {
    await until(
      async () => (await stateOf(id))?.state === 'queued' && runs === attempt,
      () => `run ${runs}`,
    )
    clock.advance({ seconds: 10 * attempt - 1 })
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.equal(runs, attempt, 'not before its time')
    clock.advance({ seconds: 1 })
  }
  await until(
    async () => (await stateOf(id))?.state === 'failed',
    () => 'not failed',
  )
  assert.equal(runs, 5)
})

test('a job whose process fell silent is taken over after a minute and no sooner', async () => {
  const id = await queue()
  assert.notEqual(await claimJob(database.sql, ['count'], clock.now(), bounds()), null)
  clock.advance({ seconds: SILENT })
  assert.equal(await claimJob(database.sql, ['count'], clock.now(), bounds()), null)
  clock.advance({ seconds: 1 })
  const again = await claimJob(database.sql, ['count'], clock.now(), bounds())
  assert.deepEqual([again?.id, again?.attempts], [id, 2])
})

test('whoever lost a job by silence can neither go on with it nor end it', async () => {
  await queue()
  const first = (await claimJob(database.sql, ['count'], clock.now(), bounds())) as Job
  clock.advance({ seconds: SILENT + 1 })
  const second = (await claimJob(database.sql, ['count'], clock.now(), bounds())) as Job
  const at = { progress: 1n, total: null }
  assert.equal(await beat(database.sql, first, at, clock.now()), false)
  assert.equal(await beat(database.sql, second, at, clock.now()), true)
})

test('a job that silenced its process five times has failed', async () => {
  const id = await queue()
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    assert.equal((await claimJob(database.sql, ['count'], clock.now(), bounds()))?.attempts, attempt)
    clock.advance({ seconds: SILENT + 1 })
  }
  assert.equal(await claimJob(database.sql, ['count'], clock.now(), bounds()), null)
  assert.equal((await stateOf(id))?.state, 'failed')
})

test('a cancelled job stops at its next word and stays cancelled', async () => {
  const id = await queue()
  let stopped = false
  run(async (_job, progress) => {
    try {
      for (let i = 0; ; i += 1) {
        await progress(i)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    } finally {
      stopped = true
    }
  })
  await until(
    async () => ((await stateOf(id))?.progress ?? 0n) > 2n,
    () => 'no progress',
  )
  await database.sql`update job set state = 'cancelled' where id = ${id}`
  await until(
    async () => stopped,
    () => 'it goes on',
  )
  assert.equal((await stateOf(id))?.state, 'cancelled')
})

test('a hub that stops leaves its job queued, however often, and does not count it as a try', async () => {
  const id = await queue()
  for (let stop = 0; stop < 6; stop += 1) {
    let begun = false
    run(async (_job, progress) => {
      begun = true
      for (;;) {
        await progress(1)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
    await until(
      async () => begun,
      () => 'not begun',
    )
    await runner?.stop()
    assert.deepEqual([(await stateOf(id))?.state, (await stateOf(id))?.attempts], ['queued', 0])
  }
})

test('a job of a kind that nobody here does is left to others', async () => {
  const id = await queueJob(database.sql, { kind: 'else', payload: {}, createdBy: 'ana' }, clock.now())
  assert.equal(await claimJob(database.sql, ['count'], clock.now(), bounds()), null)
  assert.equal((await stateOf(id))?.state, 'queued')
})
