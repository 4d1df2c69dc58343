import { objectAt } from '#connectors/json.ts'
import { isSameOrder } from '#connectors/same-order.ts'
import type { Connector } from '#domain/connector.ts'
import { API_URL } from './api.ts'
import { calls } from './client.ts'
import { codes } from './codes.ts'
import { read } from './read.ts'
import { receive, retryReply } from './receive.ts'

export { computeVector } from './sign.ts'

export const douyin: Connector = {
  kind: 'douyin',
  role: 'channel',
  zh: '抖店',
  en: 'Douyin Shop',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'appKey', zh: '应用 app_key', en: 'App key', secret: false, required: true },
    { name: 'appSecret', zh: '应用 app_secret', en: 'App secret', secret: true, required: true },
    {
      name: 'accessToken',
      zh: '店铺授权 access_token',
      en: 'Shop access token',
      secret: true,
      required: true,
      hint: {
        zh: '有效期 7 天，到期前需刷新；过期后接口会拒绝并提示重新授权。',
        en: 'Valid for 7 days; once expired, calls are refused until the shop is authorised again.',
      },
    },
    {
      name: 'shopId',
      zh: '店铺 ID',
      en: 'Shop id',
      secret: false,
      required: false,
      hint: {
        zh: '同一应用服务多家店铺时填写；其他店铺的推送不会计入本连接。',
        en: 'Fill in where one app serves several shops; pushes about the others are not read here.',
      },
    },
    {
      name: 'pushSign',
      zh: '推送签名方式',
      en: 'Signature of pushes',
      secret: false,
      required: false,
      default: 'auto',
      options: ['auto', 'md5', 'hmac-sha256'],
    },
    {
      name: 'apiSign',
      zh: '接口签名方式',
      en: 'Signature of calls',
      secret: false,
      required: false,
      default: 'hmac-sha256',
      options: ['hmac-sha256', 'md5'],
    },
    {
      name: 'rejectRefund',
      zh: '发货时拒绝未处理的退款申请',
      en: 'Refuse an open refund request when shipping',
      secret: false,
      required: false,
      default: 'no',
      options: ['no', 'yes'],
    },
    {
      name: 'apiBase',
      zh: 'API 网关地址',
      en: 'API gateway',
      secret: false,
      required: false,
      default: API_URL,
    },
  ],
  codes,
  receive,
  isRedelivery: (first, again) =>
    isSameOrder((answer) => objectAt(answer, 'data', 'shop_order_detail'), first, again),
  retryReply,
  read,
  calls,
  // Per application: 600 a second for the order list, 900 for one order; the shipping calls are not documented, so far below.
  rateLimit: { perSecond: 100, burst: 200 },
  accountOf: (settings) => settings.appKey ?? '',
  poll: { everySeconds: 180, overlapSeconds: 120, lagSeconds: 60, windowSeconds: 3600 },
}
