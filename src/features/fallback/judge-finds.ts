import type { Clock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import { noteWorth, pruneLog, readKept, settleKept } from './store.ts'

export type JudgeDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly kindOf: (connection: string) => string
  readonly onFound?: (kind: string, facts: number) => void
}

const AT_ONCE = 500
/** A message that is not read by then is judged as it stands: it may be parked for days. */
const JUDGED_AFTER_MINUTES = 60
const LOG_DAYS = 14

/**
 * Says of every message that a poll brought whether it told anything that no push had told: facts whose first proof it is. A
 * sweep, because the message is read by whichever worker takes it.
 */
export async function judgeFinds({ db, clock, kindOf, onFound }: JudgeDeps): Promise<void> {
  const now = clock.now()
  const kept = await readKept(db, AT_ONCE)
  const overdue = now.subtract({ minutes: JUDGED_AFTER_MINUTES })
  const ready = kept.filter((row) => !row.waiting || Temporal.Instant.compare(row.at, overdue) < 0)
  await settleKept(db, ready)
  await noteWorth(
    db,
    ready.flatMap((row) =>
      row.rule === 'increment' ? [] : [{ subject: row.subject, found: row.facts > 0 }],
    ),
  )
  for (const row of ready) if (row.facts > 0) onFound?.(kindOf(row.connection_id), row.facts)
  await pruneLog(db, now.subtract({ hours: 24 * LOG_DAYS }))
}
