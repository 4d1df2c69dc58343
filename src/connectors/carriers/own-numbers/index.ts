import { CARRIERS, type CarrierCode } from '#domain/carrier.ts'
import type { Calls, Connector } from '#domain/connector.ts'
import { NO_ROUTING } from '#domain/waybill.ts'
import { ok, refuse } from '#kernel/result.ts'

/**
 * 自有号段: a carrier that handed out a range of numbers and has no interface. The hub numbers parcels itself, out of the account's segments,
 * and prints its own label; what becomes of them is told by an aggregator, a file or `POST /v3/logistics/track`.
 */
export const ownNumbers: Connector = {
  kind: 'own-numbers',
  role: 'carrier',
  zh: '自有号段（线下承运商）',
  en: 'Own number segments',
  zone: 'Asia/Shanghai',
  fields: [
    {
      name: 'product',
      zh: '面单上印的产品名',
      en: 'Product, as printed',
      secret: false,
      required: false,
      hint: { zh: '如：标准快递', en: 'Such as: Standard' },
    },
  ],
  codes: [],
  retryReply: { status: 404, contentType: 'application/json; charset=utf-8', body: '{"success":false}' },
  read: () => refuse('own_numbers.no_push', 'own segments send no messages; nothing can be read here'),
  calls: (settings) => callsOf(settings.product ?? ''),
  carriers: Object.keys(CARRIERS) as CarrierCode[],
  waybill: { accountFields: [], numbers: 'segment', services: [], piecesMost: 1, opens: [] },
}

function callsOf(product: string): Calls {
  return {
    test: async () =>
      ok({
        words:
          '自有号段不联网：在「号段与余额」里给账号加号段 / nothing to call: add segments to its account',
      }),
    createWaybill: async ({ number }) =>
      number === null
        ? refuse('carrier.pool_empty', 'no number of an own segment was given')
        : ok({
            trackingNo: number,
            childNos: [],
            waybillId: null,
            routing: { ...NO_ROUTING, product },
            label: null,
            sealed: null,
          }),
    // A number that was taken is used up; nobody has to be told.
    cancelWaybill: async () => ({ outcome: 'accepted', words: 'nobody has to be told' }),
  }
}
