import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '#platform/postgres/database.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { count, lockOf, seedWarehouses } from '#test-support/stock.ts'
import { freeExpired } from './deadlines/free-expired.ts'
import { type EngineDeps, openStockEngine, type StockEngine } from './index.ts'

let database: FreshDatabase
let engines: StockEngine[] = []
const clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))

before(async () => {
  database = await freshDatabase({ connections: 8 })
  await seedWarehouses(database.sql, 'SH')
})
beforeEach(async () => {
  await database.sql`truncate stock_movement, stock_hold, stock_hold_line, stock_quota, stock_level, stock_applied`
})
afterEach(async () => {
  for (const engine of engines) await engine.stop()
  engines = []
})
after(async () => await database.close())

function open(more: Partial<EngineDeps> = {}): StockEngine {
  const engine = openStockEngine({ db: database.sql, clock, ...more })
  engines.push(engine)
  return engine
}
async function held(): Promise<number> {
  const [row] = await database.sql<{
    open: number
  }>`select coalesce(sum(open), 0)::int as open from stock_hold_line`
  return row?.open ?? -1
}
const codeOf = (answer: { ok: true } | { ok: false; refusal: { code: string } }): string =>
  answer.ok ? 'ok' : answer.refusal.code

test('an answer that comes too late is INV_LOCK_TIMEOUT, leaves nothing held, and the key is free again', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  let gate = Promise.withResolvers<void>()
  let isSlow = true
  const slow = open({ step: async (name) => void (name === 'written' && isSlow && (await gate.promise)) })
  const late = await slow.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 60 })
  assert.equal(codeOf(late), 'INV_LOCK_TIMEOUT')
  isSlow = false
  gate.resolve()
  await until(
    async () => (await held()) === 0,
    () => 'the late lock was given back',
  )
  gate = Promise.withResolvers<void>()
  assert.equal(codeOf(await slow.ask(lockOf('k', [['A', 'SH', 2]]))), 'ok')
  assert.equal(await held(), 2)
})

test('a late lock that somebody asked for again is theirs', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const gate = Promise.withResolvers<void>()
  let waits = 0
  const slow = open({
    step: async (name) => {
      if (name !== 'written') return
      waits += 1
      if (waits === 1) await gate.promise
    },
  })
  const first = slow.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 60 })
  assert.equal(codeOf(await first), 'INV_LOCK_TIMEOUT')
  const again = slow.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 5_000 })
  gate.resolve()
  assert.equal(codeOf(await again), 'ok')
  await slow.stop()
  assert.equal(await held(), 2)
})

test('one that waits in the queue past its deadline is never begun', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const gate = Promise.withResolvers<void>()
  const slow = open({ batch: 1, step: async (name) => void (name === 'gathered' && (await gate.promise)) })
  const first = slow.ask(lockOf('k1', [['A', 'SH', 1]]))
  const second = slow.ask(lockOf('k2', [['A', 'SH', 1]]), { deadlineMs: 40 })
  assert.equal(codeOf(await second), 'INV_LOCK_TIMEOUT')
  gate.resolve()
  assert.equal(codeOf(await first), 'ok')
  await slow.stop()
  assert.equal(await held(), 1)
})

/** A database whose next commits are lost on the way back, as the line dies after the server has committed. */
function forgetful(db: Database, times: number): Database {
  let left = times
  const begin: Database['begin'] = async (run) => {
    const value = await db.begin(run)
    if (left <= 0) return value
    left -= 1
    throw new Outage('database.unreachable', 'the line died after the commit')
  }
  return Object.assign((...args: Parameters<Database>) => db(...args), { ...db, begin }) as Database
}

test('a commit whose word was lost is found by its key and answered as it is', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const engine = open({ db: forgetful(database.sql, 3) })
  assert.equal(codeOf(await engine.ask(lockOf('k', [['A', 'SH', 2]]))), 'ok')
  assert.equal(await held(), 2)
})

test('a commit whose word never came before the deadline is given back', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const engine = open({ db: forgetful(database.sql, 4) })
  assert.equal(
    codeOf(await engine.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 25 })),
    'INV_LOCK_TIMEOUT',
  )
  await until(
    async () => (await held()) === 0,
    () => 'given back',
  )
})

function over(begin: Database['begin']): Database {
  return Object.assign((...args: Parameters<Database>) => database.sql(...args), {
    ...database.sql,
    begin,
  }) as Database
}

/** A database none of whose transactions comes to its end. */
function dead(db: Database): Database {
  const begin: Database['begin'] = async (run) => {
    await db
      .begin(async (tx) => {
        await run(tx)
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    throw new Outage('database.unreachable', 'the line died before the commit')
  }
  return Object.assign((...args: Parameters<Database>) => db(...args), { ...db, begin }) as Database
}

test('asked again elsewhere after INV_LOCK_TIMEOUT: the late clean-up of the first process leaves that lock alone', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  let isDead = true
  const gone = dead(database.sql)
  const begin: Database['begin'] = (run) => (isDead ? gone.begin(run) : database.sql.begin(run))
  const first = open({
    db: over(begin),
  })
  assert.equal(codeOf(await first.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 40 })), 'INV_LOCK_TIMEOUT')
  assert.equal(codeOf(await plain.ask(lockOf('k', [['A', 'SH', 2]]))), 'ok')
  isDead = false
  // Whatever the first one still had to clean up goes before this.
  assert.equal(codeOf(await first.ask(lockOf('other', [['A', 'SH', 1]]))), 'ok')
  await first.stop()
  assert.equal(codeOf(await plain.ask({ do: 'commit', key: 'k', reason: 'left', actor: 'test' })), 'ok')
})

test('asked again while the first asking comes to nothing: the second one keeps its lock', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const gate = Promise.withResolvers<void>()
  let steps = 0
  const engine = open({
    step: async (name) => {
      if (name !== 'written') return
      steps += 1
      if (steps > 1) return
      await gate.promise
      throw new Outage('database.unreachable', 'the line died before the commit')
    },
  })
  assert.equal(
    codeOf(await engine.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 40 })),
    'INV_LOCK_TIMEOUT',
  )
  const again = engine.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 5_000 })
  gate.resolve()
  assert.equal(codeOf(await again), 'ok')
  await engine.stop()
  assert.equal(await held(), 2)
})

test("a lock by a process whose clock is ahead is not taken for an asker's own", async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const ahead = open({ clock: { ...clock, now: () => clock.now().add({ minutes: 4 }) } })
  assert.equal(codeOf(await ahead.ask(lockOf('k', [['A', 'SH', 2]]))), 'ok')
  const gate = Promise.withResolvers<void>()
  let steps = 0
  const slow = open({
    step: async (name) => {
      if (name !== 'written') return
      steps += 1
      if (steps > 1) return
      await gate.promise
      throw new Outage('database.unreachable', 'the line died before the commit')
    },
  })
  assert.equal(codeOf(await slow.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 40 })), 'INV_LOCK_TIMEOUT')
  gate.resolve()
  assert.equal(codeOf(await slow.ask(lockOf('other', [['A', 'SH', 1]]))), 'ok')
  await slow.stop()
  assert.equal(await held(), 3)
})

test('a commit that is still under way when its line died is waited for, and given back', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  let stuck: Promise<unknown> = Promise.resolve()
  const gate = Promise.withResolvers<void>()
  let times = 0
  // The server works on the commit; its client has lost the line, and is told so at once.
  const begin: Database['begin'] = async (run) => {
    times += 1
    if (times > 1) return await database.sql.begin(run)
    const decided = Promise.withResolvers<void>()
    stuck = database.sql.begin(async (tx) => {
      const value = await run(tx)
      decided.resolve()
      await gate.promise
      return value
    })
    await decided.promise
    await new Promise((resolve) => setTimeout(resolve, 60))
    throw new Outage('database.unreachable', 'the line died during the commit')
  }
  const db = over(begin)
  const engine = open({ db })
  assert.equal(
    codeOf(await engine.ask(lockOf('k', [['A', 'SH', 2]]), { deadlineMs: 30 })),
    'INV_LOCK_TIMEOUT',
  )
  await new Promise((resolve) => setTimeout(resolve, 150))
  gate.resolve()
  await stuck
  await until(
    async () => (await held()) === 0,
    () => 'given back',
  )
})

test('two askers of one key wait through an outage together: the one who was told keeps the lock', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const isGone = Promise.withResolvers<void>()
  let times = 0
  const begin: Database['begin'] = async (run) => {
    times += 1
    if (times === 1) return await dead(database.sql).begin(run)
    if (times === 2) {
      await database.sql.begin(run)
      throw new Outage('database.unreachable', 'the line died after the commit')
    }
    await isGone.promise
    return await database.sql.begin(run)
  }
  const engine = open({ db: over(begin) })
  const asked = lockOf('k', [['A', 'SH', 2]])
  const first = engine.ask(asked, { deadlineMs: 200 })
  const second = engine.ask(asked, { deadlineMs: 10_000 })
  assert.equal(codeOf(await first), 'INV_LOCK_TIMEOUT')
  isGone.resolve()
  assert.equal(codeOf(await second), 'ok')
  assert.equal(codeOf(await engine.ask(lockOf('other', [['A', 'SH', 1]]))), 'ok')
  await engine.stop()
  assert.equal(await held(), 3)
})

test('two askers of one key, in two processes, are both told INV_LOCK_TIMEOUT: nothing stays held', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 5)
  const gate = Promise.withResolvers<void>()
  let isFirst = true
  // Its commit is under way, as while the server waits for a standby; the second one waits for the levels behind it.
  const slow = open({
    step: async (name) => {
      if (name !== 'written' || !isFirst) return
      isFirst = false
      await gate.promise
    },
  })
  const other = open()
  const asked = lockOf('k', [['A', 'SH', 2]])
  assert.equal(codeOf(await slow.ask(asked, { deadlineMs: 500 })), 'INV_LOCK_TIMEOUT')
  assert.equal(codeOf(await other.ask(asked, { deadlineMs: 1_000 })), 'INV_LOCK_TIMEOUT')
  gate.resolve()
  await slow.stop()
  await other.stop()
  assert.equal(await held(), 0)
})

test('one bad command does not spoil the others of its batch', async () => {
  const plain = open()
  await count(plain, 'A', 'SH', 50)
  const engine = open({ onError: () => undefined })
  const bad = { ...lockOf('bad', [['A', 'SH', 1]]), reason: 'zero \u0000 byte' }
  const asked = [lockOf('g1', [['A', 'SH', 1]]), bad, lockOf('g2', [['A', 'SH', 1]])].map((one) =>
    engine.ask(one),
  )
  const ended = await Promise.allSettled(asked)
  assert.deepEqual(
    ended.map((one) => one.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal(await held(), 2)
})

test('two engines, one key at once: one hold', async () => {
  const [a, b] = [open(), open()]
  await count(a, 'A', 'SH', 50)
  for (let round = 0; round < 20; round += 1) {
    const [x, y] = await Promise.all([
      a.ask(lockOf(`k${round}`, [['A', 'SH', 1]])),
      b.ask(lockOf(`k${round}`, [['A', 'SH', 1]])),
    ])
    assert.deepEqual([codeOf(x), codeOf(y)], ['ok', 'ok'])
  }
  assert.equal(await held(), 20)
})

test('the database itself refuses to be oversold', async () => {
  const engine = open()
  await count(engine, 'A', 'SH', 1)
  await assert.rejects(
    async () => await database.sql`update stock_level set locked = locked + 2`,
    /would be oversold by 1/,
  )
})

test('at its deadline a hold is freed or asked about, and one renewed meanwhile stays', async () => {
  const engine = open()
  await count(engine, 'A', 'SH', 9)
  await engine.ask(lockOf('goes', [['A', 'SH', 1]], { ttlSeconds: 10, onDeadline: 'release' }))
  await engine.ask(lockOf('lives', [['A', 'SH', 2]], { ttlSeconds: 10, onDeadline: 'release' }))
  await engine.ask(lockOf('asks', [['A', 'SH', 3]], { ttlSeconds: 10 }))
  clock.advance({ seconds: 8 })
  await engine.ask({ do: 'renew', key: 'lives', ttlSeconds: 60 })
  clock.advance({ seconds: 8 })
  assert.equal(await freeExpired({ sql: database.sql, clock, engine }), 1)
  assert.equal(await held(), 5)
  clock.set(clock.now().subtract({ hours: 48 }))
  assert.equal(
    await freeExpired({ sql: database.sql, clock, engine }),
    0,
    'a clock that jumped back frees nothing',
  )
  clock.set(clock.now().add({ hours: 48 }))
})

test('a process whose clock is ahead frees nothing before its deadline by the clock that all share', async () => {
  const nowPlus = (minutes: number): EngineDeps['clock'] => ({
    ...clock,
    now: () => Temporal.Now.instant().add({ minutes }),
  })
  const [ahead, right, behind] = [
    open({ clock: nowPlus(4) }),
    open({ clock: nowPlus(0) }),
    open({ clock: nowPlus(-10) }),
  ]
  await count(right, 'A', 'SH', 5)
  const short = { ttlSeconds: 60, onDeadline: 'release' } as const
  await right.ask(lockOf('running', [['A', 'SH', 1]], short))
  await behind.ask(lockOf('over', [['A', 'SH', 2]], short))
  const deps = { sql: database.sql, clock: nowPlus(4), engine: ahead, isClockChecked: true }
  assert.equal(await freeExpired(deps), 1)
  assert.equal(await held(), 1)
  const renewed = {
    do: 'release',
    key: 'running',
    expiredBy: Temporal.Now.instant(),
    reason: 'deadline',
    actor: 'hub',
  } as const
  assert.equal(codeOf(await ahead.ask(renewed)), 'ok')
  assert.equal(await held(), 1)
})

test('a lock lasts as long as was asked, though the clock of the process that took it is minutes behind', async () => {
  const behind = { now: () => Temporal.Now.instant().subtract({ minutes: 10 }) }
  const engine = open({ clock: behind, isClockChecked: true })
  await count(engine, 'A', 'SH', 5)
  await engine.ask(lockOf('short', [['A', 'SH', 2]], { ttlSeconds: 60, onDeadline: 'release' }))
  await engine.ask({ do: 'renew', key: 'short', ttlSeconds: 120 })
  const other = open({ clock: { now: () => Temporal.Now.instant() } })
  const deps = { sql: database.sql, engine: other, isClockChecked: true }
  assert.equal(await freeExpired({ ...deps, clock: { now: () => Temporal.Now.instant() } }), 0)
  assert.equal(await held(), 2)
  const [row] = await database.sql<{ left: number }>`
    select extract(epoch from deadline_at - clock_timestamp())::int as left from stock_hold where key = 'short'`
  assert.ok((row?.left ?? 0) > 100, 'the renewal counts by the same clock')
})

test('more than may wait are told to come back', async () => {
  const gate = Promise.withResolvers<void>()
  const engine = open({
    queueMost: 2,
    batch: 1,
    step: async (name) => void (name === 'gathered' && (await gate.promise)),
  })
  const asked = [1, 2, 3, 4, 5].map((n) => engine.ask(lockOf(`k${n}`, [['A', 'SH', 1]])))
  assert.equal(codeOf(await (asked[4] as Promise<never>)), 'stock.throttled')
  gate.resolve()
  await Promise.all(asked)
})
