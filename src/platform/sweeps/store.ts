import type { Instant } from '#kernel/clock.ts'
import type { Database, Sql } from '../postgres/database.ts'

/** When the sweep last ran to its end, whichever process did it; null: never. */
export async function readLastRun(sql: Sql, name: string): Promise<Instant | null> {
  const [row] = await sql<{ last_at: Instant }>`select last_at from sweep_run where name = ${name}`
  return row?.last_at ?? null
}

/**
 * Runs `work` if no other process holds the sweep's lock and its last run began at least `everyMs` ago (a tenth less, so that
 * clocks may differ). A run that lies further ahead than that was noted by a process whose clock was wrong: waiting for it would
 * stop every alarm for as long as that clock was ahead. Answers whether it ran. The lock ends with the connection, so a killed process holds nothing up.
 */
export async function sweepIfDue(
  db: Database,
  { name, everyMs, now }: { name: string; everyMs: number; now: Instant },
  work: () => Promise<void>,
): Promise<boolean> {
  return await db.begin(async (tx) => {
    const [row] = await tx<{ alone: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${`holdfast.sweep.${name}`}, 0)) as alone`
    if (row?.alone !== true) return false
    const [last] = await tx<{ last_at: Instant }>`select last_at from sweep_run where name = ${name}`
    if (last !== undefined && Math.abs(now.since(last.last_at).total('milliseconds')) < everyMs * 0.9)
      return false
    await work()
    await tx`
      insert into sweep_run (name, last_at) values (${name}, ${now})
      on conflict (name) do update set last_at = excluded.last_at`
    return true
  })
}
