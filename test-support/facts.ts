import type { Fact, FactDetail, FactKind, Subject } from '#domain/fact.ts'
import { connectionId, messageId, orderNo, trackingNo } from '#kernel/id.ts'
import { ownTime } from '#kernel/instant.ts'

export const DAY = Temporal.Instant.from('2026-11-11T00:00:00Z')
let counter = 0

/** A fact of order A1 for tests: `minute` after the day's start, or null for a time that nobody knows. */
export function fact(
  kind: FactKind,
  minute: number | null,
  more: {
    source?: string
    parcel?: string
    on?: 'order' | 'parcel' | 'reference'
    detail?: FactDetail
    id?: string
  } = {},
): Fact {
  counter += 1
  const subject: Subject =
    more.on === 'parcel'
      ? { by: 'parcel', trackingNo: trackingNo(more.parcel ?? 'T1') }
      : more.on === 'reference'
        ? { by: 'reference', orderNo: orderNo('A1') }
        : { by: 'order', connection: connectionId('shop'), orderNo: orderNo('A1') }
  return {
    id: more.id ?? `${kind}-${minute}-${more.source ?? 'shop'}-${more.parcel ?? ''}-${counter}`,
    subject,
    kind,
    at:
      minute === null
        ? { raw: 'today', instant: null, zone: null, provenance: 'ambiguous' }
        : ownTime(DAY.add({ minutes: minute })),
    source: connectionId(more.source ?? 'shop'),
    code: kind,
    detail: { ...(more.parcel === undefined ? {} : { trackingNo: trackingNo(more.parcel) }), ...more.detail },
    evidence: messageId('20261111-1'),
    receivedAt: DAY,
  }
}
