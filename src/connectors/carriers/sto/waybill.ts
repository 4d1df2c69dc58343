import { isMobile, kilograms, refusedReport, reportOf, unfitAsk } from '#connectors/carriers/answers.ts'
import { filledAt, type JsonValue } from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import {
  NO_ROUTING,
  type PostalContact,
  type Waybill,
  type WaybillAsk,
  type WaybillName,
  type WaybillTerms,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callSto } from './client.ts'

export const STO_WAYBILL: WaybillTerms = {
  numbers: 'balance',
  piecesMost: 1,
  opens: [],
  services: [
    { code: '00', zh: '普通', en: 'Standard' },
    { code: '04', zh: '生鲜', en: 'Fresh food' },
  ],
  accountFields: [
    { name: 'site_code', zh: '网点编码', en: 'Branch code', secret: false, required: true },
    { name: 'customer_name', zh: '客户编码', en: 'Customer code', secret: false, required: true },
    { name: 'site_pwd', zh: '电子面单密码', en: 'Waybill password', secret: true, required: true },
    {
      name: 'order_source',
      zh: '订单来源编码',
      en: 'Order source',
      secret: false,
      required: true,
      hint: { zh: '订阅接口时登记的来源编码', en: 'The source code registered with the interface' },
    },
  ],
}

/**
 * `OMS_EXPRESS_ORDER_CREATE`, one order for one `orderNo`. Refused with `carrier.<trouble>`, also before anything is sent
 * (`unfitAsk`), `sto.unexpected_answer` where the answer holds no number.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const unfit = unfitAsk(ask)
  if (unfit !== null) return unfit
  const api = { name: 'OMS_EXPRESS_ORDER_CREATE', to: 'sto_oms' }
  const answer = await callSto(settings, deps, api, {
    orderNo: ask.reference,
    orderSource: ask.account.order_source ?? '',
    billType: ask.service ?? '00',
    orderType: '01',
    sender: contactOf(ask.from),
    receiver: contactOf(ask.to),
    cargo: {
      battery: '10',
      goodsType: '小件',
      goodsName: goodsName(ask),
      goodsCount: ask.goods.reduce((sum, { quantity }) => sum + quantity, 0),
      ...(ask.weightG === null ? {} : { weight: kilograms(ask.weightG) }),
    },
    customer: {
      siteCode: ask.account.site_code ?? '',
      customerName: ask.account.customer_name ?? '',
      sitePwd: ask.account.site_pwd ?? '',
    },
    remark: ask.remark,
  })
  return answer.ok ? waybillOf(answer.value) : answer
}

/** The field has no stated length; names beyond a label's width help nobody. */
function goodsName(ask: WaybillAsk): string {
  const names = ask.goods.map(({ name }) => name).join(';')
  return names === '' ? '商品' : [...names].slice(0, 100).join('')
}

function contactOf(contact: PostalContact): Readonly<Record<string, string>> {
  const phone = isMobile(contact.phone)
    ? { tel: '', mobile: contact.phone }
    : { tel: contact.phone, mobile: '' }
  return {
    name: contact.name,
    ...phone,
    province: contact.province,
    city: contact.city,
    area: contact.district,
    address: contact.address,
  }
}

function waybillOf(answer: JsonValue): Result<Waybill> {
  const number = filledAt(answer, 'data', 'waybillNo')
  if (number === null)
    return refuse('sto.unexpected_answer', 'the order was taken, and the answer names no waybillNo')
  return ok({
    trackingNo: trackingNo(number),
    childNos: [],
    waybillId: null,
    routing: {
      ...NO_ROUTING,
      sortCode: filledAt(answer, 'data', 'bigWord') ?? '',
      packageCentre: filledAt(answer, 'data', 'packagePlace') ?? '',
    },
    label: null,
    sealed: null,
  })
}

/** `EDI_MODIFY_ORDER_CANCEL`, by number where there is one, else by our reference. */
export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
  reason: string,
): Promise<ReportAnswer> {
  const orderSource = name.account.order_source ?? ''
  if (orderSource === '')
    return refusedReport(refuse('carrier.bad_request', 'the account names no order_source'))
  const api = { name: 'EDI_MODIFY_ORDER_CANCEL', to: 'edi_modify_order' }
  const answer = await callSto(settings, deps, api, {
    ...(name.trackingNo === null ? { sourceOrderId: name.reference } : { billCode: name.trackingNo }),
    orderSource,
    orderType: '01',
    remark: reason === '' ? '订单取消' : reason,
  })
  return reportOf(answer, '申通已受理取消')
}
