import type { Connector } from '#domain/connector.ts'
import { withAccount } from './accounted.ts'
import { cainiao } from './carriers/cainiao/index.ts'
import { dhl } from './carriers/dhl/index.ts'
import { douyinWaybill } from './carriers/douyin-waybill/index.ts'
import { fedex } from './carriers/fedex/index.ts'
import { withHubEvents } from './carriers/hub-events.ts'
import { jt } from './carriers/jt/index.ts'
import { kdniao } from './carriers/kdniao/index.ts'
import { kuaidi100 } from './carriers/kuaidi100/index.ts'
import { logistics } from './carriers/logistics/index.ts'
import { ownNumbers } from './carriers/own-numbers/index.ts'
import { pddWaybill } from './carriers/pdd-waybill/index.ts'
import { seventeentrack } from './carriers/seventeentrack/index.ts'
import { sf } from './carriers/sf/index.ts'
import { sto } from './carriers/sto/index.ts'
import { ups } from './carriers/ups/index.ts'
import { yto } from './carriers/yto/index.ts'
import { yunda } from './carriers/yunda/index.ts'
import { zto } from './carriers/zto/index.ts'
import { douyin } from './channels/douyin/index.ts'
import { file } from './channels/file/index.ts'
import { pinduoduo } from './channels/pinduoduo/index.ts'
import { rabbitmqOf } from './channels/rabbitmq/index.ts'
import { shopify } from './channels/shopify/index.ts'
import { youzan } from './channels/youzan/index.ts'
import { dingtalk } from './notifiers/dingtalk/index.ts'
import { feishu } from './notifiers/feishu/index.ts'
import { smtp } from './notifiers/smtp/index.ts'
import { webhook } from './notifiers/webhook/index.ts'
import { wecom } from './notifiers/wecom/index.ts'
import { withOrderNoRule } from './source.ts'
import { mysqlBinlog } from './warehouses/mysql-binlog/index.ts'
import { partnerWarehouse } from './warehouses/partner-warehouse/index.ts'
import { printStation } from './warehouses/print-station/index.ts'
import { redisStream } from './warehouses/redis-stream/index.ts'

/** Every connector the hub knows. Adding one is one line here, in the order of the catalogue. */
export const connectors: readonly Connector[] = [
  pinduoduo,
  douyin,
  shopify,
  youzan,
  file,
  rabbitmqOf({ order: file, waybill: printStation }),
  sf,
  zto,
  yto,
  yunda,
  sto,
  kuaidi100,
  kdniao,
  cainiao,
  pddWaybill,
  ownNumbers,
  douyinWaybill,
  dhl,
  fedex,
  jt,
  logistics,
  seventeentrack,
  ups,
  printStation,
  partnerWarehouse,
  mysqlBinlog,
  redisStream,
  dingtalk,
  wecom,
  feishu,
  smtp,
  webhook,
]
  .map(withHubEvents)
  .map(withOrderNoRule)
  .map(withAccount)

/** Whether a body under a key that is known says what the known one said, by the word of any connector that reads both. */
export function isRedelivery(first: Uint8Array, again: Uint8Array): boolean {
  return connectors.some((connector) => connector.isRedelivery?.(first, again) === true)
}
