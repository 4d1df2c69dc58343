import { bearerTerms, TOKEN_FIELDS } from '#connectors/carriers/oauth.ts'
import type { Connector } from '#domain/connector.ts'
import { upsCalls } from './client.ts'
import { UPS_CODES } from './codes.ts'
import { readActivity } from './read.ts'
import { receivePush, UPS_RETRY_REPLY } from './receive.ts'

/** UPS: Track Alert pushes and the tracking API. */
export const ups: Connector = {
  kind: 'ups',
  role: 'carrier',
  zh: 'UPS',
  en: 'UPS',
  // Of the system itself; a time without offset is read by its place, never by this.
  zone: 'UTC',
  fields: [
    { name: 'client_id', zh: 'Client ID', en: 'Client ID', secret: false, required: true },
    { name: 'client_secret', zh: 'Client Secret', en: 'Client secret', secret: true, required: true },
    {
      name: 'credential',
      zh: '推送校验值（credential）',
      en: 'Credential of pushes',
      secret: true,
      required: true,
      hint: {
        zh: 'v2 在 UPS 门户登记，v1 随订阅登记；不符的推送一律拒绝',
        en: 'Set in the portal (v2) or with the subscription (v1); pushes without it are refused',
      },
    },
    {
      name: 'alert_version',
      zh: 'Track Alert 版本',
      en: 'Track Alert version',
      secret: false,
      required: false,
      default: 'v2',
      options: ['v2', 'v1'],
    },
    {
      name: 'alert_level',
      zh: '订阅级别',
      en: 'Subscription level',
      secret: false,
      required: false,
      default: 'standard',
      options: ['standard', 'enhanced'],
    },
    {
      name: 'country_code',
      zh: '账户国家',
      en: 'Country of the account',
      secret: false,
      required: false,
      default: 'US',
    },
    {
      name: 'transaction_src',
      zh: '来源标识 transactionSrc',
      en: 'transactionSrc',
      secret: false,
      required: false,
      default: 'holdfast',
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://onlinetools.ups.com',
    },
    ...TOKEN_FIELDS,
  ],
  codes: UPS_CODES,
  carriers: ['UPS'],
  receive: receivePush,
  retryReply: UPS_RETRY_REPLY,
  read: readActivity,
  calls: upsCalls,
  credentialTerms: bearerTerms,
  subscriptionDays: 14,
  accountOf: (settings) => settings.client_id ?? '',
}
