import type { Invariant } from '../invariant.ts'
import { type Breach, invariant } from './parts.ts'

// What a plan must be by the goods themselves and by what the seeded world's rules ask for (危险品与冷链拆单: dangerous goods never beside
// others, 20 kg a parcel): reckoned from the rows and by none of the product's own code.

const MOST_G = 20_000

const OF_PLANS: readonly Invariant[] = [
  invariant(
    'fulfilment',
    'FU11',
    'What the buyer pays for a line is in its parcels, to the last minor unit.',
    async ({ db }) => db<Breach>`
      with behind as (
        select distinct j.order_id from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'order-stock' and j.order_id is not null
      ), packed as (
        select c.order_id, c.line_id, sum(c.value_minor) as minor from plan_piece c join plan_parcel pp on pp.id = c.parcel_id
        where pp.state <> 'void' group by 1, 2
      )
      select 'order ' || p.order_no || ' line ' || (l ->> 'lineId') || ': ' || worth.minor || ' is paid, ' || packed.minor || ' is in parcels' as words
      from order_plan p join sales_order o on o.id = p.order_id cross join jsonb_array_elements(o.record -> 'lines') l
      cross join lateral (select round(coalesce((l #>> '{paid,amount}')::numeric,
        (l #>> '{unitPrice,amount}')::numeric * (l ->> 'quantity')::int) * 100)::bigint as minor) worth
      join packed on packed.order_id = p.order_id and packed.line_id = l ->> 'lineId'
      where p.state in ('planned', 'locked') and worth.minor <> packed.minor
        and not exists (select from behind where behind.order_id = p.order_id)
        and not exists (select from plan_parcel gone where gone.lead_id = p.lead_id and gone.state = 'left') order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU12',
    'A gift is planned as a gift, and what is paid for is not.',
    async ({ db }) => db<Breach>`
      select 'order ' || p.order_no || ' line ' || l.line_id || case when l.gift then ' is a gift, planned as goods' else ' is goods, planned as a gift' end as words
      from plan_piece c join plan_parcel pp on pp.id = c.parcel_id and pp.state <> 'void'
      join order_line l on l.order_id = c.order_id and l.line_id = c.line_id join order_plan p on p.order_id = c.order_id
      where p.state in ('planned', 'locked', 'left') and c.gift <> l.gift and not exists (
        select from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'order-stock' and j.order_id = c.order_id)
      order by 1 limit 20`,
  ),
  invariant(
    'splitting',
    'SP-3',
    'What may never share a parcel shares none, and none is beyond its limit, unless a person arranged it or one piece is.',
    async ({ db }) => db<Breach>`
      with boxes as (
        select pp.id, pp.parcel_no, p.split_version, sum(c.weight_g * c.quantity) as grams, count(*) filter (where c.weight_g is null) as unknown,
          max(c.weight_g) as heaviest, bool_or('hazmat' = any(f.tags)) as dangerous, bool_and(coalesce('hazmat' = any(f.tags), false)) as only_dangerous
        from plan_parcel pp join plan_piece c on c.parcel_id = pp.id join order_plan p on p.order_id = pp.lead_id
        left join sku_profile f on f.sku = c.sku and f.updated_at < pp.planned_at
        where pp.state = 'planned' and p.manual is null and p.split_version is not null group by pp.id, p.split_version
      )
      select 'parcel ' || parcel_no || ' holds dangerous goods beside others' as words from boxes join rule_version v on v.id = split_version
      where dangerous and not only_dangerous and v.model::text like '%never_together%'
      union all select 'parcel ' || parcel_no || ' weighs ' || grams || ' g' from boxes join rule_version v on v.id = split_version
      where unknown = 0 and grams > ${MOST_G} and heaviest <= ${MOST_G} and v.model::text like '%limit_weight%' order by 1 limit 20`,
  ),
]

const OF_RULES: readonly Invariant[] = [
  invariant(
    'rulebook',
    'R9',
    'The closest rules decide: those of a shop go before those of its platform and of all.',
    async ({ db }) => db<Breach>`
      with own as (
        select s.kind, s.connection_id, s.id, min(v.live_at) as since from rule_set s join rule_version v on v.set_id = s.id and v.live_at is not null
        where s.active and s.connection_id is not null and s.live_version is not null group by 1, 2, 3
      )
      select d.kind || ' of order ' || d.order_no || ' was decided by set ' || d.set_id || ', its shop has set ' || own.id as words
      from rule_decision d join own on own.kind = d.kind and own.connection_id = d.connection_id
      where d.set_id <> own.id and d.at > own.since order by d.id limit 20`,
  ),
  invariant(
    'rulebook',
    'R10',
    'A trial decides for about its share: a thousandth or less of the orders is next to none.',
    async ({ db }) => db<Breach>`
      select 'set ' || s.id || ' tries a version on ' || s.gray_bps || ' of ten thousand, and it decided for ' || count(distinct d.order_id) as words
      from rule_set s join rule_decision d on d.version_id = s.gray_version and d.arm = 'gray' and d.at > s.gray_started_at
      where s.gray_bps <= 10 and s.updated_at = s.gray_started_at group by s.id having count(distinct d.order_id) > 2 order by 1 limit 20`,
  ),
]

const OF_STOCK: readonly Invariant[] = [
  invariant(
    'sellable',
    'SE8',
    'What a channel is to be told of a single SKU is what its rule leaves of available less safety, and its quota.',
    async ({ db }) => db<Breach>`
      with rule as (
        select distinct on (l.connection_id, l.shop_sku) l.connection_id, l.shop_sku, l.stock_sku, l.wanted, l.wanted_at,
          p.warehouses, p.share_bps, p.floor_units, p.cap_units, p.zero_at
        from channel_listing l join channel_policy p on p.connection_id = l.connection_id and p.sku in (l.stock_sku, '*') and p.active and p.push
        where l.wanted is not null and l.state <> 'refused'
          and not exists (select from sku_bundle b where b.bundle_sku = l.stock_sku)
          and not exists (select from sku_gift g where g.gift_sku = l.stock_sku)
        order by l.connection_id, l.shop_sku, p.sku = '*'
      ), there as (
        select r.connection_id, r.shop_sku, coalesce(sum(greatest(0, s.available - s.safety)), 0) as shared,
          coalesce(sum(least(coalesce(q.left_over, 0), greatest(0, s.available + coalesce(q.left_over, 0)))), 0) as own
        from rule r left join (stock_level s join warehouse w on w.code = s.warehouse and w.active) on s.sku = r.stock_sku
          and (r.warehouses = '{}' or s.warehouse = any(r.warehouses))
        left join stock_quota q on q.sku = s.sku and q.warehouse = s.warehouse and q.channel = r.connection_id
        group by 1, 2
      ), said as (
        select r.*, case when t.shared + t.own <= r.zero_at then 0
          else least(greatest(floor(t.shared * r.share_bps / 10000.0) + t.own, r.floor_units), coalesce(r.cap_units, 2147483647)) end as figure
        from rule r join there t using (connection_id, shop_sku)
      )
      select connection_id || ' ' || shop_sku || ': ' || wanted || ' is wanted, ' || figure || ' may be sold' as words from said
      where wanted <> figure and not exists (
          select from stock_reader r join stock_movement m on (m.xact, m.id) > (r.xact, r.id) where r.name = 'sellable' and m.sku = said.stock_sku)
        and not exists (select from warehouse w where w.updated_at >= said.wanted_at)
        and not exists (select from channel_policy p where p.updated_at >= said.wanted_at)
        and not exists (select from stock_quota q where q.sku = said.stock_sku and q.updated_at >= said.wanted_at) order by 1 limit 20`,
  ),
]

/** Plans, rules and figures, reckoned once more from the rows alone. */
export const PLANNED_BY: readonly Invariant[] = [...OF_PLANS, ...OF_RULES, ...OF_STOCK]
