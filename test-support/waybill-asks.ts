import type { InterceptAsk, TrackingSubscription, WaybillAsk, WaybillName } from '#domain/waybill.ts'
import { trackingNo } from '#kernel/id.ts'

/** A parcel from Shenzhen to Hangzhou, as the waybill feature would ask for it. */
export function waybillAsk(given: Partial<WaybillAsk> = {}): WaybillAsk {
  return {
    reference: 'P1001-1-1',
    orderNo: 'ORDER-1',
    channel: 'youzan',
    carrier: 'SF',
    service: null,
    account: {},
    from: {
      name: '李仓管',
      phone: '13800000001',
      company: '深圳一仓',
      country: 'CN',
      province: '广东省',
      city: '深圳市',
      district: '宝安区',
      address: '福永街道 1 号',
      postalCode: '518000',
    },
    to: {
      name: '王小明',
      phone: '13900001234',
      company: '',
      country: 'CN',
      province: '浙江省',
      city: '杭州市',
      district: '西湖区',
      address: '文三路 2 号',
      postalCode: '',
    },
    sealedTo: null,
    goods: [{ name: '茶杯', sku: 'CUP-1', quantity: 2 }],
    weightG: 1250,
    volumeCm3: null,
    pieces: 1,
    remark: '',
    declared: null,
    number: null,
    ...given,
  }
}

export function nameOf(ask: WaybillAsk, number: string | null = null): WaybillName {
  return {
    reference: ask.reference,
    trackingNo: number === null ? null : trackingNo(number),
    waybillId: null,
    carrier: ask.carrier,
    account: ask.account,
  }
}

export function subscriptionTo(number: string, carrier: string, callbackUrl = ''): TrackingSubscription {
  return { trackingNo: trackingNo(number), carrier, phoneTail: '1234', callbackUrl }
}

export function interceptionOf(ask: WaybillAsk, number: string): InterceptAsk {
  return {
    requestId: 'stop-1',
    trackingNo: trackingNo(number),
    carrier: ask.carrier,
    account: ask.account,
    what: 'return',
    to: ask.from,
    reason: '重复发货',
  }
}
