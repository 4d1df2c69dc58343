import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { tellEvent } from './make/make-waybill.ts'
import { savePrinted } from './make/store.ts'
import { writeEvents } from './store.ts'

export type Printed = {
  readonly waybillIds: readonly bigint[]
  readonly batchNo: string
  readonly deviceId: string
  readonly at: Instant
  /** `hub`, a person, or the printer's own key. */
  readonly actor: string
}

/**
 * A printer acknowledged these labels: batch number and device become facts of their orders, by the hub's own event. The same batch,
 * device and waybill twice is one fact.
 */
export async function notePrinted(tx: Sql, printed: Printed, now: Instant = printed.at): Promise<void> {
  const { batchNo, deviceId, at, actor } = printed
  const rows = await savePrinted(tx, printed.waybillIds, at, now)
  for (const row of rows)
    await tellEvent(tx, row, {
      event: 'waybill_printed',
      at,
      key: `${row.reference}:printed:${batchNo}:${deviceId}`,
      batchNo,
      deviceId,
    })
  await writeEvents(
    tx,
    rows.map((row) => ({
      waybillId: row.id,
      what: 'printed',
      actor,
      words: `${batchNo} · ${deviceId}`,
      detail: { batchNo, deviceId },
    })),
    now,
  )
}
