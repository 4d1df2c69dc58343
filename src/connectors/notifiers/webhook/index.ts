import type { Connector } from '#domain/connector.ts'
import { NOTIFIER_RETRY_REPLY, readNothing } from '../robot-call.ts'
import { webhookCalls } from './client.ts'

/** Any program that takes Standard Webhooks (standardwebhooks.com): signed, with an id to drop repeats by. */
export const webhook: Connector = {
  kind: 'webhook',
  role: 'notifier',
  zh: '通用 Webhook（签名）',
  en: 'Signed webhook (Standard Webhooks)',
  zone: 'UTC',
  fields: [
    { name: 'url', zh: '接收地址', en: 'Address', secret: false, required: true },
    {
      name: 'secret',
      zh: '签名密钥',
      en: 'Signing secret',
      secret: true,
      required: true,
      hint: {
        zh: 'whsec_ 加 Base64，或至少 16 位文本；echo whsec_$(openssl rand -base64 32)',
        en: 'whsec_ and Base64, or a text of 16 characters or more; echo whsec_$(openssl rand -base64 32)',
      },
    },
    {
      name: 'previous_secret',
      zh: '上一个签名密钥（轮换期间）',
      en: 'Previous secret (while rotating)',
      secret: true,
      required: false,
      hint: { zh: '两个密钥各签一次，接收方任一通过即可', en: 'both sign; the receiver accepts either' },
    },
  ],
  codes: [],
  retryReply: NOTIFIER_RETRY_REPLY,
  read: readNothing,
  calls: webhookCalls,
}
