import type { Connector } from '#domain/connector.ts'
import { jtCalls } from './client.ts'
import { JT_CODES } from './codes.ts'
import { readTraces } from './read.ts'
import { JT_ACK, JT_RETRY_REPLY, receivePush } from './receive.ts'

/** 极兔: signed trace pushes. */
export const jt: Connector = {
  kind: 'jt',
  role: 'carrier',
  zh: '极兔速递',
  en: 'J&T Express',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'api_account', zh: 'apiAccount', en: 'apiAccount', secret: false, required: true },
    { name: 'private_key', zh: '私钥 privateKey', en: 'Private key', secret: true, required: true },
    {
      name: 'trace_url',
      zh: '轨迹查询地址',
      en: 'Trace query address',
      secret: false,
      required: false,
      hint: { zh: '见开放平台；留空则不主动查询', en: 'From the open platform; empty: nothing is asked' },
    },
    {
      name: 'ack',
      zh: '推送的应答正文',
      en: 'Answer to pushes',
      secret: false,
      required: false,
      default: JT_ACK,
    },
  ],
  codes: JT_CODES,
  carriers: ['JT'],
  receive: receivePush,
  retryReply: JT_RETRY_REPLY,
  read: readTraces,
  calls: jtCalls,
  accountOf: (settings) => settings.api_account ?? '',
}
