import { ruleOfCondition } from '#features/review/index.ts'
import { fragment } from '#platform/postgres/fragment.ts'

/** A paid order for which stock lacks, or that left without its goods ever having been in the ledger. */
export const stockShortage = ruleOfCondition({
  id: 'stock_shortage',
  zh: '缺货',
  en: 'Short of stock',
  minutes: 5,
  dueMinutes: 120,
  severity: 'warning',
  next: {
    zh: '补货或调拨；急单可在订单里看释放哪笔锁库代价最小',
    en: 'Restock or transfer; where it is urgent, the order shows whose lock costs least to release',
    action: 'open_order',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select s.order_id as key, s.order_id, s.connection_id, s.since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'code', s.code, 'sku', s.shortage #>> '{0,sku}',
        'wanted', (s.shortage #>> '{0,wanted}')::int, 'had', (s.shortage #>> '{0,had}')::int,
        'skus', jsonb_array_length(coalesce(s.shortage, '[]'::jsonb))) as evidence
    from order_stock s join sales_order o on o.id = s.order_id
    where s.state = 'short' and s.since <= ${before}
      and (s.code <> 'order_stock.left_unlocked' or s.since > ${before}::timestamptz - interval '3 days')
      and ${among(fragment`s.order_id`)}`,
  words: ({ evidence: { code, sku, wanted, had, skus } }) => {
    if (code === 'order_stock.left_unlocked')
      return {
        zh: '货已发出，但发货前从未锁到库存：账面上没有过这些货，请盘点',
        en: 'It left without its goods ever having been locked: the ledger has less than there was, count it',
      }
    if (sku === null || sku === undefined)
      return {
        zh: '锁库被人工释放，正在等其他订单先用',
        en: 'Its lock was freed by a person; others go first',
      }
    const more = Number(skus ?? 1) > 1
    return {
      zh: `${sku} 需 ${wanted} 件，可用 ${had} 件${more ? `，另有 ${Number(skus) - 1} 个 SKU 也不足` : ''}`,
      en: `${sku}: ${wanted} wanted, ${had} to be had${more ? `, and ${Number(skus) - 1} more SKUs lack` : ''}`,
    }
  },
})
