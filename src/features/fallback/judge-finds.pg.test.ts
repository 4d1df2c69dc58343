import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { judgeFinds } from './judge-finds.ts'
import { noteFinds } from './note-finds.ts'

const NOON = Temporal.Instant.from('2026-11-11T12:00:00Z')

test('what a push told before is no find of the poll, in whatever letters the poll writes it; what it told first is one', async () => {
  const database = await freshDatabase()
  const { sql } = database
  try {
    let n = 0
    const put = (order: string, message: string, minute: number, kind: string, raw: string) => {
      n += 1
      const at = raw === '' ? null : Temporal.Instant.from(raw)
      return sql`
        insert into fact (subject, id, kind, at, at_raw, at_provenance, source, code, detail, message_id, received_at)
        values (${`order:shop:${order}`}, ${`00000000-0000-8000-8000-${String(n).padStart(12, '0')}`}, ${kind}, ${at}, ${raw},
          'explicit_offset', 'shop', 'c', '{}', ${message}, ${NOON.add({ seconds: minute * 60 })})`
    }
    // Pushed with the shop's offset, asked for in UTC: the same instant.
    await put('A1', '20261111-1', 1, 'paid', '2026-11-11T06:58:00-05:00')
    await put('A1', '20261111-2', 3, 'paid', '2026-11-11T11:58:00Z')
    // A second payment that no push told.
    await put('A2', '20261111-3', 1, 'paid', '2026-11-11T06:58:00-05:00')
    await put('A2', '20261111-4', 3, 'paid', '2026-11-11T11:59:00Z')
    // The poll was first, the push late.
    await put('A3', '20261111-5', 3, 'paid', '2026-11-11T11:58:00Z')
    await put('A3', '20261111-6', 5, 'paid', '2026-11-11T06:58:00-05:00')
    // No time of its own, and told before with one.
    await put('A4', '20261111-7', 1, 'paid', '2026-11-11T06:58:00-05:00')
    await put('A4', '20261111-8', 3, 'paid', '')
    const finds = [
      { messageId: '20261111-2', orderNo: 'A1' },
      { messageId: '20261111-4', orderNo: 'A2' },
      { messageId: '20261111-5', orderNo: 'A3' },
      { messageId: '20261111-8', orderNo: 'A4' },
    ]
    const clock = manualClock(NOON.add({ minutes: 10 }))
    await noteFinds({ db: sql, clock }, 'shop', finds)
    await judgeFinds({ db: sql, clock, kindOf: () => 'shopify' })
    const rows = await sql<{ order_no: string; outcome: string; facts: number }>`
      select order_no, outcome, facts from fallback_log order by order_no`
    assert.deepEqual(
      rows.map(({ order_no, outcome, facts }) => `${order_no} ${outcome} ${facts}`),
      ['A1 nothing_new 0', 'A2 found 1', 'A3 found 1', 'A4 nothing_new 0'],
    )
  } finally {
    await database.close()
  }
})
