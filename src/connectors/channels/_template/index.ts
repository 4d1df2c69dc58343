import type { Connector, InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import { sha256Hex } from '../../digest.ts'
import { templateCalls } from './client.ts'
import { CODES } from './codes.ts'
import { readTemplate, ZONE } from './read.ts'
import { verify } from './sign.ts'

export { computeVector } from './sign.ts'

const ACK: Reply = { status: 200, contentType: 'application/json', body: '{"code":0}' }
const RETRY: Reply = { status: 503, contentType: 'application/json', body: '{"code":1}' }
const MAX_AGE_SECONDS = 300

export const template: Connector = {
  kind: 'template',
  role: 'channel',
  zh: '示例渠道',
  en: 'Template channel',
  zone: ZONE,
  fields: [
    { name: 'secret', zh: '应用密钥', en: 'App secret', secret: true, required: true },
    {
      name: 'apiBase',
      zh: '接口地址',
      en: 'API base',
      secret: false,
      required: false,
      default: 'https://api.example.com',
    },
  ],
  codes: CODES,
  receive: receiveTemplate,
  retryReply: RETRY,
  read: (message) => readTemplate(message),
  calls: templateCalls,
}

/** Pure: the time comes in. Nothing is parsed for meaning before the raw bytes have been verified. */
function receiveTemplate(request: InboundRequest, settings: Settings, now: Instant): Receipt {
  const timestamp = request.headers['x-template-timestamp'] ?? ''
  const given = request.headers['x-template-signature'] ?? ''
  if (given === '' || (settings.secret ?? '') === '' || !/^\d{10}$/.test(timestamp))
    return rejected(refuse('template.signature_missing', 'the request carries no signature or no time'))
  if (!verify(settings.secret ?? '', timestamp, request.body, given))
    return rejected(refuse('template.signature_wrong', 'the signature does not fit body and secret'))
  if (Math.abs(now.epochMilliseconds / 1000 - Number(timestamp)) > MAX_AGE_SECONDS)
    return rejected(refuse('template.stale', `the time is more than ${MAX_AGE_SECONDS} s off`))
  const topic = request.headers['x-template-topic'] ?? 'unnamed'
  return {
    verdict: 'accepted',
    topic,
    dedupKey: `${topic}:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: ACK,
  }
}

function rejected({ refusal }: Refused): Receipt {
  return {
    verdict: 'rejected',
    refusal,
    reply: { status: 401, contentType: 'application/json', body: '{"code":401}' },
  }
}
