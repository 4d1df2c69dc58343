import { alarmsEn, alarmsZh } from './texts/alarms.ts'
import { callbacksEn, callbacksZh } from './texts/callbacks.ts'
import { captureEn, captureZh } from './texts/capture.ts'
import { channelStockEn, channelStockZh } from './texts/channel-stock.ts'
import { commonEn, commonZh } from './texts/common.ts'
import { connectionsEn, connectionsZh } from './texts/connections.ts'
import { credentialsEn, credentialsZh } from './texts/credentials.ts'
import { decisionsEn, decisionsZh } from './texts/decisions.ts'
import { drillsEn, drillsZh } from './texts/drills.ts'
import { emergencyEn, emergencyZh } from './texts/emergency.ts'
import { freightEn, freightZh } from './texts/freight.ts'
import { fulfilmentEn, fulfilmentZh } from './texts/fulfilment.ts'
import { holdsEn, holdsZh } from './texts/holds.ts'
import { importsEn, importsZh } from './texts/imports.ts'
import { labelsEn, labelsZh } from './texts/labels.ts'
import { lanesEn, lanesZh } from './texts/lanes.ts'
import { ledgerCheckEn, ledgerCheckZh } from './texts/ledger-check.ts'
import { lockHealthEn, lockHealthZh } from './texts/lock-health.ts'
import { lookBackEn, lookBackZh } from './texts/look-back.ts'
import { mappingEn, mappingZh } from './texts/mapping.ts'
import { messagesEn, messagesZh } from './texts/messages.ts'
import { numberPoolsEn, numberPoolsZh } from './texts/number-pools.ts'
import { orderStockEn, orderStockZh } from './texts/order-stock.ts'
import { ordersEn, ordersZh } from './texts/orders.ts'
import { outboxEn, outboxZh } from './texts/outbox.ts'
import { outwardEn, outwardZh } from './texts/outward.ts'
import { parcelsEn, parcelsZh } from './texts/parcels.ts'
import { pollsEn, pollsZh } from './texts/polls.ts'
import { promisesEn, promisesZh } from './texts/promises.ts'
import { reshipmentsEn, reshipmentsZh } from './texts/reshipments.ts'
import { reviewEn, reviewZh } from './texts/review.ts'
import { ruleCanvasEn, ruleCanvasZh } from './texts/rule-canvas.ts'
import { rulesEn, rulesZh } from './texts/rules.ts'
import { settingsEn, settingsZh } from './texts/settings.ts'
import { skuProfilesEn, skuProfilesZh } from './texts/sku-profiles.ts'
import { skusEn, skusZh } from './texts/skus.ts'
import { sourcingEn, sourcingZh } from './texts/sourcing.ts'
import { stockEn, stockZh } from './texts/stock.ts'
import { trackEn, trackZh } from './texts/track.ts'
import { transfersEn, transfersZh } from './texts/transfers.ts'
import { vocabularyEn, vocabularyZh } from './texts/vocabulary.ts'
import { warehousesEn, warehousesZh } from './texts/warehouses.ts'
import { waybillsEn, waybillsZh } from './texts/waybills.ts'
import { webhooksEn, webhooksZh } from './texts/webhooks.ts'

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
  ...reviewZh,
  ...promisesZh,
  ...lanesZh,
  ...callbacksZh,
  ...pollsZh,
  ...outwardZh,
  ...alarmsZh,
  ...stockZh,
  ...orderStockZh,
  ...holdsZh,
  ...lockHealthZh,
  ...transfersZh,
  ...warehousesZh,
  ...captureZh,
  ...channelStockZh,
  ...ledgerCheckZh,
  ...emergencyZh,
  ...sourcingZh,
  ...skuProfilesZh,
  ...freightZh,
  ...drillsZh,
  ...webhooksZh,
  ...trackZh,
  ...credentialsZh,
  ...lookBackZh,
  ...reshipmentsZh,
  ...numberPoolsZh,
  ...labelsZh,
  ...waybillsZh,
  ...parcelsZh,
  ...fulfilmentZh,
  ...decisionsZh,
  ...ruleCanvasZh,
  ...rulesZh,
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
  ...reviewEn,
  ...promisesEn,
  ...lanesEn,
  ...callbacksEn,
  ...pollsEn,
  ...outwardEn,
  ...alarmsEn,
  ...stockEn,
  ...orderStockEn,
  ...holdsEn,
  ...lockHealthEn,
  ...transfersEn,
  ...warehousesEn,
  ...captureEn,
  ...channelStockEn,
  ...ledgerCheckEn,
  ...emergencyEn,
  ...sourcingEn,
  ...skuProfilesEn,
  ...freightEn,
  ...drillsEn,
  ...webhooksEn,
  ...trackEn,
  ...credentialsEn,
  ...lookBackEn,
  ...reshipmentsEn,
  ...numberPoolsEn,
  ...labelsEn,
  ...waybillsEn,
  ...parcelsEn,
  ...fulfilmentEn,
  ...decisionsEn,
  ...ruleCanvasEn,
  ...rulesEn,
}

export type Language = 'zh' | 'en'
export const DICTIONARY: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { zh, en }
