import type { Connector } from '#domain/connector.ts'
import { sfCalls } from './client.ts'
import { SF_CODES } from './codes.ts'
import { readPush } from './read.ts'
import { receivePush, SF_RETRY_REPLY } from './receive.ts'
import { DIGEST_MODES } from './sign.ts'

/** 顺丰 (丰桥): route push and order-state push in, signed calls out. */
export const sf: Connector = {
  kind: 'sf',
  role: 'carrier',
  zh: '顺丰速运（丰桥）',
  en: 'SF Express',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'partner_id', zh: '顾客编码 partnerID', en: 'Partner ID', secret: false, required: true },
    { name: 'check_word', zh: '校验码 checkWord', en: 'Check word', secret: true, required: true },
    {
      name: 'digest_mode',
      zh: '签名方式',
      en: 'Digest mode',
      secret: false,
      required: false,
      default: 'standard_md5',
      options: DIGEST_MODES,
      hint: { zh: '与丰桥后台所选一致', en: 'As chosen in the 丰桥 console' },
    },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://bspgw.sf-express.com/std/service',
      hint: {
        zh: '沙箱：https://sfapi-sbox.sf-express.com/std/service',
        en: 'Sandbox: https://sfapi-sbox.sf-express.com/std/service',
      },
    },
    {
      name: 'push_header',
      zh: '推送校验头名称',
      en: 'Shared header of pushes',
      secret: false,
      required: false,
      hint: {
        zh: '顺丰推送没有签名；若经网关转发，可加一个双方约定的请求头',
        en: 'SF signs no push; a proxy in between may add a header that both sides know',
      },
    },
    {
      name: 'push_header_value',
      zh: '推送校验头的值',
      en: 'Value of that header',
      secret: true,
      required: false,
    },
    {
      name: 'order_state_reply',
      zh: '订单状态推送的应答',
      en: 'Answer to order-state pushes',
      secret: false,
      required: false,
      hint: {
        zh: '留空则与路由推送相同',
        en: 'Empty: the same as for route pushes',
      },
    },
  ],
  codes: SF_CODES,
  receive: receivePush,
  retryReply: SF_RETRY_REPLY,
  read: readPush,
  calls: sfCalls,
  // The sandbox's figure for each interface; production has none in the documents (A1005 says when it is too much).
  rateLimit: { perSecond: 30, burst: 30 },
  accountOf: (settings) => settings.partner_id ?? '',
}
