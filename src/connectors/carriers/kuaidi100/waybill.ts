import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { writeForm } from '#connectors/carriers/form.ts'
import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonValue, objectAt, objectsAt, readJson, wholeAt } from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import type {
  CarrierTrouble,
  InterceptAsk,
  NumberBalance,
  PostalContact,
  TrackingSubscription,
  Waybill,
  WaybillAsk,
  WaybillName,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { companyOf } from './codes.ts'
import { printSign } from './sign.ts'

/** How long the platform is left alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

/** Codes that 快递100 documents for subscriptions and queries; the label interface's others keep their own words. */
export const KUAIDI100_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  '503': 'signature_refused',
  '600': 'no_permission',
  '601': 'credential_expired',
  '700': 'not_supported',
  '701': 'bad_request',
}

/**
 * 电子面单下单 with `orderId` as our reference and `reorder: false`: within 48 hours a second call answers the first number. Refused:
 * `carrier.not_supported` (no company code, a sealed recipient), `carrier.<trouble>`.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const com = companyOf(ask.carrier)
  if (com === null) return refuse('carrier.not_supported', `快递100 has no code for ${ask.carrier}`)
  if (ask.sealedTo !== null)
    return refuse('carrier.not_supported', `recipients sealed by ${ask.sealedTo.channel} are not taken here`)
  const answer = await label(settings, deps, 'order', orderOf(ask, com), true)
  if (!answer.ok) return answer
  const data = objectAt(answer.value, 'data') ?? {}
  const number = filledAt(data, 'kuaidinum')
  if (number === null)
    throw new Outage('kuaidi100.unexpected_answer', 'the answer holds no kuaidinum', { unknown: true })
  const children = (filledAt(data, 'childNum') ?? '').split(/[,;\s]+/).filter((child) => child !== '')
  return ok({
    trackingNo: trackingNo(number),
    childNos: children.map(trackingNo),
    waybillId: filledAt(data, 'taskId'),
    routing: {
      sortCode: filledAt(data, 'bulkpen') ?? '',
      packageCentre: filledAt(data, 'pkgName') ?? '',
      packageCode: filledAt(data, 'pkgCode') ?? '',
      qr: filledAt(data, 'qrCode') ?? '',
      product: filledAt(data, 'expType') ?? ask.service ?? ask.account.exp_type ?? '',
    },
    label: null,
    sealed: null,
  })
}

export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
  reason: string,
): Promise<ReportAnswer> {
  const com = companyOf(name.carrier)
  if (com === null)
    return refusedReport(refuse('carrier.not_supported', `快递100 has no code for ${name.carrier}`))
  if (name.trackingNo === null)
    return refusedReport(refuse('carrier.unknown_reference', '快递100 cancels by number, and none is known'))
  const param = {
    ...partner(name.account),
    kuaidicom: com,
    kuaidinum: name.trackingNo,
    orderId: name.reference,
    reason,
  }
  return reportOf(await label(settings, deps, 'cancel', param, true), '快递100 已取消面单')
}

/**
 * 订单拦截. Public sources show one kind, another address (`MODIFY_ADDR`); the way back is that with the sender's own address. Refused:
 * `carrier.not_supported` where no address is given.
 */
export async function interceptParcel(
  settings: Settings,
  deps: CallDeps,
  ask: InterceptAsk,
): Promise<ReportAnswer> {
  const com = companyOf(ask.carrier)
  if (com === null)
    return refusedReport(refuse('carrier.not_supported', `快递100 has no code for ${ask.carrier}`))
  if (ask.to === null)
    return refusedReport(
      refuse('carrier.not_supported', '快递100 intercepts to an address, and none is given'),
    )
  const { name, mobile, printAddr } = man(ask.to)
  const param = {
    ...partner(ask.account),
    kuaidicom: com,
    kuaidinum: ask.trackingNo,
    orderId: ask.requestId,
    orderRole: '1',
    interceptType: 'MODIFY_ADDR',
    interceptPayType: 'THIRDPARTY',
    reason: ask.reason,
    recManInfo: { name, mobile, printAddr },
  }
  return reportOf(await label(settings, deps, 'interceptOrder', param, true), '快递100 已受理拦截')
}

/** 网点与面单余额 of the account's net. Refused `carrier.not_supported` where the answer names no figure. */
export async function waybillBalance(
  settings: Settings,
  deps: CallDeps,
  account: Settings,
  carrier: string,
): Promise<Result<readonly NumberBalance[]>> {
  const com = companyOf(carrier)
  if (com === null) return refuse('carrier.not_supported', `快递100 has no code for ${carrier}`)
  const param = { ...partner(account), com }
  const answer = await label(settings, deps, 'getThirdInfo', param, false)
  if (!answer.ok) return answer
  const branches = objectsAt(answer.value, 'data').flatMap((branch): NumberBalance[] => {
    const left = wholeAt(branch, 'quantity')
    const code = filledAt(branch, 'branchCode') ?? filledAt(branch, 'branchName') ?? ''
    return left === null ? [] : [{ account: code, carrier, left }]
  })
  return branches.length === 0
    ? refuse('carrier.not_supported', 'the answer names no quantity of any branch')
    : ok(branches)
}

/**
 * 订阅. Not signed: the key stands in the parameters. 501 (subscribed already) is a yes. With a salt in the settings the pushes will be
 * signed with it.
 */
export async function subscribeTracking(
  settings: Settings,
  { http }: CallDeps,
  { trackingNo: number, carrier, phoneTail, callbackUrl }: TrackingSubscription,
): Promise<ReportAnswer> {
  const company = companyOf(carrier)
  if (company === null)
    return refusedReport(refuse('carrier.not_supported', `快递100 has no code for ${carrier}`))
  const url = settings.subscribe_url ?? ''
  if (!URL.canParse(url))
    return refusedReport(refuse('kuaidi100.settings', 'the subscription address is not a URL'))
  const salt = settings.salt ?? ''
  const parameters = {
    callbackurl: callbackUrl,
    ...(salt === '' ? {} : { salt }),
    resultv2: '4',
    ...(phoneTail === null ? {} : { phone: phoneTail }),
  }
  const param = JSON.stringify({ company, number, key: settings.key ?? '', parameters })
  const answer = await http({ ...FORM, url, body: writeForm({ schema: 'json', param }) })
  const read = translate(answer, true)
  if (!read.ok && read.refusal.detail.startsWith('501'))
    return { outcome: 'accepted', words: read.refusal.detail }
  return reportOf(read, '快递100 已接受订阅')
}

const FORM = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
} as const

function orderOf(ask: WaybillAsk, kuaidicom: string): Readonly<Record<string, unknown>> {
  const { account } = ask
  return {
    ...partner(account),
    kuaidicom,
    orderId: ask.reference,
    reorder: false,
    printType: 'NON',
    recMan: man(ask.to),
    sendMan: man(ask.from),
    cargo: ask.goods
      .map(({ name }) => name)
      .join('、')
      .slice(0, 100),
    count: ask.pieces,
    needChild: ask.pieces > 1 ? '1' : '0',
    ...(ask.weightG === null ? {} : { weight: Number((ask.weightG / 1000).toFixed(3)) }),
    payType: account.pay_type || 'SHIPPER',
    expType: ask.service ?? (account.exp_type || '标准快递'),
    remark: ask.remark,
  }
}

/** The contract with the carrier; empty parts stay away. */
function partner(account: Settings): Record<string, string> {
  const parts = {
    partnerId: account.partner_id,
    partnerKey: account.partner_key,
    partnerSecret: account.partner_secret,
    partnerName: account.partner_name,
    net: account.net,
    code: account.code,
    checkMan: account.check_man,
  }
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) => {
      const text = value?.trim() ?? ''
      return text === '' ? [] : [[name, text]]
    }),
  )
}

function man(contact: PostalContact) {
  const { name, phone: mobile, company, province, city, district, address } = contact
  return { name, mobile, company, printAddr: `${province}${city}${district}${address}` }
}

async function label(
  settings: Settings,
  { http, clock }: CallDeps,
  method: string,
  param: Readonly<Record<string, unknown>>,
  changes: boolean,
): Promise<Result<JsonValue>> {
  const url = (method === 'getThirdInfo' ? settings.balance_url : settings.label_url) ?? ''
  const [key, secret] = [settings.key ?? '', settings.secret ?? '']
  if (!URL.canParse(url)) return refuse('kuaidi100.settings', 'the label address is not a URL')
  if (secret === '') return refuse('kuaidi100.settings', 'the connection has no secret for labels')
  const text = JSON.stringify(param)
  const t = String(clock.now().epochMilliseconds)
  const sign = printSign({ param: text, t, key, secret })
  const answer = await http({ ...FORM, url, body: writeForm({ method, key, t, sign, param: text }) })
  return translate(answer, changes)
}

/** The one place where the codes of labels and subscriptions become ours; the interfaces differ in how they say yes. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  changes: boolean,
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('kuaidi100.rate_limited', '快递100 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('kuaidi100.unavailable', `快递100 answered HTTP ${answer.status}`, { unknown: changes })
  const body = readJson(answer.body)
  const yes = body.ok ? (flagAt(body.value, 'success') ?? flagAt(body.value, 'result')) : null
  const code = body.ok ? (filledAt(body.value, 'returnCode') ?? filledAt(body.value, 'code')) : null
  if (!body.ok || (yes === null && code === null)) {
    const words = `HTTP ${answer.status} without an answer of 快递100; is the address right?`
    if (changes && answer.status < 300)
      throw new Outage('kuaidi100.unexpected_answer', words, { unknown: true })
    return refuse('carrier.bad_request', words)
  }
  if (yes !== false && (code === null || code === '200')) return body
  const words = filledAt(body.value, 'message') ?? ''
  if (code === '500') throw new Outage('kuaidi100.unavailable', `500 ${words}`, { unknown: changes })
  return troubleFrom(KUAIDI100_TROUBLES, code, words)
}
