import type { CodeEntry } from '#domain/claim.ts'

/**
 * One code per column that tells when something happened; `part_` where only some of an order's rows say so and no tracking
 * number tells which parcel. `status:…` codes are the file's own words: they are in no table, the template's status map
 * publishes them as rules of the connection, and what nobody has decided is parked.
 */
export const FILE_CODES: readonly CodeEntry[] = [
  { code: 'column:placed', fact: 'placed', zh: '下单时间', en: 'placed' },
  { code: 'column:paid', fact: 'paid', zh: '付款时间', en: 'paid' },
  // The shop says that it handed the goods over; that a carrier took them is for the carrier's own scan to say.
  {
    code: 'column:handed_over',
    fact: 'dispatched',
    zh: '发货时间（交给承运商）',
    en: 'handed to the carrier',
  },
  {
    code: 'column:part_handed_over',
    fact: 'part_dispatched',
    zh: '部分行已发货',
    en: 'some rows handed over',
  },
  { code: 'column:picked_up', fact: 'picked_up', zh: '揽收时间', en: 'picked up' },
  { code: 'column:part_picked_up', fact: 'part_dispatched', zh: '部分行已揽收', en: 'some rows picked up' },
  {
    code: 'column:tracking_no',
    fact: 'waybill_issued',
    zh: '有运单号、无发货时间',
    en: 'tracking number, no time',
  },
  { code: 'column:delivered', fact: 'delivered', zh: '签收时间', en: 'delivered' },
  { code: 'column:part_delivered', fact: 'none', zh: '部分行已签收', en: 'some rows delivered' },
  { code: 'column:completed', fact: 'completed', zh: '完成时间', en: 'completed' },
  { code: 'column:cancelled', fact: 'cancelled', zh: '取消时间', en: 'cancelled' },
  { code: 'column:part_cancelled', fact: 'none', zh: '部分行已取消', en: 'some rows cancelled' },
]
