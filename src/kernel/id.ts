import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import { ok, type Result, refuse } from './result.ts'

declare const brand: unique symbol
export type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A shop, carrier account or file feed that the hub is connected to. */
export type ConnectionId = Branded<'ConnectionId'>
/** The order number as the channel prints it; never a number, whatever it looks like. */
export type OrderNo = Branded<'OrderNo'>
/** Carrier's tracking number, upper case, without blanks. */
export type TrackingNo = Branded<'TrackingNo'>
/** Our own id of an order record. */
export type OrderId = Branded<'OrderId'>
/** Id of a stored message, `<day>-<number>`. */
export type MessageId = Branded<'MessageId'>

export const connectionId = (text: string): ConnectionId => text as ConnectionId
export const orderNo = (text: string): OrderNo => text.trim() as OrderNo

export const ORDER_NO_MOST = 200
/** Control characters, line and paragraph separators, and the mark that stands where a character was lost. */
const NO_ORDER_CHARACTER = /[\p{Cc}\u2028\u2029\ufffd]/u

/**
 * An order number as any source may give it: without the blanks around it, 1 to 200 characters on one line. Refused:
 * `order_no.too_long`, `order_no.bad_character`.
 */
export function readOrderNo(text: string): Result<OrderNo> {
  const trimmed = orderNo(text)
  if (trimmed.length > ORDER_NO_MOST)
    return refuse('order_no.too_long', `an order number has at most ${ORDER_NO_MOST} characters`)
  if (NO_ORDER_CHARACTER.test(trimmed))
    return refuse('order_no.bad_character', 'an order number holds no line break and no control character')
  return ok(trimmed)
}

export const TRACKING_NO_MOST = 64

/**
 * A tracking number as any source may give it: upper case, without blanks, 1 to 64 characters. Refused: `tracking_no.too_long`,
 * `tracking_no.bad_character`.
 */
export function readTrackingNo(text: string): Result<TrackingNo> {
  const number = trackingNo(text)
  if (number.length > TRACKING_NO_MOST)
    return refuse('tracking_no.too_long', `a tracking number has at most ${TRACKING_NO_MOST} characters`)
  if (number === '' || NO_ORDER_CHARACTER.test(number))
    return refuse(
      'tracking_no.bad_character',
      'a tracking number is not empty and holds no control character',
    )
  return ok(number)
}

export const trackingNo = (text: string): TrackingNo => text.replace(/\s+/g, '').toUpperCase() as TrackingNo
export const orderId = (text: string): OrderId => text as OrderId
export const messageId = (text: string): MessageId => text as MessageId

/** A time-ordered UUID (version 7, RFC 9562). */
export function newUuid(clock: Clock, random: Random): string {
  const ms = BigInt(clock.now().epochMilliseconds)
  const bytes = random.bytes(16)
  for (let i = 0; i < 6; i += 1) bytes[i] = Number((ms >> BigInt(8 * (5 - i))) & 0xffn)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
