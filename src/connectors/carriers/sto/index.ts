import type { Connector } from '#domain/connector.ts'
import { stoCalls } from './calls.ts'
import { EMPTY_WORDS } from './client.ts'
import { STO_CODES } from './codes.ts'
import { readTraces } from './read.ts'
import { isRedelivery, receivePush, STO_RETRY_REPLY } from './receive.ts'
import { STO_WAYBILL } from './waybill.ts'

/** 申通: signed pushes of single scans in; waybills, queries and subscriptions out. */
export const sto: Connector = {
  kind: 'sto',
  role: 'carrier',
  zh: '申通快递',
  en: 'STO Express',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'from_appkey', zh: '应用 from_appkey', en: 'from_appkey', secret: false, required: true },
    { name: 'from_code', zh: '资源 from_code', en: 'from_code', secret: false, required: true },
    { name: 'secret_key', zh: 'secretKey', en: 'secretKey', secret: true, required: true },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://cloudinter-linkgatewayonline.sto.cn/gateway/link.do',
      hint: {
        zh: '测试环境：http://cloudinter-linkgatewaytest.sto.cn/gateway/link.do',
        en: 'Test: http://cloudinter-linkgatewaytest.sto.cn/gateway/link.do',
      },
    },
    {
      name: 'push_reply',
      zh: '推送的应答',
      en: 'Answer to pushes',
      secret: false,
      required: false,
      hint: {
        zh: '未见公开确认；留空用 {"success":"true","errorCode":"","errorMsg":""}',
        en: 'Not confirmed in public texts; empty: {"success":"true","errorCode":"","errorMsg":""}',
      },
    },
    {
      name: 'tz_zones',
      zh: '扫描时区 tz 对照',
      en: 'Zones of tz',
      secret: false,
      required: false,
      hint: {
        zh: 'tz 的写法未公开，读不懂的时间标为待定；例：8=Asia/Shanghai, TH=Asia/Bangkok',
        en: 'How tz is written is not public, and a time that cannot be read is flagged; e.g. 8=Asia/Shanghai',
      },
    },
    {
      name: 'own_codes',
      zh: '错误码对照',
      en: 'Error codes',
      secret: false,
      required: false,
      hint: {
        zh: '申通的错误码未公开；从控制台抄入，例：S02=signature_refused, S200=ip_refused',
        en: 'STO’s codes are not public; copy them from its console, e.g. S02=signature_refused',
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
        zh: '出现其中任一说法即按单号用完处理',
        en: 'Any of these in the answer means that the numbers are used up',
      },
    },
  ],
  codes: STO_CODES,
  carriers: ['STO'],
  waybill: STO_WAYBILL,
  receive: receivePush,
  isRedelivery,
  retryReply: STO_RETRY_REPLY,
  read: readTraces,
  calls: stoCalls,
  accountOf: (settings) => settings.from_appkey ?? '',
}
