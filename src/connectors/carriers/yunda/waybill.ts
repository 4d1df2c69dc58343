import { isMobile, refusedReport, unfitAsk } from '#connectors/carriers/answers.ts'
import {
  asObject,
  filledAt,
  type JsonObject,
  listAt,
  objectsAt,
  readJson,
  valueAt,
} from '#connectors/json.ts'
import type { CallDeps, ReportAnswer, Settings } from '#domain/connector.ts'
import {
  NO_ROUTING,
  type NumberBalance,
  type PostalContact,
  type Waybill,
  type WaybillAsk,
  type WaybillName,
  type WaybillRouting,
  type WaybillTerms,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callYunda, troubleOf } from './client.ts'

const ORDERS = '/openapi-api/v1/accountOrder'
/** What 韵达 says of a reference that has an order already: its number comes from the updating interface. */
const TAKEN = '更新接口'

export const YUNDA_WAYBILL: WaybillTerms = {
  numbers: 'balance',
  piecesMost: 1,
  opens: [],
  services: [{ code: 'common', zh: '普通', en: 'Standard' }],
  accountFields: [
    { name: 'partner_id', zh: '合作商账号 partner_id', en: 'partner_id', secret: false, required: true },
    { name: 'secret', zh: '联调密码 secret', en: 'secret', secret: true, required: true },
    {
      name: 'node_id',
      zh: '面单版式 node_id',
      en: 'Label form node_id',
      secret: false,
      required: false,
      default: '350',
    },
  ],
}

/**
 * `createBmOrder`; where the reference has an order already, `updateBmOrder` answers with the same number, so that asking twice makes
 * one waybill. Refused with `carrier.<trouble>`, also before anything is sent (`unfitAsk`), `yunda.unexpected_answer`.
 */
export async function createWaybill(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
): Promise<Result<Waybill>> {
  const unfit = unfitAsk(ask)
  if (unfit !== null) return unfit
  const request = { ...identity(settings, ask.account), orders: [orderOf(ask)] }
  const made = await waybillBy(settings, deps, 'createBmOrder', request)
  if (made.ok || !made.refusal.detail.includes(TAKEN)) return made
  return await waybillBy(settings, deps, 'updateBmOrder', request)
}

async function waybillBy(
  settings: Settings,
  deps: CallDeps,
  call: 'createBmOrder' | 'updateBmOrder',
  request: Readonly<Record<string, unknown>>,
): Promise<Result<Waybill>> {
  const answer = await callYunda(settings, deps, `${ORDERS}/${call}`, request)
  if (!answer.ok) return answer
  const [order] = objectsAt(answer.value, 'data')
  const number = order === undefined ? null : (filledAt(order, 'mail_no') ?? filledAt(order, 'mailno'))
  if (order !== undefined && number !== null) return ok(waybillOf(order, number))
  const words = order === undefined ? null : (filledAt(order, 'msg') ?? filledAt(order, 'remark'))
  return words === null
    ? refuse('yunda.unexpected_answer', 'the answer names no mail_no')
    : troubleOf(settings, null, words)
}

function identity(settings: Settings, account: Settings): Readonly<Record<string, string>> {
  return {
    appid: settings.app_key ?? '',
    partner_id: account.partner_id ?? '',
    secret: account.secret ?? '',
  }
}

/** 韵达 takes letters, digits and underscores; our references have no underscore, so that no two become one. */
export function serialOf(reference: string): string {
  return reference.replaceAll('-', '_')
}

function orderOf(ask: WaybillAsk): Readonly<Record<string, unknown>> {
  const serial = serialOf(ask.reference)
  return {
    order_serial_no: serial,
    khddh: serial,
    order_type: ask.service ?? 'common',
    node_id: ask.account.node_id ?? '350',
    sender: contactOf(ask.from),
    receiver: contactOf(ask.to),
    items: ask.goods.map(({ name, quantity }) => ({ name, number: quantity, remark: '' })),
    remark: ask.remark,
  }
}

function contactOf(contact: PostalContact): Readonly<Record<string, string>> {
  const phone = isMobile(contact.phone) ? { mobile: contact.phone } : { mobile: '', phone: contact.phone }
  return {
    name: contact.name,
    company: contact.company,
    ...phone,
    province: contact.province,
    city: contact.city,
    county: contact.district,
    address: [contact.province, contact.city, contact.district, contact.address].join(','),
  }
}

function waybillOf(order: JsonObject, number: string): Waybill {
  return {
    trackingNo: trackingNo(number),
    childNos: [],
    waybillId: filledAt(order, 'order_serial_no'),
    routing: routingOf(order),
    label: null,
    sealed: null,
  }
}

/** `pdf_info` is JSON inside a text: lists in a list, the first entry holds what the label needs. */
function routingOf(order: JsonObject): WaybillRouting {
  const text = filledAt(order, 'pdf_info') ?? filledAt(order, 'pdfInfo')
  const parsed = text === null ? null : readJson(text)
  if (parsed === null || !parsed.ok) return NO_ROUTING
  const [inner] = listAt({ outer: parsed.value }, 'outer')
  const [first] = listAt({ inner: inner ?? null }, 'inner')
  const info = asObject(first)
  if (info === null) return NO_ROUTING
  const part = (name: string): string => filledAt(info, name) ?? ''
  return {
    ...NO_ROUTING,
    sortCode: `${part('position')} ${part('position_no')}`.trim(),
    packageCentre: part('package_wdjc'),
  }
}

/** `cancelBmOrder`: the answer's code is of the batch, each order says for itself whether it was done. */
export async function cancelWaybill(
  settings: Settings,
  deps: CallDeps,
  name: WaybillName,
): Promise<ReportAnswer> {
  if (name.trackingNo === null)
    return refusedReport(refuse('carrier.unknown_reference', '韵达 cancels by reference and number together'))
  const answer = await callYunda(settings, deps, `${ORDERS}/cancelBmOrder`, {
    ...identity(settings, name.account),
    orders: [{ order_serial_no: serialOf(name.reference), mailno: name.trackingNo }],
  })
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  const [order] = objectsAt(answer.value, 'data')
  const words = order === undefined ? '' : (filledAt(order, 'msg') ?? '')
  const isDone = order !== undefined && filledAt(order, 'status') !== '0' && !words.includes('ERROR')
  return isDone
    ? { outcome: 'accepted', words: words === '' ? '韵达已受理取消' : words }
    : { outcome: 'refused', refusal: troubleOf(settings, null, words).refusal }
}

/**
 * `searchCount`: what is left on one account. The shape of `data` is not documented: a bare figure, or the field that the connection's
 * setting `balance_field` names.
 */
export async function waybillBalance(
  settings: Settings,
  deps: CallDeps,
  account: Settings,
): Promise<Result<readonly NumberBalance[]>> {
  const answer = await callYunda(settings, deps, `${ORDERS}/searchCount`, {
    ...identity(settings, account),
    type: 'common',
  })
  if (!answer.ok) return answer
  const data = valueAt(answer.value, 'data')
  const field = settings.balance_field?.trim() || 'count'
  const [first] = listAt({ data: data ?? null }, 'data')
  const text = typeof data === 'string' ? data : filledAt(first ?? data, field)
  return text !== null && /^\d{1,12}$/.test(text.trim())
    ? ok([{ account: account.partner_id ?? '', carrier: 'YUNDA', left: Number(text) }])
    : refuse('yunda.unexpected_answer', `the answer names no figure in data or data.${field}`)
}
