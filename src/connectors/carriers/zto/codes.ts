import type { CodeEntry } from '#domain/claim.ts'

/**
 * ZTO speaks three vocabularies with words in common, so the channel stands before the code: a pushed ARRIVAL has reached a site, a
 * queried ARRIVAL was put into a locker. Returns and problems are in no public table of the push; they show up as unknown codes.
 */
export const ZTO_CODES: readonly CodeEntry[] = [
  { code: 'push:GOT', fact: 'picked_up', zh: '推送：已揽收', en: 'pushed: picked up' },
  { code: 'push:DEPARTURE', fact: 'in_transit', zh: '推送：快件离开', en: 'pushed: left a site' },
  { code: 'push:ARRIVAL', fact: 'in_transit', zh: '推送：快件已到达', en: 'pushed: reached a site' },
  { code: 'push:DISPATCH', fact: 'out_for_delivery', zh: '推送：正在派件', en: 'pushed: out for delivery' },
  {
    code: 'push:INBOUND',
    fact: 'ready_for_pickup',
    zh: '推送：驿站或柜代收',
    en: 'pushed: taken in by a pickup point',
  },
  {
    code: 'push:HANDOVERSCAN_SIGNED',
    fact: 'ready_for_pickup',
    zh: '推送：已投递门店',
    en: 'pushed: handed to a shop',
  },
  { code: 'push:SIGNED', fact: 'delivered', zh: '推送：已签收', en: 'pushed: delivered' },
  {
    code: 'push:DEPARTURE_SIGNED',
    fact: 'delivered',
    zh: '推送：凭取货码签收',
    en: 'pushed: collected with its code',
  },
  { code: 'query:收件', fact: 'picked_up', zh: '查询：收件', en: 'queried: picked up' },
  { code: 'query:发件', fact: 'in_transit', zh: '查询：发件', en: 'queried: left a site' },
  { code: 'query:到件', fact: 'in_transit', zh: '查询：到件', en: 'queried: reached a site' },
  { code: 'query:转单', fact: 'in_transit', zh: '查询：转单', en: 'queried: goes on under another number' },
  { code: 'query:安检', fact: 'in_transit', zh: '查询：安检', en: 'queried: security check' },
  { code: 'query:派件', fact: 'out_for_delivery', zh: '查询：派件', en: 'queried: out for delivery' },
  { code: 'query:签收', fact: 'delivered', zh: '查询：签收', en: 'queried: delivered' },
  { code: 'query:退件', fact: 'returning', zh: '查询：退件', en: 'queried: on its way back' },
  { code: 'query:问题件', fact: 'exception', zh: '查询：问题件', en: 'queried: problem' },
  { code: 'query:事件', fact: 'exception', zh: '查询：事件', en: 'queried: incident' },
  {
    code: 'query:ARRIVAL',
    fact: 'ready_for_pickup',
    zh: '查询：派件入柜',
    en: 'queried: put into a locker',
  },
  { code: 'query:SIGNED', fact: 'delivered', zh: '查询：出柜签收', en: 'queried: collected from a locker' },
  {
    code: 'query:DELIVERY',
    fact: 'out_for_delivery',
    zh: '查询：上门派送',
    en: 'queried: delivered to the door',
  },
  {
    code: 'query:DEPARTURE',
    fact: 'exception',
    zh: '查询：派件异常出站',
    en: 'queried: taken out of the locker, not delivered',
  },
  { code: 'query:1', fact: 'picked_up', zh: '查询：转单后收件', en: 'queried after a new number: picked up' },
  {
    code: 'query:2',
    fact: 'in_transit',
    zh: '查询：转单后发件',
    en: 'queried after a new number: left a site',
  },
  {
    code: 'query:3',
    fact: 'in_transit',
    zh: '查询：转单后到件',
    en: 'queried after a new number: reached a site',
  },
  {
    code: 'query:4',
    fact: 'out_for_delivery',
    zh: '查询：转单后派件',
    en: 'queried after a new number: out for delivery',
  },
  { code: 'query:5', fact: 'delivered', zh: '查询：转单后签收', en: 'queried after a new number: delivered' },
  {
    code: 'query:7',
    fact: 'delivered',
    zh: '查询：第三方签收',
    en: 'queried after a new number: delivered by a third party',
  },
  {
    code: 'query:8',
    fact: 'returning',
    zh: '查询：转单后退件',
    en: 'queried after a new number: on its way back',
  },
  {
    code: 'query:9',
    fact: 'in_transit',
    zh: '查询：再次转单',
    en: 'queried after a new number: once more under another',
  },
  {
    code: 'query:44',
    fact: 'ready_for_pickup',
    zh: '查询：第三方进站',
    en: 'queried after a new number: at a pickup point',
  },
  {
    code: 'query:45',
    fact: 'out_for_delivery',
    zh: '查询：第三方出站',
    en: 'queried after a new number: left the pickup point',
  },
]
