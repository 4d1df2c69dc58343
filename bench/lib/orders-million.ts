import type { Database } from '#platform/postgres/database.ts'

export const ORDERS = 1_000_000

/**
 * A year of a busy seller, newest last, made by the database itself: 12 shops; the newest 1.5% are not shipped yet, 10% are on
 * their way, the rest is done; 1 to 2% have unmatched lines, drift, an open after-sale or a refused report.
 */
export async function fillOrders(db: Database): Promise<void> {
  for (let shop = 0; shop < 12; shop += 1)
    await db`insert into connection (id, kind, name, secrets, callback_token) values (${`c${shop}`}, 'pinduoduo', ${`店铺 ${shop}`}, '\\x00', ${`t${shop}`})`
  // In pieces: a statement may take a minute at most.
  const piece = 50_000
  for (let from = 1; from <= ORDERS; from += piece) await fillPiece(db, from, from + piece - 1)
  await db`
    insert into order_tally (connection_id, status, slot, count)
    select connection_id, status, 0, count(*) from sales_order group by 1, 2`
  await db.raw('vacuum analyze sales_order')
  await db.raw('vacuum analyze order_subject')
}

async function fillPiece(db: Database, from: number, to: number): Promise<void> {
  await db`
    with made as (
      select g, 'c' || (g % 12) as connection_id, '26' || lpad((g * 7919 % 1000000000)::text, 9, '0') || '-' || lpad(g::text, 9, '0') as order_no,
        now() - (1000000 - g) * interval '31 seconds' as placed,
        case
          when g > 985000 then (array['pending_payment', 'awaiting_shipment', 'awaiting_shipment', 'on_hold', 'partially_shipped'])[1 + g % 5]
          when g > 960000 then 'shipped'
          when g > 880000 then (array['in_transit', 'picked_up', 'out_for_delivery'])[1 + g % 3]
          when g > 800000 then 'delivered'
          when g % 19 = 0 then 'cancelled' when g % 41 = 0 then 'refunded' when g % 97 = 0 then 'returned'
          else 'completed'
        end as status
      from generate_series(${from}::bigint, ${to}::bigint) g
    ), orders as (
      insert into sales_order (id, connection_id, order_no, status, placed_at, paid_at, shipped_at, delivered_at, ship_by, currency,
        payable_minor, item_count, parcel_count, unmatched_lines, drift_count, after_sale, report, region, recipient_masked,
        buyer_note, seller_note, first_title, sort_at, record, digest)
      select g, connection_id, order_no, status, placed, placed + interval '3 minutes',
        case when sent then placed + interval '9 hours' end, case when status in ('delivered', 'completed') then placed + interval '3 days' end,
        placed + interval '48 hours', 'CNY', 1000 + g % 50000, 1 + g % 3, sent::int,
        (g % 97 = 0)::int, (g % 61 = 0)::int, case when g % 53 = 0 then 'requested' when g % 31 = 0 then 'closed' else 'none' end,
        case when not sent then 'none' when g % 211 = 0 then 'refused' when g % 401 = 0 then 'unknown' when g % 1009 = 0 then 'due' else 'accepted' end,
        '广东省', '张** 138****' || lpad((g % 10000)::text, 4, '0'), case when g % 20 = 0 then '请尽快发货，不要放快递柜 ' || (g % 1000) end,
        case when g % 50 = 0 then '加急 ' || (g % 1000) end,
        (array['纯棉短袖T恤', '加厚保温杯', '无线蓝牙耳机', '儿童积木', '真皮斜挎包', '不锈钢炒锅', '运动手表', '春季连衣裙', '坚果礼盒', '办公椅'])[1 + g % 10] || ' 款' || (g % 5000),
        placed,
        jsonb_build_object('trackingNos', case when sent then jsonb_build_array('SF' || (1000000000000 + g)) else '[]'::jsonb end,
          'parcels', jsonb_build_array(jsonb_build_object('trackingNo', 'SF' || (1000000000000 + g), 'carrier', 'SF', 'status', 'issued', 'facts', 5)),
          'lines', jsonb_build_array(jsonb_build_object('lineId', '1', 'shopSku', 'SKU-' || (g % 5000), 'title', '商品', 'quantity', 1 + g % 3)),
          'notes', jsonb_build_object('buyer', repeat('x', 300))),
        decode(md5(g::text), 'hex')
      from (select *, status in ('partially_shipped', 'shipped', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'completed', 'returned') as sent from made) m
      returning id, connection_id, order_no, record
    )
    insert into order_subject (subject, order_id)
    select unnest(array['order:' || connection_id || ':' || order_no, 'parcel:SF' || (1000000000000 + id)]), id from orders`
}
