import { reportOf } from '#connectors/carriers/answers.ts'
import { md5Hex } from '#connectors/digest.ts'
import { filledAt, flagAt, type JsonObject, objectsAt, textAt, wholeAt } from '#connectors/json.ts'
import type { CarrierCode } from '#domain/carrier.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import type { NumberBalance, PostalContact, Waybill, WaybillAsk } from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { call } from './gateway.ts'

const PACK_ID_MOST = 15
/** The platform's system was busy after it had made the number: asked again, it answers the same one. */
const PRINT_AGAIN_MS = 5_000

/** `logistics_code` of the carriers whose code is confirmed; an account may name another. */
const LOGISTICS_CODES: Readonly<Partial<Record<CarrierCode, string>>> = {
  SF: 'shunfeng',
  ZTO: 'zhongtong',
  YTO: 'yuantong',
  JT: 'jtexpress',
}
export const DOUYIN_CARRIERS = Object.keys(LOGISTICS_CODES) as CarrierCode[]

/**
 * Calls of 抖店电子面单: a number first, its sealed print data second. The same order with the same package id gets the old number,
 * so that asking again after either step makes nothing twice.
 */
export function douyinCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await call(settings, deps, 'logistics.listShopNetsite', { logistics_code: '' }, false)
      if (!answer.ok) return answer
      return ok({ words: `抖店电子面单已应答，已开通 ${balancesIn(answer.value, '').length} 个网点` })
    },
    createWaybill: async (ask) => {
      const code = codeOf(ask.account, ask.carrier)
      const request = requestOf(ask, code)
      if (!request.ok) return request
      const answer = await call(settings, deps, 'logistics.newCreateOrder', request.value, true)
      if (!answer.ok) return answer
      const issued = issuedIn(answer.value)
      return issued.ok ? await withPrintData(settings, deps, ask, code ?? '', issued.value) : issued
    },
    cancelWaybill: async (name) => {
      const code = codeOf(name.account, name.carrier)
      if (code === null) return reportOf(noCode(name.carrier), '')
      if (name.trackingNo === null)
        return reportOf(refuse('carrier.unknown_reference', '抖店 cancels by number, and none is known'), '')
      const params = { logistics_code: code, track_no: name.trackingNo }
      const answer = await call(settings, deps, 'logistics.cancelOrder', params, true)
      // 1102: cancelled already.
      if (!answer.ok && answer.refusal.detail.startsWith('isv.business-failed:1102 '))
        return { outcome: 'accepted', words: answer.refusal.detail }
      if (answer.ok && flagAt(answer.value, 'cancel_result', 'success') === false)
        return reportOf(refuse('carrier.refused', 'cancel_result.success false'), '')
      return reportOf(answer, '抖店已取消面单')
    },
    waybillBalance: async (account, carrier) => {
      const code = codeOf(account, carrier)
      if (code === null) return noCode(carrier)
      const answer = await call(settings, deps, 'logistics.listShopNetsite', { logistics_code: code }, false)
      if (!answer.ok) return answer
      const site = account.net_code?.trim() ?? ''
      const all = balancesIn(answer.value, carrier)
      return ok(site === '' ? all : all.filter((one) => one.account === site))
    },
  }
}

function requestOf(ask: WaybillAsk, code: string | null): Result<object> {
  if (code === null) return noCode(ask.carrier)
  if (ask.sealedTo !== null && ask.sealedTo.channel !== 'douyin')
    return refuse('carrier.not_supported', `抖店 opens no recipient that ${ask.sealedTo.channel} sealed`)
  if (ask.channel !== 'douyin')
    return refuse('carrier.not_supported', `抖店 numbers its own orders here, not those of ${ask.channel}`)
  return ok({
    logistics_code: code,
    sender_info: person(ask.from, null),
    order_infos: [
      {
        order_id: ask.orderNo.replace(/A$/, ''),
        pack_id: packId(ask.reference),
        ...(ask.service === null ? {} : { product_type: ask.service }),
        receiver_info: person(ask.to, ask.sealedTo?.data ?? null),
        items: ask.goods.map(({ name, quantity }) => ({ item_name: name, item_count: quantity })),
        ...(ask.pieces > 1 ? { total_pack_count: ask.pieces } : {}),
        ...(ask.remark === '' ? {} : { remark: ask.remark }),
        ...(ask.account.net_code ? { net_info: { net_code: ask.account.net_code } } : {}),
      },
    ],
  })
}

/** At most 15 of digits, letters and `_`, the same for the same reference: what is longer becomes its hash. */
export function packId(reference: string): string {
  const plain = reference.replaceAll('-', '_')
  return plain.length <= PACK_ID_MOST && /^\w+$/.test(plain)
    ? plain
    : md5Hex(reference).slice(0, PACK_ID_MOST)
}

/** Name, mobile and street as the platform sealed them stand in place of ours. */
function person(contact: PostalContact, sealed: Readonly<Record<string, string>> | null) {
  return {
    address: {
      country_code: 'CHN',
      province_name: contact.province,
      city_name: contact.city,
      district_name: contact.district,
      detail_address: sealed?.address ?? contact.address,
    },
    contact: { name: sealed?.name ?? contact.name, mobile: sealed?.phone ?? contact.phone },
  }
}

type Issued = Omit<Waybill, 'sealed'>

function issuedIn(answer: JsonObject): Result<Issued> {
  const [issued] = objectsAt(answer, 'ebill_infos')
  const number = filledAt(issued, 'track_no')
  if (number === null) {
    const [error] = objectsAt(answer, 'err_infos')
    if (error === undefined)
      throw new Outage('douyin_waybill.unexpected_answer', 'the answer holds no track_no', { unknown: true })
    return refuse(
      'carrier.refused',
      `${filledAt(error, 'err_code') ?? ''} ${textAt(error, 'err_msg') ?? ''}`.trim(),
    )
  }
  const children = (filledAt(issued, 'sub_waybill_codes') ?? '').split(',').map((child) => child.trim())
  return ok({
    trackingNo: trackingNo(number),
    childNos: children.filter((child) => child !== '' && child !== number).map(trackingNo),
    waybillId: null,
    routing: {
      sortCode: filledAt(issued, 'sort_code') ?? filledAt(issued, 'short_address_name') ?? '',
      packageCentre: filledAt(issued, 'package_center_name') ?? '',
      packageCode: filledAt(issued, 'package_center_code') ?? '',
      qr: filledAt(issued, 'shipping_code') ?? '',
      product: '',
    },
    label: null,
  })
}

/** The sealed data of a number that is there; where it cannot be had, all is asked for again, since the number stays the same. */
async function withPrintData(
  settings: Settings,
  deps: CallDeps,
  ask: WaybillAsk,
  code: string,
  issued: Issued,
): Promise<Result<Waybill>> {
  const params = { waybill_applies: [{ logistics_code: code, track_no: issued.trackingNo }] }
  const answer = await call(settings, deps, 'logistics.waybillApply', params, false).catch(
    (error: unknown) => {
      // The call itself changes nothing, but its number is there: taken for an attempt that came to nothing, it would be forgotten.
      if (!(error instanceof Outage)) throw error
      const { code, message, retryable, retryAfterMs } = error
      throw new Outage(code, `${issued.trackingNo}: ${message}`, {
        cause: error,
        retryable,
        unknown: true,
        ...(retryAfterMs === null ? {} : { retryAfterMs }),
      })
    },
  )
  const info = answer.ok ? objectsAt(answer.value, 'waybill_infos')[0] : undefined
  const printData = textAt(info, 'print_data') ?? ''
  if (printData === '') {
    const words = answer.ok ? 'no print_data in the answer' : answer.refusal.detail
    throw new Outage('douyin_waybill.no_print_data', `${issued.trackingNo}: ${words}`, {
      unknown: true,
      retryAfterMs: PRINT_AGAIN_MS,
    })
  }
  const template = ask.account.template_url?.trim() ?? ''
  const document = {
    print_data: printData,
    sign: textAt(info, 'sign') ?? '',
    ...(template === '' ? {} : { templateURL: template }),
  }
  return ok({ ...issued, sealed: { component: 'douyin', document } })
}

/** A site without a figure says nothing of its numbers. */
function balancesIn(answer: JsonObject, carrier: string): readonly NumberBalance[] {
  return objectsAt(answer, 'netsites').map((site) => ({
    account: filledAt(site, 'netsite_code') ?? '',
    carrier,
    left: wholeAt(site, 'amount'),
  }))
}

function codeOf(account: Settings, carrier: string): string | null {
  const own = account.logistics_code?.trim() ?? ''
  if (own !== '') return own
  return Object.hasOwn(LOGISTICS_CODES, carrier) ? (LOGISTICS_CODES[carrier as CarrierCode] ?? null) : null
}

function noCode(carrier: string) {
  return refuse('carrier.not_supported', `no logistics_code is known for ${carrier}; give the account one`)
}
