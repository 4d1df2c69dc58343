-- What a carrier may have made without our hearing of it, and for whom a waybill was made.
alter table waybill
  -- The account whose answer was lost: it may hold a number under our reference, so that no other one is asked meanwhile.
  add column doubtful_account_id bigint,
  -- Print of the recipient that the carrier was told (sales_order.recipient_key): an address that changes afterwards is seen by it.
  add column told_recipient text;
