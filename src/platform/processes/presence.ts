import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Database } from '../postgres/database.ts'
import type { Locks, Release } from '../postgres/locks.ts'
import { isRunningAt } from './home.ts'
import { judgeProcesses, type Sightings } from './judge.ts'
import {
  forgetProcess,
  noteGone,
  noteProcess,
  type ProcessFacts,
  type ProcessLoad,
  type ProcessRow,
  processLock,
  readProcesses,
} from './store.ts'

const BEAT_MS = 1_000
/** The rates that are shown are those of about so many signs of life. */
const SAMPLES = 15

/** Counted since the process began. */
export type Totals = { readonly accepted: number; readonly interpreted: number; readonly effects: number }

/** Who is not here any more, for those who hold something in the name of a process. */
export type Absent = {
  /** All that live, this one too: what belongs to nobody of them has no owner any more. */
  readonly living: readonly string[]
  /** Ended for certain: nothing of theirs can still be under way. */
  readonly ended: readonly string[]
}

export type PresenceDeps = {
  readonly db: Database
  readonly locks: Locks
  readonly facts: ProcessFacts
  readonly totals: () => Promise<Totals>
  /** Told with every look, at least once after a process went. Frees what the dead left behind. */
  readonly onAbsent: (absent: Absent) => Promise<void>
  /** Told once, by whichever process noticed first. */
  readonly onGone: (row: ProcessRow) => void
  /** The first failure of several in a row. */
  readonly onError: (error: unknown) => void
}
export type Presence = {
  /** Where it can be reached, once that is known. */
  readonly setUrl: (url: string) => void
  /** No new requests are wanted from now on. */
  readonly drain: () => void
  readonly isDraining: () => boolean
  /** Says goodbye: what it still holds is free at once. */
  readonly stop: () => Promise<void>
}

/**
 * Gives a sign of life every second, holds the process's lock and looks who of the others is gone. No process decides for the others:
 * each comes to its own verdict, and what it frees may be freed twice without harm.
 */
export async function startPresence(deps: PresenceDeps): Promise<Presence> {
  const { db, locks, facts } = deps
  const isRunning = isRunningAt(facts.home)
  const load = measureLoad(deps.totals)
  let sightings: Sightings = new Map()
  let url = ''
  let draining = false
  let release: Release | null = null
  const hold = async (): Promise<void> => {
    release ??= await locks.tryHold(processLock(facts.id), () => {
      release = null
    })
  }
  const look = async (): Promise<void> => {
    await noteProcess(db, facts, { url, state: draining ? 'draining' : 'running', load: await load.read() })
    const rows = await readProcesses(db)
    const others = rows.filter((row) => row.id !== facts.id)
    const verdict = judgeProcesses(sightings, others, performance.now(), isRunning)
    sightings = verdict.sightings
    const isGone = new Set(verdict.gone.map((row) => row.id))
    const news = await noteGone(
      db,
      verdict.gone.filter((row) => row.goneAt === null),
    )
    for (const row of verdict.gone) if (news.includes(row.id)) deps.onGone(row)
    await deps.onAbsent({
      living: rows.flatMap((row) => (isGone.has(row.id) ? [] : [row.id])),
      ended: verdict.ended.map((row) => row.id),
    })
    await hold()
  }
  await hold()
  await look()
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  let turn: Promise<void> = Promise.resolve()
  let failing = false
  const next = (): void => {
    timer = setTimeout(() => {
      turn = look()
        .then(() => {
          failing = false
        })
        .catch((error: unknown) => {
          sightings = new Map()
          // Told once: an outage has its own alarm.
          if (!failing) deps.onError(error)
          failing = true
        })
        .then(() => {
          if (!stopped) next()
        })
    }, BEAT_MS)
    timer.unref()
  }
  next()
  return {
    setUrl: (given) => {
      url = given
    },
    drain: () => {
      draining = true
    },
    isDraining: () => draining,
    stop: async () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      load.stop()
      await turn
      await forgetProcess(db, facts.id).catch(deps.onError)
      await release?.()
    },
  }
}

/** Of a process that has no others. */
export function openAlone(): Presence {
  let draining = false
  return {
    setUrl: () => undefined,
    drain: () => {
      draining = true
    },
    isDraining: () => draining,
    stop: async () => undefined,
  }
}

function measureLoad(totals: () => Promise<Totals>): {
  readonly read: () => Promise<ProcessLoad>
  readonly stop: () => void
} {
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  type Sample = Totals & { readonly atMs: number; readonly cpuMicros: number }
  const samples: Sample[] = []
  let beats = 0
  return {
    stop: () => delay.disable(),
    read: async () => {
      const { user, system } = process.cpuUsage()
      const now = { ...(await totals()), atMs: performance.now(), cpuMicros: user + system }
      samples.push(now)
      if (samples.length > SAMPLES) samples.shift()
      const first = samples[0] ?? now
      const seconds = (now.atMs - first.atMs) / 1_000
      const rate = (from: number, to: number): number => (seconds <= 0 ? 0 : (to - from) / seconds)
      const loopDelayMs = Number.isFinite(delay.percentile(99)) ? delay.percentile(99) / 1_000_000 : 0
      beats += 1
      if (beats % SAMPLES === 0) delay.reset()
      return {
        cpuPercent: rate(first.cpuMicros, now.cpuMicros) / 10_000,
        memoryBytes: process.memoryUsage.rss(),
        loopDelayMs,
        acceptedPerSecond: rate(first.accepted, now.accepted),
        interpretedPerSecond: rate(first.interpreted, now.interpreted),
        effectsPerSecond: rate(first.effects, now.effects),
      }
    },
  }
}
