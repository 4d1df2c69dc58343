import { objectAt } from '#connectors/json.ts'
import { isSameOrder } from '#connectors/same-order.ts'
import type { Connector } from '#domain/connector.ts'
import { API_URL } from './api.ts'
import { calls } from './client.ts'
import { codes } from './codes.ts'
import { read } from './read.ts'
import { MESSAGE_URL, stream } from './stream.ts'

export { computeVector } from './sign.ts'

export const pinduoduo: Connector = {
  kind: 'pinduoduo',
  role: 'channel',
  zh: '拼多多',
  en: 'Pinduoduo',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'clientId', zh: '应用 client_id', en: 'App client_id', secret: false, required: true },
    { name: 'clientSecret', zh: '应用 client_secret', en: 'App client_secret', secret: true, required: true },
    {
      name: 'accessToken',
      zh: '店铺授权 access_token',
      en: 'Shop access_token',
      secret: true,
      required: true,
      hint: {
        zh: '店铺在服务市场授权后得到；过期后需重新授权。消息推送还需先对店铺调用 pdd.pmc.user.permit。',
        en: 'Given when the shop authorises the app. Push also needs pdd.pmc.user.permit to be called for the shop.',
      },
    },
    {
      name: 'mallId',
      zh: '店铺 ID（mallID）',
      en: 'Shop id (mallID)',
      secret: false,
      required: false,
      hint: {
        zh: '同一应用授权多家店铺时必填；其他店铺的消息留给它们自己的连接。',
        en: 'Needed where one app serves several shops; their messages are left for their own connections.',
      },
    },
    {
      name: 'printSync',
      zh: '回传前同步打单状态',
      en: 'Report the printed label first',
      secret: false,
      required: false,
      default: 'off',
      options: ['off', 'on'],
    },
    {
      name: 'secondParcel',
      zh: '订单已用其他单号发货时',
      en: 'When already shipped with another number',
      secret: false,
      required: false,
      default: 'extra',
      options: ['extra', 'replace', 'refuse'],
      hint: {
        zh: 'extra 作为分包追加；replace 改为新单号；refuse 交给人工。',
        en: 'extra adds a parcel, replace overwrites the number, refuse leaves it to a person.',
      },
    },
    {
      name: 'apiBase',
      zh: 'API 网关地址',
      en: 'API gateway',
      secret: false,
      required: false,
      default: API_URL,
    },
    {
      name: 'messageBase',
      zh: '消息服务地址',
      en: 'Message server',
      secret: false,
      required: false,
      default: MESSAGE_URL,
    },
  ],
  codes,
  isRedelivery: (first, again) =>
    isSameOrder((answer) => objectAt(answer, 'order_info_get_response', 'order_info'), first, again),
  retryReply: { status: 503, contentType: 'text/plain; charset=utf-8', body: 'retry' },
  read,
  calls,
  // Per shop: 3,000 a minute for the increment list and the status, the narrowest of the calls made here (snapshot of 2023).
  rateLimit: { perSecond: 50, burst: 100 },
  stream: (settings, deps) => stream(settings, deps),
  poll: { everySeconds: 180, overlapSeconds: 120, lagSeconds: 180, windowSeconds: 1800 },
}
