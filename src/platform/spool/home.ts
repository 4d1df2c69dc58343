import { chmodSync, mkdirSync, readdirSync, statfsSync, statSync, truncateSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Outage } from '#kernel/outage.ts'
import { type Held, tryExclusive } from '../embedded-postgres/lock.ts'
import { diskCode, realDisk } from './disk.ts'
import { type Damage, guessMark, measure, readHeader, SEGMENT_SUFFIX } from './segment.ts'

/** One process's folder in a spool root, `<root>/p<n>`, held by a lock that vanishes with the process. */
export type Home = {
  readonly dir: string
  readonly place: string
  /** Segments found when it was taken: what an earlier process left. */
  readonly found: readonly FoundSegment[]
  readonly release: () => void
}
export type FoundSegment = {
  readonly path: string
  readonly records: number
  readonly bytes: number
  readonly createdAt: string | null
  /** Damage found in it; a torn tail was cut off. */
  readonly damaged: readonly Damage[]
}

const PLACES = 64
const MERGED = 'merged'
const RESERVE = 'reserve'
const NOT_DURABLE: Readonly<Record<number, string>> = { 16914836: 'tmpfs', 2240043254: 'ramfs' }

/**
 * Takes the first free place under the root. Throws `Outage`, not retryable: `spool.volatile` (memory instead of a disk),
 * `spool.unwritable`, `spool.no_place`.
 */
export async function takeHome(root: string, options: { allowVolatile: boolean }): Promise<Home> {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    chmodSync(root, 0o700)
    const kind = NOT_DURABLE[statfsSync(root).type]
    if (kind !== undefined && !options.allowVolatile)
      throw new Outage(
        'spool.volatile',
        `${root} is ${kind}: what is written there is gone after a restart; set DATA_DIR to a disk, or SPOOL_ALLOW_TMPFS=true`,
        { retryable: false },
      )
    for (let i = 0; i < PLACES; i += 1) {
      const home = await takePlace(root, `p${i}`)
      if (home !== null) return home
    }
  } catch (error) {
    if (error instanceof Outage && error.code.startsWith('spool.')) throw error
    throw new Outage('spool.unwritable', `${root} cannot be written (${diskCode(error)})`, {
      retryable: false,
      cause: error,
    })
  }
  throw new Outage('spool.no_place', `${PLACES} processes already spool into ${root}`, { retryable: false })
}

/** Takes one place, or answers null where a living process has it. */
export async function takePlace(root: string, place: string): Promise<Home | null> {
  const dir = join(root, place)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  mkdirSync(join(dir, MERGED), { recursive: true, mode: 0o700 })
  const held: Held | null = tryExclusive(join(dir, 'lock'))
  if (held === null) return null
  try {
    const found: FoundSegment[] = []
    for (const path of segmentsIn(dir)) found.push(await inspect(path))
    return { dir, place, found, release: () => held.release() }
  } catch (error) {
    held.release()
    throw error
  }
}

/** Places that hold segments, living or left. */
export function placesWithSegments(root: string): string[] {
  return namesIn(root).filter((name) => /^p\d+$/.test(name) && segmentsIn(join(root, name)).length > 0)
}

/** Full paths, oldest first: names begin with the writer's epoch. */
export function segmentsIn(dir: string): string[] {
  return namesIn(dir)
    .filter((name) => name.endsWith(SEGMENT_SUFFIX))
    .sort()
    .map((name) => join(dir, name))
}

/** Out of the way of the next merge, kept for some days. */
export async function setMerged(dir: string, path: string): Promise<void> {
  await rename(path, join(dir, MERGED, path.slice(dir.length + 1)))
}

export type MergedFile = { readonly path: string; readonly bytes: number; readonly ageMs: number }

export function mergedFiles(dir: string, nowMs: number): MergedFile[] {
  return segmentsIn(join(dir, MERGED)).map((path) => {
    const { size, ctimeMs } = statSync(path)
    return { path, bytes: size, ageMs: nowMs - ctimeMs }
  })
}

const CHUNK = Buffer.alloc(1_048_576)
const PROBE_BYTES = 4_096

/**
 * Keeps room that nobody else on the disk can take: zeros are written, since a file with holes holds nothing. Answers the
 * bytes that it holds.
 */
export async function fillReserve(dir: string, bytes: number): Promise<number> {
  const path = join(dir, RESERVE)
  if (bytes === 0) {
    await rm(path, { force: true })
    return 0
  }
  const handle = await open(path, 'a', 0o600)
  try {
    let held = (await handle.stat()).size
    for (; held < bytes; held += CHUNK.length) await handle.appendFile(CHUNK)
    await handle.datasync()
    return held
  } finally {
    await handle.close()
  }
}

/** Whether the folder takes what is written to it; nothing of it is left. Throws what the disk says. */
export async function tryFolder(dir: string): Promise<void> {
  const path = join(dir, 'probe')
  try {
    const handle = await open(path, 'w', 0o600)
    try {
      await handle.appendFile(CHUNK.subarray(0, PROBE_BYTES))
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } finally {
    await rm(path, { force: true })
  }
}

/** Gives the kept room back to the disk, for the last messages; answers whether there was any. */
export async function releaseReserve(dir: string): Promise<boolean> {
  const path = join(dir, RESERVE)
  const held = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  await rm(path, { force: true })
  await realDisk.syncFolder(dir)
  return held > 0
}

const NO_FRAMES = { records: 0, damaged: [] }

/** Counts what is in a segment that no writer has open, and cuts a torn tail off at the last whole record. */
async function inspect(path: string): Promise<FoundSegment> {
  const bytes = await readFile(path)
  const head = readHeader(bytes)
  // The merge reads the frames behind a damaged header, so they count. Nothing of such a file is cut.
  if (!head.ok) {
    const isOurs = head.refusal.code === 'spool.header_damaged'
    const { records, damaged } = isOurs ? measure(bytes, 0, guessMark(bytes)) : NO_FRAMES
    const whole = { offset: 0, bytes: bytes.length, torn: false }
    const told = records > 0 ? damaged : [whole]
    return { path, records, bytes: bytes.length, createdAt: null, damaged: told }
  }
  const { records, end, damaged } = measure(bytes, head.value.first, head.value.mark)
  if (end < bytes.length) truncateSync(path, end)
  return { path, records, bytes: end, createdAt: head.value.header.createdAt, damaged }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch (error) {
    if (diskCode(error) === 'ENOENT') return []
    throw error
  }
}
