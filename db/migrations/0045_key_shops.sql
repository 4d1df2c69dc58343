-- A key or a person may be confined to some shops, by the ids of their connections. Null: all, also those that come later. An
-- administrator is never confined: somebody has to be able to lift it.
alter table api_key add column shops text[],
  add constraint api_key_shops_check check (shops is null or cardinality(shops) between 1 and 200);
alter table account add column shops text[],
  add constraint account_shops_check check (shops is null or cardinality(shops) between 1 and 200 and role <> 'admin');
