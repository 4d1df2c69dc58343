import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonValue, objectAt, objectsAt, textAt, wholeAt } from '#connectors/json.ts'
import type { ReportAnswer } from '#domain/connector.ts'
import type {
  CarrierTrouble,
  InterceptAsk,
  PostalContact,
  TrackingSubscription,
  Waybill,
  WaybillAsk,
  WaybillName,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Gateway } from './gateway.ts'

/** How long an order waits that SF looks at by hand (filterResult 1) before it is asked for again. */
const MANUAL_MS = 300_000

/** The gateway's codes and those of the order services. */
export const SF_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  A1001: 'bad_request',
  A1002: 'credential_expired',
  A1003: 'ip_refused',
  A1004: 'no_permission',
  A1006: 'signature_refused',
  A1008: 'bad_request',
  A1011: 'bad_request',
  '6126': 'account_blocked',
  '6150': 'unknown_reference',
  '8016': 'reference_taken',
  '8018': 'unknown_reference',
  '8024': 'unknown_reference',
  '8027': 'bad_request',
  '8067': 'bad_request',
  '8114': 'account_blocked',
  '8117': 'bad_request',
  '8119': 'account_blocked',
  '8196': 'phone_invalid',
  '8247': 'unknown_number',
  '8256': 'bad_request',
  '20035': 'goods_refused',
  '20036': 'not_supported',
}

export function waybillRefusal(code: string | null, words: string): Refused {
  return troubleFrom(SF_TROUBLES, code, words)
}

const CHANGE = { refusalOf: waybillRefusal, changes: true } as const
const LOOK = { refusalOf: waybillRefusal, changes: false } as const

/**
 * 下单取号. `orderId` is our reference: SF makes one waybill for it and says 8016 to a second. With more than one piece the child
 * numbers come along. Refused: `carrier.address_unserved` (筛单 3), `carrier.not_supported` (a sealed recipient), `carrier.<trouble>`.
 */
export async function createWaybill(gateway: Gateway, ask: WaybillAsk): Promise<Result<Waybill>> {
  if (ask.sealedTo !== null)
    return refuse('carrier.not_supported', 'SF opens no sealed recipient; use the platform’s own waybill')
  const answer = await gateway.call('EXP_RECE_CREATE_ORDER', orderOf(ask), CHANGE)
  if (!answer.ok) return answer
  const data = businessData(answer.value)
  return data.ok ? readWaybill(data.value) : data
}

/** 订单结果查询 by our reference; null where SF knows none. */
export async function findWaybill(gateway: Gateway, name: WaybillName): Promise<Result<Waybill | null>> {
  const asked = { searchType: '1', orderId: name.reference, language: 'zh-CN' }
  const answer = await gateway.call('EXP_RECE_SEARCH_ORDER_RESP', asked, LOOK)
  if (!answer.ok) return answer
  const data = businessData(answer.value)
  if (!data.ok) return data.refusal.code === 'carrier.unknown_reference' ? ok(null) : data
  return readWaybill(data.value)
}

/**
 * 取消 (dealType 2). 8037 (cancelled already) is a yes. 8252 (confirmed already) is read as picked up: `carrier.too_late`; outside
 * a cancellation the code keeps its own words.
 */
export async function cancelWaybill(gateway: Gateway, name: WaybillName): Promise<ReportAnswer> {
  const asked = {
    dealType: 2,
    language: 'zh-CN',
    orderId: name.reference,
    ...(name.trackingNo === null
      ? {}
      : { waybillNoInfoList: [{ waybillType: 1, waybillNo: name.trackingNo }] }),
  }
  const answer = await gateway.call('EXP_RECE_UPDATE_ORDER', asked, CHANGE)
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  const code = filledAt(answer.value, 'errorCode')
  const words = textAt(answer.value, 'errorMsg') ?? ''
  if (code === '8037') return { outcome: 'accepted', words: `8037 ${words}`.trim() }
  if (code === '8252')
    return { outcome: 'refused', refusal: refuse('carrier.too_late', `8252 ${words}`.trim()).refusal }
  return reported(answer.value, '顺丰已取消订单')
}

/** 路由注册 of a number that was not ordered through this partner; SF pushes those of its own orders by itself. */
export async function subscribeTracking(
  gateway: Gateway,
  { trackingNo: number, carrier, phoneTail }: TrackingSubscription,
): Promise<ReportAnswer> {
  if (carrier !== 'SF')
    return {
      outcome: 'refused',
      refusal: refuse('carrier.not_supported', `${carrier} is not carried by SF`).refusal,
    }
  const asked = {
    type: '2',
    attributeNo: number,
    orderId: '',
    ...(phoneTail === null ? {} : { checkPhoneNo: phoneTail }),
    language: 'zh-CN',
    country: 'CN',
  }
  const answer = await gateway.call('EXP_RECE_REGISTER_ROUTE', asked, CHANGE)
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  return reported(answer.value, '顺丰已登记路由推送')
}

/** 截单: serviceCode 2 sends it back, 1 to another address; the sender (role 1) asks and its monthly card pays (payMode 4). */
export async function interceptParcel(gateway: Gateway, ask: InterceptAsk): Promise<ReportAnswer> {
  const refused = (code: string, words: string): ReportAnswer => ({
    outcome: 'refused',
    refusal: refuse(code, words).refusal,
  })
  if (ask.carrier !== 'SF') return refused('carrier.not_supported', `${ask.carrier} is not carried by SF`)
  if (ask.to === null && ask.what === 'redirect')
    return refused('carrier.bad_request', 'a redirection needs the new address')
  const asked = {
    waybillNo: ask.trackingNo,
    serviceCode: ask.what === 'return' ? '2' : '1',
    role: '1',
    payMode: '4',
    monthlyCardNo: ask.account.monthly_card ?? '',
    ...(ask.to === null ? {} : { newDestAddress: newAddress(ask.to) }),
  }
  const answer = await gateway.call('EXP_RECE_WANTED_INTERCEPT', asked, CHANGE)
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  return filledAt(answer.value, 'errorCode') === '8252'
    ? refused('carrier.too_late', `8252 ${textAt(answer.value, 'errorMsg') ?? ''}`.trim())
    : reported(answer.value, '顺丰已受理截单')
}

function orderOf(ask: WaybillAsk): Readonly<Record<string, unknown>> {
  const express = Number(ask.service ?? ask.account.express_type ?? '')
  return {
    language: 'zh-CN',
    orderId: ask.reference,
    cargoDetails: ask.goods.map(({ name, quantity }) => ({ name, count: quantity })),
    contactInfoList: [
      { contactType: 1, ...contact(ask.from) },
      { contactType: 2, ...contact(ask.to) },
    ],
    monthlyCard: ask.account.monthly_card ?? '',
    payMethod: Number(ask.account.pay_method ?? '') || 1,
    expressTypeId: Number.isInteger(express) && express > 0 ? express : 1,
    parcelQty: ask.pieces,
    ...(ask.weightG === null ? {} : { totalWeight: kilograms(ask.weightG) }),
    ...(ask.volumeCm3 === null ? {} : { volume: ask.volumeCm3 }),
    ...(ask.remark === '' ? {} : { remark: ask.remark }),
    isReturnRoutelabel: 1,
    isDocall: 0,
  }
}

function contact(person: PostalContact) {
  return {
    contact: person.name,
    company: person.company,
    mobile: person.phone,
    country: person.country,
    province: person.province,
    city: person.city,
    county: person.district,
    address: person.address,
    postCode: person.postalCode,
  }
}

function newAddress(person: PostalContact) {
  return {
    contact: person.name,
    phone: person.phone,
    province: person.province,
    city: person.city,
    county: person.district,
    address: person.address,
  }
}

/** Kilograms with three decimals as a number of JSON: 1 g is never less than 0.001. */
function kilograms(grams: number): number {
  return Number((grams / 1000).toFixed(3))
}

/** `msgData` of a business answer; A1000 above it only says that the gateway worked. */
function businessData(inner: JsonValue): Result<JsonValue> {
  const code = filledAt(inner, 'errorCode')
  if (flagAt(inner, 'success') === true && (code === null || code === 'S0000'))
    return ok(objectAt(inner, 'msgData') ?? {})
  return waybillRefusal(code, textAt(inner, 'errorMsg') ?? '')
}

function reported(inner: JsonValue, words: string): ReportAnswer {
  const data = businessData(inner)
  return data.ok ? { outcome: 'accepted', words } : { outcome: 'refused', refusal: data.refusal }
}

/**
 * An order as SF tells it. Its screening (筛单) says 1 a person looks at it, 2 can be delivered, 3 cannot; without a number and
 * undecided it is an outage: asked again by our reference, never ordered twice.
 */
function readWaybill(data: JsonValue): Result<Waybill> {
  const screening = wholeAt(data, 'filterResult')
  if (screening === 3)
    return refuse('carrier.address_unserved', `filterResult 3 ${textAt(data, 'remark') ?? ''}`.trim())
  const numbers = objectsAt(data, 'waybillNoInfoList').map((entry) => ({
    type: wholeAt(entry, 'waybillType') ?? 1,
    no: filledAt(entry, 'waybillNo'),
  }))
  const mother = numbers.find(({ type, no }) => type === 1 && no !== null)?.no ?? null
  if (mother === null) {
    const words = `filterResult ${screening ?? 'missing'} and no waybill number yet`
    throw new Outage('sf.waybill_pending', words, { unknown: true, retryAfterMs: MANUAL_MS })
  }
  const children = numbers.flatMap(({ type, no }) => (type === 2 && no !== null ? [trackingNo(no)] : []))
  const label = objectAt(objectsAt(data, 'routeLabelInfo')[0], 'routeLabelData') ?? {}
  return ok({
    trackingNo: trackingNo(mother),
    childNos: children,
    waybillId: null,
    routing: {
      sortCode: filledAt(label, 'destRouteLabel') ?? filledAt(data, 'destCode') ?? '',
      packageCentre: filledAt(label, 'destTransferCode') ?? '',
      packageCode: '',
      qr: filledAt(label, 'twoDimensionCode') ?? '',
      product: filledAt(label, 'proName') ?? '',
    },
    label: null,
    sealed: null,
  })
}
