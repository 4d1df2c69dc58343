import type { Database } from '#platform/postgres/database.ts'
import type { StandingDeps } from '../deps.ts'
import { endClosed, readExpiring, readSilent, readUnheard, touchUnheard } from './store.ts'
import { type Renewal, subscribeAgain } from './want-subscriptions.ts'

export type RenewDeps = StandingDeps & {
  readonly db: Database
  /** Times that a silent parcel is asked for anew, and hours between two of them. */
  readonly bounds: { readonly renewedMost: number; readonly everyHours: number }
}

const AT_ONCE = 500
/** A subscription is asked for anew so long before it ends by itself. */
const AHEAD_HOURS = 24
/** A number that nobody takes is offered again as often: a connection may have been added. */
const UNHEARD_MINUTES = 30

/** Keeps subscriptions alive: those that end by themselves, those of silent parcels (within bounds), those that nobody took. */
export async function renewSubscriptions(deps: RenewDeps): Promise<void> {
  const { db, clock, bounds } = deps
  const now = clock.now()
  await endClosed(db, now, AT_ONCE)
  await again(deps, await readExpiring(db, now.add({ hours: AHEAD_HOURS }), AT_ONCE), 'expired')
  const silent = await readSilent(db, {
    askedBefore: now.subtract({ hours: bounds.everyHours }),
    renewedMost: bounds.renewedMost,
    limit: AT_ONCE,
  })
  await again(deps, silent, 'silent')
  const unheard = await readUnheard(db, now.subtract({ minutes: UNHEARD_MINUTES }), AT_ONCE)
  await again(deps, unheard, 'again')
  await touchUnheard(db, unheard, now)
}

async function again(deps: RenewDeps, numbers: readonly string[], why: Renewal): Promise<void> {
  if (numbers.length > 0)
    await deps.db.begin(async (tx) => void (await subscribeAgain(tx, deps, numbers, why)))
}
