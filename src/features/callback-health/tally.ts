import type { Clock, Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
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
  /** Writes what was counted; what cannot be written is kept for the next time. */
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
  let writing: Promise<void> | null = null
  const write = async (): Promise<void> => {
    const batch = held
    held = new Map()
    if (batch.size === 0) return
    try {
      await addMinutes(db, [...batch.values()])
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
      held.set(key, counted(counts ?? nothingIn(one.connection, minute), one, now))
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await flush().catch(onError)
    },
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
