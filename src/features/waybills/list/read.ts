import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type ListRow, readEvents, readOne } from './store.ts'

const EVENTS_SHOWN = 200

export function waybillToJson(row: ListRow, zone: string) {
  const time = (at: Instant | null) => (at === null ? null : formatInstant(at, zone))
  return {
    id: row.id.toString(),
    reference: row.reference,
    parcelNo: row.parcel_no,
    orderId: row.lead_id.toString(),
    orderNos: [...row.order_nos],
    warehouse: row.warehouse,
    accountId: row.account_id?.toString() ?? null,
    accountName: row.account_name,
    connection: row.connection_id,
    carrier: row.carrier,
    service: row.service,
    pieces: row.pieces,
    state: row.state,
    trackingNo: row.tracking_no,
    childNos: [...row.child_nos],
    document: row.document_kind as 'pdf' | 'png' | 'zpl' | 'sealed' | null,
    code: row.code,
    detail: row.detail,
    words: { zh: row.zh, en: row.en },
    attempts: row.attempts,
    because: row.chosen_because,
    wantedAt: formatInstant(row.wanted_at, zone),
    issuedAt: time(row.issued_at),
    printedAt: time(row.printed_at),
    cancelledAt: time(row.cancelled_at),
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

/** A waybill with its history, newest first. Refused with `waybills.not_found`. */
export async function readDetail(sql: Sql, id: bigint, zone: string) {
  const row = await readOne(sql, id)
  if (row === null) return refuse('waybills.not_found', `there is no waybill ${id}`)
  const events = await readEvents(sql, id, EVENTS_SHOWN)
  return ok({
    waybill: waybillToJson(row, zone),
    events: events.map((event) => ({
      id: event.id.toString(),
      at: formatInstant(event.at, zone),
      what: event.what,
      actor: event.actor,
      words: event.words,
      detail: event.detail,
    })),
  }) satisfies Result<unknown>
}
