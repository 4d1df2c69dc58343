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

/** A carrier's name as people say it; one without a code of ours is called what its source called it. */
export function carrierTitle(code: string | null): string {
  if (code === null || code === '') return '未知承运商'
  return isCarrierCode(code) ? CARRIERS[code] : code.replace(/^other:/, '')
}

/** What people, shops and warehouse programs write for a carrier, besides its code and its name above. */
const SPELLINGS: Readonly<Record<CarrierCode, string>> = {
  SF: '顺丰 顺丰快递 顺丰速递 顺丰特快 SFExpress shunfeng',
  ZTO: '中通 中通速递 ZTOExpress zhongtong',
  YTO: '圆通 圆通快递 YTOExpress yuantong',
  YUNDA: '韵达 韵达快递 YundaExpress',
  STO: '申通 申通速递 STOExpress shentong',
  EMS: '邮政EMS 中国邮政EMS EMS快递 邮政速递 中国邮政速递 邮政特快专递 ChinaPostEMS',
  POST: '邮政 中国邮政 邮政快递 中国邮政快递 邮政包裹 邮政快递包裹 邮政小包 ChinaPost youzhengguonei',
  JD: '京东 京东快递 JDL JDLogistics JDExpress jingdong',
  JT: '极兔 极兔快递 J&T J&TExpress JTExpress jitu',
  DEPPON: '德邦 德邦物流 德邦速递 DepponExpress debang debangkuaidi',
  BEST: '百世 百世汇通 汇通 汇通快递 BestExpress huitong huitongkuaidi',
  TTK: '天天 TTKExpress tiantian',
  UC: '优速 优速物流 UCExpress yousu',
  ANE: '安能 安能快递 ANEExpress anneng',
  CAINIAO: '菜鸟速递 菜鸟物流',
  DHL: 'DHLExpress 敦豪',
  FEDEX: 'FederalExpress 联邦 联邦快递',
  UPS: 'UnitedParcelService 联合包裹',
  USPS: 'UnitedStatesPostalService 美国邮政',
}

const BY_WORDS: ReadonlyMap<string, CarrierCode> = new Map(
  Object.entries(SPELLINGS).flatMap(([code, spellings]) =>
    isCarrierCode(code)
      ? [code, CARRIERS[code], ...spellings.split(' ')].map((words) => [plainWords(words), code] as const)
      : [],
  ),
)

/**
 * The carrier behind words: a code or any usual spelling of a name, in any case and width, whatever blanks stand in it. Null
 * for words of no carrier that is known here; a part of a name never counts, since 韵达 and 韵达快运 are two carriers.
 */
export function carrierFromWords(text: string): CarrierCode | null {
  return BY_WORDS.get(plainWords(text)) ?? null
}

function plainWords(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '')
}
