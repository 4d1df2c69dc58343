import type { Connector } from '#domain/connector.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { KEYWORD_FIELD } from '../notice-text.ts'
import { NOTIFIER_RETRY_REPLY, readNothing, tokenOf } from '../robot-call.ts'
import { dingtalkCalls } from './client.ts'

/** 钉钉 group robot, secured by signature, keyword or address range. */
export const dingtalk: Connector = {
  kind: 'dingtalk',
  role: 'notifier',
  zh: '钉钉群机器人',
  en: 'DingTalk group robot',
  zone: 'Asia/Shanghai',
  fields: [
    {
      name: 'access_token',
      zh: '机器人 access_token',
      en: "Robot's access_token",
      secret: true,
      required: true,
      hint: { zh: '也可以粘贴整条 Webhook 地址', en: 'the whole webhook address may be pasted' },
    },
    {
      name: 'secret',
      zh: '加签密钥',
      en: 'Signing secret',
      secret: true,
      required: false,
      hint: { zh: '安全设置选「加签」时填写，SEC 开头', en: 'where 加签 is on; begins with SEC' },
    },
    KEYWORD_FIELD,
    {
      name: 'mention',
      zh: '严重告警 @ 的手机号',
      en: 'Mobiles mentioned in critical alarms',
      secret: false,
      required: false,
      hint: { zh: '逗号分隔，最多 20 个', en: 'comma separated, at most 20' },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://oapi.dingtalk.com/robot/send',
    },
  ],
  codes: [],
  retryReply: NOTIFIER_RETRY_REPLY,
  read: readNothing,
  calls: dingtalkCalls,
  // 20 a minute: ten at once and ten more in the minute after never exceed it in any window.
  rateLimit: { perSecond: 10 / 60, burst: 10 },
  accountOf: (settings) => hashToUuid(`dingtalk ${tokenOf(settings, 'access_token', 'access_token')}`),
}
