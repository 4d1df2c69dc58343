import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { writeForm } from '#connectors/carriers/form.ts'
import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonValue, listAt, objectAt, readJson, wholeAt } from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import type {
  CarrierTrouble,
  NumberBalance,
  PostalContact,
  TrackingSubscription,
  Waybill,
  WaybillAsk,
  WaybillName,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { shipperOf } from './codes.ts'
import { dataSign } from './sign.ts'

/** How long the platform is left alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

export const KDNIAO_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  '101': 'bad_request',
  '102': 'signature_refused',
  '103': 'bad_request',
  '104': 'credential_refused',
  '106': 'reference_taken',
}

/**
 * 电子面单 (1007) with our reference as `OrderCode`. A second call gets 106: where it holds the order, that is the waybill. Refused:
 * `carrier.reference_taken` (106 without the order), `carrier.not_supported`, `carrier.<trouble>`.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const shipper = shipperOf(ask.carrier)
  if (shipper === null) return noCode(ask.carrier)
  if (ask.sealedTo !== null)
    return refuse('carrier.not_supported', `recipients sealed by ${ask.sealedTo.channel} are not taken here`)
  const answer = await call(settings, deps, ORDERS('1007'), orderOf(ask, shipper))
  const number = filledAt(answer.body, 'Order', 'LogisticCode')
  if (answer.refused !== null && !(answer.code === '106' && number !== null)) return answer.refused
  if (number === null)
    throw new Outage('kdniao.unexpected_answer', 'the answer holds no LogisticCode', { unknown: true })
  const order = objectAt(answer.body, 'Order')
  const part = (name: string): string => filledAt(order ?? {}, name) ?? ''
  return ok({
    trackingNo: trackingNo(number),
    childNos: listAt(answer.body, 'SubOrders').flatMap((child) =>
      typeof child === 'string' && child.trim() !== '' ? [trackingNo(child)] : [],
    ),
    waybillId: part('KDNOrderCode') === '' ? null : part('KDNOrderCode'),
    routing: {
      sortCode: part('MarkDestination') || part('SortingCode'),
      packageCentre: part('PackageName'),
      packageCode: part('PackageCode'),
      qr: '',
      product: '',
    },
    label: null,
    sealed: null,
  })
}

/** 面单取消 (1147), by the platform's order code and the number. */
export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
): Promise<ReportAnswer> {
  const shipper = shipperOf(name.carrier)
  if (shipper === null) return refusedReport(noCode(name.carrier))
  if (name.trackingNo === null)
    return refusedReport(refuse('carrier.unknown_reference', '快递鸟 cancels by number, and none is known'))
  const answer = await call(settings, deps, ORDERS('1147'), {
    ShipperCode: shipper,
    OrderCode: name.reference,
    ExpNo: name.trackingNo,
    ...customer(name.account),
  })
  return reportOf(answer.refused ?? ok(null), '快递鸟已取消面单')
}

/** 单号余量 (1127) of the account. Refused `carrier.not_supported` where the answer names no figure. */
export async function waybillBalance(
  settings: Settings,
  deps: CallDeps,
  account: Settings,
  carrier: string,
): Promise<Result<readonly NumberBalance[]>> {
  const shipper = shipperOf(carrier)
  if (shipper === null) return noCode(carrier)
  const asked = {
    ShipperCode: shipper,
    ...customer(account),
    StationCode: account.send_site ?? '',
    StationName: '',
  }
  const answer = await call(settings, deps, { ...ORDERS('1127'), changes: false }, asked)
  if (answer.refused !== null) return answer.refused
  const left =
    wholeAt(answer.body, 'EorderBalance', 'AvailableNum') ?? wholeAt(answer.body, 'AvailableNum') ?? null
  return left === null
    ? refuse('carrier.not_supported', 'the answer names no AvailableNum')
    : ok([{ account: account.customer_name ?? '', carrier, left }])
}

/** 轨迹订阅 (1008, or the paid 8008 as the connection has it). Where pushes go is set in 快递鸟's own back office. */
export async function subscribeTracking(
  settings: Settings,
  deps: CallDeps,
  { trackingNo: number, carrier, phoneTail }: TrackingSubscription,
): Promise<ReportAnswer> {
  const shipper = shipperOf(carrier)
  if (shipper === null) return refusedReport(noCode(carrier))
  const type = settings.subscribe_type === '8008' ? '8008' : '1008'
  const answer = await call(
    settings,
    deps,
    { type, address: 'subscribe_url', changes: true },
    {
      ShipperCode: shipper,
      LogisticCode: number,
      ...(phoneTail === null ? {} : { CustomerName: phoneTail }),
    },
  )
  return reportOf(answer.refused ?? ok(null), '快递鸟已接受订阅')
}

function noCode(carrier: string): Refused {
  return refuse('carrier.not_supported', `快递鸟 has no code for ${carrier}`)
}

function orderOf(ask: WaybillAsk, shipper: string): Readonly<Record<string, unknown>> {
  const { account } = ask
  return {
    OrderCode: ask.reference,
    ShipperCode: shipper,
    ...customer(account),
    ...(account.month_code ? { MonthCode: account.month_code } : {}),
    ...(account.send_site ? { SendSite: account.send_site } : {}),
    PayType: Number(account.pay_type ?? '') || 1,
    ExpType: ask.service ?? (account.exp_type || '1'),
    Sender: man(ask.from),
    Receiver: man(ask.to),
    Commodity: ask.goods.map(({ name, sku, quantity }) => ({
      GoodsName: name,
      GoodsCode: sku,
      Goodsquantity: quantity,
    })),
    Quantity: ask.pieces,
    ...(ask.weightG === null ? {} : { Weight: Number((ask.weightG / 1000).toFixed(3)) }),
    Remark: ask.remark,
    IsReturnPrintTemplate: '0',
  }
}

function customer(account: Settings) {
  return { CustomerName: account.customer_name ?? '', CustomerPwd: account.customer_pwd ?? '' }
}

function man(contact: PostalContact) {
  return {
    Company: contact.company,
    Name: contact.name,
    Mobile: contact.phone,
    ProvinceName: contact.province,
    CityName: contact.city,
    ExpAreaName: contact.district,
    Address: contact.address,
    PostCode: contact.postalCode,
  }
}

type Route = {
  readonly type: string
  readonly address: 'eorder_url' | 'subscribe_url'
  readonly changes: boolean
}
const ORDERS = (type: string): Route => ({ type, address: 'eorder_url', changes: true })

/** The whole answer, with the refusal where it is one: 106 refuses and still holds the order. */
type Answer = { readonly body: JsonValue; readonly code: string | null; readonly refused: Refused | null }

async function call(
  settings: Settings,
  { http }: CallDeps,
  { type, address, changes }: Route,
  asked: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const url = settings[address] ?? ''
  if (!URL.canParse(url)) return no(refuse('kdniao.settings', `the address of ${type} is not a URL`))
  const data = JSON.stringify(asked)
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({
      RequestData: data,
      EBusinessID: settings.ebusiness_id ?? '',
      RequestType: type,
      DataSign: dataSign(data, settings.app_key ?? ''),
      DataType: '2',
    }),
  })
  return translate(answer, changes)
}

/** The one place where the codes of orders and subscriptions become ours. */
function translate(answer: { readonly status: number; readonly body: Uint8Array }, changes: boolean): Answer {
  if (answer.status === 429)
    throw new Outage('kdniao.rate_limited', '快递鸟 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('kdniao.unavailable', `快递鸟 answered HTTP ${answer.status}`, { unknown: changes })
  const body = readJson(answer.body)
  const success = body.ok ? flagAt(body.value, 'Success') : null
  const code = body.ok ? filledAt(body.value, 'ResultCode') : null
  if (!body.ok || (success === null && code === null)) {
    const words = `HTTP ${answer.status} without an answer of 快递鸟; is the address right?`
    if (changes && answer.status < 300) throw new Outage('kdniao.unexpected_answer', words, { unknown: true })
    return no(refuse('carrier.bad_request', words))
  }
  if (success !== false && (code === null || code === '100')) return { body: body.value, code, refused: null }
  const words = filledAt(body.value, 'Reason') ?? ''
  return { body: body.value, code, refused: refusalOf(code, words) }
}

/** 105 is the drawer for what the carrier itself said; that its numbers are used up stands there in words alone. */
function refusalOf(code: string | null, words: string): Refused {
  if (code === '105' && /(?:余额|单号|余量)\S{0,4}(?:不足|用完|为0)/.test(words))
    return refuse('carrier.pool_empty', `105 ${words}`)
  return troubleFrom(KDNIAO_TROUBLES, code, words)
}

function no(refused: Refused): Answer {
  return { body: null, code: null, refused }
}
