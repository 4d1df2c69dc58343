import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { calm } from './breakers.ts'
import { decideBreaker, lostProbes, QUIET_WINDOW_MS } from './core/breaker.ts'
import {
  addEvent,
  forgetCounts,
  offerLostProbes,
  readBreakers,
  readEvidence,
  saveBreaker,
  saveForce,
} from './store.ts'

export type EvaluateDeps = { readonly db: Database; readonly clock: Clock; readonly random: Random }

/** Moves every breaker by the rules of `core/breaker.ts`. Run by one process at a time, every second. */
export async function evaluateBreakers({ db, clock, random }: EvaluateDeps): Promise<void> {
  const now = clock.now()
  const rows = new Map((await readBreakers(db)).map((row) => [row.connection, row]))
  const evidence = await readEvidence(
    db,
    now.subtract({ milliseconds: QUIET_WINDOW_MS + 60_000 }),
    now.subtract({ seconds: 12 }),
  )
  for (const connection of new Set([...rows.keys(), ...evidence.keys()])) {
    const row = rows.get(connection) ?? calm(connection)
    if (row.forced !== null && Temporal.Instant.compare(row.forced.until, now) <= 0)
      await db.begin(async (tx) => {
        await saveForce(tx, connection, null, now)
        const from = `forced_${row.forced?.state}`
        await addEvent(
          tx,
          { connection, from, to: row.state, cause: 'force_expired', actor: 'hub', evidence: {} },
          now,
        )
      })
    if (lostProbes(row, now)) await offerLostProbes(db, connection)
    const change = decideBreaker(
      row,
      evidence.get(connection) ?? { minutes: [], seconds: [] },
      now,
      random.next(),
    )
    if (change === null) continue
    await db.begin(async (tx) => {
      if (!(await saveBreaker(tx, connection, row.state, change.next, change.cause, now))) return
      const event = { connection, from: row.state, to: change.next.state, actor: 'hub' }
      await addEvent(tx, { ...event, cause: change.cause, evidence: change.evidence }, now)
    })
  }
}

/** Throws away counts that nobody looks at any more. */
export async function forgetOldCounts({ db, clock }: EvaluateDeps): Promise<void> {
  await forgetCounts(db, clock.now())
}
