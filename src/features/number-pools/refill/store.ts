import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type ApplicationState = 'open' | 'sending' | 'taken' | 'refused' | 'filled' | 'closed'
export type ApplicationRow = {
  readonly id: bigint
  readonly account_id: bigint
  readonly state: ApplicationState
  readonly wanted: number
  readonly left_count: number | null
  readonly because: 'low' | 'empty' | 'by_hand'
  readonly note: string
  readonly code: string | null
  readonly detail: string | null
  readonly asked_by: string
  readonly asked_at: Instant
  readonly updated_at: Instant
  readonly ended_at: Instant | null
}

export async function readApplications(
  sql: Sql,
  accountId: bigint,
  limit: number,
): Promise<ApplicationRow[]> {
  return await sql<ApplicationRow>`
    select * from number_application where account_id = ${accountId} order by id desc limit ${limit}`
}

export async function readApplication(sql: Sql, id: bigint): Promise<ApplicationRow | null> {
  const [row] = await sql<ApplicationRow>`select * from number_application where id = ${id}`
  return row ?? null
}

/** Null where one is under way already. */
export async function insertApplication(
  tx: Sql,
  one: Pick<
    ApplicationRow,
    'account_id' | 'state' | 'wanted' | 'left_count' | 'because' | 'note' | 'asked_by'
  >,
  at: Instant,
): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into number_application (account_id, state, wanted, left_count, because, note, asked_by, asked_at, updated_at)
    values (${one.account_id}, ${one.state}, ${one.wanted}, ${one.left_count}, ${one.because}, ${one.note}, ${one.asked_by}, ${at}, ${at})
    on conflict (account_id) where state in ('open', 'sending', 'taken', 'refused') do nothing returning id`
  return row?.id ?? null
}

/** Moves an application on that has not ended; false where it has. */
export async function moveApplication(
  tx: Sql,
  id: bigint,
  to: { readonly state: ApplicationState; readonly code: string | null; readonly detail: string | null },
  at: Instant,
): Promise<boolean> {
  const ends = to.state === 'filled' || to.state === 'closed'
  const rows = await tx`
    update number_application set state = ${to.state}, code = ${to.code}, detail = ${to.detail?.slice(0, 500) ?? null}, updated_at = ${at},
      ended_at = case when ${ends} then ${at}::timestamptz end
    where id = ${id} and state in ('open', 'sending', 'taken', 'refused') returning id`
  return rows.length > 0
}
