import type { Connector } from '#domain/connector.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { NOTIFIER_RETRY_REPLY, readNothing, tokenOf } from '../robot-call.ts'
import { wecomCalls } from './client.ts'

/** 企业微信 group robot: nothing is signed, the key in the address is the secret. */
export const wecom: Connector = {
  kind: 'wecom',
  role: 'notifier',
  zh: '企业微信群机器人',
  en: 'WeCom group robot',
  zone: 'Asia/Shanghai',
  fields: [
    {
      name: 'key',
      zh: '机器人 key',
      en: "Robot's key",
      secret: true,
      required: true,
      hint: { zh: '也可以粘贴整条 Webhook 地址', en: 'the whole webhook address may be pasted' },
    },
    {
      name: 'mention',
      zh: '严重告警 @ 的成员',
      en: 'People mentioned in critical alarms',
      secret: false,
      required: false,
      hint: { zh: 'userid，逗号分隔；@all 为所有人', en: 'user ids, comma separated; @all is everybody' },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send',
    },
  ],
  codes: [],
  retryReply: NOTIFIER_RETRY_REPLY,
  read: readNothing,
  calls: wecomCalls,
  // 20 a minute, as for 钉钉.
  rateLimit: { perSecond: 10 / 60, burst: 10 },
  accountOf: (settings) => hashToUuid(`wecom ${tokenOf(settings, 'key', 'key')}`),
}
