import { type CarrierCode, carrierFromWords } from '#domain/carrier.ts'
import type { Claim } from '#domain/claim.ts'
import type { FactDetail } from '#domain/fact.ts'
import { orderNo, type TrackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'

/**
 * One happening as claims about its parcel and, where the message names an order, about that order too, so that it finds
 * its order before any other message has linked the two.
 */
export function parcelClaims(
  trackingNo: TrackingNo,
  order: string | null,
  claim: { readonly code: string; readonly at: SourceTime; readonly detail: FactDetail },
): Claim[] {
  const aboutParcel: Claim = { subject: { by: 'parcel', trackingNo }, ...claim }
  if (order === null) return [aboutParcel]
  return [aboutParcel, { subject: { by: 'reference', orderNo: orderNo(order) }, ...claim }]
}

/** Only the parts that say something, so that an empty text and a missing one are the same fact. */
export function detailOf(parts: {
  readonly trackingNo?: TrackingNo | null
  readonly carrier?: string | null
  readonly place?: string | null
  readonly words?: string | null
  readonly reason?: string | null
}): FactDetail {
  return Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  )
}

/** The canonical code behind an aggregator's own one; an unlisted one is kept behind `other:`, never guessed. */
export function carrierFrom(
  table: Readonly<Record<string, CarrierCode>>,
  code: string | null,
): string | null {
  if (code === null) return null
  return Object.hasOwn(table, code) ? (table[code] as CarrierCode) : `other:${code}`
}

/** A carrier that people wrote in words: its canonical code, or their words behind `other:`. */
export function carrierInWords(text: string): string {
  return carrierFromWords(text) ?? `other:${text.trim()}`
}
