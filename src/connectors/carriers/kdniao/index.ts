import type { Connector } from '#domain/connector.ts'
import { kdniaoCalls } from './client.ts'
import { KDNIAO_CODES } from './codes.ts'
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
  ],
  codes: KDNIAO_CODES,
  receive: receivePush,
  retryReply: KDNIAO_RETRY_REPLY,
  read: readTraces,
  calls: kdniaoCalls,
}
