import type { Database } from '#platform/postgres/database.ts'
import type { Invariant } from '../seeded/invariant.ts'
import type { Contradiction } from './check.ts'

/**
 * Every promise of a README or spec that can be seen in the database, by its name. One that could not be looked at (its query took longer
 * than it may) is told like a broken one: the run's other findings must not go with it.
 */
export async function brokenPromises(
  db: Database,
  invariants: readonly Invariant[],
): Promise<Contradiction[]> {
  const found: Contradiction[] = []
  for (const { id, feature, check } of invariants) {
    const words = await check({ db, now: Temporal.Now.instant() }).catch((error: unknown) => [
      `could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
    ])
    for (const one of words) found.push({ check: 'invariant', words: `${feature} ${id}: ${one}` })
  }
  return found
}
