import type { ProcessRow } from './store.ts'

/** A process without its lock is taken for dead when it has said nothing for so long while the database answered us all the time. */
export const SILENT_MS = 4_500

/** What one process has seen of the others. Thrown away whenever the database failed to answer: then nobody could speak. */
export type Sightings = ReadonlyMap<string, { readonly seenAt: string; readonly sinceMs: number }>

export type Verdict = {
  readonly sightings: Sightings
  /** Not to be heard of any more, and without their locks. */
  readonly gone: readonly ProcessRow[]
  /** Of those, the ones that ended for certain: their machine is ours and has no such process. */
  readonly ended: readonly ProcessRow[]
}

/**
 * Judges who of the others is dead. A lock that is free says that the connection is gone, not that the process is: a database that was
 * restarted takes everybody's. So silence is counted as well, from the first look that found both, and a process that our own machine
 * still shows is never dead. `isRunning` answers null where that cannot be seen from here; `nowMs` is any clock that only goes on.
 */
export function judgeProcesses(
  before: Sightings,
  rows: readonly ProcessRow[],
  nowMs: number,
  isRunning: (row: ProcessRow) => boolean | null,
): Verdict {
  const sightings = new Map<string, { seenAt: string; sinceMs: number }>()
  const gone: ProcessRow[] = []
  const ended: ProcessRow[] = []
  for (const row of rows) {
    if (row.held) continue
    const running = isRunning(row)
    if (running === true) continue
    const seenAt = row.seenAt.toString()
    const last = before.get(row.id)
    const sinceMs = last?.seenAt === seenAt ? last.sinceMs : nowMs
    sightings.set(row.id, { seenAt, sinceMs })
    if (running === false) ended.push(row)
    if (running === false || row.goneAt !== null || nowMs - sinceMs >= SILENT_MS) gone.push(row)
  }
  return { sightings, gone, ended }
}
