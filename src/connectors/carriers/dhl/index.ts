import type { Connector } from '#domain/connector.ts'
import { dhlCalls } from './client.ts'
import { DHL_CODES } from './codes.ts'
import { readShipments } from './read.ts'
import { DHL_RETRY_REPLY, receivePush } from './receive.ts'

/** DHL: pushes and answers of the Unified tracking API. */
export const dhl: Connector = {
  kind: 'dhl',
  role: 'carrier',
  zh: 'DHL',
  en: 'DHL',
  // Of the system itself; a time without offset is read by its place, never by this.
  zone: 'UTC',
  fields: [
    { name: 'api_key', zh: 'API Key', en: 'API key', secret: true, required: true },
    {
      name: 'push_header',
      zh: '推送校验头名称',
      en: 'Header of pushes',
      secret: false,
      required: false,
      default: 'x-dhl-push-token',
      hint: {
        zh: '订阅时登记给 DHL，推送时原样带回',
        en: 'Registered with each subscription; DHL sends it back',
      },
    },
    {
      name: 'push_token',
      zh: '推送校验值',
      en: 'Token of pushes',
      secret: true,
      required: true,
      hint: {
        zh: '自选的长随机串；不符的推送一律拒绝',
        en: 'A long random text of your own; pushes without it are refused',
      },
    },
    {
      name: 'service',
      zh: 'DHL 业务（service）',
      en: 'Service',
      secret: false,
      required: false,
      hint: { zh: '如 express、post-de；留空由 DHL 判断', en: 'express, post-de ...; empty: DHL finds out' },
    },
    {
      name: 'hook_secret',
      zh: '订阅激活密钥',
      en: 'Activation secret',
      secret: true,
      required: false,
      hint: {
        zh: 'DHL 首次回调时放在 DHL-API-Hook-Secret 头中，见收件箱',
        en: 'Comes in the DHL-API-Hook-Secret header of the first call; see the inbox',
      },
    },
    {
      name: 'activation_method',
      zh: '激活请求方法',
      en: 'Method of the activation',
      secret: false,
      required: false,
      default: 'POST',
      options: ['POST', 'GET'],
    },
    {
      name: 'track_url',
      zh: '查询地址',
      en: 'Query address',
      secret: false,
      required: false,
      default: 'https://api-eu.dhl.com/track/shipments',
    },
    {
      name: 'push_url',
      zh: '订阅地址',
      en: 'Subscription address',
      secret: false,
      required: false,
      default: 'https://api-eu.dhl.com/tracking/push/v1/subscription',
    },
  ],
  codes: DHL_CODES,
  carriers: ['DHL'],
  receive: receivePush,
  retryReply: DHL_RETRY_REPLY,
  read: readShipments,
  calls: dhlCalls,
  // DHL eCommerce demands 200 within 5 s, then tries after 1 h and 6 h and drops; the Unified push names no figure.
  ackDeadlineMs: 5_000,
  // The smallest plan of the developer portal; more is a setting.
  rateLimit: { perSecond: 1, burst: 1 },
}
