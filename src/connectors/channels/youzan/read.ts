import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import type { ContentClaim } from '#domain/order.ts'
import { type OrderNo, orderNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { type JsonValue, readJson } from '../../json.ts'
import { NO_TIME, versionOf } from '../../source.ts'
import { carrierOfCompany, KNOWN_TYPES, REFUND_FAMILY } from './codes.ts'
import { readBuyer, readLines, readNotes, readRecipient, readTotals } from './content.ts'
import {
  decodeMsg,
  parsePush,
  parseTrade,
  pointedTid,
  type YouzanParcel,
  type YouzanTrade,
} from './schema.ts'

/** Topic under which fetched orders are stored: the API's `data`, without an envelope. */
export const FETCHED_TOPIC = 'api_trade'

/** Reads one push or fetched order. Refused: `connector.*` for unreadable JSON, `youzan.bad_msg`, `youzan.unknown_type`. */
export function readYouzan(message: StoredMessage, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const content = message.topic === FETCHED_TOPIC ? json.value : contentOfPush(json.value)
  if (content === null) return refuse('youzan.bad_msg', 'msg is not url-encoded JSON')
  const trade = parseTrade(content)
  if (trade !== null) return tradeReading(trade, message.topic, settings)
  const tid = pointedTid(content)
  if (tid !== null)
    return ok({ ...EMPTY_READING, fetch: [{ orderNo: orderNo(tid), because: message.topic }] })
  if (message.topic === FETCHED_TOPIC) return refuse('youzan.no_order', 'the answer holds no order')
  if (!isKnownType(message.topic))
    return refuse('youzan.unknown_type', `nothing is known of the type "${message.topic.slice(0, 60)}"`)
  if (message.topic.startsWith('trade_')) return refuse('youzan.no_order', 'msg holds no order and no tid')
  return ok(EMPTY_READING)
}

function contentOfPush(value: JsonValue): JsonValue | null {
  const push = parsePush(value)
  return push === null ? null : decodeMsg(push.msg)
}

function isKnownType(type: string): boolean {
  return KNOWN_TYPES.has(type) || type.startsWith(REFUND_FAMILY)
}

function tradeReading(trade: YouzanTrade, type: string, settings: Settings): Result<Reading> {
  const number = orderNo(trade.tid)
  const lines = readLines(trade)
  if (!lines.ok) return lines
  const totals = readTotals(trade, lines.value)
  if (!totals.ok) return totals
  const recipient = readRecipient(trade)
  const notes = readNotes(trade)
  const buyer = readBuyer(trade)
  const content: ContentClaim = {
    orderNo: number,
    version: versionOf(timeOf(trade.updated ?? trade.created).instant),
    parts: {
      ...(lines.value.length === 0 ? {} : { lines: lines.value }),
      ...(totals.value === null ? {} : { totals: totals.value }),
      ...(recipient === null ? {} : { recipient }),
      ...(notes === null ? {} : { notes }),
      ...(buyer === null ? {} : { buyer }),
    },
  }
  const claims = [
    ...(trade.created === null ? [] : [claim(number, 'created', timeOf(trade.created))]),
    ...(trade.paid === null ? [] : [claim(number, 'pay_time', timeOf(trade.paid))]),
    ...statusClaims(trade, number),
    ...refundClaims(trade, number),
    ...trade.parcels.map((parcel) => parcelClaim(trade, parcel, number, settings)),
    ...(isKnownType(type) ? [] : [claim(number, `type:${type}`, timeOf(trade.updated))]),
  ]
  return ok({ claims, content: [content], fetch: [] })
}

/**
 * The order's state with the time at which it came about, where the payload has it. Closing has none of its own: the update
 * time stands for it, which is exact in the message that announces it.
 */
function statusClaims(trade: YouzanTrade, number: OrderNo): Claim[] {
  const { status } = trade
  if (status === null) return []
  const own: Readonly<Record<string, string | null>> = {
    WAIT_BUYER_PAY: trade.created,
    TRADE_NO_CREATE_PAY: trade.created,
    WAIT_PAY_RETURN: trade.created,
    TRADE_PAID: trade.paid,
    WAIT_CONFIRM: trade.paid,
    WAIT_GROUP: trade.paid,
    // A group that came together has a time of its own; any other order may be shipped since it was paid.
    WAIT_SELLER_SEND_GOODS: trade.confirmed ?? trade.paid,
    WAIT_BUYER_CONFIRM_GOODS: trade.consigned,
    TRADE_SUCCESS: trade.succeeded,
    TRADE_CLOSED: trade.updated,
    TRADE_CLOSED_BY_USER: trade.updated,
  }
  const claims = [
    claim(
      number,
      statusCode(trade, status),
      timeOf(Object.hasOwn(own, status) ? (own[status] ?? null) : null),
    ),
  ]
  // A completed order was shipped before; its own message may have been lost.
  if (status === 'TRADE_SUCCESS' && trade.consigned !== null)
    claims.push(claim(number, 'status:WAIT_BUYER_CONFIRM_GOODS', timeOf(trade.consigned)))
  return claims
}

function statusCode(trade: YouzanTrade, status: string): string {
  if (status !== 'TRADE_CLOSED') return `status:${status}`
  if (trade.refundState === '12') return 'status:TRADE_CLOSED/refund_state:12'
  const type = trade.closeType ?? '0'
  return type === '0' ? 'status:TRADE_CLOSED' : `status:TRADE_CLOSED/close_type:${type}`
}

/** No refund state carries a time; what a refund is known by is its number. */
function refundClaims(trade: YouzanTrade, number: OrderNo): Claim[] {
  const claims = trade.refunds.map(({ id, state }) =>
    claim(number, `refund_order:${state}`, NO_TIME, id === null ? {} : { refundId: id }),
  )
  // The single refunds say it better where they are listed, except that all of the money is back.
  if (
    trade.refundState !== null &&
    trade.refundState !== '0' &&
    (claims.length === 0 || trade.refundState === '12')
  )
    claims.push(claim(number, `refund_state:${trade.refundState}`, NO_TIME))
  return claims
}

function parcelClaim(trade: YouzanTrade, parcel: YouzanParcel, number: OrderNo, settings: Settings): Claim {
  const lines = trade.lines
    .filter((line) => parcel.oids.includes(line.oid) && line.num > 0)
    .map((line) => ({ lineId: line.oid, quantity: line.num }))
  const detail: FactDetail = {
    trackingNo: trackingNo(parcel.number),
    ...(parcel.companyId === null
      ? {}
      : { carrier: carrierOfCompany(parcel.companyId, settings.carrierIds) }),
    ...(lines.length === 0 ? {} : { lines }),
  }
  // `consign_time` is set once everything has left, so that it says nothing about an earlier parcel.
  const single = trade.parcels.length === 1
  return claim(
    number,
    `delivery_order:${parcel.state ?? '1'}`,
    single ? timeOf(trade.consigned) : NO_TIME,
    detail,
  )
}

function claim(number: OrderNo, code: string, at: SourceTime, detail: FactDetail = {}): Claim {
  return { subject: { by: 'order', orderNo: number }, code, at, detail }
}

function timeOf(raw: string | null): SourceTime {
  return raw === null ? NO_TIME : readTime({ system: 'youzan', raw })
}
