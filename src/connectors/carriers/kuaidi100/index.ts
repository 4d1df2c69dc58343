import type { Connector } from '#domain/connector.ts'
import { kuaidi100Calls } from './client.ts'
import { KUAIDI100_CARRIERS, KUAIDI100_CODES } from './codes.ts'
import { readTrace } from './read.ts'
import { KUAIDI100_RETRY_REPLY, receivePush } from './receive.ts'
import { SIGN_TYPES } from './sign.ts'

/** 快递100: pushes of the full trace of subscribed numbers. */
export const kuaidi100: Connector = {
  kind: 'kuaidi100',
  role: 'carrier',
  zh: '快递100',
  en: 'Kuaidi100',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'customer', zh: '公司编号 customer', en: 'Customer', secret: false, required: true },
    { name: 'key', zh: '授权 key', en: 'Key', secret: true, required: true },
    {
      name: 'salt',
      zh: '推送签名 salt',
      en: 'Salt of pushes',
      secret: true,
      onlyVerifies: true,
      required: false,
      hint: {
        zh: '订阅时自选；填写后，未签名的推送一律拒绝',
        en: 'Chosen when subscribing; once filled in, unsigned pushes are refused',
      },
    },
    {
      name: 'sign_type',
      zh: '查询签名方式',
      en: 'Sign type of queries',
      secret: false,
      required: false,
      default: 'MD5',
      options: SIGN_TYPES,
    },
    {
      name: 'query_url',
      zh: '实时查询地址',
      en: 'Query address',
      secret: false,
      required: false,
      default: 'https://poll.kuaidi100.com/poll/query.do',
    },
    {
      name: 'subscribe_url',
      zh: '订阅地址',
      en: 'Subscription address',
      secret: false,
      required: false,
      default: 'https://poll.kuaidi100.com/poll',
    },
    {
      name: 'secret',
      zh: '电子面单 secret',
      en: 'Secret of labels',
      secret: true,
      required: false,
      hint: { zh: '只在用快递100取号时需要', en: 'Only to obtain waybills here' },
    },
    {
      name: 'label_url',
      zh: '电子面单地址',
      en: 'Label address',
      secret: false,
      required: false,
      default: 'https://api.kuaidi100.com/label/order',
    },
    {
      name: 'balance_url',
      zh: '面单余额地址',
      en: 'Address of balances',
      secret: false,
      required: false,
      default: 'https://api.kuaidi100.com/label/order',
    },
    {
      name: 'key_expires',
      zh: '授权 key 到期时间',
      en: 'Key ends at',
      secret: false,
      required: false,
      hint: {
        zh: '如 2027-01-31T00:00:00+08:00；填写后到期前会告警',
        en: 'Such as 2027-01-31T00:00:00+08:00; warned of before it ends',
      },
    },
  ],
  codes: KUAIDI100_CODES,
  receive: receivePush,
  retryReply: KUAIDI100_RETRY_REPLY,
  read: readTrace,
  calls: kuaidi100Calls,
  // Its own document: a number asked for more than once in 30 minutes is locked (锁单).
  trackingEverySeconds: 1_800,
  carriers: [...new Set(Object.values(KUAIDI100_CARRIERS))],
  waybill: {
    accountFields: [
      { name: 'partner_id', zh: '电子面单客户账号', en: 'Customer account', secret: false, required: true },
      { name: 'partner_key', zh: '电子面单密码', en: 'Account password', secret: true, required: false },
      { name: 'partner_secret', zh: '电子面单密钥', en: 'Account secret', secret: true, required: false },
      { name: 'partner_name', zh: '客户账户名称', en: 'Account name', secret: false, required: false },
      {
        name: 'net',
        zh: '收件网点或授权平台（net）',
        en: 'Branch or authorised platform (net)',
        secret: false,
        required: false,
        hint: { zh: '如 cainiao、pinduoduoWx、douyin', en: 'Such as cainiao, pinduoduoWx, douyin' },
      },
      { name: 'code', zh: '承载编号 code', en: 'code', secret: false, required: false },
      { name: 'check_man', zh: '承载快递员', en: 'Courier', secret: false, required: false },
      {
        name: 'pay_type',
        zh: '付款方式',
        en: 'Who pays',
        secret: false,
        required: false,
        default: 'SHIPPER',
        options: ['SHIPPER', 'CONSIGNEE', 'MONTHLY', 'THIRDPARTY'],
      },
      {
        name: 'exp_type',
        zh: '默认产品（expType）',
        en: 'Default product (expType)',
        secret: false,
        required: false,
        default: '标准快递',
      },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 50,
    opens: [],
  },
  credentialTerms: (settings) => {
    const expiresAt = instantOf(settings.key_expires)
    const what = { zh: '快递100 授权 key', en: 'Key of Kuaidi100' }
    return expiresAt === null ? [] : [{ field: 'key', what, expiresAt, renewable: false }]
  },
}

function instantOf(text: string | undefined): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text?.trim() ?? '')
  } catch {
    return null
  }
}
