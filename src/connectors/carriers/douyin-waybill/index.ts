import type { Connector } from '#domain/connector.ts'
import { refuse } from '#kernel/result.ts'
import { DOUYIN_CARRIERS, douyinCalls } from './waybill.ts'

/** 抖店电子面单: numbers and sealed print data for orders whose recipient only 抖店 can open. It pushes nothing. */
export const douyinWaybill: Connector = {
  kind: 'douyin-waybill',
  role: 'carrier',
  zh: '抖店电子面单',
  en: 'Douyin shop e-waybill',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'app_key', zh: 'App Key', en: 'App key', secret: false, required: true },
    { name: 'app_secret', zh: 'App Secret', en: 'App secret', secret: true, required: true },
    {
      name: 'access_token',
      zh: '店铺授权令牌 access_token',
      en: 'Access token of the shop',
      secret: true,
      required: true,
    },
    {
      name: 'api_url',
      zh: '网关地址',
      en: 'Gateway address',
      secret: false,
      required: false,
      default: 'https://openapi-fxg.jinritemai.com',
    },
    {
      name: 'token_expires',
      zh: '授权到期时间',
      en: 'Authorisation ends at',
      secret: false,
      required: false,
      hint: {
        zh: '如 2027-01-31T00:00:00+08:00；填写后到期前会告警',
        en: 'Such as 2027-01-31T00:00:00+08:00; warned of before it ends',
      },
    },
  ],
  codes: [],
  retryReply: { status: 404, contentType: 'application/json; charset=utf-8', body: '{"success":false}' },
  read: () => refuse('douyin_waybill.no_push', '抖店电子面单 sends no messages; nothing can be read here'),
  calls: douyinCalls,
  accountOf: (settings) => settings.app_key ?? '',
  carriers: DOUYIN_CARRIERS,
  waybill: {
    accountFields: [
      {
        name: 'template_url',
        zh: '标准模板地址',
        en: 'Template address',
        secret: false,
        required: false,
        hint: {
          zh: '打印组件使用的模板 URL；留空由打印站选择',
          en: 'Template of the print component; empty: the print station chooses',
        },
      },
      {
        name: 'logistics_code',
        zh: '物流公司编码 logistics_code',
        en: 'logistics_code',
        secret: false,
        required: false,
        hint: { zh: '留空则按快递公司取常用编码', en: 'Empty: the usual code of the carrier' },
      },
      {
        name: 'net_code',
        zh: '网点编码',
        en: 'Branch code',
        secret: false,
        required: false,
        hint: { zh: '加盟快递必填；查询余额时只看这个网点', en: 'Needed for franchise carriers' },
      },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 50,
    opens: ['douyin'],
  },
  credentialTerms: (settings) => {
    const expiresAt = instantOf(settings.token_expires)
    const what = { zh: '抖店授权', en: 'Authorisation of the Douyin shop' }
    return expiresAt === null ? [] : [{ field: 'access_token', what, expiresAt, renewable: false }]
  },
}

function instantOf(text: string | undefined): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text?.trim() ?? '')
  } catch {
    return null
  }
}
