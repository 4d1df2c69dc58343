import type { Keep, Start } from './clocks.ts'

/** A starting point for a rule. Figures that no platform document confirms are the seller's own to set: templates begin switched off. */
export type RuleTemplate = {
  readonly id: string
  readonly zh: string
  readonly en: string
  readonly kind: string
  readonly starts: Start
  readonly keeps: Keep
  readonly minutes: number
  readonly platformFirst: boolean
  readonly warnMinutes: number
}

export const RULE_TEMPLATES: readonly RuleTemplate[] = [
  template(
    'ship_48h',
    '付款后 48 小时发货',
    'Ship within 48 h of payment',
    '*',
    'paid',
    'dispatched',
    2_880,
    240,
  ),
  template(
    'ship_24h',
    '付款后 24 小时发货',
    'Ship within 24 h of payment',
    '*',
    'paid',
    'dispatched',
    1_440,
    120,
  ),
  template(
    'douyin_10min',
    '抖店：下单 10 分钟内出运单号',
    'Douyin: tracking number within 10 min of the order',
    'douyin',
    'placed',
    'waybill_issued',
    10,
    5,
    false,
  ),
  template(
    'pdd_48h',
    '拼多多：成团付款后 48 小时发货',
    'Pinduoduo: ship within 48 h of payment',
    'pinduoduo',
    'paid',
    'dispatched',
    2_880,
    240,
  ),
  template(
    'pickup_24h',
    '面单生成后 24 小时揽收',
    'Picked up within 24 h of the waybill',
    '*',
    'waybill_issued',
    'picked_up',
    1_440,
    180,
  ),
  template(
    'deliver_7d',
    '发货后 7 天签收',
    'Delivered within 7 days of dispatch',
    '*',
    'dispatched',
    'delivered',
    10_080,
    1_440,
  ),
]

function template(
  id: string,
  zh: string,
  en: string,
  kind: string,
  starts: Start,
  keeps: Keep,
  minutes: number,
  warnMinutes: number,
  platformFirst = true,
): RuleTemplate {
  return { id, zh, en, kind, starts, keeps, minutes, platformFirst, warnMinutes }
}
