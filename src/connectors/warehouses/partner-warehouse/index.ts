import type { Connector } from '#domain/connector.ts'
import { partnerCalls } from './client.ts'
import { PARTNER_CODES } from './codes.ts'
import { readAnswer, readReport } from './read.ts'
import { PARTNER_RETRY_REPLY, receiveReport } from './receive.ts'
import { REPORT_TYPE } from './schema.ts'

/** 合作仓 / 海外仓: a warehouse that is told to stop a parcel and bring it back, in the hub's own signed protocol. */
export const partnerWarehouse: Connector = {
  kind: 'partner-warehouse',
  role: 'warehouse',
  zh: '合作仓 / 海外仓拦截',
  en: 'Partner warehouse: intercepts',
  // The protocol demands an offset; a connection may name a zone for senders that leave it out.
  zone: 'UTC',
  fields: [
    {
      name: 'url',
      zh: '指令地址',
      en: 'Address for instructions',
      secret: false,
      required: true,
      hint: { zh: '拦截指令 POST 到这里', en: 'Intercepts are posted here' },
    },
    {
      name: 'query_url',
      zh: '查询地址',
      en: 'Address for questions',
      secret: false,
      required: false,
      hint: {
        zh: '没有答复时到这里问结果；留空则只等对方回推',
        en: 'Asked when no answer came; empty: the hub waits for reports',
      },
    },
    {
      name: 'secret',
      zh: '签名密钥',
      en: 'Signing secret',
      secret: true,
      required: true,
      hint: {
        zh: 'whsec_ 加 Base64，或 16 位以上文本；双向同一个',
        en: 'whsec_ and Base64, or 16 characters or more; the same both ways',
      },
    },
    {
      name: 'previous_secret',
      zh: '上一个签名密钥（轮换期间）',
      en: 'Previous secret (while rotating)',
      secret: true,
      onlyVerifies: true,
      required: false,
    },
    {
      name: 'zone',
      zh: '无时区偏移时间所用时区',
      en: 'Zone of times without offset',
      secret: false,
      required: false,
      hint: {
        zh: '如 Europe/Berlin；留空则无偏移的时间标为不明确',
        en: 'e.g. Europe/Berlin; empty: a time without offset is flagged as ambiguous',
      },
    },
  ],
  codes: PARTNER_CODES,
  receive: receiveReport,
  retryReply: PARTNER_RETRY_REPLY,
  read: readReport,
  calls: partnerCalls,
  interceptReports: { topic: REPORT_TYPE, read: readAnswer },
}
