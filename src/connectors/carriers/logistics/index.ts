import { CARRIERS, type CarrierCode } from '#domain/carrier.ts'
import type { Connector } from '#domain/connector.ts'
import { LOGISTICS_CODES } from './codes.ts'
import { readTrack } from './read.ts'
import { LOGISTICS_RETRY_REPLY, receiveTrack } from './receive.ts'

/** Our own open format for whoever can send JSON: a forwarder, a warehouse, a carrier without a connector. */
export const logistics: Connector = {
  kind: 'logistics',
  role: 'carrier',
  zh: '通用物流推送',
  en: 'General logistics push',
  // Of the system itself; an event without offset is read by its place, or by the connection's own zone.
  zone: 'UTC',
  fields: [
    {
      name: 'secret',
      zh: '签名密钥',
      en: 'Signing secret',
      secret: true,
      onlyVerifies: true,
      required: true,
      hint: { zh: '自选的长随机串，交给对方', en: 'A long random text of your own, given to the sender' },
    },
  ],
  codes: LOGISTICS_CODES,
  carriers: Object.keys(CARRIERS) as CarrierCode[],
  receive: receiveTrack,
  retryReply: LOGISTICS_RETRY_REPLY,
  read: readTrack,
}
