import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { BackupCapability } from '../core/route.ts'

export async function readBackup(
  sql: Sql,
  connection: string,
  capability: BackupCapability,
): Promise<string | null> {
  const [row] = await sql<{ backup_id: string }>`
    select backup_id from outward_backup where connection_id = ${connection} and capability = ${capability}`
  return row?.backup_id ?? null
}

export type BackupRow = {
  readonly connection_id: string
  readonly capability: string
  readonly backup_id: string
}

export async function readBackups(sql: Sql): Promise<BackupRow[]> {
  return await sql<BackupRow>`
    select connection_id, capability, backup_id from outward_backup order by connection_id, capability`
}

export async function saveBackup(
  tx: Sql,
  row: BackupRow & { readonly by: string },
  now: Instant,
): Promise<void> {
  await tx`
    insert into outward_backup (connection_id, capability, backup_id, updated_by, updated_at)
    values (${row.connection_id}, ${row.capability}, ${row.backup_id}, ${row.by}, ${now})
    on conflict (connection_id, capability) do update set backup_id = excluded.backup_id, updated_by = excluded.updated_by,
      updated_at = excluded.updated_at`
}

export async function dropBackup(tx: Sql, connection: string, capability: string): Promise<void> {
  await tx`delete from outward_backup where connection_id = ${connection} and capability = ${capability}`
}

export type DecisionRow = {
  readonly id: bigint
  readonly at: Instant
  readonly capability: string
  readonly wanted: string
  readonly taken: string
  readonly order_id: bigint | null
  readonly subject: string | null
  readonly reason: string
}

export async function addDecision(sql: Sql, row: Omit<DecisionRow, 'id'>): Promise<void> {
  await sql`
    insert into route_decision (at, capability, wanted, taken, order_id, subject, reason)
    values (${row.at}, ${row.capability}, ${row.wanted}, ${row.taken}, ${row.order_id}, ${row.subject}, ${row.reason})`
}

/** Newest first, `before` excluded. */
export async function readDecisions(
  sql: Sql,
  filter: { readonly orderId: bigint | null; readonly before: bigint | null; readonly limit: number },
): Promise<DecisionRow[]> {
  return await sql<DecisionRow>`
    select id, at, capability, wanted, taken, order_id, subject, reason from route_decision
    where (${filter.orderId}::bigint is null or order_id = ${filter.orderId})
      and (${filter.before}::bigint is null or id < ${filter.before})
    order by id desc limit ${filter.limit}`
}
