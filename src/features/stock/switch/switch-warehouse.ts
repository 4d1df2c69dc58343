import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { forgetSource, setTransit, touchLevels } from './store.ts'

/** Counts goods on their way to this warehouse as available, or not any more. Answers how many levels changed. */
export async function switchTransit(
  tx: Sql,
  warehouse: string,
  on: boolean,
  actor: string,
  now: Instant,
): Promise<number> {
  return await setTransit(tx, warehouse, on, actor, now)
}

/** To `own`: what its system said is forgotten, physical stays. To `captured`: nothing changes until its system speaks. */
export async function switchFigures(
  tx: Sql,
  warehouse: string,
  to: 'own' | 'captured',
  actor: string,
  now: Instant,
): Promise<number> {
  if (to === 'captured') return 0
  const changed = await forgetSource(tx, warehouse, now)
  await touchLevels(tx, warehouse, 'switch_figures', actor, now)
  return changed
}

/** Tells followers that a warehouse was opened or closed for new locks. */
export async function noteActive(
  tx: Sql,
  warehouse: string,
  active: boolean,
  actor: string,
  now: Instant,
): Promise<number> {
  return await touchLevels(tx, warehouse, active ? 'switch_on' : 'switch_off', actor, now)
}
