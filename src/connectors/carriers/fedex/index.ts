import { bearerTerms, TOKEN_FIELDS } from '#connectors/carriers/oauth.ts'
import type { Connector } from '#domain/connector.ts'
import { fedexCalls } from './client.ts'
import { FEDEX_CODES } from './codes.ts'
import { readResults } from './read.ts'
import { FEDEX_RETRY_REPLY, receivePush } from './receive.ts'

/** FedEx: signed pushes of the visibility webhook, and the tracking API. */
export const fedex: Connector = {
  kind: 'fedex',
  role: 'carrier',
  zh: 'FedEx 联邦快递',
  en: 'FedEx',
  // Of the system itself; a time without offset is read by its place, never by this.
  zone: 'UTC',
  fields: [
    {
      name: 'client_id',
      zh: 'API Key（client_id）',
      en: 'API key (client_id)',
      secret: false,
      required: true,
    },
    { name: 'client_secret', zh: 'Secret Key', en: 'Secret key', secret: true, required: true },
    {
      name: 'security_token',
      zh: '推送安全令牌',
      en: 'Security token of the webhook',
      secret: true,
      onlyVerifies: true,
      required: true,
      hint: { zh: 'Webhook 项目中的 security token', en: 'Of the webhook project in the portal' },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://apis.fedex.com',
    },
    ...TOKEN_FIELDS,
  ],
  codes: FEDEX_CODES,
  carriers: ['FEDEX'],
  receive: receivePush,
  retryReply: FEDEX_RETRY_REPLY,
  read: readResults,
  calls: fedexCalls,
  credentialTerms: bearerTerms,
  accountOf: (settings) => settings.client_id ?? '',
}
