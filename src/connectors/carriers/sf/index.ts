import type { Connector } from '#domain/connector.ts'
import { sfCalls } from './client.ts'
import { SF_CODES } from './codes.ts'
import { tokenExpiry, usesToken } from './gateway.ts'
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
      name: 'auth_mode',
      zh: '接口鉴权',
      en: 'How calls are proved',
      secret: false,
      required: false,
      default: 'digest',
      options: ['digest', 'oauth'],
      hint: {
        zh: 'digest：每次签名；oauth：两小时有效的访问令牌，由本系统自动换取',
        en: 'digest: each call is signed; oauth: an access token of two hours that the hub fetches by itself',
      },
    },
    {
      name: 'oauth_url',
      zh: '令牌地址',
      en: 'Token address',
      secret: false,
      required: false,
      default: 'https://sfapi.sf-express.com/oauth2/accessToken',
    },
    {
      name: 'access_token',
      zh: '访问令牌',
      en: 'Access token',
      secret: true,
      required: false,
      hint: { zh: '由本系统换取并保存', en: 'Fetched and kept by the hub' },
    },
    {
      name: 'access_token_expires',
      zh: '访问令牌到期时间',
      en: 'Access token ends at',
      secret: false,
      required: false,
      hint: { zh: '由本系统填写', en: 'Filled in by the hub' },
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
  carriers: ['SF'],
  waybill: {
    accountFields: [
      { name: 'monthly_card', zh: '月结卡号', en: 'Monthly account', secret: false, required: true },
      {
        name: 'pay_method',
        zh: '付款方式',
        en: 'Who pays',
        secret: false,
        required: false,
        default: '1',
        options: ['1', '2', '3'],
        hint: { zh: '1 寄方付，2 收方付，3 第三方付', en: '1 sender, 2 receiver, 3 third party' },
      },
      {
        name: 'express_type',
        zh: '默认快件产品（expressTypeId）',
        en: 'Default product (expressTypeId)',
        secret: false,
        required: false,
        default: '1',
        hint: {
          zh: '规则没有指定产品时使用；以月结合同开通的产品为准',
          en: 'Used where no rule names a product; as opened in the contract',
        },
      },
    ],
    // SF numbers every order by itself: no stock of numbers, no segment.
    numbers: 'per_order',
    services: [],
    piecesMost: 50,
    opens: [],
  },
  credentialTerms: (settings) => {
    const expiresAt = usesToken(settings) ? tokenExpiry(settings) : null
    const what = { zh: '顺丰访问令牌', en: 'SF access token' }
    return expiresAt === null ? [] : [{ field: 'access_token', what, expiresAt, renewable: true }]
  },
  // The sandbox's figure for each interface; production has none in the documents (A1005 says when it is too much).
  rateLimit: { perSecond: 30, burst: 30 },
  accountOf: (settings) => settings.partner_id ?? '',
}
