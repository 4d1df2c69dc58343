import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { mendTimes } from '#app/clocks.ts'
import { sweepIfDue } from '#platform/sweeps/store.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedConnection } from '#test-support/seed-orders.ts'

let db: FreshDatabase
before(async () => {
  db = await freshDatabase()
  await seedConnection(db.sql, 'shop')
})
after(async () => await db.close())

const EVERY = 10_000
const sweep = (now: Temporal.Instant, everyMs = EVERY) =>
  sweepIfDue(db.sql, { name: 'looks', everyMs, now }, async () => undefined)

test('a sweep whose last run was noted by a clock a day ahead runs all the same, and then keeps its rhythm', async () => {
  const now = Temporal.Instant.from('2026-11-11T12:00:00Z')
  assert.equal(await sweep(now.add({ hours: 24 })), true)
  assert.equal(await sweep(now), true)
  assert.equal(await sweep(now.add({ seconds: 5 })), false)
  assert.equal(await sweep(now.add({ seconds: 9 })), true, 'a tenth less, since clocks differ')
})

test('what was written by a clock a day ahead waits as long as was meant, and what waits by a right one is left alone', async () => {
  const sql = db.sql
  const wrong = Temporal.Now.instant().add({ hours: 24 })
  const right = Temporal.Now.instant()
  await sql`insert into alarm_route (name, least_severity, targets, updated_by) values ('all', 'info', '{}', 'li')`
  for (const [key, at] of [
    ['wrong', wrong],
    ['right', right],
  ] as const) {
    const soon = at.add({ seconds: 90 })
    await sql`insert into outbox_intent (key, effect, connection_id, payload, not_before, updated_at)
      values (${key}, 'order.fetch', 'shop', '{}', ${soon}, ${at})`
    await sql`insert into job (kind, key, payload, created_by, not_before, updated_at)
      values ('import', ${key}, '{}', 'li', ${soon}, ${at})`
    await sql`insert into fallback_ask (subject, order_id, shop_id, rule, due_at, asked_at, held_until)
      values (${key}, 1, 'shop', 'silent', ${soon}, ${at}, ${at.add({ seconds: 30 })})`
    await sql`insert into breaker (connection_id, state, reason, since, probe_at, updated_at)
      values (${key}, 'open', 'errors', ${at}, ${soon}, ${at})`
    await sql`insert into alarm (rule, subject, severity, zh, en, evidence, opened_at, last_at)
      values ('outbox.dead', ${key}, 'warning', '', '', '{}', ${at}, ${at})`
    await sql`insert into alarm_told (alarm_id, route_id, severity, targets, told_at, reminded_at)
      select id, (select min(id) from alarm_route), 'warning', '{}', ${at}, ${at} from alarm where subject = ${key}`
  }
  assert.deepEqual(await mendTimes(sql), {
    alarm: 1,
    alarm_told: 1,
    breaker: 1,
    fallback_ask: 1,
    job: 1,
    outbox_intent: 1,
  })
  const rows = await sql<{ what: string; seconds: number }>`
    select what, extract(epoch from at - clock_timestamp())::float8 as seconds from (
      select 'intent' as what, not_before as at from outbox_intent where key in ('wrong', 'right')
      union all select 'job', not_before from job
      union all select 'ask', due_at from fallback_ask
      union all select 'probe', probe_at from breaker where connection_id in ('wrong', 'right')) as times`
  assert.equal(rows.length, 8)
  for (const { what, seconds } of rows) assert.ok(seconds > 60 && seconds <= 91, `${what} waits ${seconds} s`)
  const [told] = await sql<{ ahead: bigint }>`
    select count(*) as ahead from alarm_told join alarm on alarm.id = alarm_id
    where greatest(told_at, reminded_at, opened_at) > clock_timestamp()`
  assert.equal(told?.ahead, 0n)
  const [held] = await sql<{
    held: boolean
  }>`select held_until is not null as held from fallback_ask where subject = 'wrong'`
  assert.equal(held?.held, false)
  assert.deepEqual(await mendTimes(sql), {})
})
