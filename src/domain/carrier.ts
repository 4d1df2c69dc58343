/** Canonical carrier codes, one per carrier that a channel or aggregator can name. */
export const CARRIERS = {
  SF: '顺丰速运',
  ZTO: '中通快递',
  YTO: '圆通速递',
  YUNDA: '韵达速递',
  STO: '申通快递',
  EMS: 'EMS',
  POST: '邮政快递包裹',
  JD: '京东物流',
  JT: '极兔速递',
  DEPPON: '德邦快递',
  BEST: '百世快递',
  TTK: '天天快递',
  UC: '优速快递',
  ANE: '安能物流',
  CAINIAO: '菜鸟',
  DHL: 'DHL',
  FEDEX: 'FedEx',
  UPS: 'UPS',
  USPS: 'USPS',
} as const
export type CarrierCode = keyof typeof CARRIERS

export function isCarrierCode(text: string): text is CarrierCode {
  return Object.hasOwn(CARRIERS, text)
}
