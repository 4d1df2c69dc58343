import type { Instant } from '#kernel/clock.ts'
import type { Counts, Evidence } from './core/breaker.ts'
import { addCodes, type CountDraft, minuteOf } from './store.ts'

/** What this process counted; also what it goes by while the database is away. */
export type Tally = {
  readonly note: (
    connection: string,
    at: Instant,
    call: Partial<Omit<CountDraft, 'connection' | 'at'>>,
  ) => void
  /** Counts since the last time, for the database. */
  readonly drain: () => CountDraft[]
  /** They could not be written: kept for the next time. */
  readonly putBack: (drafts: readonly CountDraft[]) => void
  /** This process's own calls of the last minutes. */
  readonly evidenceOf: (connection: string, now: Instant) => Evidence
  readonly connections: () => readonly string[]
}

const OWN_MINUTES = 32
/** Connections x seconds that are kept while the database is away: an hour of calls to ten of them. */
const MOST_UNWRITTEN = 36_000

export function openTally(): Tally {
  const unwritten = new Map<string, CountDraft>()
  const own = new Map<string, Map<number, Counts>>()
  const add = (draft: CountDraft): void => {
    const key = `${draft.connection} ${draft.at.epochMilliseconds}`
    const known = unwritten.get(key)
    unwritten.set(key, known === undefined ? draft : sumOf(known, draft))
    if (unwritten.size > MOST_UNWRITTEN) unwritten.delete(unwritten.keys().next().value ?? '')
  }
  return {
    note: (connection, at, { calls = 0, errors = 0, slow = 0, codes = {} }) => {
      const second = Math.floor(at.epochMilliseconds / 1_000) * 1_000
      const draft = {
        connection,
        at: Temporal.Instant.fromEpochMilliseconds(second),
        calls,
        errors,
        slow,
        codes,
      }
      add(draft)
      const seconds = own.get(connection) ?? new Map<number, Counts>()
      own.set(connection, seconds)
      const known = seconds.get(second)
      seconds.set(second, {
        at: draft.at,
        calls: (known?.calls ?? 0) + calls,
        errors: (known?.errors ?? 0) + errors,
      })
      forgetOld(seconds, second)
    },
    drain: () => {
      const drafts = [...unwritten.values()]
      unwritten.clear()
      return drafts
    },
    putBack: (drafts) => drafts.forEach(add),
    evidenceOf: (connection, now) => evidenceOf([...(own.get(connection)?.values() ?? [])], now),
    connections: () => [...own.keys()],
  }
}

function sumOf(one: CountDraft, other: CountDraft): CountDraft {
  return {
    ...one,
    calls: one.calls + other.calls,
    errors: one.errors + other.errors,
    slow: one.slow + other.slow,
    codes: addCodes(one.codes, other.codes),
  }
}

function forgetOld(seconds: Map<number, Counts>, now: number): void {
  for (const at of seconds.keys()) {
    if (at >= now - OWN_MINUTES * 60_000) return
    seconds.delete(at)
  }
}

function evidenceOf(seconds: readonly Counts[], now: Instant): Evidence {
  const minutes = new Map<number, Counts>()
  for (const { at, calls, errors } of seconds) {
    const minute = minuteOf(at)
    const known = minutes.get(minute.epochMilliseconds)
    minutes.set(minute.epochMilliseconds, {
      at: minute,
      calls: (known?.calls ?? 0) + calls,
      errors: (known?.errors ?? 0) + errors,
    })
  }
  const recent = now.subtract({ seconds: 12 })
  return {
    minutes: [...minutes.values()],
    seconds: seconds.filter(({ at }) => Temporal.Instant.compare(at, recent) >= 0),
  }
}
