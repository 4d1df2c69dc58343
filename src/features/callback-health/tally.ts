import type { Clock, Instant } from '#kernel/clock.ts'
import { type Sql, sqlState } from '#platform/postgres/database.ts'
import { isForged } from './core/verdict.ts'
import { addMinutes, type MinuteCounts } from './store.ts'

/** One answered request, or one message that came by a stream or a poll. */
export type Counted = {
  readonly connection: string
  readonly verdict: 'accepted' | 'duplicate' | 'challenge' | 'rejected' | 'unavailable'
  readonly code: string | null
  /** What was answered; 0 where nothing is answered (streams, polls, a sender that broke off). */
  readonly status: number
  readonly seconds: number
  readonly origin: string | null
  /** The platform's limit for our answer; null: not documented. */
  readonly deadlineMs: number | null
}

export type Tally = {
  /** Counts in memory; never waits, never throws. */
  readonly count: (one: Counted) => void
  /** Writes what was counted; what cannot be written now is kept for the next time, what the database can never take is dropped. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

const FLUSH_EVERY_MS = 2_000
/** Minutes of connections held while the database is away: 50 connections for three hours. Beyond it the oldest go. */
const MINUTES_HELD = 10_000
/** Different codes, statuses and origins kept of one minute; the rest is one name, so that nobody fills the table by inventing them. */
const NAMES_HELD = 20
const OTHER = 'other'

/** Health figures of everything that comes in, per connection and minute, added up in memory and written every two seconds. */
export function openTally({
  db,
  clock,
  onError,
}: {
  readonly db: Sql
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}): Tally {
  let held = new Map<string, MinuteCounts>()
  const named = openNames()
  let writing: Promise<void> | null = null
  const write = async (): Promise<void> => {
    const batch = held
    held = new Map()
    if (batch.size === 0) return
    try {
      await writeAway(db, batch, [...batch.keys()], onError)
    } catch (error) {
      for (const [key, counts] of held) batch.set(key, joined(batch.get(key), counts))
      held = newest(batch)
      throw error
    }
  }
  const flush = async (): Promise<void> => {
    await writing?.catch(() => undefined)
    writing = write()
    await writing.finally(() => {
      writing = null
    })
  }
  const timer = setInterval(() => {
    if (writing === null) flush().catch(onError)
  }, FLUSH_EVERY_MS)
  timer.unref()
  return {
    count: (one) => {
      const now = clock.now()
      const minute = now.round({ smallestUnit: 'minute', roundingMode: 'floor' })
      const key = `${minute.epochMilliseconds} ${one.connection}`
      const counts = held.get(key)
      if (counts === undefined && held.size >= MINUTES_HELD) return
      held.set(key, counted(counts ?? nothingIn(one.connection, minute), named(one, minute), now))
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await flush().catch(onError)
    },
  }
}

/**
 * Writes the minutes and takes them out of the batch. Refused because of what is in them (SQLSTATE 22, 23) they are written in halves,
 * until the one that cannot be stored is alone: it is told and dropped, so that it does not hold up the others for ever.
 */
async function writeAway(
  db: Sql,
  batch: Map<string, MinuteCounts>,
  keys: readonly string[],
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await addMinutes(
      db,
      keys.flatMap((key) => batch.get(key) ?? []),
    )
  } catch (error) {
    if (!/^2[23]/.test(sqlState(error) ?? '')) throw error
    if (keys.length > 1) {
      const half = keys.length >> 1
      await writeAway(db, batch, keys.slice(0, half), onError)
      await writeAway(db, batch, keys.slice(half), onError)
      return
    }
    const [key = ''] = keys
    onError(new Error(`the callback figures of ${key} cannot be stored and are dropped`, { cause: error }))
  }
  for (const key of keys) batch.delete(key)
}

/**
 * Lets `NAMES_HELD` names of each kind pass for a connection and minute, over all flushes of that minute; what comes after them has
 * one name. Who asks addresses that nobody has can invent hosts without end.
 */
function openNames(): (one: Counted, minute: Instant) => Counted {
  let minuteMs = Number.NaN
  let names = new Map<string, { codes: Set<string>; origins: Set<string> }>()
  const pass = (known: Set<string>, name: string | null): string | null => {
    if (name === null || known.has(name)) return name
    if (known.size >= NAMES_HELD) return OTHER
    known.add(name)
    return name
  }
  return (one, minute) => {
    if (minute.epochMilliseconds !== minuteMs) {
      minuteMs = minute.epochMilliseconds
      names = new Map()
    }
    const known = names.get(one.connection) ?? { codes: new Set(), origins: new Set() }
    names.set(one.connection, known)
    return { ...one, code: pass(known.codes, one.code), origin: pass(known.origins, one.origin) }
  }
}

function nothingIn(connection: string, minute: Instant): MinuteCounts {
  return {
    connection,
    minute,
    accepted: 0,
    duplicate: 0,
    challenge: 0,
    rejected: 0,
    forged: 0,
    unavailable: 0,
    late: 0,
    latencyUsSum: 0,
    latencyUsMax: 0,
    lastAt: null,
    statuses: {},
    codes: {},
    origins: {},
  }
}

/** Changes the counts in place: this runs for every message. */
function counted(counts: MinuteCounts, one: Counted, now: Instant): MinuteCounts {
  const us = Math.round(one.seconds * 1e6)
  counts[one.verdict] += 1
  if (one.verdict === 'rejected' && isForged(one.code)) counts.forged += 1
  if (one.deadlineMs !== null && one.seconds * 1_000 > one.deadlineMs) counts.late += 1
  counts.latencyUsSum += us
  if (us > counts.latencyUsMax) counts.latencyUsMax = us
  if (one.verdict === 'accepted' || one.verdict === 'duplicate') counts.lastAt = now
  if (one.status > 0) add(counts.statuses, String(one.status), 1)
  if (one.code !== null) add(counts.codes, one.code, 1)
  if (one.origin !== null) add(counts.origins, one.origin, 1)
  return counts
}

function add(names: Record<string, number>, name: string, count: number): void {
  const known = names[name]
  if (known !== undefined) names[name] = known + count
  else if (Object.keys(names).length < NAMES_HELD) names[name] = count
  else names[OTHER] = (names[OTHER] ?? 0) + count
}

function joined(old: MinuteCounts | undefined, fresh: MinuteCounts): MinuteCounts {
  if (old === undefined) return fresh
  for (const field of SUMMED) old[field] += fresh[field]
  old.latencyUsMax = Math.max(old.latencyUsMax, fresh.latencyUsMax)
  old.lastAt = fresh.lastAt ?? old.lastAt
  for (const field of NAMED)
    for (const [name, count] of Object.entries(fresh[field])) add(old[field], name, count)
  return old
}

const SUMMED = [
  'accepted',
  'duplicate',
  'challenge',
  'rejected',
  'forged',
  'unavailable',
  'late',
  'latencyUsSum',
] as const
const NAMED = ['statuses', 'codes', 'origins'] as const

function newest(batch: Map<string, MinuteCounts>): Map<string, MinuteCounts> {
  if (batch.size <= MINUTES_HELD) return batch
  return new Map([...batch].slice(batch.size - MINUTES_HELD))
}
