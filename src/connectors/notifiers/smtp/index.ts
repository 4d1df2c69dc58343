import type { Connector } from '#domain/connector.ts'
import { NOTIFIER_RETRY_REPLY, readNothing } from '../robot-call.ts'
import { smtpCalls } from './client.ts'

/** Mail over SMTP, with TLS from the first byte or by STARTTLS. */
export const smtp: Connector = {
  kind: 'smtp',
  role: 'notifier',
  zh: '邮件（SMTP）',
  en: 'Mail (SMTP)',
  zone: 'UTC',
  fields: [
    {
      name: 'smtp_host',
      zh: '发信服务器',
      en: 'Server',
      secret: false,
      required: true,
      hint: { zh: '如 smtp.exmail.qq.com', en: 'e.g. smtp.example.com' },
    },
    {
      name: 'port',
      zh: '端口',
      en: 'Port',
      secret: false,
      required: false,
      default: '465',
      hint: { zh: 'tls 用 465，starttls 用 587', en: '465 for tls, 587 for starttls' },
    },
    {
      name: 'security',
      zh: '加密方式',
      en: 'Security',
      secret: false,
      required: false,
      default: 'tls',
      options: ['tls', 'starttls', 'none'],
    },
    { name: 'user', zh: '账号', en: 'User', secret: false, required: false },
    {
      name: 'password',
      zh: '密码或授权码',
      en: 'Password',
      secret: true,
      required: false,
      hint: {
        zh: '多数国内邮箱要用「授权码」，不是登录密码',
        en: 'many mailboxes want an app password instead of the one for signing in',
      },
    },
    {
      name: 'from',
      zh: '发件人',
      en: 'Sender',
      secret: false,
      required: true,
      hint: { zh: '多数服务器要求与账号一致', en: 'most servers want it to be the user' },
    },
    {
      name: 'to',
      zh: '收件人',
      en: 'Recipients',
      secret: false,
      required: true,
      hint: { zh: '逗号分隔，最多 50 个', en: 'comma separated, at most 50' },
    },
    {
      name: 'authority',
      zh: '私有 CA 证书（PEM）',
      en: 'Private CA certificate (PEM)',
      secret: false,
      required: false,
      hint: {
        zh: '服务器证书由公司内部 CA 签发时填写',
        en: 'where the server is certified by an authority of your own',
      },
    },
  ],
  codes: [],
  retryReply: NOTIFIER_RETRY_REPLY,
  read: readNothing,
  calls: smtpCalls,
  // No server tells its limit; one mail every two seconds is below what mailbox providers are known to refuse.
  rateLimit: { perSecond: 0.5, burst: 5 },
  accountOf: ({ smtp_host = '', user = '' }) => `${smtp_host} ${user}`.trim(),
}
