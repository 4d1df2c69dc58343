import type { Invariant } from '../invariant.ts'
import { type Breach, invariant } from './parts.ts'

// An order's locks and plan follow its facts by the journal. What they must agree on with the order is looked at where the reader
// `order-stock` has come past everything that was said of it; what they must agree on with each other holds at every commit.

const ORDER_STOCK: readonly Invariant[] = [
  invariant(
    'order-stock',
    'OK1',
    'An order counts its holds up, and names the one it made last.',
    async ({ db }) => db<Breach>`
      select 'order ' || s.order_id || ' names the hold ' || s.hold_key || ' in generation ' || s.generation as words
      from order_stock s left join stock_hold h on h.key = s.hold_key
      where s.hold_key is not null and (h.id is null or h.owner_kind <> 'order' or h.owner <> s.order_id::text
        or s.hold_key <> 'hub:order:' || s.order_id || ':' || split_part(s.hold_key, ':', 4)
        or split_part(s.hold_key, ':', 4)::int > s.generation) order by 1 limit 20`,
  ),
  invariant(
    'order-stock',
    'OK2',
    'A locked order holds goods, an ended one holds none, and one that is short says why.',
    async ({ db }) => db<Breach>`
      with behind as (
        select distinct j.order_id from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'order-stock' and j.order_id is not null
      ), held as (
        select h.owner::bigint as order_id, sum(l.open) as pieces from stock_hold h join stock_hold_line l on l.hold_id = h.id
        where h.owner_kind = 'order' and h.key like 'hub:order:%' and l.open > 0 group by 1
      )
      select 'order ' || s.order_id || ' is ' || s.state || ' and holds ' || coalesce(held.pieces, 0) || ' pieces' as words
      from order_stock s left join held using (order_id) left join stock_hold last on last.key = s.hold_key
      where (s.state in ('none', 'waiting', 'released', 'returned') and held.pieces > 0)
        or (s.state = 'locked' and held.pieces is null and last.state = 'held')
        or (s.state = 'short' and s.shortage is null and s.code is null)
      union all select 'order ' || o.order_no || ' is ' || o.status || ' and holds ' || held.pieces || ' pieces' from held join sales_order o on o.id = held.order_id
      where o.status in ('picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'completed', 'returning', 'returned', 'refunded', 'cancelled')
        and not exists (select from behind where behind.order_id = o.id)
        and not exists (select from journal_skipped x join journal j on j.id = x.journal_id where j.order_id = o.id)
        and not exists (select from transfer t where t.order_id = o.id)
      order by 1 limit 20`,
  ),
  invariant(
    'order-stock',
    'OK3',
    'An order that changed what it wants holds by one lock: the new one or the old, unless a transfer brings goods to it.',
    async ({ db }) => db<Breach>`
      select 'order ' || h.owner || ' holds by ' || count(*) || ' locks: ' || string_agg(h.key, ', ' order by h.key) as words
      from stock_hold h where h.owner_kind = 'order' and h.key like 'hub:order:%' and h.state = 'held'
        and not exists (select from transfer t where t.order_id::text = h.owner)
      group by h.owner having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'order-stock',
    'OK5',
    'Without any counted level no order is looked at.',
    async ({ db }) => db<Breach>`
      select 'order ' || order_id || ' is ' || state || ', and nothing is counted' as words from order_stock
      where not exists (select from stock_level) order by 1 limit 20`,
  ),
  invariant(
    'order-stock',
    'OK6',
    'What came back is put back once: of an order no more than left for it.',
    async ({ db }) => db<Breach>`
      with back as (
        select evidence ->> 'orderId' as order_id, sku, warehouse, sum(physical) as pieces from stock_movement
        where cause = 'return' and evidence ? 'orderId' group by 1, 2, 3
      ), gone as (
        select h.owner as order_id, m.sku, m.warehouse, -sum(m.physical) as pieces from stock_movement m join stock_hold h on h.id = m.hold_id
        where m.cause = 'commit' and h.owner_kind = 'order' group by 1, 2, 3
      )
      select 'order ' || order_id || ': ' || sku || ' @ ' || warehouse || ' ' || back.pieces || ' put back, ' || coalesce(gone.pieces, 0) || ' left' as words
      from back left join gone using (order_id, sku, warehouse) where back.pieces > coalesce(gone.pieces, 0) order by 1 limit 20`,
  ),
]

const FULFILMENT: readonly Invariant[] = [
  invariant(
    'fulfilment',
    'FU1',
    'Of what is locked the open parcels are the lines of the holds, piece by piece.',
    async ({ db }) => db<Breach>`
      with plans as (
        select p.order_id, p.order_no from order_plan p join order_stock s on s.order_id = p.order_id
        join stock_hold h on h.key = s.hold_key and h.state = 'held'
        where p.state in ('locked', 'held') and s.state = 'locked' and not exists (
            select from order_plan mate join order_stock t on t.order_id = mate.order_id
            where mate.lead_id = p.lead_id and mate.state not in ('left', 'ended') and t.state <> 'locked')
          and not exists (select from transfer t where t.order_id = p.order_id)
      ), packed as (
        select c.order_id, c.sku, pp.warehouse, coalesce(sum(c.quantity) filter (where pp.state = 'planned'), 0) as pieces,
          coalesce(sum(c.quantity) filter (where pp.state = 'left'), 0) as printed
        from plan_piece c join plan_parcel pp on pp.id = c.parcel_id
        where pp.state <> 'void' and not pp.waits group by 1, 2, 3
      ), held as (
        select h.owner::bigint as order_id, l.sku, l.warehouse, sum(l.open) as pieces
        from stock_hold h join stock_hold_line l on l.hold_id = h.id
        where h.owner_kind = 'order' and h.key like 'hub:order:%' and l.open > 0 group by 1, 2, 3
      )
      select 'order ' || plans.order_no || ': ' || sku || ' @ ' || coalesce(warehouse, '?') || ' ' || coalesce(packed.pieces, 0)
        || ' in parcels, ' || coalesce(held.pieces, 0) || ' held' as words
      from (packed full join held using (order_id, sku, warehouse)) join plans using (order_id)
      -- What is printed and not handed over yet is held beside what is still to be printed.
      where coalesce(held.pieces, 0) not between coalesce(packed.pieces, 0) and coalesce(packed.pieces + packed.printed, 0) order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU2',
    'A plan keeps the versions that decided it, and they are there.',
    async ({ db }) => db<Breach>`
      select 'plan of ' || p.order_no || ' (' || p.revision || ') was decided by a version ' || v.id || ' that nobody has' as words
      from order_plan p cross join lateral (values (p.review_version), (p.split_version), (p.sourcing_version), (p.freight_version)) as v (id)
      where v.id is not null and not exists (select from rule_version r where r.id = v.id)
      union all select 'plan of ' || order_no || ' has the revision ' || revision from order_plan where revision < 0
      order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU3',
    'A plan in review says by code and words what it waits for.',
    async ({ db }) => db<Breach>`
      select 'plan of ' || order_no || ' is in review without a reason' as words from order_plan
      where state = 'review' and (code is null or zh = '' or en = '') order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU4',
    'A plan is held exactly while an open hold or its channel says so, and nothing wants a waybill under one.',
    async ({ db }) => db<Breach>`
      with held as (
        select p.lead_id, min(h.at) as at from plan_hold h join order_plan p on p.order_id = h.order_id where h.released_at is null group by 1
      ), on_hold as (
        select p.lead_id from order_plan p join sales_order o on o.id = p.order_id where o.status = 'on_hold'
      ), behind as (
        select p.lead_id from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id) join order_plan p on p.order_id = j.order_id
        where r.name = 'order-stock'
      )
      select 'plan of ' || p.order_no || ' is held, and nobody holds it' as words from order_plan p
      where p.state = 'held' and not exists (select from held where held.lead_id = p.lead_id)
        and not exists (select from on_hold where on_hold.lead_id = p.lead_id) and not exists (select from behind where behind.lead_id = p.lead_id)
      union all select 'plan of ' || p.order_no || ' is ' || p.state || ', and its channel holds it' from order_plan p
      where p.state in ('planned', 'locked') and p.lead_id in (select lead_id from on_hold) and p.lead_id not in (select lead_id from behind)
      union all select 'plan of ' || p.order_no || ' is ' || p.state || ', and somebody holds it' from order_plan p
      join held on held.lead_id = p.lead_id where p.state in ('planned', 'locked') and p.updated_at >= held.at
      union all select 'waybill ' || w.reference || ' was wanted ' || (w.wanted_at - held.at) || ' after its plan was held'
      from held join order_plan p on p.order_id = held.lead_id and p.state = 'held' join waybill w on w.lead_id = held.lead_id
      where w.wanted_at > held.at and w.state in ('wanted', 'asking') and w.parcel_no like 'P%' order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU5',
    'What a person changed is in the history of the order with who and why.',
    async ({ db }) => db<Breach>`
      select 'plan event ' || id || ' (' || what || ') of order ' || order_id || ' names nobody' as words from plan_event where actor = ''
      union all select 'hold ' || id || ' of order ' || order_id || ' names nobody or no reason' from plan_hold
      where placed_by = '' or reason = '' or (released_at is null) <> (released_by is null) order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU6',
    'Every piece of a planned order is in exactly one parcel.',
    async ({ db }) => db<Breach>`
      with behind as (
        select distinct j.order_id from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'order-stock' and j.order_id is not null
      ), packed as (
        select c.order_id, c.line_id, sum(c.quantity) as pieces from plan_piece c join plan_parcel pp on pp.id = c.parcel_id
        where pp.state <> 'void' group by 1, 2
      )
      select 'order ' || p.order_no || ' line ' || l.line_id || ': ' || l.quantity || ' ordered, ' || coalesce(packed.pieces, 0)
        || ' in parcels' as words
      from order_plan p join order_line l on l.order_id = p.order_id left join packed on packed.order_id = l.order_id and packed.line_id = l.line_id
      where p.state in ('planned', 'locked') and coalesce(packed.pieces, 0) <> l.quantity
        and not exists (select from sku_bundle b where b.bundle_sku = l.stock_sku)
        and not exists (select from behind where behind.order_id = p.order_id)
        and not exists (select from plan_parcel gone where gone.lead_id = p.lead_id and gone.state = 'left') order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU7',
    'Orders that are merged are planned under one of them, and an order is in one group at a time.',
    async ({ db }) => db<Breach>`
      select 'order ' || order_id || ' is in ' || count(*) || ' groups' as words from order_group_member where left_at is null
      group by order_id having count(*) > 1
      union all select 'group ' || p.group_id || ' is planned under ' || count(distinct p.lead_id) || ' orders' from order_plan p
      join order_group_member m on m.group_id = p.group_id and m.order_id = p.order_id and m.left_at is null
      where p.state not in ('left', 'ended') group by p.group_id having count(distinct p.lead_id) > 1
      order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU8',
    'An order that planning failed on is in review.',
    async ({ db }) => db<Breach>`
      select 'plan of ' || order_no || ' failed and is ' || state as words from order_plan
      where code = 'fulfilment.plan_failed' and state <> 'review' order by 1 limit 20`,
  ),
  invariant(
    'fulfilment',
    'FU9',
    'What waits for goods is a gift, and nothing is held for it; what does not wait has a warehouse.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || pp.parcel_no || ' waits, and holds ' || c.quantity || ' of ' || c.sku || ', which is no gift' as words
      from plan_parcel pp join plan_piece c on c.parcel_id = pp.id where pp.waits and pp.state = 'planned' and not c.gift
        and not exists (select from sku_gift g where g.gift_sku = c.sku)
      union all select 'parcel ' || parcel_no || ' leaves from nowhere' from plan_parcel where not waits and warehouse is null and state = 'planned'
      order by 1 limit 20`,
  ),
  invariant(
    'splitting',
    'SP-1',
    'A piece is in one parcel that counts: of no line more is packed than there is of it.',
    async ({ db }) => db<Breach>`
      with behind as (
        select distinct j.order_id from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'order-stock' and j.order_id is not null
      ), packed as (
        select pp.lead_id, c.unit, sum(c.quantity) as pieces, min(l.quantity * coalesce(b.quantity, 1)) as ordered
        from plan_parcel pp join plan_piece c on c.parcel_id = pp.id
          join order_line l on l.order_id = c.order_id and l.line_id = c.line_id
          left join sku_bundle b on b.bundle_sku = l.stock_sku and b.part_sku = c.sku and b.updated_at < pp.planned_at
        where pp.state <> 'void' and (l.stock_sku = c.sku or b.part_sku is not null)
          and not exists (select from behind where behind.order_id = c.order_id)
        group by pp.lead_id, c.unit
      )
      select 'plan of order ' || lead_id || ': ' || pieces || ' of ' || ordered || ' pieces of ' || unit || ' are packed' as words
      from packed where pieces > ordered order by 1 limit 20`,
  ),
  invariant(
    'splitting',
    'SP-2',
    'A gift that is bound hard is in a parcel with its product.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || pp.parcel_no || ': the gift ' || c.sku || ' travels without ' || g.main_sku as words
      from plan_parcel pp join plan_piece c on c.parcel_id = pp.id and c.gift join sku_gift g on g.gift_sku = c.sku and g.binding = 'hard'
      where pp.state = 'planned' and not pp.waits and pp.planned_at > g.updated_at
        and exists (select from plan_parcel o join plan_piece m on m.parcel_id = o.id
          where o.lead_id = pp.lead_id and o.state <> 'void' and m.sku = g.main_sku)
        and not exists (select from plan_piece m where m.parcel_id = pp.id and m.sku = g.main_sku) order by 1 limit 20`,
  ),
  invariant(
    'sourcing',
    'SO1',
    'Every parcel that counts has something in it.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || pp.parcel_no || ' is empty' as words from plan_parcel pp
      where pp.state <> 'void' and not exists (select from plan_piece c where c.parcel_id = pp.id) order by 1 limit 20`,
  ),
  invariant(
    'sourcing',
    'SO2',
    'A parcel leaves from a warehouse that there is.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || pp.parcel_no || ' leaves from ' || pp.warehouse || ', which nobody has' as words from plan_parcel pp
      where pp.state = 'planned' and pp.warehouse is not null and not exists (select from warehouse w where w.code = pp.warehouse)
      order by 1 limit 20`,
  ),
]

const FREIGHT: readonly Invariant[] = [
  invariant(
    'freight',
    'FR-1',
    'The parts of a quote add up to its amount.',
    async ({ db }) => db<Breach>`
      select 'quote ' || q.id || ' of ' || q.order_no || ': ' || q.amount_minor || ', its parts are ' || p.sum as words from freight_quote q
      cross join lateral (select coalesce(sum((part ->> 'amount')::bigint), 0) as sum from jsonb_array_elements(q.parts) part) p
      where q.amount_minor <> p.sum order by 1 limit 20`,
  ),
  invariant(
    'freight',
    'FR-6',
    'What rules waive is not charged: after it nothing is left of what stood before.',
    async ({ db }) => db<Breach>`
      with parts as (
        select q.order_no, q.id, part ->> 'node' as node, v.model,
          sum((part ->> 'amount')::bigint) over (partition by q.id order by nth) as so_far
        from freight_quote q join rule_version v on v.id = q.version_id
        cross join lateral jsonb_array_elements(q.parts) with ordinality as p (part, nth)
      )
      select 'quote ' || parts.id || ' of ' || order_no || ': ' || so_far || ' is left after ' || parts.node || ' waived all' as words
      from parts cross join jsonb_array_elements(parts.model -> 'nodes') n
      where n ->> 'id' = parts.node and n ->> 'action' = 'waive' and so_far <> 0 order by 1 limit 20`,
  ),
  invariant(
    'freight',
    'FR-5',
    'An order has at most one current quote.',
    async ({ db }) => db<Breach>`
      select 'order ' || order_id || ' has ' || count(*) || ' current quotes' as words from freight_quote where is_current
      group by order_id having count(*) > 1 order by 1 limit 20`,
  ),
]

/** Locks of orders, plans, parcels, quotes. */
export const PLANS: readonly Invariant[] = [...ORDER_STOCK, ...FULFILMENT, ...FREIGHT]
