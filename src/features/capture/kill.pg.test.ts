import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
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
import { type FakeSource, fakeSource } from '#test-support/fake-feed.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { openLagTally } from './lag-figures.ts'
import { type RunDeps, runFeed } from './run-feed.ts'
import { noteStatus, readFeed } from './store.ts'

let database: FreshDatabase
let db: Database
const now = (): Temporal.Instant => systemClock.now()

before(async () => {
  database = await freshDatabase({ connections: 10 })
  db = database.sql
})
after(async () => await database.close())

/** A database that dies at its n-th statement, or right after it committed: what comes later fails too, as with a killed process. */
function dyingAt(at: number, onDead: () => void): { db: Database; count: () => number } {
  let n = 0
  let dead = false
  const step = (): void => {
    n += 1
    if (n === at) dead = true
    if (!dead) return
    onDead()
    throw new Error('killed')
  }
  const wrap = (sql: Sql): Sql =>
    (async (text: TemplateStringsArray, ...values: Parameters<Sql>[1][]) => {
      step()
      return await sql(text, ...values)
    }) as Sql
  const dying = Object.assign(wrap(db), {
    ...db,
    begin: async <T>(run: (tx: Sql) => Promise<T>): Promise<T> => {
      const value = await db.begin(async (tx) => {
        const done = await run(wrap(tx))
        step()
        return done
      })
      step()
      return value
    },
  }) as Database
  return { db: dying, count: () => n }
}

async function runUntilDead(id: bigint, source: FakeSource, at: number): Promise<boolean> {
  const abort = new AbortController()
  const dying = dyingAt(at, () => abort.abort())
  const deps: RunDeps = {
    db: dying.db,
    clock: systemClock,
    random: seededRandom(1),
    callsFor: () => ({}) as never,
    lag: openLagTally({ db, clock: systemClock, onError: () => undefined }),
    readRow: (one) => readFeed(dying.db, one),
    onStatus: (run, status, words) => noteStatus(dying.db, run, status, words, now()),
    onError: () => undefined,
    sleep: () => Promise.resolve(),
    quietMs: 60_000,
  }
  const row = await readFeed(db, id)
  assert.ok(row !== null)
  const sleeping = { ...deps, sleep: (ms: number, signal: AbortSignal) => rest(ms, signal) }
  const run = runFeed(sleeping, row, connectedTo('feed', source), abort.signal).catch(() => undefined)
  for (let looks = 0; !abort.signal.aborted; looks += 1) {
    assert.ok(looks < 5_000, 'it got stuck')
    if ((await readFeed(db, id))?.position === String(source.log.length)) break
    await sleep(2)
  }
  const survived = !abort.signal.aborted
  abort.abort()
  await run
  await deps.lag.stop()
  return survived
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
    if (signal.aborted) resolve()
  })
}

test('killed between every two statements, nothing is lost and nothing is done twice', async () => {
  let kills = 0
  for (let at = 2; at < 200; at += 1) {
    await freshLedger(db)
    const table = [level('A', 10, 1n), level('B', 5, 1n), level('C', 3, 1n), level('D', 1, 1n)]
    const source = fakeSource(() => table)
    source.batch = 2
    const id = await addFeed(db, 'feed')
    // The ledger has one figure of its own already, which the snapshot contradicts.
    await db`insert into stock_level (sku, warehouse, physical, source_quantity, source_version) values ('D', 'W', 4, 4, 1)`
    const early = await runUntilDead(id, source, at)
    // The first run followed from an empty log where it came so far; the changes come after it.
    source.log.push(level('A', 8, 2n), move('M', 5, '1'), level('B', 6, 2n), move('M', -2, '2'))
    if (!early) kills += 1
    await runUntilDead(id, source, 10_000)
    const { 'M@W': moved, ...levels } = await ledgerOf(db)
    assert.deepEqual(
      levels,
      {
        'A@W': early || moved !== undefined ? 8 : 10,
        'B@W': moved === undefined ? 5 : 6,
        'C@W': 3,
        'D@W': 4,
      },
      `killed at ${at}`,
    )
    assert.deepEqual(await findingsOf(db), ['drift D open 4/1'], `killed at ${at}`)
    assert.deepEqual(await reservedOf(db), { D: 3 }, `killed at ${at}`)
    if (early) {
      assert.equal(moved, 3)
      break
    }
  }
  assert.ok(kills > 15, `${kills} kills`)
})

test('killed between every two statements while following, each movement counts once', async () => {
  let kills = 0
  for (let at = 2; at < 120; at += 1) {
    await freshLedger(db)
    const source = fakeSource()
    source.batch = 2
    const id = await addFeed(db, 'feed')
    await db`update stock_feed set position = '0', position_mapping = mapping_hash, snapshot_at = now() where id = ${id}`
    source.log.push(
      level('A', 8, 2n),
      move('M', 5, '1'),
      level('B', 6, 2n),
      move('M', -2, '2'),
      level('A', 7, 3n),
    )
    const survived = await runUntilDead(id, source, at)
    if (!survived) {
      kills += 1
      await runUntilDead(id, source, 10_000)
    }
    assert.deepEqual(await ledgerOf(db), { 'A@W': 7, 'B@W': 6, 'M@W': 3 }, `killed at ${at}`)
    const [sum] = await db<{ n: number }>`select sum(physical)::int as n from stock_movement where sku = 'M'`
    assert.equal(sum?.n, 3, `killed at ${at}`)
    if (survived) break
  }
  assert.ok(kills > 15, `${kills} kills`)
})
