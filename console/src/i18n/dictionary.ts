import { commonEn, commonZh } from './texts/common.ts'
import { connectionsEn, connectionsZh } from './texts/connections.ts'
import { importsEn, importsZh } from './texts/imports.ts'
import { mappingEn, mappingZh } from './texts/mapping.ts'
import { messagesEn, messagesZh } from './texts/messages.ts'
import { ordersEn, ordersZh } from './texts/orders.ts'
import { outboxEn, outboxZh } from './texts/outbox.ts'
import { settingsEn, settingsZh } from './texts/settings.ts'
import { skusEn, skusZh } from './texts/skus.ts'
import { vocabularyEn, vocabularyZh } from './texts/vocabulary.ts'

// Each area keeps both languages in one file; Chinese is the reference, and a key missing from English does not compile.
const zh = {
  ...commonZh,
  ...vocabularyZh,
  ...ordersZh,
  ...settingsZh,
  ...messagesZh,
  ...mappingZh,
  ...connectionsZh,
  ...outboxZh,
  ...importsZh,
  ...skusZh,
} as const
export type TextKey = keyof typeof zh
const en: Record<TextKey, string> = {
  ...commonEn,
  ...vocabularyEn,
  ...ordersEn,
  ...settingsEn,
  ...messagesEn,
  ...mappingEn,
  ...connectionsEn,
  ...outboxEn,
  ...importsEn,
  ...skusEn,
}

export type Language = 'zh' | 'en'
export const DICTIONARY: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { zh, en }
