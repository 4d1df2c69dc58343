import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { addFactsFor, noCalls } from '#test-support/parcels.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { refreshStandings } from './standing/refresh-standings.ts'
import { readCompleteness } from './watch/store.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START.add({ hours: 3 }))
const deps = { clock, connections: () => [], callsFor: () => noCalls(clock), provinceOf: () => null }
let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-11-11'))
})
after(() => database.close())

test('LG1: what a carrier pushed and answers again under another code was not missed, and happened once', async () => {
  const { sql } = database
  const asking = '20261111-9'
  const tell = async (hours: number, kind: 'in_transit' | 'delivered', code: string, message: string) => {
    await addFactsFor(sql, START, 'ZD1', [[kind, hours]], { carrier: 'ZTO', source: 'zto', code, message })
    await sql.begin(async (tx) => void (await refreshStandings(tx, deps, ['ZD1'])))
  }
  await tell(1, 'in_transit', 'push:ARRIVAL', '20261111-1')
  await tell(1, 'in_transit', 'query:到件', asking)
  await tell(2, 'delivered', 'query:签收', asking)
  await sql`insert into fallback_log (at, connection_id, rule, subject, outcome, words, message_id, facts)
    values (${clock.now()}, 'zto', 'silent', 'parcel:ZD1', 'found', '', ${asking}, 2)`
  assert.deepEqual(await readCompleteness(sql, START), [{ carrier: 'ZTO', heard: 2, missed: 1 }])
})
