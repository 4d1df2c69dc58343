import type { Connector } from '#domain/connector.ts'
import { ztoCalls } from './calls.ts'
import { EMPTY_WORDS } from './client.ts'
import { ZTO_CODES } from './codes.ts'
import { readTraces } from './read.ts'
import { receivePush, ZTO_RETRY_REPLY } from './receive.ts'
import { DIGEST_MODES } from './sign.ts'
import { ZTO_WAYBILL } from './waybill.ts'

/** 中通: signed pushes of single happenings in; waybills, queries, subscriptions, intercepts and balances out. */
export const zto: Connector = {
  kind: 'zto',
  role: 'carrier',
  zh: '中通快递',
  en: 'ZTO Express',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'app_key', zh: 'appKey', en: 'appKey', secret: false, required: true },
    { name: 'app_secret', zh: 'appSecret', en: 'appSecret', secret: true, required: true },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://japi.zto.com',
      hint: { zh: '测试环境：https://japi-test.zto.com', en: 'Test: https://japi-test.zto.com' },
    },
    {
      name: 'digest_mode',
      zh: '签名方式',
      en: 'Digest mode',
      secret: false,
      required: false,
      default: 'md5_base64',
      options: DIGEST_MODES,
      hint: { zh: '与中通控制台所选一致，默认 MD5 + Base64', en: 'As chosen in ZTO’s console' },
    },
    {
      name: 'push_reply',
      zh: '推送的应答',
      en: 'Answer to pushes',
      secret: false,
      required: false,
      hint: {
        zh: '公开资料没有；留空用 {"status":true,…}，控制台另有要求时填在这里',
        en: 'Not in public documents; empty: {"status":true,…}. Enter here what the console asks for',
      },
    },
    {
      name: 'intercept_states',
      zh: '拦截状态对照',
      en: 'States of an intercept',
      secret: false,
      required: false,
      hint: {
        zh: '拦截查询的 status 含义未公开；例：3=returning, 4=back, 5=too_late, 6=refused，其余按已受理',
        en: 'What status means is not public; e.g. 3=returning, 4=back, 5=too_late, 6=refused; else accepted',
      },
    },
    {
      name: 'empty_words',
      zh: '单号用完的说法',
      en: 'Words for “no numbers left”',
      secret: false,
      required: false,
      default: EMPTY_WORDS,
      hint: {
        zh: '中通只用文字说明余额不足；出现其中任一说法即按单号用完处理',
        en: 'ZTO says it in words alone; any of these means that the numbers are used up',
      },
    },
  ],
  codes: ZTO_CODES,
  carriers: ['ZTO'],
  waybill: ZTO_WAYBILL,
  receive: receivePush,
  retryReply: ZTO_RETRY_REPLY,
  read: readTraces,
  calls: ztoCalls,
  accountOf: (settings) => settings.app_key ?? '',
}
