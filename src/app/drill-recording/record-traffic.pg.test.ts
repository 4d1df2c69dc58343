import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { checkScenario } from '../drill-scenario.ts'
import { openMask } from './mask.ts'
import { recordTraffic } from './record-traffic.ts'

const mask = openMask(new Uint8Array(32).fill(9))
const FROM = Temporal.Now.instant().subtract({ minutes: 30 })
const TO = FROM.add({ minutes: 10 })

test('what was accepted in a span becomes a scenario that can be used and lines that name nobody', async () => {
  const database = await freshDatabase()
  const { sql } = database
  try {
    await ensurePartitions(sql, FROM.toZonedDateTimeISO('UTC').toPlainDate())
    await seedConnection(sql, 'shop', '旗舰店')
    await sql`update connection set kind = 'youzan' where id = 'shop'`
    const put = (minutes: number, verdict: string, body: string) => sql`
      insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status, response_body, latency_us)
      values (${FROM.add({ seconds: minutes * 60 })}, 'shop', 'http', 'trade', ${`k${minutes}${verdict}`}, '{"x-kind":"a","x-sign":"s"}', ${Buffer.from(body)},
        ${verdict}, 200, '', 0)`
    await put(2, 'accepted', '{"tid":"E1","receiver_name":"张三"}')
    await put(3, 'rejected', '{"tid":"E2"}')
    await put(4, 'accepted', '<xml>张三</xml>')
    await put(20, 'accepted', '{"tid":"E3"}')
    const done = await recordTraffic({ sql, mask }, { from: FROM, to: TO, id: 'rush', file: 'rush.jsonl' })
    assert.ok(done.ok)
    assert.equal(done.value.kept, 1)
    assert.deepEqual(done.value.leftOut, { 'a form that cannot be masked': 1 })
    const message = JSON.parse(done.value.messages)
    assert.equal(message.afterMs, 120_000)
    assert.deepEqual(message.headers, { 'x-kind': 'a' })
    assert.ok(message.body.includes('E1') && !message.body.includes('张三'))
    const checked = checkScenario(done.value.scenario)
    assert.ok(checked.ok, JSON.stringify(checked))
    assert.deepEqual(checked.value.world.shops, ['youzan'])

    const ask = { from: TO, to: FROM, id: 'rush', file: 'rush.jsonl' }
    const backwards = await recordTraffic({ sql, mask }, ask)
    assert.equal(backwards.ok || backwards.refusal.code, 'drills.recording_span')
    const empty = { ...ask, from: FROM.subtract({ minutes: 5 }), to: FROM }
    const nothing = await recordTraffic({ sql, mask }, empty)
    assert.equal(nothing.ok || nothing.refusal.code, 'drills.recording_empty')
  } finally {
    await database.close()
  }
})
