-- Where an order goes, as far as rules may know it, and whether two orders go to the same person and place.
alter table sales_order
  add column ship_country text,
  add column ship_province text,
  add column ship_city text,
  add column ship_district text,
  -- A keyed hash; of what only the platform can open, by the platform's own values.
  add column recipient_key text;
create index sales_order_recipient on sales_order (recipient_key, id) where recipient_key is not null and status in ('on_hold', 'awaiting_shipment');
-- How many orders a buyer of a shop paid before.
alter table sales_order add column buyer_id text;
create index sales_order_buyer on sales_order (connection_id, buyer_id, paid_at) where buyer_id is not null and paid_at is not null;
