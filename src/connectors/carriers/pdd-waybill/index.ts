import type { Connector } from '#domain/connector.ts'
import { refuse } from '#kernel/result.ts'
import { ORDER_CHANNELS, PDD_CARRIERS, pddCalls } from './waybill.ts'

/** 拼多多电子面单: numbers and sealed print data for orders whose recipient only 拼多多 can open. It pushes nothing. */
export const pddWaybill: Connector = {
  kind: 'pdd-waybill',
  role: 'carrier',
  zh: '拼多多电子面单',
  en: 'Pinduoduo e-waybill',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'client_id', zh: 'client_id', en: 'Client ID', secret: false, required: true },
    { name: 'client_secret', zh: 'client_secret', en: 'Client secret', secret: true, required: true },
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
      default: 'https://gw-api.pinduoduo.com/api/router',
    },
    {
      name: 'order_channels',
      zh: '订单渠道编码',
      en: 'Codes of sales channels',
      secret: false,
      required: false,
      default: ORDER_CHANNELS,
      hint: {
        zh: '渠道=编码，逗号分隔；未列出的为 OTHERS',
        en: 'channel=code, separated by commas; others are OTHERS',
      },
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
  read: () => refuse('pdd_waybill.no_push', '拼多多电子面单 sends no messages; nothing can be read here'),
  calls: pddCalls,
  accountOf: (settings) => settings.client_id ?? '',
  carriers: PDD_CARRIERS,
  waybill: {
    accountFields: [
      {
        name: 'template_url',
        zh: '标准模板地址',
        en: 'Template address',
        secret: false,
        required: true,
        hint: { zh: '拼多多后台的标准面单模板 URL', en: 'URL of the platform’s standard template' },
      },
      {
        name: 'wp_code',
        zh: '物流公司编码 wp_code',
        en: 'wp_code',
        secret: false,
        required: false,
        hint: { zh: '留空则按快递公司取常用编码', en: 'Empty: the usual code of the carrier' },
      },
      {
        name: 'branch_code',
        zh: '网点编码',
        en: 'Branch code',
        secret: false,
        required: false,
        hint: { zh: '查询余额时只看这个网点', en: 'Balances are read of this branch alone' },
      },
      { name: 'user_id', zh: '使用者 ID', en: 'User id', secret: false, required: false, default: '1' },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 1,
    opens: ['pinduoduo'],
  },
  credentialTerms: (settings) => {
    const expiresAt = instantOf(settings.token_expires)
    const what = { zh: '拼多多店铺授权', en: 'Authorisation of the Pinduoduo shop' }
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
