-- Indexes that follow the order list's own questions; each replaces one or holds few rows, so that writing an order costs no more.

-- Exact and by the number's beginning, under any collation.
drop index sales_order_no;
create index sales_order_no on sales_order (order_no text_pattern_ops);

-- One shop, with or without a status: the list reads one short stretch per status and merges them.
drop index sales_order_connection;
create index sales_order_connection on sales_order (connection_id, status, sort_at desc, id desc);

-- The deadline queue, also of statuses that a later rule may let wait.
drop index sales_order_due;
create index sales_order_due on sales_order (status, ship_by, id) where ship_by is not null;

-- Orders that left although they were cancelled are few even among those with drift.
create index sales_order_drift_status on sales_order (status, sort_at desc, id desc) where drift_count > 0;

-- 售后中 means that somebody owes an answer; answered ones are history.
drop index sales_order_after_sale;
create index sales_order_after_sale on sales_order (sort_at desc, id desc) where after_sale = 'requested';

-- Refused deliveries are few and looked for often.
create index inbox_message_refused on inbox_message (verdict, id desc) where verdict in ('rejected', 'challenge');

-- A message's subjects lie beside each other, since messages are read nearly in the order of their ids.
create index inbox_subject_message on inbox_subject using brin (message_id) with (pages_per_range = 16, autosummarize = on);

-- The longest disagreements of a period.
create index drift_since on drift (since, order_id);

create unique index saved_view_name on saved_view (owner, name);
