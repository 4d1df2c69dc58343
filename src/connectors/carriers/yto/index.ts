import type { Connector, SettingField } from '#domain/connector.ts'
import { ytoCalls } from './calls.ts'
import { EMPTY_WORDS } from './client.ts'
import { YTO_CODES } from './codes.ts'
import { readTraces } from './read.ts'
import { receivePush, YTO_RETRY_REPLY } from './receive.ts'
import { YTO_WAYBILL } from './waybill.ts'

const FIELDS: readonly SettingField[] = [
  {
    name: 'customer_code',
    zh: '客户编码（下单）',
    en: 'Customer code (orders)',
    secret: false,
    required: true,
  },
  { name: 'secret', zh: '客户密钥（下单）', en: 'Customer secret (orders)', secret: true, required: true },
  {
    name: 'url_key',
    zh: '接口路径码（下单）',
    en: 'Path key (orders)',
    secret: false,
    required: true,
    hint: {
      zh: '接口地址 /open/接口名/v1/路径码/客户编码 中的路径码，见圆通控制台',
      en: 'The part between v1 and the customer code in the address that 圆通’s console shows',
    },
  },
  ...ofInterface('query', '轨迹查询', 'queries'),
  ...ofInterface('subscribe', '轨迹订阅', 'subscriptions'),
  {
    name: 'push_secret',
    zh: '推送密钥',
    en: 'Secret of pushes',
    secret: true,
    onlyVerifies: true,
    required: false,
    hint: {
      zh: '圆通按接口发密钥；留空用下单的',
      en: '圆通 issues one for each interface; empty: that of orders',
    },
  },
  {
    name: 'api_url',
    zh: '接口地址',
    en: 'API address',
    secret: false,
    required: false,
    default: 'https://openapi.yto.net.cn:11443',
    hint: {
      zh: '测试环境：https://openuat.yto56test.com:6443',
      en: 'Test: https://openuat.yto56test.com:6443',
    },
  },
  {
    name: 'push_reply',
    zh: '推送的应答',
    en: 'Answer to pushes',
    secret: false,
    required: false,
    hint: {
      zh: '官方文本未见公开；留空用 <Response>…<success>true</success></Response>',
      en: 'Not in official public texts; empty: <Response>…<success>true</success></Response>',
    },
  },
  {
    name: 'own_codes',
    zh: '补充错误码',
    en: 'Further error codes',
    secret: false,
    required: false,
    hint: {
      zh: '新开放平台的错误码未公开；例：1001=signature_refused, 1005=ip_refused',
      en: 'The new platform’s codes are not public; e.g. 1001=signature_refused, 1005=ip_refused',
    },
  },
  {
    name: 'empty_words',
    zh: '单号用完的说法',
    en: 'Words for “no numbers left”',
    secret: false,
    required: false,
    default: EMPTY_WORDS,
    hint: {
      zh: 'S14 之外只用文字说明时，出现其中任一说法即按单号用完处理',
      en: 'Beside S14: any of these means that the numbers are used up',
    },
  },
]

/** 圆通 issues its credentials for each interface; an empty part is that of orders. */
function ofInterface(prefix: 'query' | 'subscribe', zh: string, en: string): readonly SettingField[] {
  const hint = { zh: '留空与下单相同', en: 'Empty: the same as for orders' }
  return [
    {
      name: `${prefix}_customer_code`,
      zh: `客户编码（${zh}）`,
      en: `Customer code (${en})`,
      secret: false,
      required: false,
      hint,
    },
    {
      name: `${prefix}_secret`,
      zh: `客户密钥（${zh}）`,
      en: `Customer secret (${en})`,
      secret: true,
      required: false,
      hint,
    },
    {
      name: `${prefix}_url_key`,
      zh: `接口路径码（${zh}）`,
      en: `Path key (${en})`,
      secret: false,
      required: false,
      hint,
    },
  ]
}

/** 圆通: signed pushes of single happenings in; waybills, queries, subscriptions, intercepts and balances out. */
export const yto: Connector = {
  kind: 'yto',
  role: 'carrier',
  zh: '圆通速递',
  en: 'YTO Express',
  zone: 'Asia/Shanghai',
  fields: FIELDS,
  codes: YTO_CODES,
  carriers: ['YTO'],
  waybill: YTO_WAYBILL,
  receive: receivePush,
  retryReply: YTO_RETRY_REPLY,
  read: readTraces,
  calls: ytoCalls,
  accountOf: (settings) => settings.customer_code ?? '',
}
