import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { logFinds } from './store.ts'

/** Puts on record what an increment poll brought first; whether it told anything new is judged once it is read. */
export async function noteFinds(
  { db, clock }: { readonly db: Sql; readonly clock: Clock },
  connection: string,
  finds: readonly { readonly messageId: string; readonly orderNo: string | null }[],
): Promise<void> {
  await logFinds(db, connection, finds, clock.now())
}
