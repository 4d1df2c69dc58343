import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { openAlarms } from './alarms.ts'
import { type AlarmSignal, acknowledgeAlarms, forgetAlarms, raiseAlarm } from './store.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(async () => await database.close())

function signal(subject: string, severity: AlarmSignal['severity'] = 'warning', zh = '坏了'): AlarmSignal {
  return {
    rule: 'outbox.dead',
    subject,
    severity,
    words: { zh, en: 'broken' },
    evidence: { n: 1 },
    link: null,
  }
}

async function rows(): Promise<string[]> {
  const found = await database.sql<{ subject: string; severity: string; state: string; times: number }>`
    select subject, severity, state, times from alarm order by id`
  return found.map((row) => `${row.subject} ${row.severity} ${row.state} ${row.times}`)
}

test('raising again only refreshes; a worse one is news, a milder one is not', async () => {
  assert.equal(await raiseAlarm(database.sql, signal('a'), START), true)
  assert.equal(await raiseAlarm(database.sql, signal('a', 'warning', '还坏着'), START), false)
  assert.equal(await raiseAlarm(database.sql, signal('a', 'critical'), START), true)
  assert.equal(await raiseAlarm(database.sql, signal('a'), START), false)
  assert.deepEqual(await rows(), ['a warning open 4'])
})

test('an acknowledged alarm that becomes more severe is open again, one that stays as bad is not', async () => {
  const of = async () =>
    await database.sql<{ id: bigint; state: string; by: string | null }>`
      select id, state, acknowledged_by as by from alarm where subject = 'seen' and state <> 'resolved'`
  await raiseAlarm(database.sql, signal('seen'), START)
  const [first] = await of()
  assert.ok(first !== undefined)
  await acknowledgeAlarms(database.sql, [first.id], 'ann', 'known', START)
  assert.equal(await raiseAlarm(database.sql, signal('seen'), START), false)
  assert.deepEqual(await of(), [{ id: first.id, state: 'acknowledged', by: 'ann' }])
  assert.equal(await raiseAlarm(database.sql, signal('seen', 'critical'), START), true)
  assert.deepEqual(await of(), [{ id: first.id, state: 'open', by: null }])
  await database.sql`delete from alarm where subject = 'seen'`
})

test('settling opens what is wrong, resolves the rest, and a trouble that returns is a new alarm', async () => {
  const alarms = openAlarms({
    db: database.sql,
    clock: manualClock(START),
    onUnstored: () => assert.fail('stored'),
  })
  await alarms.settle('outbox.dead', [signal('b')])
  assert.deepEqual(await rows(), ['a warning resolved 4', 'b warning open 1'])
  await alarms.clear('outbox.dead', 'b')
  await alarms.raise(signal('a'))
  assert.equal((await rows()).at(-1), 'a warning open 1')
  assert.equal(await forgetAlarms(database.sql, START), 0)
  assert.equal(await forgetAlarms(database.sql, START.add({ seconds: 1 })), 2)
})

test('what a database that refuses does not store is told past it', async () => {
  const told: string[] = []
  const refusing = (async () => {
    throw new Outage('database.unreachable', 'refused')
  }) as unknown as Database
  const onUnstored = ({ subject }: AlarmSignal): void => void told.push(subject)
  await openAlarms({ db: refusing, clock: manualClock(START), onUnstored }).raise(signal('refused'))
  assert.deepEqual(told, ['refused'])
})
