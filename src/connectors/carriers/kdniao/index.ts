import type { Connector } from '#domain/connector.ts'
import { kdniaoCalls } from './client.ts'
import { KDNIAO_CARRIERS, KDNIAO_CODES } from './codes.ts'
import { readTraces } from './read.ts'
import { KDNIAO_RETRY_REPLY, receivePush } from './receive.ts'

/** 快递鸟: pushes of the full traces of subscribed numbers. */
export const kdniao: Connector = {
  kind: 'kdniao',
  role: 'carrier',
  zh: '快递鸟',
  en: 'Kdniao',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'ebusiness_id', zh: '用户 ID（EBusinessID）', en: 'EBusinessID', secret: false, required: true },
    { name: 'app_key', zh: 'AppKey', en: 'AppKey', secret: true, required: true },
    {
      name: 'query_url',
      zh: '即时查询地址',
      en: 'Query address',
      secret: false,
      required: false,
      default: 'https://api.kdniao.com/Ebusiness/EbusinessOrderHandle.aspx',
    },
    {
      name: 'query_type',
      zh: '查询接口',
      en: 'Query interface',
      secret: false,
      required: false,
      default: '1002',
      options: ['1002', '8001'],
      hint: {
        zh: '8001 为增值的在途监控，地址一般为 https://api.kdniao.com/api/dist',
        en: '8001 is the paid in-transit query, usually at https://api.kdniao.com/api/dist',
      },
    },
    {
      name: 'eorder_url',
      zh: '电子面单地址',
      en: 'E-waybill address',
      secret: false,
      required: false,
      default: 'https://api.kdniao.com/api/EOrderService',
    },
    {
      name: 'subscribe_url',
      zh: '轨迹订阅地址',
      en: 'Subscription address',
      secret: false,
      required: false,
      default: 'https://api.kdniao.com/api/dist',
    },
    {
      name: 'subscribe_type',
      zh: '订阅接口',
      en: 'Subscription interface',
      secret: false,
      required: false,
      default: '1008',
      options: ['1008', '8008'],
      hint: { zh: '8008 为增值的在途监控', en: '8008 is the paid in-transit monitoring' },
    },
  ],
  codes: KDNIAO_CODES,
  receive: receivePush,
  retryReply: KDNIAO_RETRY_REPLY,
  read: readTraces,
  calls: kdniaoCalls,
  accountOf: (settings) => settings.ebusiness_id ?? '',
  carriers: [...new Set(Object.values(KDNIAO_CARRIERS))],
  waybill: {
    accountFields: [
      { name: 'customer_name', zh: '电子面单客户号', en: 'Customer number', secret: false, required: true },
      { name: 'customer_pwd', zh: '电子面单密码', en: 'Password', secret: true, required: false },
      { name: 'send_site', zh: '收件网点', en: 'Branch', secret: false, required: false },
      { name: 'month_code', zh: '月结编码', en: 'Monthly code', secret: false, required: false },
      {
        name: 'pay_type',
        zh: '付款方式',
        en: 'Who pays',
        secret: false,
        required: false,
        default: '1',
        options: ['1', '2', '3', '4'],
        hint: {
          zh: '1 现付，2 到付，3 月结，4 第三方付；以快递鸟文档为准',
          en: '1 sender, 2 receiver, 3 monthly, 4 third party; as in Kdniao’s document',
        },
      },
      {
        name: 'exp_type',
        zh: '默认产品（ExpType）',
        en: 'Default product (ExpType)',
        secret: false,
        required: false,
        default: '1',
      },
    ],
    numbers: 'balance',
    services: [],
    piecesMost: 50,
    opens: [],
  },
}
