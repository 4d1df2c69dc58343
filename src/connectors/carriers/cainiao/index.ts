import type { Connector } from '#domain/connector.ts'
import { cainiaoCalls } from './client.ts'
import { CAINIAO_CARRIERS, CAINIAO_CODES } from './codes.ts'
import { NUMBER_FIELDS, readPush } from './read.ts'
import { CAINIAO_RETRY_REPLY, receivePush } from './receive.ts'
import { ORDER_CHANNELS } from './waybill.ts'

/** 菜鸟电子面单 over LINK: numbers and print data of many carriers, and pushed traces. */
export const cainiao: Connector = {
  kind: 'cainiao',
  role: 'carrier',
  zh: '菜鸟电子面单',
  en: 'Cainiao e-waybill',
  zone: 'Asia/Shanghai',
  fields: [
    {
      name: 'provider_id',
      zh: '资源编码 logistic_provider_id',
      en: 'logistic_provider_id',
      secret: false,
      required: true,
      hint: { zh: 'LINK 后台的资源 CODE 或授权令牌', en: 'Resource code or authorisation token of LINK' },
    },
    { name: 'app_secret', zh: '密钥 appSecret', en: 'App secret', secret: true, required: true },
    {
      name: 'api_url',
      zh: 'LINK 网关地址',
      en: 'LINK gateway',
      secret: false,
      required: false,
      default: 'https://link.cainiao.com/gateway/link.do',
      hint: {
        zh: '预发：https://prelink.cainiao.com/gateway/link.do',
        en: 'Pre-release: https://prelink.cainiao.com/gateway/link.do',
      },
    },
    { name: 'to_code', zh: '目标 to_code', en: 'to_code', secret: false, required: false },
    {
      name: 'order_channels',
      zh: '订单渠道编码',
      en: 'Codes of sales channels',
      secret: false,
      required: false,
      default: ORDER_CHANNELS,
      hint: {
        zh: '渠道=菜鸟编码，逗号分隔；未列出的为 OTHERS。与真实平台不符会被拒绝取号',
        en: 'channel=code, separated by commas; others are OTHERS. A wrong one is refused',
      },
    },
    {
      name: 'number_fields',
      zh: '轨迹推送中的单号字段',
      en: 'Fields of a push that hold the number',
      secret: false,
      required: false,
      default: NUMBER_FIELDS,
      hint: { zh: '按顺序取第一个有值的', en: 'The first that is filled counts' },
    },
    {
      name: 'secret_expires',
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
  codes: CAINIAO_CODES,
  receive: receivePush,
  retryReply: CAINIAO_RETRY_REPLY,
  read: readPush,
  calls: cainiaoCalls,
  accountOf: (settings) => settings.provider_id ?? '',
  carriers: CAINIAO_CARRIERS,
  waybill: {
    accountFields: [
      {
        name: 'template_url',
        zh: '标准模板地址',
        en: 'Template address',
        secret: false,
        required: true,
        hint: {
          zh: '如 http://cloudprint.cainiao.com/template/standard/模板编号',
          en: 'Such as http://cloudprint.cainiao.com/template/standard/<id>',
        },
      },
      {
        name: 'cp_code',
        zh: '物流公司编码 cpCode',
        en: 'cpCode',
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
      {
        name: 'multi_packages',
        zh: '已开通子母件',
        en: 'Several pieces under one waybill',
        secret: false,
        required: false,
        default: 'no',
        options: ['no', 'yes'],
      },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 50,
    opens: [],
  },
  credentialTerms: (settings) => {
    const expiresAt = instantOf(settings.secret_expires)
    const what = { zh: '菜鸟授权', en: 'Cainiao authorisation' }
    return expiresAt === null ? [] : [{ field: 'secret_expires', what, expiresAt, renewable: false }]
  },
}

function instantOf(text: string | undefined): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text?.trim() ?? '')
  } catch {
    return null
  }
}
