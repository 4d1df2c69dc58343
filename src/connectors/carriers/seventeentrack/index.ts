import { CARRIERS, type CarrierCode } from '#domain/carrier.ts'
import type { Connector } from '#domain/connector.ts'
import { seventeentrackCalls } from './client.ts'
import { SEVENTEENTRACK_CODES } from './codes.ts'
import { readTrack } from './read.ts'
import { receivePush, SEVENTEENTRACK_RETRY_REPLY } from './receive.ts'

/** 17TRACK: pushes of the whole trace of registered numbers, of nearly every carrier. */
export const seventeentrack: Connector = {
  kind: 'seventeentrack',
  role: 'carrier',
  zh: '17TRACK',
  en: '17TRACK',
  // Of the system itself; an event without zone is read by its place, never by this.
  zone: 'UTC',
  fields: [
    {
      name: 'key',
      zh: 'API 密钥（17token）',
      en: 'API key (17token)',
      secret: true,
      required: true,
      hint: { zh: '查询与推送验签共用', en: 'Signs pushes and opens the API' },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://api.17track.net/track/v2.2',
    },
  ],
  codes: SEVENTEENTRACK_CODES,
  carriers: Object.keys(CARRIERS) as CarrierCode[],
  receive: receivePush,
  retryReply: SEVENTEENTRACK_RETRY_REPLY,
  read: readTrack,
  calls: seventeentrackCalls,
}
