import { type Static, Type } from 'typebox'
import { FACT_KINDS, type Fact } from '#domain/fact.ts'
import type { Happening } from '#domain/told-once.ts'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, oneOf, SourceTimeJson, sourceTimeToJson } from '#platform/http/schemas.ts'
import { isMovement } from '../core/standing.ts'
import { FINDINGS, PARCEL_STATES } from '../core/states.ts'
import { SUBSCRIPTION_STATES, type SubscriptionRow } from '../subscriptions/store.ts'
import type { ParcelRow } from './store.ts'

export const ParcelEventJson = Type.Object(
  {
    kind: oneOf(FACT_KINDS),
    code: Type.String({ description: "the source's own code" }),
    source: Type.Object({ id: Type.String(), name: Type.String() }),
    also: Type.Array(Type.Object({ name: Type.String(), code: Type.String(), messageId: Type.String() }), {
      description: 'who told the same happening too: a push and the answer to a query, an aggregator',
    }),
    at: SourceTimeJson,
    place: nullable(Type.String()),
    words: nullable(Type.String()),
    reason: nullable(Type.String()),
    isMovement: Type.Boolean({ description: 'somebody had the parcel in hands' }),
    messageId: Type.String(),
    receivedAt: IsoTime,
  },
  { title: 'ParcelEvent' },
)

export const ParcelJson = Type.Object(
  {
    trackingNo: Type.String(),
    carrier: nullable(Type.String()),
    connection: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    orders: Type.Array(Type.Object({ id: Type.String(), orderNo: Type.String() })),
    warehouse: nullable(Type.String()),
    ours: Type.Boolean({ description: 'the hub made its waybill' }),
    state: oneOf(PARCEL_STATES),
    open: Type.Boolean(),
    waybillAt: nullable(IsoTime),
    firstScanAt: nullable(IsoTime),
    deliveredAt: nullable(IsoTime),
    returnedAt: nullable(IsoTime),
    last: nullable(
      Type.Object({
        kind: oneOf(FACT_KINDS),
        at: SourceTimeJson,
        place: nullable(Type.String()),
        words: nullable(Type.String()),
        reason: nullable(Type.String()),
      }),
    ),
    events: Type.Integer(),
    ambiguous: Type.Integer({ description: 'events whose time nobody knows' }),
    failures: Type.Integer(),
    revoked: Type.Integer(),
    movedTo: nullable(Type.String()),
    movedFrom: nullable(Type.String()),
    heardAt: nullable(IsoTime),
    finding: nullable(
      Type.Object({
        kind: oneOf(FINDINGS),
        since: IsoTime,
        why: Type.String(),
        answered: Type.Boolean({ description: 'a person said that nothing is to be done' }),
      }),
    ),
    dispute: nullable(Type.Object({ at: IsoTime, by: Type.String(), words: Type.String() })),
    seenAt: IsoTime,
  },
  { title: 'Parcel' },
)

export function parcelToJson(row: ParcelRow, zone: string): Static<typeof ParcelJson> {
  const time = (at: ParcelRow['waybill_at']): string | null => (at === null ? null : formatInstant(at, zone))
  const { last } = row
  return {
    trackingNo: row.tracking_no,
    carrier: row.carrier,
    connection:
      row.connection_id === null
        ? null
        : { id: row.connection_id, name: row.connection_name ?? row.connection_id },
    orders: row.order_ids.map((id, i) => ({ id: id.toString(), orderNo: row.order_nos?.[i] ?? '' })),
    warehouse: row.warehouse,
    ours: row.ours,
    state: row.state,
    open: row.open,
    waybillAt: time(row.waybill_at),
    firstScanAt: time(row.first_scan_at),
    deliveredAt: time(row.delivered_at),
    returnedAt: time(row.returned_at),
    last:
      last === null
        ? null
        : {
            kind: last.kind,
            at: sourceTimeToJson(
              {
                raw: last.raw,
                instant: last.instant === null ? null : Temporal.Instant.from(last.instant),
                zone: last.zone,
                provenance: last.provenance,
              },
              zone,
            ),
            place: last.place,
            words: last.words,
            reason: last.reason,
          },
    events: row.events,
    ambiguous: row.ambiguous,
    failures: row.failures,
    revoked: row.revoked,
    movedTo: row.moved_to,
    movedFrom: row.moved_from,
    heardAt: time(row.heard_at),
    finding:
      row.finding === null || row.finding_since === null
        ? null
        : {
            kind: row.finding,
            since: formatInstant(row.finding_since, zone),
            why: row.finding_why,
            answered: row.answered,
          },
    dispute:
      row.disputed_at === null
        ? null
        : {
            at: formatInstant(row.disputed_at, zone),
            by: row.disputed_by ?? '',
            words: row.disputed_words ?? '',
          },
    seenAt: formatInstant(row.first_seen_at, zone),
  }
}

export function eventToJson(
  { told: fact, also }: Happening<Fact>,
  zone: string,
  names: ReadonlyMap<string, string>,
): Static<typeof ParcelEventJson> {
  const { detail } = fact
  return {
    kind: fact.kind,
    code: fact.code,
    source: { id: fact.source, name: names.get(fact.source) ?? fact.source },
    also: also.map(({ source, code, evidence }) => ({
      name: names.get(source) ?? source,
      code,
      messageId: evidence,
    })),
    at: sourceTimeToJson(fact.at, zone),
    place: detail.place ?? null,
    words: detail.words ?? null,
    reason: detail.reason ?? null,
    isMovement: isMovement(fact),
    messageId: fact.evidence,
    receivedAt: formatInstant(fact.receivedAt, zone),
  }
}

export const SubscriptionJson = Type.Object(
  {
    trackingNo: Type.String(),
    carrier: Type.String(),
    connection: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    state: oneOf(SUBSCRIPTION_STATES),
    because: Type.String({ description: 'why this connection, or why anew' }),
    times: Type.Integer({ description: 'how often it was asked for' }),
    renewedForSilence: Type.Integer(),
    tried: Type.Array(Type.String()),
    askedAt: IsoTime,
    subscribedAt: nullable(IsoTime),
    expiresAt: nullable(IsoTime),
    code: nullable(Type.String()),
    words: Type.String(),
  },
  { title: 'TrackingSubscription' },
)

export function subscriptionToJson(
  row: SubscriptionRow,
  zone: string,
  name: string | null,
): Static<typeof SubscriptionJson> {
  return {
    trackingNo: row.tracking_no,
    carrier: row.carrier,
    connection:
      row.connection_id === null ? null : { id: row.connection_id, name: name ?? row.connection_id },
    state: row.state,
    because: row.because,
    times: row.generation,
    renewedForSilence: row.renewed,
    tried: [...row.tried],
    askedAt: formatInstant(row.asked_at, zone),
    subscribedAt: row.subscribed_at === null ? null : formatInstant(row.subscribed_at, zone),
    expiresAt: row.expires_at === null ? null : formatInstant(row.expires_at, zone),
    code: row.code,
    words: row.words,
  }
}
