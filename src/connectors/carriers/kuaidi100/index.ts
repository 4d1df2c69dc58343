import type { Connector } from '#domain/connector.ts'
import { kuaidi100Calls } from './client.ts'
import { KUAIDI100_CODES } from './codes.ts'
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
  ],
  codes: KUAIDI100_CODES,
  receive: receivePush,
  retryReply: KUAIDI100_RETRY_REPLY,
  read: readTrace,
  calls: kuaidi100Calls,
  // Its own document: a number asked for more than once in 30 minutes is locked (锁单).
  trackingEverySeconds: 1_800,
}
