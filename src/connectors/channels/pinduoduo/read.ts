import { asObject, filledAt, type JsonObject, objectsAt, readJson, valueAt } from '#connectors/json.ts'
import { NO_TIME } from '#connectors/source.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { parseMinor } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { carrierOf } from './carriers.ts'
import { RESTING, TOPICS_WITHOUT_ORDER } from './codes.ts'
import { orderInfoIn, readContent, timeAt, yuanAt } from './content.ts'
import { answerOf, type Frame, frameOf } from './schema.ts'

/** Reads a pushed frame (names an order, which is then fetched) or the API's answer about one order. */
export function read(message: StoredMessage): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  if (valueAt(json.value, 'commandType') !== undefined) {
    const frame = frameOf(json.value)
    return frame.ok ? readFrame(frame.value) : frame
  }
  const bare = asObject(json.value)
  // An order without its envelope, as people paste it from a log or the platform's console.
  if (bare !== null && filledAt(bare, 'order_sn') !== null) return readOrderInfo(bare)
  const answer = answerOf(json.value)
  if (!answer.ok) return answer
  if (answer.value.is === 'error')
    return refuse('pinduoduo.error_answer', `${answer.value.error.code} ${answer.value.error.words}`.trim())
  const info = orderInfoIn(answer.value.response)
  return info === null
    ? refuse('pinduoduo.no_order', `the answer ${answer.value.name} holds no order_info`)
    : readOrderInfo(info)
}

function readFrame(frame: Frame): Result<Reading> {
  const message = frame.message
  if (message === null) return refuse('pinduoduo.no_message', `a ${frame.commandType} frame without message`)
  const content = message.content ?? {}
  const number = orderNumberIn(content)
  if (number === null) {
    if (TOPICS_WITHOUT_ORDER.has(message.type)) return ok(EMPTY_READING)
    return refuse('pinduoduo.no_order_number', `${message.type} names no order`)
  }
  const detail = refundDetail(content)
  if (!detail.ok) return detail
  const raw = filledAt(content, 'modified') ?? frame.sendTime
  const claim: Claim = {
    subject: { by: 'order', orderNo: orderNo(number) },
    code: message.type,
    at: raw === null ? NO_TIME : readTime({ system: 'pinduoduo', raw }),
    detail: detail.value,
  }
  return ok({ claims: [claim], content: [], fetch: [{ orderNo: orderNo(number), because: message.type }] })
}

/** Trade messages call it `tid`, and so do the refund messages seen. */
export function orderNumberIn(content: JsonObject): string | null {
  return filledAt(content, 'tid') ?? filledAt(content, 'order_sn')
}

/** `refund_fee` of a message is fen, unlike every amount of an order. */
function refundDetail(content: JsonObject): Result<FactDetail> {
  const refundId = filledAt(content, 'refund_id')
  const fee = filledAt(content, 'refund_fee')
  if (fee === null) return ok(refundId === null ? {} : { refundId })
  const amount = parseMinor(fee, 'CNY')
  if (!amount.ok) return amount
  return ok({ ...(refundId === null ? {} : { refundId }), amount: amount.value })
}

function readOrderInfo(info: JsonObject): Result<Reading> {
  const number = filledAt(info, 'order_sn')
  if (number === null) return refuse('pinduoduo.no_order_number', 'order_info without order_sn')
  const content = readContent(number, info)
  if (!content.ok) return content
  const payable = yuanAt(info, 'pay_amount')
  if (!payable.ok) return payable
  const paidDetail: FactDetail = payable.value === null ? {} : { amount: payable.value }
  const happened = [
    ...paymentClaims(info, paidDetail),
    ...holdClaims(info),
    ...shippingClaims(info),
    ...refundClaims(info),
  ]
  const subject = { by: 'order', orderNo: orderNo(number) } as const
  const claims = happened.map(({ code, at, detail }) => ({
    subject,
    code,
    at: at ?? NO_TIME,
    detail: detail ?? {},
  }))
  return ok({ claims, content: [content.value], fetch: [] })
}

type Happened = { readonly code: string; readonly at: SourceTime | null; readonly detail?: FactDetail }

function paymentClaims(info: JsonObject, paid: FactDetail): Happened[] {
  const claims: Happened[] = []
  const created = timeAt(info, 'created_time')
  if (created !== null) claims.push({ code: 'created_time', at: created })
  const payTime = paidInFull(info)
  if (payTime !== null) claims.push({ code: 'pay_time', at: payTime, detail: paid })
  const step = stepStatus(info)
  if (step === null) return claims
  return [...claims, { code: `step_trade_status:${step}`, at: timeAt(info, 'pay_time') ?? created }].filter(
    isTold,
  )
}

/** When the whole amount was paid. A deposit is no payment: `pay_time` may already be set while the balance is open. */
function paidInFull(info: JsonObject): SourceTime | null {
  const step = stepStatus(info)
  return step === '0' || step === '1' ? null : timeAt(info, 'pay_time')
}

function stepStatus(info: JsonObject): string | null {
  return filledAt(info, 'trade_type') === '1' ? filledAt(info, 'step_order_info', 'step_trade_status') : null
}

/**
 * Three fields together say whether the order may be shipped. Ready is `confirm_status` 1 with `group_status` 1 and no risk
 * review, at `confirm_time`. Paid and not ready is held since `pay_time`. The end of a risk review has no time of its own,
 * so while the order waits for shipment `risk_control_status:0` is claimed as of `updated_at`.
 */
function holdClaims(info: JsonObject): Happened[] {
  const updated = timeAt(info, 'updated_at')
  const payTime = paidInFull(info)
  const confirm = codeAt(info, 'confirm_status')
  const group = codeAt(info, 'group_status')
  const risk = codeAt(info, 'risk_control_status')
  const ready =
    confirm === 'confirm_status:1' && group === 'group_status:1' && risk === 'risk_control_status:0'
  const untouched = [null, 'refund_status:1'].includes(codeAt(info, 'refund_status'))
  const waiting = codeAt(info, 'order_status') === 'order_status:1' && untouched
  const claims: Happened[] = []
  const claim = (code: string | null, at: SourceTime | null, told: boolean): void => {
    if (code !== null && told) claims.push({ code, at })
  }
  switch (confirm) {
    case 'confirm_status:0':
      claim(confirm, payTime, payTime !== null && group !== 'group_status:0')
      break
    case 'confirm_status:1':
      claim(confirm, timeAt(info, 'confirm_time') ?? payTime ?? updated, ready)
      break
    default:
      claim(confirm, updated, true)
  }
  if (group === 'group_status:0') claim(group, payTime, payTime !== null && confirm !== 'confirm_status:2')
  else claim(group, updated, group !== 'group_status:1')
  if (risk === 'risk_control_status:0') claim(risk, updated, ready && waiting)
  else claim(risk, updated, true)
  return claims
}

function shippingClaims(info: JsonObject): Happened[] {
  const status = codeAt(info, 'order_status')
  const shipped = timeAt(info, 'shipping_time')
  const updated = timeAt(info, 'updated_at')
  const claims: Happened[] = []
  const left = status === 'order_status:2' || (status === 'order_status:3' && shipped !== null)
  if (left) claims.push({ code: 'order_status:2', at: shipped ?? updated, detail: parcelDetail(info) })
  if (status === 'order_status:3') claims.push({ code: status, at: timeAt(info, 'receive_time') ?? updated })
  if (status !== null && !['order_status:2', 'order_status:3'].includes(status))
    claims.push({ code: status, at: updated })
  for (const [list, code, at] of [
    ['extra_delivery_list', 'extra_delivery', shipped],
    ['gift_delivery_list', 'gift_delivery', shipped],
    ['resend_delivery_list', 'resend_delivery', null],
  ] as const)
    for (const parcel of objectsAt(info, list)) {
      const detail = parcelDetail(parcel)
      if (detail.trackingNo !== undefined) claims.push({ code, at, detail })
    }
  return claims.filter(isTold)
}

function parcelDetail(parcel: JsonObject): FactDetail {
  const number = filledAt(parcel, 'tracking_number')
  const carrier = carrierOf(filledAt(parcel, 'logistics_id'))
  return {
    ...(number === null ? {} : { trackingNo: trackingNo(number) }),
    ...(carrier === null ? {} : { carrier }),
  }
}

/** Refund states have no time of their own in an order; they hold as of `updated_at`. */
function refundClaims(info: JsonObject): Happened[] {
  const at = timeAt(info, 'updated_at')
  return ['refund_status', 'after_sales_status']
    .map((field) => codeAt(info, field))
    .filter((code) => code !== null)
    .map((code) => ({ code, at }))
    .filter(isTold)
}

function codeAt(info: JsonObject, field: string): string | null {
  const value = filledAt(info, field)
  return value === null ? null : `${field}:${value}`
}

function isTold({ code }: Happened): boolean {
  return !RESTING.has(code)
}
