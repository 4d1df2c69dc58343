import type { Connector } from '#domain/connector.ts'
import { yundaCalls } from './calls.ts'
import { EMPTY_WORDS } from './client.ts'
import { YUNDA_CODES } from './codes.ts'
import { readSteps } from './read.ts'
import { receivePush, YUNDA_RETRY_REPLY } from './receive.ts'
import { YUNDA_WAYBILL } from './waybill.ts'

/** 韵达: pushes of steps in; waybills, queries, subscriptions and balances out. */
export const yunda: Connector = {
  kind: 'yunda',
  role: 'carrier',
  zh: '韵达速递',
  en: 'Yunda Express',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'app_key', zh: 'app-key', en: 'app-key', secret: false, required: true },
    { name: 'app_secret', zh: 'app-secret', en: 'app-secret', secret: true, required: true },
    {
      name: 'api_url',
      zh: '接口地址',
      en: 'API address',
      secret: false,
      required: false,
      default: 'https://openapi.yundaex.com',
      hint: {
        zh: '测试环境：https://u-openapi.yundasys.com',
        en: 'Test: https://u-openapi.yundasys.com',
      },
    },
    {
      name: 'push_header',
      zh: '推送校验头名称',
      en: 'Shared header of pushes',
      secret: false,
      required: false,
      hint: {
        zh: '推送的签名未见公开；留空按接口签名（sign 头）校验，填写后改为校验此请求头',
        en: 'How pushes are signed is not public; empty: as calls are (header sign). Filled: this header is checked instead',
      },
    },
    {
      name: 'push_header_value',
      zh: '推送校验头的值',
      en: 'Value of that header',
      secret: true,
      onlyVerifies: true,
      required: false,
    },
    {
      name: 'push_reply',
      zh: '推送的应答',
      en: 'Answer to pushes',
      secret: false,
      required: false,
      hint: {
        zh: '未见公开；留空用 {"result":true,"code":"0000",…}',
        en: 'Not public; empty: {"result":true,"code":"0000",…}',
      },
    },
    {
      name: 'balance_field',
      zh: '余量字段',
      en: 'Field of the balance',
      secret: false,
      required: false,
      default: 'count',
      hint: {
        zh: 'searchCount 应答的结构未公开：data 为数字时直接读，否则读 data 下的此字段',
        en: 'The answer’s shape is not public: a bare figure in data is read, else this field of it',
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
        zh: '出现其中任一说法即按单号用完处理',
        en: 'Any of these in the answer means that the numbers are used up',
      },
    },
  ],
  codes: YUNDA_CODES,
  carriers: ['YUNDA'],
  waybill: YUNDA_WAYBILL,
  receive: receivePush,
  retryReply: YUNDA_RETRY_REPLY,
  read: readSteps,
  calls: yundaCalls,
  accountOf: (settings) => settings.app_key ?? '',
}
