import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { assert } from '#kernel/assert.ts'
import type { Clock } from '#kernel/clock.ts'
import { messageId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Arrival, Kept } from '../inbox/store.ts'
import type { Vault } from '../vault.ts'
import { isDiskFull, realDisk, type SpoolDisk } from './disk.ts'
import {
  fillReserve,
  type Home,
  mergedFiles,
  releaseReserve,
  setMerged,
  takeHome,
  tryFolder,
} from './home.ts'
import { encodeArrival } from './record.ts'
import { FRAME_HEAD } from './segment.ts'
import { diskWords, type FolderWriter, openFolderWriter, type SegmentCount, type Written } from './writer.ts'

export type SpoolOptions = {
  /** Spool roots in order of preference: the data folder's, then the second disk's. */
  readonly roots: readonly string[]
  readonly clock: Clock
  /** Seals every frame; null writes them open. */
  readonly vault: Vault | null
  readonly quotaBytes: number
  readonly reserveBytes: number
  readonly allowVolatile: boolean
  /** Messages held in memory at most while the disk is waited for. */
  readonly maxQueue: number
  /** Something about a folder that people should know; the spool goes on as well as it can. */
  readonly onTrouble: (trouble: SpoolTrouble) => void
  readonly disk?: SpoolDisk
  /** Milliseconds that only ever go forward: a clock set back must not keep a folder blocked. The process's own by default. */
  readonly uptimeMs?: () => number
  readonly segmentBytes?: number
  readonly segmentAgeMs?: number
}
export type SpoolTrouble = { readonly code: string; readonly words: string; readonly folder: string }

export type SpoolStatus = {
  /** False: nothing can be kept here, so without a database senders are told to come back. */
  readonly usable: boolean
  readonly records: number
  readonly bytes: number
  readonly quotaBytes: number
  readonly oldestAt: Temporal.Instant | null
  readonly folders: readonly {
    readonly dir: string
    readonly trouble: string | null
    readonly files: number
    readonly bytes: number
  }[]
}

export type Spool = {
  /** Resolves once the message is on the disk; throws `Outage` (`spool.full`, `spool.busy`, `spool.disk_full`, `spool.unwritable`). */
  readonly keep: (arrival: Arrival) => Promise<Kept>
  readonly status: () => SpoolStatus
  /** False: nothing can be kept here at the moment. Asked for every message. */
  readonly usable: () => boolean
  readonly depth: () => number
  readonly drained: () => Promise<void>
  /** Ends the open segments; answers every one that waits to be merged, oldest first. */
  readonly closeSegments: () => Promise<readonly string[]>
  /** The segment is in the database. */
  readonly merged: (path: string) => Promise<void>
  /** Removes merged files that are old enough, or that `isMerged` vouches for and the quota needs. Answers how many. */
  readonly prune: (
    keepMs: number,
    isMerged: (paths: readonly string[]) => Promise<readonly string[]>,
  ) => Promise<number>
  /** Looks whether folders that failed take anything again, those that failed a while ago; what was given back to a full disk is kept again. */
  readonly tryFailed: () => Promise<void>
  readonly close: () => Promise<void>
}

type Folder = {
  readonly home: Home
  readonly writer: FolderWriter
  readonly segments: Map<string, SegmentCount>
  trouble: string | null
  blockedUntilMs: number
}
type Waiting = {
  readonly payload: Uint8Array
  readonly kept: (written: Written) => void
  readonly reject: (error: unknown) => void
}

const BATCH_BYTES = 4 * 1_048_576
const QUEUE_BYTES = 64 * 1_048_576
/** A folder that failed is tried again after so long, always with a new file. */
const BLOCKED_MS = 30_000
/** Of the quota, for merged files that are only kept in case. */
const MERGED_SHARE = 0.25

/**
 * The local disk as the inbox's stand-in. Frames of many callers are written together and made durable by one fdatasync; each
 * caller is answered only after it. A folder that cannot be taken is told and left out.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const folders: Folder[] = []
  for (const root of options.roots) {
    const folder = await openFolder(options, root)
    if (folder !== null) folders.push(folder)
  }
  const queue = groupCommit(options, folders)
  const segments = (): SegmentCount[] =>
    folders.flatMap(({ segments: closed, writer }) => {
      const current = writer.current()
      return current === null ? [...closed.values()] : [...closed.values(), current]
    })
  const waitingPaths = (): string[] => folders.flatMap((folder) => [...folder.segments.keys()].sort())
  return {
    keep: (arrival) => queue.keep(arrival),
    depth: queue.depth,
    drained: queue.drained,
    status: () => statusOf(options, folders, segments()),
    usable: () => isUsable(options, folders),
    closeSegments: async () => {
      await queue.alone(async () => {
        for (const folder of folders) await folder.writer.rotate()
      })
      return waitingPaths()
    },
    merged: async (path) => {
      const folder = folders.find((one) => one.home.dir === dirname(path))
      if (folder === undefined) return
      await setMerged(folder.home.dir, path)
      folder.segments.delete(path)
    },
    prune: (keepMs, isMerged) => prune(options, folders, keepMs, isMerged),
    tryFailed: () => queue.alone(() => tryFailed(options, folders)),
    close: async () => {
      await queue.drained()
      for (const { writer, home } of folders) {
        await writer.rotate()
        home.release()
      }
    },
  }
}

async function openFolder(options: SpoolOptions, root: string): Promise<Folder | null> {
  const { vault, clock } = options
  try {
    const home = await takeHome(root, options)
    const segments = new Map<string, SegmentCount>()
    for (const found of home.found) {
      const createdAtMs =
        found.createdAt === null
          ? clock.now().epochMilliseconds
          : Temporal.Instant.from(found.createdAt).epochMilliseconds
      segments.set(found.path, { ...found, createdAtMs })
      for (const { offset, bytes, torn } of found.damaged)
        options.onTrouble({
          code: torn ? 'spool.tail_cut' : 'spool.frame_damaged',
          words: torn
            ? `${found.path}: ${bytes} bytes of a record that was never acknowledged were cut off at ${offset}`
            : `${found.path}: ${bytes} bytes at ${offset} are damaged; what follows is read`,
          folder: home.dir,
        })
    }
    const writer = openFolderWriter({
      dir: home.dir,
      node: `${hostname()}/${home.place}`,
      epoch: clock.now().epochMilliseconds,
      clock,
      disk: options.disk ?? realDisk,
      keyCheck:
        vault === null ? null : (segment) => Buffer.from(vault.seal(Buffer.from(segment))).toString('base64'),
      onClosed: (segment) => segments.set(segment.path, segment),
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
      ...(options.segmentAgeMs === undefined ? {} : { segmentAgeMs: options.segmentAgeMs }),
    })
    void fillReserve(home.dir, options.reserveBytes).catch((error: unknown) => {
      options.onTrouble({ ...diskWords(home.dir, error), folder: home.dir })
    })
    return { home, writer, segments, trouble: null, blockedUntilMs: 0 }
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    options.onTrouble({ code: error.code, words: error.message, folder: root })
    return null
  }
}

/** Gathers what arrives while the disk is waited for, and writes it together. */
function groupCommit(options: SpoolOptions, folders: readonly Folder[]) {
  const waiting: Waiting[] = []
  let waitingBytes = 0
  let running = false
  let turn: Promise<void> = Promise.resolve()
  let whenIdle: (() => void)[] = []

  const alone = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work, work)
    return turn
  }
  const pump = async (): Promise<void> => {
    if (running) return
    running = true
    while (waiting.length > 0) {
      const batch = takeBatch(waiting)
      waitingBytes -= bytesOf(batch)
      await alone(async () => {
        try {
          const written = await writeSomewhere(options, folders, batch)
          for (const [i, entry] of batch.entries()) {
            const place = written[i]
            assert(place !== undefined, 'SP1', 'the disk confirmed fewer frames than it was given')
            entry.kept(place)
          }
        } catch (error) {
          for (const entry of batch) entry.reject(error)
        }
      })
    }
    running = false
    for (const done of whenIdle) done()
    whenIdle = []
  }
  return {
    keep: (arrival: Arrival): Promise<Kept> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= options.maxQueue || waitingBytes > QUEUE_BYTES) {
          const words = `${waiting.length} messages already wait for the local disk`
          reject(new Outage('spool.busy', words, { retryAfterMs: 1_000 }))
          return
        }
        const record = encodeArrival(arrival)
        const payload = options.vault === null ? record : options.vault.seal(record)
        waitingBytes += FRAME_HEAD + payload.length
        waiting.push({
          payload,
          reject,
          kept: ({ segment, offset }) =>
            resolve({ id: messageId(`spool-${segment}-${offset}`), verdict: arrival.verdict }),
        })
        if (waiting.length === 1) setImmediate(() => void pump())
      }),
    depth: () => waiting.length,
    drained: (): Promise<void> =>
      running || waiting.length > 0
        ? new Promise((resolve) => {
            whenIdle.push(resolve)
          })
        : turn,
    alone,
  }
}

function takeBatch(waiting: Waiting[]): Waiting[] {
  let bytes = 0
  let count = 0
  for (const { payload } of waiting) {
    if (count > 0 && bytes + FRAME_HEAD + payload.length > BATCH_BYTES) break
    bytes += FRAME_HEAD + payload.length
    count += 1
  }
  return waiting.splice(0, count)
}

function bytesOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { payload }) => sum + FRAME_HEAD + payload.length, 0)
}

/** The first folder that takes them. A full disk gets its reserve back once, and is then written in a new file. */
async function writeSomewhere(
  options: SpoolOptions,
  folders: readonly Folder[],
  batch: readonly Waiting[],
): Promise<Written[]> {
  const used = folders.reduce((sum, folder) => sum + folderBytes(folder), 0)
  if (used + bytesOf(batch) > options.quotaBytes)
    throw new Outage('spool.full', `the spool holds its quota of ${options.quotaBytes} bytes`, {
      retryAfterMs: BLOCKED_MS,
    })
  const payloads = batch.map(({ payload }) => payload)
  let last = new Outage('spool.unwritable', 'no folder of the spool can be written', {
    retryAfterMs: BLOCKED_MS,
  })
  for (const folder of folders) {
    if (uptimeOf(options) < folder.blockedUntilMs) continue
    for (;;) {
      try {
        const written = await folder.writer.write(payloads)
        folder.trouble = null
        return written
      } catch (error) {
        const { code, words } = diskWords(folder.home.dir, error)
        const released = isDiskFull(error) && (await releaseReserve(folder.home.dir).catch(() => false))
        folder.trouble = words
        options.onTrouble({ code, words, folder: folder.home.dir })
        last = new Outage(code, words, { retryAfterMs: BLOCKED_MS, cause: error })
        if (released) continue
        folder.blockedUntilMs = uptimeOf(options) + BLOCKED_MS
        break
      }
    }
  }
  throw last
}

/** Without it a folder that failed once would be called broken until the next outage writes to it. */
async function tryFailed(options: SpoolOptions, folders: readonly Folder[]): Promise<void> {
  for (const folder of folders) {
    if (folder.trouble === null || uptimeOf(options) < folder.blockedUntilMs) continue
    try {
      await tryFolder(folder.home.dir)
      if (folder.writer.current() === null) await fillReserve(folder.home.dir, options.reserveBytes)
      folder.trouble = null
    } catch (error) {
      folder.trouble = diskWords(folder.home.dir, error).words
      folder.blockedUntilMs = uptimeOf(options) + BLOCKED_MS
    }
  }
}

function uptimeOf({ uptimeMs }: SpoolOptions): number {
  return uptimeMs?.() ?? performance.now()
}

function isUsable(options: SpoolOptions, folders: readonly Folder[]): boolean {
  const now = uptimeOf(options)
  return folders.some((folder) => now >= folder.blockedUntilMs)
}

function folderBytes({ segments, writer }: Folder): number {
  let bytes = writer.current()?.bytes ?? 0
  for (const segment of segments.values()) bytes += segment.bytes
  return bytes
}

function statusOf(
  options: SpoolOptions,
  folders: readonly Folder[],
  all: readonly SegmentCount[],
): SpoolStatus {
  const filled = all.filter((segment) => segment.records > 0)
  const oldest = Math.min(...filled.map((segment) => segment.createdAtMs))
  return {
    usable: isUsable(options, folders),
    records: all.reduce((sum, segment) => sum + segment.records, 0),
    bytes: all.reduce((sum, segment) => sum + segment.bytes, 0),
    quotaBytes: options.quotaBytes,
    oldestAt: filled.length === 0 ? null : Temporal.Instant.fromEpochMilliseconds(oldest),
    folders: folders.map((folder) => ({
      dir: folder.home.dir,
      trouble: folder.trouble,
      files: folder.segments.size + (folder.writer.current() === null ? 0 : 1),
      bytes: folderBytes(folder),
    })),
  }
}

async function prune(
  options: SpoolOptions,
  folders: readonly Folder[],
  keepMs: number,
  isMerged: (paths: readonly string[]) => Promise<readonly string[]>,
): Promise<number> {
  let removed = 0
  for (const { home, writer } of folders) {
    const files = mergedFiles(home.dir, options.clock.now().epochMilliseconds)
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const leaving: string[] = []
    for (const file of files) {
      if (file.ageMs < keepMs && bytes <= options.quotaBytes * MERGED_SHARE) break
      bytes -= file.bytes
      leaving.push(file.path)
    }
    for (const path of leaving.length === 0 ? [] : await isMerged(leaving)) {
      await rm(path, { force: true })
      removed += 1
    }
    // What was given back to a full disk is kept again once there is room.
    if (writer.current() === null) await fillReserve(home.dir, options.reserveBytes).catch(() => undefined)
  }
  return removed
}
