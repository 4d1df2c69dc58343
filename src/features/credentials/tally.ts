import type { Clock, Instant } from '#kernel/clock.ts'
import type { Refusal } from '#kernel/result.ts'
import type { Database } from '#platform/postgres/database.ts'
import { inwardTrouble, outwardTrouble, type Side } from './core/trouble.ts'
import { addRefusals, noteWell, readUnwell, type Seen, type Well } from './store.ts'

/** How a call ended: a refusal, an error, or neither. */
export type CallEnd = { readonly refusal?: Refusal; readonly error?: unknown }
export type Received = {
  readonly connection: string
  readonly verdict: 'accepted' | 'duplicate' | 'challenge' | 'rejected' | 'unavailable'
  readonly code: string | null
}

export type CredentialTally = {
  /** Counts in memory; never waits, never throws. */
  readonly noteCall: (connection: string, call: string, end: CallEnd) => void
  readonly noteReceived: (one: Received) => void
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

const FLUSH_EVERY_MS = 2_000
/** Different refusals held while the database is away. */
const HELD_MOST = 2_000
/** A good call is worth this long: until then every process has heard of a refusal before it. */
const WELL_SECONDS = 60

/** What calls and pushes say of credentials, added up in memory and written every two seconds. */
export function openCredentialTally(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly withoutSecrets: (connection: string, words: string) => string
  readonly onError: (error: unknown) => void
}): CredentialTally {
  const { db, clock } = deps
  let refused = new Map<string, Seen>()
  let wells = new Map<string, Well>()
  let writing: Promise<void> | null = null
  const hold = (one: Seen): void => {
    const key = `${one.connection} ${one.side} ${one.trouble} ${one.call}`
    const known = refused.get(key)
    if (known === undefined && refused.size >= HELD_MOST) return
    refused.set(
      key,
      known === undefined ? one : { ...one, times: known.times + one.times, at: later(known.at, one.at) },
    )
  }
  const well = (connection: string, side: Side, call: string): void => {
    if (wells.size < HELD_MOST)
      wells.set(`${connection} ${side} ${call}`, { connection, side, call, at: clock.now() })
  }
  const write = async (): Promise<void> => {
    const batch = [...refused.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    refused = new Map()
    try {
      if (batch.length > 0) await db.begin((tx) => addRefusals(tx, batch))
    } catch (error) {
      for (const one of batch) hold(one)
      throw error
    }
    if (wells.size === 0) return
    const unwell = await readUnwell(db)
    const healing = [...wells.values()].filter(({ connection }) => unwell.has(connection))
    if (healing.length > 0)
      await db.begin((tx) =>
        noteWell(
          tx,
          healing.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
        ),
      )
    const since = clock.now().subtract({ seconds: WELL_SECONDS })
    wells = new Map([...wells].filter(([, { at }]) => Temporal.Instant.compare(at, since) >= 0))
  }
  const flush = async (): Promise<void> => {
    await writing?.catch(() => undefined)
    writing = write()
    await writing.finally(() => {
      writing = null
    })
  }
  const timer = setInterval(() => {
    if (writing === null) flush().catch(deps.onError)
  }, FLUSH_EVERY_MS)
  timer.unref()
  return {
    noteCall: (connection, call, { refusal, error }) => {
      if (error !== undefined) return
      const trouble = refusal === undefined ? null : outwardTrouble(refusal.code)
      if (refusal === undefined || trouble === null) well(connection, 'outward', call)
      else {
        const detail = deps.withoutSecrets(connection, refusal.detail)
        hold({
          connection,
          side: 'outward',
          trouble,
          call,
          code: refusal.code,
          detail,
          times: 1,
          at: clock.now(),
        })
      }
    },
    noteReceived: ({ connection, verdict, code }) => {
      if (verdict === 'unavailable') return
      const trouble = code === null ? null : inwardTrouble(code)
      if (verdict !== 'rejected') well(connection, 'inward', '')
      else if (trouble !== null && code !== null)
        hold({ connection, side: 'inward', trouble, call: '', code, detail: '', times: 1, at: clock.now() })
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await flush().catch(deps.onError)
    },
  }
}

function keyOf({ connection, side, call }: Pick<Seen, 'connection' | 'side' | 'call'>): string {
  return `${connection} ${side} ${call}`
}

function later(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) > 0 ? a : b
}
