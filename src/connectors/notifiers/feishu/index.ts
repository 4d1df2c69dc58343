import type { Connector } from '#domain/connector.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { KEYWORD_FIELD } from '../notice-text.ts'
import { NOTIFIER_RETRY_REPLY, readNothing, tokenOf } from '../robot-call.ts'
import { feishuCalls } from './client.ts'

/** 飞书 (Lark) custom robot, secured by signature, keyword or address list. */
export const feishu: Connector = {
  kind: 'feishu',
  role: 'notifier',
  zh: '飞书群机器人',
  en: 'Feishu / Lark group robot',
  zone: 'Asia/Shanghai',
  fields: [
    {
      name: 'token',
      zh: '机器人 Webhook 令牌',
      en: "Robot's webhook token",
      secret: true,
      required: true,
      hint: { zh: '也可以粘贴整条 Webhook 地址', en: 'the whole webhook address may be pasted' },
    },
    {
      name: 'secret',
      zh: '签名校验密钥',
      en: 'Signing secret',
      secret: true,
      required: false,
      hint: { zh: '安全设置开启「签名校验」时填写', en: 'where 签名校验 is on' },
    },
    KEYWORD_FIELD,
    {
      name: 'mention',
      zh: '严重告警 @ 的成员',
      en: 'People mentioned in critical alarms',
      secret: false,
      required: false,
      hint: {
        zh: 'open_id（ou_…），逗号分隔；all 为所有人',
        en: 'open ids (ou_…), comma separated; all is everybody',
      },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://open.feishu.cn/open-apis/bot/v2/hook',
      hint: {
        zh: 'Lark 国际版：https://open.larksuite.com/open-apis/bot/v2/hook',
        en: 'Lark: https://open.larksuite.com/open-apis/bot/v2/hook',
      },
    },
  ],
  codes: [],
  retryReply: NOTIFIER_RETRY_REPLY,
  read: readNothing,
  calls: feishuCalls,
  // 100 a minute and 5 a second: three at once and 1.5 a second stay below both.
  rateLimit: { perSecond: 1.5, burst: 3 },
  accountOf: (settings) => hashToUuid(`feishu ${tokenOf(settings, 'token', null)}`),
}
