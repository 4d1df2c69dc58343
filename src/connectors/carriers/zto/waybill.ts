import { isMobile, refusedReport, reportOf, unfitAsk } from '#connectors/carriers/answers.ts'
import { phrasesOf } from '#connectors/carriers/trouble.ts'
import { filledAt, type JsonValue, objectAt, objectsAt, wholeAt } from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import {
  INTERCEPT_ANSWERS,
  type InterceptAsk,
  type InterceptStanding,
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
import { callZto } from './client.ts'

/** 全网件: agreed with the branch, numbered at once, out of the account's stock. */
const WHOLE_NET = '1'

export const ZTO_WAYBILL: WaybillTerms = {
  numbers: 'balance',
  piecesMost: 1,
  opens: [],
  services: [
    { code: WHOLE_NET, zh: '全网件', en: 'Standing pick-up by the branch' },
    { code: '2', zh: '预约件（返回运单号）', en: 'Pick-up by appointment, numbered at once' },
    { code: '4', zh: '星联全网件', en: 'Xinglian, standing pick-up' },
  ],
  accountFields: [
    { name: 'account_id', zh: '电子面单账号', en: 'Waybill account', secret: false, required: true },
    { name: 'account_password', zh: '电子面单密码', en: 'Waybill password', secret: true, required: true },
    { name: 'customer_id', zh: '客户编码', en: 'Customer id', secret: false, required: false },
    {
      name: 'partner_type',
      zh: '合作模式',
      en: 'Partner type',
      secret: false,
      required: false,
      default: '2',
      options: ['1', '2'],
      hint: { zh: '1 集团客户，2 非集团客户', en: '1: group customer, 2: any other' },
    },
  ],
}

/**
 * `zto.open.createOrder`, idempotent by `partnerOrderCode`. Refused with `carrier.<trouble>`, also before anything is sent
 * (`unfitAsk`), `zto.unexpected_answer` where the answer holds no number.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const unfit = unfitAsk(ask)
  if (unfit !== null) return unfit
  const answer = await callZto(settings, deps, 'zto.open.createOrder', orderOf(ask))
  return answer.ok ? waybillOf(answer.value) : answer
}

function orderOf(ask: WaybillAsk): Readonly<Record<string, unknown>> {
  return {
    partnerType: ask.account.partner_type ?? '2',
    orderType: ask.service ?? WHOLE_NET,
    partnerOrderCode: ask.reference,
    accountInfo: {
      accountId: ask.account.account_id ?? '',
      accountPassword: ask.account.account_password ?? '',
      type: 1,
      customerId: ask.account.customer_id ?? '',
    },
    billCode: '',
    senderInfo: contactOf('sender', ask.from),
    receiveInfo: contactOf('receiver', ask.to),
    summaryInfo: { quantity: ask.goods.reduce((sum, { quantity }) => sum + quantity, 0) },
    remark: ask.remark,
    orderItems: ask.goods.map(({ name, quantity }) => ({ name, quantity })),
  }
}

function contactOf(role: 'sender' | 'receiver', contact: PostalContact): Readonly<Record<string, string>> {
  const phone = isMobile(contact.phone)
    ? { [`${role}Phone`]: '', [`${role}Mobile`]: contact.phone }
    : { [`${role}Phone`]: contact.phone, [`${role}Mobile`]: '' }
  return {
    [`${role}Name`]: contact.name,
    ...phone,
    [`${role}Province`]: contact.province,
    [`${role}City`]: contact.city,
    [`${role}District`]: contact.district,
    [`${role}Address`]: contact.address,
  }
}

function waybillOf(answer: JsonValue): Result<Waybill> {
  const result = objectAt(answer, 'result')
  const number = filledAt(result ?? undefined, 'billCode')
  if (result === null || number === null)
    return refuse('zto.unexpected_answer', 'the order was taken, and the answer names no billCode')
  return ok({
    trackingNo: trackingNo(number),
    childNos: [],
    waybillId: filledAt(result, 'orderCode'),
    routing: {
      ...NO_ROUTING,
      sortCode: filledAt(result, 'bigMarkInfo', 'mark') ?? '',
      packageCentre: filledAt(result, 'bigMarkInfo', 'bagAddr') ?? '',
    },
    label: null,
    sealed: null,
  })
}

/**
 * `zto.open.cancelPreOrder`: for 预约件 alone. A 全网件 number is never cancelled by call; without a scan it goes back to the account
 * by itself after 30 to 60 days, so the refusal (`carrier.not_supported`) needs nothing done at ZTO.
 */
export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
): Promise<ReportAnswer> {
  if (name.waybillId === null && name.trackingNo === null)
    return refusedReport(refuse('carrier.unknown_reference', 'ZTO cancels by number or order code alone'))
  const answer = await callZto(settings, deps, 'zto.open.cancelPreOrder', {
    cancelType: '2',
    ...(name.waybillId === null ? { billCode: name.trackingNo } : { orderCode: name.waybillId }),
  })
  // The refusal's code is in no public table; whichever it is, the kind of waybill that it names is the reason.
  return !answer.ok && answer.refusal.detail.includes('全网件')
    ? refusedReport(refuse('carrier.not_supported', answer.refusal.detail))
    : reportOf(answer, '中通已受理取消')
}

/** `thirdcenter.createIntercept`: back to the sender (2), or on to another address (3). */
export async function interceptParcel(
  settings: Settings,
  deps: CallDeps,
  ask: InterceptAsk,
): Promise<ReportAnswer> {
  if (ask.carrier !== 'ZTO')
    return refusedReport(refuse('carrier.not_supported', `${ask.carrier} is not carried by ZTO`))
  if (ask.what === 'redirect' && ask.to === null)
    return refusedReport(refuse('carrier.address_invalid', 'a redirected parcel needs its new address'))
  const customer = ask.account.customer_id ?? ''
  const answer = await callZto(settings, deps, 'thirdcenter.createIntercept', {
    billCode: ask.trackingNo,
    requestId: ask.requestId,
    thirdBizNo: ask.requestId,
    ...(customer === '' ? {} : { customerId: customer }),
    destinationType: ask.what === 'return' ? 2 : 3,
    ...(ask.what === 'return' || ask.to === null ? {} : receiverOf(ask.to)),
  })
  return reportOf(answer, '中通已受理拦截')
}

/**
 * `thirdcenter.queryInterceptAndReturnStatus`: whether ZTO has the order to stop this parcel, and its own name for where that stands.
 * What each `status` means is in no public text: `accepted`, unless the setting `intercept_states` (`4=too_late`) names it. Null: no
 * such order.
 */
export async function findIntercept(
  settings: Settings,
  deps: CallDeps,
  ask: InterceptAsk,
): Promise<Result<InterceptStanding | null>> {
  const method = 'thirdcenter.queryInterceptAndReturnStatus'
  const answer = await callZto(settings, deps, method, { billCode: ask.trackingNo })
  if (!answer.ok) return answer.refusal.code === 'carrier.unknown_number' ? ok(null) : answer
  const order = objectAt(answer.value, 'result') ?? objectsAt(answer.value, 'result')[0] ?? null
  const status = filledAt(order ?? undefined, 'status')
  if (status === null) return ok(null)
  const named = phrasesOf(settings.intercept_states).find((pair) => pair.split('=')[0]?.trim() === status)
  const meant = INTERCEPT_ANSWERS.find((one) => one === named?.split('=')[1]?.trim())
  const words = `${status} ${filledAt(order ?? undefined, 'statusName') ?? ''}`.trim()
  return ok({ answer: meant ?? 'accepted', words })
}

function receiverOf(to: PostalContact): Readonly<Record<string, string>> {
  return {
    receivePhone: to.phone,
    receiveUsername: to.name,
    receiveProvince: to.province,
    receiveCity: to.city,
    receiveDistrict: to.district,
    receiveAddress: to.address,
  }
}

/** `zto.open.queryAvailableBalanceNew`: numbers left on one waybill account. */
export async function waybillBalance(
  settings: Settings,
  deps: CallDeps,
  account: Settings,
): Promise<Result<readonly NumberBalance[]>> {
  const id = account.account_id ?? ''
  if (id === '') return refuse('carrier.bad_request', 'the account names no account_id')
  const local = deps.clock.now().toZonedDateTimeISO('Asia/Shanghai').toPlainDateTime()
  const answer = await callZto(settings, deps, 'zto.open.queryAvailableBalanceNew', {
    datetime: local.toString({ smallestUnit: 'second' }).replace('T', ' '),
    partner: id,
    verify: account.account_password ?? '',
    content: { typeId: '1' },
  })
  if (!answer.ok) return answer
  const left = wholeAt(answer.value, 'result', 'available')
  return left === null || left < 0
    ? refuse('zto.unexpected_answer', 'the answer names no available numbers')
    : ok([{ account: id, carrier: 'ZTO', left }])
}
