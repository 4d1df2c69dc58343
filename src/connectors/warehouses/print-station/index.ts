import type { Connector } from '#domain/connector.ts'
import { PRINT_STATION_CODES } from './codes.ts'
import { readEvents } from './read.ts'
import { PRINT_STATION_RETRY_REPLY, receiveEvents } from './receive.ts'

/** 打印站 / WMS: the hub's own signed event for 面单生成, for any system that prints waybills. */
export const printStation: Connector = {
  kind: 'print-station',
  role: 'warehouse',
  zh: '打印站 / WMS 面单事件',
  en: 'Print station / WMS waybill events',
  // The protocol demands an offset; a connection may name a zone for senders that leave it out.
  zone: 'UTC',
  fields: [
    {
      name: 'secret',
      zh: '签名密钥',
      en: 'Signing secret',
      secret: true,
      required: true,
      hint: {
        zh: 'whsec_ 加 Base64，或任意文本；echo whsec_$(openssl rand -base64 32)',
        en: 'whsec_ and Base64, or any text; echo whsec_$(openssl rand -base64 32)',
      },
    },
    {
      name: 'previous_secret',
      zh: '上一个签名密钥（轮换期间）',
      en: 'Previous secret (while rotating)',
      secret: true,
      required: false,
    },
    {
      name: 'zone',
      zh: '无时区偏移时间所用时区',
      en: 'Zone of times without offset',
      secret: false,
      required: false,
      hint: {
        zh: '如 Asia/Shanghai；留空则无偏移的时间标为不明确',
        en: 'e.g. Asia/Shanghai; empty: a time without offset is flagged as ambiguous',
      },
    },
  ],
  codes: PRINT_STATION_CODES,
  receive: receiveEvents,
  retryReply: PRINT_STATION_RETRY_REPLY,
  read: readEvents,
}
