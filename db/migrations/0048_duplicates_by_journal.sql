-- Duplicates are looked for by the journal: a mark by the time of an order's change passed over changes that were committed late, and
-- all that others changed once a process whose clock was ahead had moved it on.
drop table duplicate_look;
drop index sales_order_many_parcels;
