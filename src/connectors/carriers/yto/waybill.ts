import { kilograms, refusedReport, reportOf, unfitAsk } from '#connectors/carriers/answers.ts'
import { filledAt, flagAt, type JsonValue, wholeAt } from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import {
  type InterceptAsk,
  NO_ROUTING,
  type NumberBalance,
  type PostalContact,
  type Waybill,
  type WaybillAsk,
  type WaybillName,
  type WaybillTerms,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callYto, credentialsOfAccount } from './client.ts'

/** 圆通 takes at most twenty kinds of goods on one order. */
const MAX_GOODS = 20
/** And its `logisticsNo` has at least seven characters. */
const MIN_REFERENCE = 7

export const YTO_WAYBILL: WaybillTerms = {
  numbers: 'balance',
  piecesMost: 1,
  opens: [],
  services: [
    { code: 'PK', zh: '普通快递', en: 'Standard' },
    { code: 'YZD', zh: '圆准达', en: 'On-time' },
  ],
  accountFields: [
    {
      name: 'customer_code',
      zh: '客户编码（K 码）',
      en: 'Customer code',
      secret: false,
      required: false,
      hint: { zh: '留空用连接自己的', en: 'Empty: the connection’s own' },
    },
    { name: 'secret', zh: '客户密钥', en: 'Customer secret', secret: true, required: false },
    { name: 'url_key', zh: '接口路径码', en: 'Path key', secret: false, required: false },
  ],
}

/**
 * `privacy_create_adapter`: one order for one `logisticsNo`. Refused with `carrier.<trouble>`, also before anything is sent
 * (`unfitAsk`, a reference under seven characters), `yto.unexpected_answer` where the answer holds no number.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const unfit = unfitAsk(ask)
  if (unfit !== null) return unfit
  if (ask.reference.length < MIN_REFERENCE)
    return refuse('carrier.bad_request', `圆通 wants a reference of at least ${MIN_REFERENCE} characters`)
  const credentials = credentialsOfAccount(settings, ask.account)
  const answer = await callYto(settings, deps, credentials, 'privacy_create_adapter', {
    logisticsNo: ask.reference,
    ...contactOf('sender', ask.from),
    ...contactOf('recipient', ask.to),
    remark: ask.remark,
    cstOrderNo: ask.orderNo,
    productCode: ask.service ?? 'PK',
    ...(ask.weightG === null ? {} : { weight: kilograms(ask.weightG) }),
    goods: ask.goods.slice(0, MAX_GOODS).map(({ name, quantity }) => ({ name, quantity })),
  })
  return answer.ok ? waybillOf(answer.value) : answer
}

function contactOf(role: 'sender' | 'recipient', contact: PostalContact): Readonly<Record<string, string>> {
  return {
    [`${role}Name`]: contact.name,
    [`${role}ProvinceName`]: contact.province,
    [`${role}CityName`]: contact.city,
    [`${role}CountyName`]: contact.district,
    [`${role}Address`]: contact.address,
    [`${role}Mobile`]: contact.phone,
  }
}

function waybillOf(answer: JsonValue): Result<Waybill> {
  const number = filledAt(answer, 'mailNo')
  if (number === null)
    return refuse('yto.unexpected_answer', 'the order was taken, and the answer names no mailNo')
  const sortCode = filledAt(answer, 'shortAddress') ?? ''
  return ok({
    trackingNo: trackingNo(number),
    childNos: [],
    waybillId: null,
    routing: { ...NO_ROUTING, sortCode },
    label: null,
    sealed: null,
  })
}

/** `korder_cancel_adapter`, by our reference; S12 (`carrier.too_late`) once it was picked up. */
export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
  reason: string,
): Promise<ReportAnswer> {
  const credentials = credentialsOfAccount(settings, name.account)
  const answer = await callYto(settings, deps, credentials, 'korder_cancel_adapter', {
    logisticsNo: name.reference,
    cancelDesc: reason === '' ? '订单取消' : reason,
  })
  return reportOf(answer, '圆通已受理取消')
}

/** `wanted_report_adapter`: back to the sender. What a redirection (`wanted_change_adapter`) holds is in no public source. */
export async function interceptParcel(
  settings: Settings,
  deps: CallDeps,
  ask: InterceptAsk,
): Promise<ReportAnswer> {
  if (ask.carrier !== 'YTO')
    return refusedReport(refuse('carrier.not_supported', `${ask.carrier} is not carried by 圆通`))
  if (ask.what === 'redirect')
    return refusedReport(refuse('carrier.not_supported', '圆通 documents only the way back to the sender'))
  const credentials = credentialsOfAccount(settings, ask.account)
  const answer = await callYto(settings, deps, credentials, 'wanted_report_adapter', {
    waybillNo: ask.trackingNo,
    wantedDesc: ask.reason === '' ? '拦截退回' : ask.reason,
  })
  return reportOf(answer, '圆通已受理拦截退回')
}

/** `waybill_balance_adapter`: numbers left on one customer code. */
export async function waybillBalance(
  settings: Settings,
  deps: CallDeps,
  account: Settings,
): Promise<Result<readonly NumberBalance[]>> {
  const credentials = credentialsOfAccount(settings, account)
  const now = deps.clock.now()
  const answer = await callYto(settings, deps, credentials, 'waybill_balance_adapter', {
    clientId: credentials.code,
    timestamp: String(now.epochMilliseconds),
    requestDate: now.toZonedDateTimeISO('Asia/Shanghai').toPlainDate().toString().replaceAll('-', ''),
  })
  if (!answer.ok) return answer
  const left = wholeAt(answer.value, 'data')
  if (left === null || left < 0 || flagAt(answer.value, 'success') === false)
    return refuse('yto.unexpected_answer', 'the answer names no balance')
  return ok([{ account: credentials.code, carrier: 'YTO', left }])
}
