import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '../postgres/database.ts'
import { answersWithin } from '../postgres/within.ts'
import { type AlarmSignal, raiseAlarm, resolveAlarm, resolveAlarms } from './store.ts'

export type { AlarmSignal } from './store.ts'

/** Where every part of the hub says what is wrong. Raising the same trouble again only refreshes it. */
export type Alarms = {
  readonly raise: (signal: AlarmSignal) => Promise<void>
  /** The trouble is over. */
  readonly clear: (rule: string, subject: string) => Promise<void>
  /** All that is wrong under one rule at this moment: opens and refreshes these, resolves every other one of the rule. */
  readonly settle: (rule: string, signals: readonly AlarmSignal[]) => Promise<void>
}

/** A database that hangs must not keep people from hearing that it does. */
const STORED_WITHIN_MS = 5_000

export type AlarmDeps = {
  readonly db: Database
  readonly clock: Clock
  /** Told of what could not be stored because the database is away, so that people still hear of it. */
  readonly onUnstored: (signal: AlarmSignal) => void
}

export function openAlarms({ db, clock, onUnstored }: AlarmDeps): Alarms {
  const raise = async (signal: AlarmSignal): Promise<void> => {
    try {
      await answersWithin(raiseAlarm(db, signal, clock.now()), STORED_WITHIN_MS)
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      onUnstored(signal)
    }
  }
  return {
    raise,
    clear: async (rule, subject) => {
      await resolveAlarm(db, rule, subject, clock.now())
    },
    settle: async (rule, signals) => {
      for (const signal of signals) await raise(signal)
      await resolveAlarms(
        db,
        rule,
        signals.map((signal) => signal.subject),
        clock.now(),
      )
    },
  }
}
