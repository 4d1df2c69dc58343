import type { Clock } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import { forgetAlarms } from '#platform/alarms/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import {
  deadIntentSignals,
  downStreamSignals,
  lateTargetSignals,
  lostTargetSignals,
} from './core/own-signals.ts'
import {
  forgetDeliveries,
  readDeadIntents,
  readDownStreams,
  readLateTargets,
  readLostTargets,
  settleGivenUp,
} from './store.ts'

/** A critical notice that has not got through for this long is a trouble of its own. */
const LATE_MINUTES = 10

export type OwnLookDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  readonly limits: () => { readonly streamDownSeconds: number; readonly deadCriticalFrom: number }
}

/** What this feature watches over: intents given up, streams that are down, notices that do not get through. */
export async function lookForOwn({ db, clock, alarms, limits }: OwnLookDeps): Promise<void> {
  const now = clock.now()
  const { streamDownSeconds, deadCriticalFrom } = limits()
  await settleGivenUp(db, now)
  await alarms.settle('outbox.dead', deadIntentSignals(await readDeadIntents(db, now), deadCriticalFrom))
  await alarms.settle(
    'connection.stream_down',
    downStreamSignals(await readDownStreams(db, now), streamDownSeconds),
  )
  const lost = await readLostTargets(db, now)
  const late = (await readLateTargets(db, now.subtract({ minutes: LATE_MINUTES }))).filter(
    ({ target }) => !lost.some((one) => one.target === target),
  )
  await alarms.settle('alerting.undeliverable', [
    ...lostTargetSignals(lost),
    ...lateTargetSignals(late, LATE_MINUTES),
  ])
}

/** Removes what is older than the history is kept. */
export async function forgetOldAlarms(
  { db, clock }: Pick<OwnLookDeps, 'db' | 'clock'>,
  days: number,
): Promise<void> {
  const before = clock.now().subtract({ hours: days * 24 })
  await forgetDeliveries(db, before)
  await forgetAlarms(db, before)
}
