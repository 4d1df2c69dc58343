import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase } from '#test-support/postgres.ts'
import { readKnown } from './measures.ts'

test('what the hub knows of a parcel are the facts about the parcel, which name no order', async () => {
  const database = await freshDatabase()
  const { sql } = database
  try {
    const put = (n: number, subject: string, kind: string, trackingNo: string | null) => sql`
      insert into fact (subject, id, kind, at_raw, at_provenance, source, code, detail, tracking_no, message_id, received_at)
      values (${subject}, ${`00000000-0000-8000-8000-00000000000${n}`}, ${kind}, '', 'ambiguous', 'zto', 'c', '{}', ${trackingNo}, 'm', now())`
    await put(1, 'order:shop:A1', 'waybill_issued', 'Z1')
    await put(2, 'parcel:Z1', 'picked_up', null)
    await put(3, 'parcel:Z1', 'in_transit', null)
    const { scans } = await readKnown({ sql })
    assert.deepEqual([...(scans.get('Z1') ?? [])].toSorted(), ['in_transit', 'picked_up'])
  } finally {
    await database.close()
  }
})
