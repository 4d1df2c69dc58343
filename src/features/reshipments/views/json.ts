import type { Static } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { byParcel } from '../core/proof.ts'
import type { ReshipmentDeps } from '../deps.ts'
import type { DisputeRow, DuplicateRow, InterceptRow } from '../desk/store.ts'
import type { ShipStanding } from '../may-ship.ts'
import { proofsToJson } from '../reships.ts'
import { type AskedOrderRow, type OrderLineRow, type ReshipmentRow, readEvents } from '../store.ts'
import type {
  CaseJson,
  DisputeJson,
  DuplicateJson,
  EventJson,
  InterceptJson,
  ReshipmentJson,
} from './schemas.ts'

function timeIn(zone: string): (at: Temporal.Instant | null) => string | null {
  return (at) => (at === null ? null : formatInstant(at, zone))
}

export function reshipToJson(row: ReshipmentRow, zone: string, me: string): Static<typeof ReshipmentJson> {
  const time = timeIn(zone)
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    orderStatus: row.order_status,
    reason: row.reason,
    words: row.words,
    pieces: [...row.pieces],
    trackingNos: [...row.tracking_nos],
    state: row.state,
    proof: [...row.proof],
    parcelNo: row.parcel_no,
    askedBy: row.asked_by,
    isMine: row.asked_by_id === me,
    askedAt: formatInstant(row.asked_at, zone),
    decidedBy: row.decided_by,
    decidedAt: time(row.decided_at),
    decisionWords: row.decision_words,
    sentAt: time(row.sent_at),
    trouble: row.send_code === null ? null : { code: row.send_code, detail: row.send_detail ?? '' },
  }
}

export function interceptToJson(row: InterceptRow, zone: string): Static<typeof InterceptJson> {
  const time = timeIn(zone)
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    trackingNo: row.tracking_no,
    carrier: row.carrier,
    connection: row.connection_id,
    via: row.via,
    reason: row.reason,
    state: row.state,
    code: row.code,
    detail: row.detail,
    askedBy: row.asked_by,
    askedAt: formatInstant(row.asked_at, zone),
    answeredAt: time(row.answered_at),
    endedAt: time(row.ended_at),
  }
}

export function duplicateToJson(row: DuplicateRow, zone: string): Static<typeof DuplicateJson> {
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    state: row.state,
    trackingNos: [...row.tracking_nos],
    stopNo: row.stop_no,
    pieces: [...row.pieces],
    foundAt: formatInstant(row.found_at, zone),
    decidedBy: row.decided_by,
    decidedAt: timeIn(zone)(row.decided_at),
    words: row.words,
  }
}

export function disputeToJson(row: DisputeRow, zone: string, me: string): Static<typeof DisputeJson> {
  return {
    id: row.id.toString(),
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    shop: row.shop,
    trackingNo: row.tracking_no,
    words: row.words,
    state: row.state,
    openedBy: row.opened_by,
    isMine: row.opened_by_id === me,
    openedAt: formatInstant(row.opened_at, zone),
    decidedBy: row.decided_by,
    decidedAt: timeIn(zone)(row.decided_at),
    decisionWords: row.decision_words,
  }
}

export async function eventsOf(
  { db, zone }: ReshipmentDeps,
  subject: string,
): Promise<Static<typeof EventJson>[]> {
  const rows = await readEvents(db, subject)
  return rows.map(({ at, what, actor, words }) => ({ at: formatInstant(at, zone()), what, actor, words }))
}

export function caseToJson(
  order: AskedOrderRow,
  lines: readonly OrderLineRow[],
  standing: ShipStanding | null,
  zone: string,
): Static<typeof CaseJson> {
  const facts = byParcel(standing?.facts ?? [])
  return {
    orderId: order.id.toString(),
    orderNo: order.order_no,
    shop: order.shop,
    orderStatus: order.status,
    lines: lines.map(({ line_id: lineId, title, sku, quantity }) => ({ lineId, title, sku, quantity })),
    parcels: (standing?.sent ?? []).flatMap(({ trackingNo, pieces }) => {
      if (trackingNo === null) return []
      const own = facts.get(trackingNo) ?? []
      const last = own
        .filter(({ at }) => at.instant !== null)
        .toSorted((a, b) => Temporal.Instant.compare(a.at.instant ?? EPOCH, b.at.instant ?? EPOCH))
        .at(-1)
      return [
        {
          trackingNo,
          carrier: own.flatMap((fact) => fact.detail.carrier ?? [])[0] ?? null,
          stage: last?.kind ?? own[0]?.kind ?? 'waybill_issued',
          at: timeIn(zone)(last?.at.instant ?? null),
          pieces: pieces === null ? null : [...pieces],
        },
      ]
    }),
    proofs: proofsToJson(standing?.proofs ?? [], []),
  }
}

const EPOCH = Temporal.Instant.fromEpochMilliseconds(0)
