import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Log } from '#platform/log.ts'

// Alarms of a process about itself, which may begin and end while the database is away. As long as the trouble lasts it is raised at every
// look: a phone that was not reached is tried again, and the figures stay true. What could not be stored is written down once the
// database is back, so that the history has it; what could not be resolved is resolved then.

export type OwnAlarms = {
  /** Says at every look how it is now; null: no such trouble. Never throws and never waits. */
  readonly keep: (rule: string, signal: AlarmSignal | null) => void
}
export type OwnAlarmsDeps = {
  readonly alarms: Alarms
  readonly log: Log
  readonly subject: string
  /** The database takes nothing now. */
  readonly isAway: () => boolean
  /** Of these nobody knows yet whether an earlier process of this place, killed meanwhile, left one open. */
  readonly mayBeOpen: readonly string[]
}

type Kept = {
  wanted: AlarmSignal | null
  /** What was raised last, until it is resolved. */
  raised: AlarmSignal | null
  isStored: boolean
  mayBeOpen: boolean
  isBusy: boolean
}

export function openOwnAlarms(deps: OwnAlarmsDeps): OwnAlarms {
  const kept = new Map<string, Kept>()
  return {
    keep: (rule, signal) => {
      const one = kept.get(rule) ?? {
        wanted: null,
        raised: null,
        isStored: true,
        mayBeOpen: deps.mayBeOpen.includes(rule),
        isBusy: false,
      }
      kept.set(rule, one)
      one.wanted = signal
      if (one.isBusy) return
      one.isBusy = true
      void tellOf(deps, rule, one)
        .catch((error: unknown) => deps.log.warn({ err: error, rule }, 'an alarm could not be kept'))
        .finally(() => {
          one.isBusy = false
        })
    },
  }
}

async function tellOf({ alarms, subject, isAway }: OwnAlarmsDeps, rule: string, one: Kept): Promise<void> {
  const { wanted } = one
  if (wanted !== null) {
    one.raised = wanted
    one.isStored = false
    await alarms.raise(wanted)
    one.isStored = !isAway()
    return
  }
  if ((one.raised === null && !one.mayBeOpen) || isAway()) return
  if (one.raised !== null && !one.isStored) {
    await alarms.raise(one.raised)
    one.isStored = true
  }
  await alarms.clear(rule, subject)
  one.raised = null
  one.mayBeOpen = false
}
