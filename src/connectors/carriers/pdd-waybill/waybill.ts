import { reportOf } from '#connectors/carriers/answers.ts'
import { filledAt, flagAt, type JsonObject, objectsAt, readJson, textAt, wholeAt } from '#connectors/json.ts'
import type { CarrierCode } from '#domain/carrier.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import {
  NO_ROUTING,
  type NumberBalance,
  type PostalContact,
  type Waybill,
  type WaybillAsk,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { call } from './gateway.ts'

/** Where an order was sold, as the platform's document spells it; all others are OTHERS. */
export const ORDER_CHANNELS = 'pinduoduo=PDD,youzan=YZ,douyin=DY'

/** `wp_code` of the carriers whose code is known; an account may name another. */
const WP_CODES: Readonly<Partial<Record<CarrierCode, string>>> = {
  ZTO: 'ZTO',
  YTO: 'YTO',
  STO: 'STO',
  YUNDA: 'YUNDA',
  SF: 'SF',
  EMS: 'EMS',
}
export const PDD_CARRIERS = Object.keys(WP_CODES) as CarrierCode[]

/**
 * Calls of 拼多多电子面单. A recipient that the platform sealed goes back to it as it came; the print data that it answers goes to its
 * print component as it is. The same parcel asked for again gets the same number.
 */
export function pddCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await call(settings, deps, 'pdd.waybill.search', {}, false)
      if (!answer.ok) return answer
      return ok({ words: `拼多多电子面单已应答，已订购 ${balancesIn(answer.value, null).length} 个网点` })
    },
    createWaybill: async (ask) => {
      const request = requestOf(ask, settings)
      if (!request.ok) return request
      const given = { param_waybill_cloud_print_apply_new_request: JSON.stringify(request.value) }
      const answer = await call(settings, deps, 'pdd.waybill.get', given, true)
      return answer.ok ? issuedIn(answer.value) : answer
    },
    cancelWaybill: async (name) => {
      const wpCode = wpCodeOf(name.account, name.carrier)
      if (wpCode === null) return reportOf(noCode(name.carrier), '')
      if (name.trackingNo === null)
        return reportOf(
          refuse('carrier.unknown_reference', '拼多多 cancels by number, and none is known'),
          '',
        )
      const given = { wp_code: wpCode, waybill_code: name.trackingNo }
      const answer = await call(settings, deps, 'pdd.waybill.cancel', given, true)
      if (answer.ok && flagAt(answer.value, 'cancel_result') === false)
        return reportOf(refuse('carrier.refused', 'cancel_result false'), '')
      return reportOf(answer, '拼多多已取消面单')
    },
    waybillBalance: async (account, carrier) => {
      const wpCode = wpCodeOf(account, carrier)
      if (wpCode === null) return noCode(carrier)
      const answer = await call(settings, deps, 'pdd.waybill.search', { wp_code: wpCode }, false)
      if (!answer.ok) return answer
      const branch = account.branch_code?.trim() ?? ''
      const all = balancesIn(answer.value, carrier)
      return ok(branch === '' ? all : all.filter((one) => one.account === branch))
    },
  }
}

function requestOf(ask: WaybillAsk, settings: Settings): Result<object> {
  const wpCode = wpCodeOf(ask.account, ask.carrier)
  if (wpCode === null) return noCode(ask.carrier)
  if (ask.sealedTo !== null && ask.sealedTo.channel !== 'pinduoduo')
    return refuse('carrier.not_supported', `拼多多 opens no recipient that ${ask.sealedTo.channel} sealed`)
  if (ask.service !== null)
    return refuse('carrier.not_supported', `拼多多 takes no product code here (${ask.service})`)
  if (ask.pieces > 1)
    return refuse('carrier.not_supported', 'one piece a waybill: child numbers are for freight')
  const templateUrl = ask.account.template_url?.trim() ?? ''
  if (templateUrl === '') return refuse('carrier.bad_request', 'the account names no template address')
  return ok({
    need_encrypt: true,
    wp_code: wpCode,
    sender: person(ask.from, null),
    trade_order_info_dtos: [
      {
        object_id: ask.reference,
        order_info: {
          order_channels_type: channelType(ask.channel, settings),
          trade_order_list: [ask.orderNo],
        },
        package_info: {
          id: ask.reference,
          items: ask.goods.map(({ name, quantity }) => ({ name, count: quantity })),
          ...(ask.weightG === null ? {} : { weight: Math.round(ask.weightG) }),
          ...(ask.volumeCm3 === null ? {} : { volume: Math.round(ask.volumeCm3) }),
        },
        recipient: person(ask.to, ask.sealedTo?.data ?? null),
        template_url: templateUrl,
        user_id: Number(ask.account.user_id ?? '') || 1,
      },
    ],
  })
}

/** Name, phone and street as the platform sealed them stand in place of ours; province, city and district are never sealed. */
function person(contact: PostalContact, sealed: Readonly<Record<string, string>> | null) {
  return {
    name: sealed?.name ?? contact.name,
    mobile: sealed?.phone ?? contact.phone,
    address: {
      province: contact.province,
      city: contact.city,
      district: contact.district,
      detail: sealed?.address ?? contact.address,
    },
  }
}

function issuedIn(answer: JsonObject): Result<Waybill> {
  const [issued] = objectsAt(answer, 'modules')
  const number = filledAt(issued, 'waybill_code')
  if (number === null)
    throw new Outage('pdd_waybill.unexpected_answer', 'the answer holds no waybill_code', { unknown: true })
  const text = textAt(issued, 'print_data') ?? ''
  return ok({
    trackingNo: trackingNo(number),
    childNos: [],
    waybillId: null,
    routing: NO_ROUTING,
    label: null,
    sealed: text === '' ? null : { component: 'pinduoduo', document: documentOf(text) },
  })
}

/** JSON inside a text; one that is none, or that holds a number which a parser would change, stays the text. */
function documentOf(text: string): unknown {
  if (!readJson(text).ok || /[[:,]\s*-?\d{16,}/.test(text)) return text
  return JSON.parse(text) as unknown
}

/** A carrier that runs its own branches (wp_type 1) sells no stock of numbers. */
function balancesIn(answer: JsonObject, carrier: string | null): readonly NumberBalance[] {
  return objectsAt(answer, 'waybill_apply_subscription_cols').flatMap((subscription) => {
    const wpCode = filledAt(subscription, 'wp_code') ?? ''
    const isDirect = wholeAt(subscription, 'wp_type') === 1
    return objectsAt(subscription, 'branch_account_cols').map((branch) => ({
      account: filledAt(branch, 'branch_code') ?? wpCode,
      carrier: carrier ?? wpCode,
      left: isDirect ? null : wholeAt(branch, 'quantity'),
    }))
  })
}

function wpCodeOf(account: Settings, carrier: string): string | null {
  const own = account.wp_code?.trim() ?? ''
  if (own !== '') return own
  return Object.hasOwn(WP_CODES, carrier) ? (WP_CODES[carrier as CarrierCode] ?? null) : null
}

function noCode(carrier: string) {
  return refuse('carrier.not_supported', `no wp_code is known for ${carrier}; give the account one`)
}

function channelType(channel: string, settings: Settings): string {
  const pairs = (settings.order_channels || ORDER_CHANNELS).split(/[\s,，]+/).map((pair) => pair.split('='))
  return pairs.find(([kind]) => kind === channel)?.[1] ?? 'OTHERS'
}
