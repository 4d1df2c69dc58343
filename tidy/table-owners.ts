/** The one folder that writes a table. Others read it, ask the owner, or follow the journal. */
export const TABLE_OWNERS: Readonly<Record<string, string>> = {
  account: 'src/features/identity',
  account_session: 'src/features/identity',
  api_key: 'src/features/identity',
  audit_entry: 'src/features/identity',
  connection: 'src/features/connections',
  connection_cursor: 'src/features/pull',
  drift: 'src/features/orders',
  fact: 'src/features/orders',
  inbox_key: 'src/platform/inbox',
  inbox_message: 'src/platform/inbox',
  inbox_subject: 'src/platform/inbox',
  inbox_task: 'src/platform/inbox',
  job: 'src/platform/jobs',
  journal: 'src/platform/journal',
  mapping_unknown: 'src/features/intake',
  mapping_version: 'src/features/mapping',
  order_key: 'src/features/orders',
  order_line: 'src/features/orders',
  order_register: 'src/features/orders',
  order_subject: 'src/features/orders',
  order_tally: 'src/features/orders',
  outbox_intent: 'src/platform/outbox',
  sales_order: 'src/features/orders',
  saved_view: 'src/features/orders',
  setting: 'src/features/settings',
  sign_in_failure: 'src/features/identity',
  sign_in_link: 'src/features/identity',
  sku_mapping: 'src/features/skus',
}

/** May delete from any table of the platform: what is older than the hub keeps. */
export const UPKEEP = 'src/platform/partitions/'
