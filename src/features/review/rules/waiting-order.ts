import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** An order that waits to leave holds a shop SKU that nobody has matched to a stock SKU: no warehouse can pick it. */
export const unmatchedSku = ruleOfCondition({
  id: 'unmatched_sku',
  zh: 'SKU 未匹配',
  en: 'SKU not matched',
  minutes: 10,
  dueMinutes: 120,
  severity: 'warning',
  next: {
    zh: '给店铺 SKU 对上库存 SKU，同码订单会一起放行',
    en: 'Match the shop SKU to a stock SKU; all orders with it go on',
    action: 'match_skus',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select o.id as key, o.id as order_id, o.connection_id, coalesce(o.paid_at, o.sort_at) as since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'lines', o.unmatched_lines, 'shopSku', (
        select min(l.shop_sku) from order_line l where l.order_id = o.id and l.stock_sku is null)) as evidence
    from sales_order o
    where o.unmatched_lines > 0 and o.status in ('awaiting_shipment', 'partially_shipped', 'on_hold')
      and coalesce(o.paid_at, o.sort_at) <= ${before} and ${among(fragment`o.id`)}`,
  words: ({ evidence }) => ({
    zh: `${evidence.lines} 行商品没有对应的库存 SKU（${evidence.shopSku ?? '无编码'}）`,
    en: `${evidence.lines} ${evidence.lines === 1 ? 'line has' : 'lines have'} no stock SKU (${evidence.shopSku ?? 'no code'})`,
  }),
})

/** Held (group buy, risk review, customs, address change) for hours. The clock starts with the latest hold. */
export const onHold = ruleOfCondition({
  id: 'on_hold',
  zh: '暂不可发过久',
  en: 'On hold too long',
  minutes: 1_440,
  dueMinutes: 480,
  severity: 'info',
  next: {
    zh: '查清卡在哪一步（成团、风控、清关、改地址），必要时重新拉取订单',
    en: 'Find out what holds it (group, risk, customs, address), fetch the order again where needed',
    action: 'refetch_order',
  },
  about: 'order',
  // Orders on hold may be a hundred thousand before a presale ends: facts are only read of those that have no case yet.
  condition: ({ before, among }) => fragment`
    select h.id as key, h.id as order_id, h.connection_id, coalesce(f.at, h.clock) as since, h.ship_by as deadline,
      jsonb_build_object('orderNo', h.order_no) as evidence
    from (
      select o.id, o.connection_id, o.order_no, o.ship_by, coalesce(o.paid_at, o.sort_at) as clock from sales_order o
      where o.status = 'on_hold' and coalesce(o.paid_at, o.sort_at) <= ${before} and ${among(fragment`o.id`)}
      offset 0
    ) h
    left join lateral (
      select max(coalesce(f.at, f.received_at)) as at from order_subject s join fact f on f.subject = s.subject
      where s.order_id = h.id and f.kind = 'held'
    ) f on true`,
  words: ({ minutes }) => ({
    zh: `暂不可发已超过 ${Math.round(minutes / 60)} 小时`,
    en: `On hold for more than ${Math.round(minutes / 60)} h`,
  }),
})
