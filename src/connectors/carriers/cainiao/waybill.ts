import { filledAt, type JsonObject, objectsAt, readJson, textAt, wholeAt } from '#connectors/json.ts'
import type { Settings } from '#domain/connector.ts'
import {
  NO_ROUTING,
  type NumberBalance,
  type PostalContact,
  type Waybill,
  type WaybillAsk,
  type WaybillName,
} from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { carrierOf, cpCodeOf } from './codes.ts'

/** Where an order was sold, as 菜鸟 calls it: it refuses a number whose platform is not the real one. */
export const ORDER_CHANNELS = 'pinduoduo=PDD'

/**
 * The content of 云打印取号 (TMS_WAYBILL_GET). Refused: `carrier.not_supported` (a sealed recipient, a product, pieces where the account
 * has no 子母件, a carrier without `cpCode`), `carrier.bad_request` (no template).
 */
export function waybillRequest(ask: WaybillAsk, settings: Settings): Result<object> {
  const cpCode = cpOf(ask.account, ask.carrier)
  if (cpCode === null)
    return refuse('carrier.not_supported', `no cpCode is known for ${ask.carrier}; give the account one`)
  if (ask.sealedTo !== null)
    return refuse('carrier.not_supported', `recipients sealed by ${ask.sealedTo.channel} are not taken here`)
  if (ask.service !== null)
    return refuse('carrier.not_supported', `菜鸟 takes no product code here (${ask.service})`)
  if (ask.pieces > 1 && ask.account.multi_packages !== 'yes')
    return refuse('carrier.not_supported', 'the account is not set to several pieces under one waybill')
  const templateUrl = ask.account.template_url?.trim() ?? ''
  if (templateUrl === '') return refuse('carrier.bad_request', 'the account names no template address')
  return ok({
    cpCode,
    dmsSorting: false,
    needEncrypt: true,
    ...(ask.pieces > 1 ? { multiPackagesShipment: true } : {}),
    sender: person(ask.from),
    tradeOrderInfoDtos: [
      {
        // Only echoed. What makes a second call answer the first number is trade order, package id and carrier.
        objectId: ask.reference,
        orderInfo: { orderChannelsType: channelType(ask.channel, settings), tradeOrderList: [ask.orderNo] },
        packageInfo: {
          id: ask.reference,
          items: ask.goods.map(({ name, quantity }) => ({ name, count: quantity })),
          ...(ask.weightG === null ? {} : { weight: Math.round(ask.weightG) }),
          ...(ask.volumeCm3 === null ? {} : { volume: Math.round(ask.volumeCm3) }),
          ...(ask.pieces > 1 ? { totalPackagesCount: ask.pieces } : {}),
        },
        recipient: person(ask.to),
        templateUrl,
        userId: ask.account.user_id?.trim() || '1',
      },
    ],
  })
}

/** The number and its print data; the data stays as 菜鸟's print component takes it. */
export function readIssued(answer: JsonObject, reference: string): Result<Waybill> {
  const issued = objectsAt(answer, 'waybillCloudPrintResponseList')
    .filter((entry) => (filledAt(entry, 'objectId') ?? reference) === reference)
    .map((entry) => ({
      code: filledAt(entry, 'waybillCode'),
      parent: filledAt(entry, 'parentWaybillCode'),
      document: printDocument(textAt(entry, 'printData') ?? ''),
    }))
  const first = issued[0]
  const number = first?.parent ?? first?.code ?? null
  if (number === null)
    throw new Outage('cainiao.unexpected_answer', 'the answer holds no waybillCode', { unknown: true })
  const children = issued.flatMap(({ code }) => (code === null || code === number ? [] : [trackingNo(code)]))
  const documents = issued.map(({ document }) => document).filter((document) => document !== null)
  return ok({
    trackingNo: trackingNo(number),
    childNos: children,
    waybillId: null,
    routing: NO_ROUTING,
    label: null,
    sealed:
      documents.length === 0
        ? null
        : { component: 'cainiao', document: documents.length === 1 ? documents[0] : documents },
  })
}

/** Content of 作废 (TMS_WAYBILL_DISCARD); it knows numbers only, not references. */
export function discardAsk(name: WaybillName): Result<object> {
  const cpCode = cpOf(name.account, name.carrier)
  if (cpCode === null) return refuse('carrier.not_supported', `no cpCode is known for ${name.carrier}`)
  if (name.trackingNo === null)
    return refuse('carrier.unknown_reference', '菜鸟 cancels by number, and none is known')
  return ok({ cpCode, waybillCode: name.trackingNo })
}

export function balanceAsk(account: Settings, carrier: string): Result<object> {
  const cpCode = cpOf(account, carrier)
  return cpCode === null
    ? refuse('carrier.not_supported', `no cpCode is known for ${carrier}`)
    : ok({ cpCode })
}

/** Branches that are subscribed. A carrier that runs its own branches (cpType 1) sells no stock of numbers. */
export function readBalances(answer: JsonObject, carrier: string | null): readonly NumberBalance[] {
  return objectsAt(answer, 'waybillApplySubscriptionCols').flatMap((subscription) => {
    const cpCode = filledAt(subscription, 'cpCode') ?? ''
    const isDirect = wholeAt(subscription, 'cpType') === 1
    return objectsAt(subscription, 'branchAccountCols').map((branch) => ({
      account: filledAt(branch, 'branchCode') ?? cpCode,
      carrier: carrier ?? carrierOf(cpCode),
      left: isDirect ? null : wholeAt(branch, 'quantity'),
    }))
  })
}

function cpOf(account: Settings, carrier: string): string | null {
  const own = account.cp_code?.trim() ?? ''
  return own === '' ? cpCodeOf(carrier) : own
}

function channelType(channel: string, settings: Settings): string {
  const pairs = (settings.order_channels || ORDER_CHANNELS).split(/[\s,，]+/).map((pair) => pair.split('='))
  return pairs.find(([kind]) => kind === channel)?.[1] ?? 'OTHERS'
}

function person(contact: PostalContact) {
  return {
    name: contact.name,
    mobile: contact.phone,
    address: {
      province: contact.province,
      city: contact.city,
      district: contact.district,
      detail: contact.address,
    },
  }
}

/**
 * Print data is JSON inside a text, given to the component as the object. A text that is none, or that holds a number which would not
 * come out of a parser as it went in, stays the text.
 */
function printDocument(text: string): unknown {
  if (text === '') return null
  if (!readJson(text).ok || /[[:,]\s*-?\d{16,}/.test(text)) return text
  return JSON.parse(text) as unknown
}
