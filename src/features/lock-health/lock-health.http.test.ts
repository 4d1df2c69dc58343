import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answered, LockCommand, LockOutcome } from '#features/stock/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { lockHealthRoutes } from './http.ts'
import { openLockTally } from './tally.ts'
import { forgetLocks, watchLocks } from './watch.ts'

const clock = manualClock(Temporal.Instant.from('2026-11-11T02:30:00Z'))
let server: TestServer
before(async () => {
  server = await openTestServer((app, { sql }) =>
    lockHealthRoutes(app, { sql, clock, zone: () => 'Asia/Shanghai', leastRate: 0.999 }),
  )
  for (const code of ['BJ', 'SH'])
    await server.sql`insert into warehouse (code, name, updated_by) values (${code}, ${`${code}仓`}, 'test')`
})
after(async () => await server.close())

let keys = 0
function outcome(
  answerOf: (command: LockCommand) => Answered,
  at = clock.now(),
  warehouse = 'BJ',
): LockOutcome {
  keys += 1
  const command: LockCommand = {
    do: 'lock',
    key: `k${keys}`,
    kind: 'lock',
    owner: { kind: 'order', id: '7', reference: 'T-7' },
    channel: null,
    lines: [{ sku: 'A', quantity: 3, warehouse }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'paid',
    actor: 'hub',
    ttlSeconds: 900,
    onDeadline: 'ask',
  }
  return { command, answer: answerOf(command), at, tookMs: 4 }
}
const stood =
  (warehouses: readonly string[]) =>
  (command: LockCommand): Answered =>
    ok({
      do: 'lock',
      isRepeat: false,
      hold: {
        id: 1n,
        key: command.key,
        kind: 'lock',
        state: 'held',
        owner: command.owner,
        channel: null,
        reason: '',
        actor: '',
        createdAt: clock.now(),
        deadlineAt: clock.now(),
        heartbeatAt: clock.now(),
        onDeadline: 'ask',
        lines: warehouses.map((warehouse) => ({
          sku: 'A',
          warehouse,
          quantity: 1,
          open: 1,
          committed: 0,
          fromQuota: 0,
        })),
      },
    })
const short = (): Answered =>
  refuse('SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'A at BJ: 3 wanted, 1 available', {
    short: [
      { sku: 'A', warehouse: 'BJ', wanted: 3, available: 1, elsewhere: [{ warehouse: 'SH', available: 8 }] },
    ],
  })
const late = (): Answered => refuse('INV_LOCK_TIMEOUT', 'not within 5 s')
const many = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make)

type Heat = {
  total: { asked: number; rate: number; technicalRate: number }
  steps: string[]
  warehouses: { code: string; asked: number; rate: number | null }[]
  cells: {
    warehouse: string
    step: number
    asked: number
    locked: number
    refused: number
    timedOut: number
  }[]
}
const heat = async (query = ''): Promise<Heat> =>
  (await server.call('GET', `/api/lock-health${query}`)).body as Heat

test('counts by warehouse and hour, each lock once in the total', async () => {
  const tally = openLockTally({ db: server.sql, onError: (error) => assert.fail(String(error)) })
  const before = clock.now().subtract({ hours: 3 })
  tally.recordLocks([
    ...many(6, () => outcome(stood(['BJ', 'SH']))),
    ...many(2, () => outcome(short)),
    ...many(1, () => outcome(late)),
    outcome(stood(['BJ']), before),
  ])
  await tally.flush()
  tally.recordLocks([outcome(late)])
  await tally.stop()
  const seen = await heat()
  assert.deepEqual([seen.total.asked, seen.total.rate, seen.total.technicalRate], [11, 7 / 11, 9 / 11])
  assert.equal(seen.steps.length, 24)
  assert.deepEqual(
    seen.warehouses.map(({ code, asked, rate }) => [code, asked, rate]),
    [
      ['BJ', 11, 7 / 11],
      ['SH', 6, 1],
    ],
  )
  assert.deepEqual(
    seen.cells.map((one) => [one.warehouse, one.step, one.locked, one.refused, one.timedOut]),
    [
      ['BJ', 20, 1, 0, 0],
      ['BJ', 23, 6, 2, 2],
      ['SH', 23, 6, 0, 0],
    ],
  )
  const wide = await heat('?from=2026-11-10T00:00:00Z&to=2026-11-12T00:00:00Z&stepHours=24')
  assert.deepEqual(
    wide.cells.map((one) => [one.warehouse, one.step, one.asked]),
    [
      ['BJ', 0, 1],
      ['BJ', 1, 10],
      ['SH', 1, 6],
    ],
  )
})

test('a cell opens the locks that failed: why, wanted, available and what was elsewhere', async () => {
  const page = (await server.call('GET', '/api/lock-health/failures?warehouse=BJ&limit=3')).body as {
    items: { code: string; wanted: number; available: number; elsewhere: unknown[]; owner: { id: string } }[]
    next: string | null
  }
  assert.equal(page.items.length, 3)
  const found = page.items.find((item) => item.code === 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.deepEqual(
    [found?.wanted, found?.available, found?.elsewhere, found?.owner.id],
    [3, 1, [{ warehouse: 'SH', available: 8 }], '7'],
  )
  const rest = (
    await server.call('GET', `/api/lock-health/failures?warehouse=BJ&limit=3&cursor=${page.next}`)
  ).body as typeof page
  assert.deepEqual([rest.items.length, rest.next], [1, null])
  const groups = (await server.call('GET', '/api/lock-health/failures/groups')).body as {
    items: { code: string; count: number }[]
  }
  assert.deepEqual(
    groups.items.map(({ code, count }) => [code, count]),
    [
      ['INV_LOCK_TIMEOUT', 2],
      ['SKU_NOT_AVAILABLE_IN_WAREHOUSE', 2],
    ],
  )
  for (const query of [
    '?from=x',
    '?from=2026-11-11T00:00:00Z&to=2026-11-10T00:00:00Z',
    '?from=2020-01-01T00:00:00Z',
  ])
    assert.equal(
      ((await server.call('GET', `/api/lock-health${query}`)).body as { code: string }).code,
      'lock_health.bad_span',
    )
})

test('what cannot be written waits, and a flood keeps its count if not its list', async () => {
  let away = true
  const real = server.sql
  const flaky = Object.assign(((...args: Parameters<Database>) => real(...args)) as Database, real, {
    begin: async (run: Parameters<Database['begin']>[0]) => {
      if (away) throw new Outage('database.unreachable', 'away')
      return await real.begin(run)
    },
  }) as Database
  const tally = openLockTally({ db: flaky, onError: () => undefined })
  const before = await heat()
  tally.recordLocks(many(1_000, () => outcome(short)))
  await assert.rejects(tally.flush())
  tally.recordLocks(many(10, () => outcome(stood(['SH']))))
  await assert.rejects(tally.flush())
  away = false
  await tally.stop()
  assert.equal((await heat()).total.asked, before.total.asked + 1_010)
  const [kept] = await server.sql<{ n: bigint }>`select count(*) as n from lock_failure`
  assert.equal(Number(kept?.n), 204, '200 of the flood beside the four before')
})

test('a caller whose words no column takes costs its own row only', async () => {
  const tally = openLockTally({ db: server.sql, onError: () => undefined })
  const before = await heat()
  const poison = outcome(late)
  tally.recordLocks([{ ...poison, command: { ...poison.command, key: 'a\u0000b' } }, outcome(late)])
  await tally.stop()
  assert.equal((await heat()).total.asked, before.total.asked + 2)
})

test('two bad hours are an alarm that says what to look at, and heal', async () => {
  const alarms = openAlarms({ db: server.sql, clock, onUnstored: () => assert.fail('stored') })
  const deps = { db: server.sql, clock, alarms, leastRate: 0.999, hours: 2, failureDays: 30 }
  await server.sql`delete from lock_hour`
  const tally = openLockTally({ db: server.sql, onError: (error) => assert.fail(String(error)) })
  const hourAgo = clock.now().subtract({ hours: 1 })
  tally.recordLocks([...many(30, () => outcome(stood(['BJ']))), ...many(3, () => outcome(short))])
  await tally.flush()
  const open = async () =>
    await server.sql<{ subject: string; severity: string; zh: string }>`
      select subject, severity, zh from alarm where rule = 'stock.lock_rate' and state <> 'resolved'`
  await watchLocks(deps)
  assert.deepEqual(await open(), [])
  tally.recordLocks([
    ...many(30, () => outcome(stood(['BJ']), hourAgo)),
    ...many(3, () => outcome(short, hourAgo)),
  ])
  await tally.stop()
  await watchLocks(deps)
  const [alarm] = await open()
  assert.deepEqual([alarm?.subject, alarm?.severity], ['BJ', 'warning'])
  assert.match(alarm?.zh ?? '', /BJ仓 连续 2 小时锁库成功率 90\.90%，低于 99\.90%：66 次中 6 次缺货/)
  clock.advance({ hours: 2 })
  await watchLocks(deps)
  assert.deepEqual(await open(), [])
})

test('failures are forgotten after their days, figures are kept', async () => {
  const alarms = openAlarms({ db: server.sql, clock, onUnstored: () => assert.fail('stored') })
  clock.advance({ hours: 24 * 31 })
  await forgetLocks({ db: server.sql, clock, alarms, leastRate: 1, hours: 2, failureDays: 30 })
  const [left] = await server.sql<{ failures: bigint; hours: bigint }>`
    select (select count(*) from lock_failure) as failures, (select count(*) from lock_hour) as hours`
  assert.deepEqual([left?.failures, (left?.hours ?? 0n) > 0n], [0n, true])
})
