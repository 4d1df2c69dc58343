import type { Connector, InboundRequest, Receipt, Reply, SettingField, Settings } from '#domain/connector.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import { readJson } from '../../json.ts'
import { youzanCalls } from './client.ts'
import { CODES } from './codes.ts'
import { readYouzan } from './read.ts'
import { type Push, parsePush } from './schema.ts'
import { verifyPush } from './sign.ts'

export { computeVector } from './sign.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const ACK: Reply = { status: 200, contentType: JSON_TYPE, body: '{"code":0,"msg":"success"}' }
/** Youzan's retry rules are not known; anything but the ack above leaves the message with the platform. */
const RETRY: Reply = { status: 503, contentType: JSON_TYPE, body: '{"code":503,"msg":"try again later"}' }

const FIELDS: readonly SettingField[] = [
  { name: 'clientId', zh: '应用 client_id', en: 'Client id', secret: false, required: true },
  {
    name: 'clientSecret',
    zh: '应用 client_secret',
    en: 'Client secret',
    secret: true,
    onlyVerifies: true,
    required: true,
    hint: { zh: '用于校验推送签名', en: 'verifies the signature of pushes' },
  },
  { name: 'kdtId', zh: '店铺 kdt_id', en: 'Shop id (kdt_id)', secret: false, required: true },
  {
    name: 'accessToken',
    zh: '访问令牌',
    en: 'Access token',
    secret: true,
    required: false,
    hint: {
      zh: '查询订单与回传发货需要; 到期后请更新',
      en: 'needed to fetch orders and report shipments; renew it when it ends',
    },
  },
  {
    name: 'carrierIds',
    zh: '快递公司编号',
    en: 'Carrier company ids',
    secret: false,
    required: false,
    hint: {
      zh: '例如 JD=138;STO=1, 编号见 youzan.logistics.express.get',
      en: 'for example JD=138;STO=1, ids from youzan.logistics.express.get',
    },
  },
  {
    name: 'apiBase',
    zh: '接口地址',
    en: 'API base',
    secret: false,
    required: false,
    default: 'https://open.youzanyun.com',
  },
]

export const youzan: Connector = {
  kind: 'youzan',
  role: 'channel',
  zh: '有赞',
  en: 'Youzan',
  zone: 'Asia/Shanghai',
  fields: FIELDS,
  codes: CODES,
  receive: receiveYouzan,
  isRedelivery,
  retryReply: RETRY,
  read: readYouzan,
  calls: youzanCalls,
  accountOf: (settings) => settings.clientId ?? '',
  // The platform's order list lags its messages; it advises to wait 30 s.
  poll: { everySeconds: 120, overlapSeconds: 120, lagSeconds: 45, windowSeconds: 3600 },
}

/**
 * The signature stands in the body, over client id and `msg` as they came. Rejected: `connector.*` (400), and with 401
 * `youzan.signature_missing`, `youzan.wrong_client`, `youzan.signature_wrong`, `youzan.wrong_shop`.
 */
function receiveYouzan(request: InboundRequest, settings: Settings): Receipt {
  const json = readJson(request.body)
  if (!json.ok) return rejected(json, 400)
  const push = parsePush(json.value)
  if (push === null) return rejected(refuse('youzan.not_a_push', 'the body is not a push message'), 400)
  // The connection test is answered whoever asks: nothing of it is kept or read.
  if (push.test) return { verdict: 'challenge', topic: topicOf(push), reply: ACK }
  const refusal = verify(push, settings)
  if (refusal !== null) return rejected(refusal, 401)
  return {
    verdict: 'accepted',
    topic: topicOf(push),
    // The envelope is not signed, msg is: with its signature in the key nobody can use up a real message's key.
    dedupKey: [
      push.sign.slice(0, 12).toLowerCase(),
      push.kdtId,
      push.type,
      push.id,
      push.version,
      push.status,
    ]
      .map((part) => part.slice(0, 80))
      .join(':'),
    orderNo: push.id === '' ? null : push.id.slice(0, 100),
    reply: ACK,
  }
}

/** `sendCount` counts the redeliveries of a push, in an envelope that is not signed: all that is read of it has to be the same. */
function isRedelivery(first: Uint8Array, again: Uint8Array): boolean {
  const [one, other] = [readJson(first), readJson(again)]
  if (!one.ok || !other.ok) return false
  const [push, later] = [parsePush(one.value), parsePush(other.value)]
  if (push === null || later === null || push.sign === '' || push.msg === '') return false
  return JSON.stringify(push) === JSON.stringify(later)
}

function verify(push: Push, settings: Settings): Refused | null {
  const secret = settings.clientSecret ?? ''
  if (secret === '') return refuse('youzan.no_secret', 'the connection has no client secret')
  if (push.sign === '' || push.msg === '')
    return refuse('youzan.signature_missing', 'the message carries no sign or no msg')
  if (push.clientId !== (settings.clientId ?? '').trim())
    return refuse('youzan.wrong_client', 'the message is for another application')
  if (!verifyPush(push.clientId, push.msg, secret, push.sign))
    return refuse('youzan.signature_wrong', 'the sign does not fit msg and the client secret')
  if (push.kdtId !== (settings.kdtId ?? '').trim())
    return refuse('youzan.wrong_shop', 'the message comes from another shop')
  return null
}

function topicOf(push: Push): string {
  return push.type === '' ? 'unnamed' : push.type.slice(0, 100)
}

function rejected({ refusal }: Refused, status: number): Receipt {
  const body = JSON.stringify({ code: status, msg: refusal.code })
  return { verdict: 'rejected', refusal, reply: { status, contentType: JSON_TYPE, body } }
}
