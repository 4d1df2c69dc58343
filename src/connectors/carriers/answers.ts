import type { Receipt, Reply, ReportAnswer } from '#domain/connector.ts'
import type { PostalContact, WaybillAsk } from '#domain/waybill.ts'
import { type Refused, type Result, refuse } from '#kernel/result.ts'

/** A call whose answer is only yes or no: the yes with the carrier's words. */
export function reportOf(answer: Result<unknown>, words: string): ReportAnswer {
  return answer.ok ? { outcome: 'accepted', words } : { outcome: 'refused', refusal: answer.refusal }
}

export function refusedReport(refused: Refused): ReportAnswer {
  return { outcome: 'refused', refusal: refused.refusal }
}

/** A push that is turned away, with the words for both sides. */
export function rejectedPush(
  status: number,
  code: string,
  detail: string,
  body: Readonly<Record<string, unknown>>,
): Receipt {
  return { verdict: 'rejected', refusal: refuse(code, detail).refusal, reply: jsonReply(status, body) }
}

export function jsonReply(status: number, body: Readonly<Record<string, unknown>>): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

/** The acknowledgement as the connection's settings word it, else the connector's own. */
export function ackReply(own: string | undefined, standard: Reply): Reply {
  const text = own?.trim() ?? ''
  if (text === '') return standard
  const contentType = text.startsWith('<') ? 'text/xml; charset=utf-8' : 'application/json; charset=utf-8'
  return { status: 200, contentType, body: text }
}

/** Where the domestic networks deliver; an address without a country is at home. */
const SERVED: ReadonlySet<string> = new Set(['', 'CN', 'HK', 'MO', 'TW'])

/**
 * What none of the domestic franchise carriers takes over its own interface: sealed recipients of a platform, more than one piece
 * under a waybill, numbers of the shipper's own segment, addresses abroad. Refused with `carrier.not_supported`,
 * `carrier.address_unserved`, `carrier.address_invalid` and `carrier.phone_invalid`, before anything is sent.
 */
export function unfitAsk(ask: WaybillAsk): Refused | null {
  if (ask.sealedTo !== null)
    return refuse('carrier.not_supported', `recipients sealed by ${ask.sealedTo.channel} are not taken here`)
  if (ask.pieces !== 1)
    return refuse('carrier.not_supported', 'one piece a waybill: this carrier documents no child numbers')
  if (ask.number !== null) return refuse('carrier.not_supported', 'this carrier numbers its waybills itself')
  if (!SERVED.has(ask.to.country))
    return refuse('carrier.address_unserved', `this carrier delivers at home, not in ${ask.to.country}`)
  for (const [who, contact] of [
    ['sender', ask.from],
    ['recipient', ask.to],
  ] as const) {
    const missing = missingPart(contact)
    if (missing !== null) return refuse('carrier.address_invalid', `the ${who} has no ${missing}`)
    if (contact.phone === '') return refuse('carrier.phone_invalid', `the ${who} has no phone number`)
  }
  return null
}

/** Province and city may be one (上海), and not every city has districts; the street must stand. */
function missingPart(contact: PostalContact): string | null {
  if (contact.name === '') return 'name'
  if (contact.province === '' && contact.city === '') return 'province or city'
  return contact.address === '' ? 'address' : null
}

/** A mobile number of the mainland, told from a fixed line: 11 digits from 13 to 19, whatever stands between them. */
export function isMobile(phone: string): boolean {
  return /^(?:\+?86)?1[3-9]\d{9}$/.test(phone.replace(/[\s-]/g, ''))
}

/** Grams as kilograms with three decimals, without a float. */
export function kilograms(grams: number): string {
  const whole = Math.round(grams)
  return `${Math.trunc(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`
}
