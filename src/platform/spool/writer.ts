import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock.ts'
import { diskCode, isDiskFull, type SpoolDisk, type SpoolFile } from './disk.ts'
import { encodeFrame, encodeHeader, FRAME_HEAD, markOf, newMark, SEGMENT_SUFFIX } from './segment.ts'

export const SEGMENT_BYTES = 64 * 1_048_576
export const SEGMENT_AGE_MS = 30_000

/** Where a frame lies once it is durable. */
export type Written = { readonly segment: string; readonly offset: number }

export type SegmentCount = {
  readonly path: string
  readonly records: number
  readonly bytes: number
  readonly createdAtMs: number
}

export type FolderWriter = {
  /** Writes a frame for each and waits for the disk. A throw means: none of them is promised, and the file is not written again. */
  readonly write: (payloads: readonly Uint8Array[]) => Promise<Written[]>
  /** Ends the segment, so that it can be merged. */
  readonly rotate: () => Promise<void>
  readonly current: () => SegmentCount | null
}

type OpenSegment = {
  readonly id: string
  readonly path: string
  readonly file: SpoolFile
  readonly mark: Buffer
  readonly createdAtMs: number
  bytes: number
  records: number
}

export type FolderDeps = {
  readonly dir: string
  readonly node: string
  readonly epoch: number
  readonly clock: Clock
  readonly disk: SpoolDisk
  readonly keyCheck: ((segment: string) => string) | null
  /** A segment is whole and closed, or will never be written again. */
  readonly onClosed: (segment: SegmentCount) => void
  readonly segmentBytes?: number
  readonly segmentAgeMs?: number
}

/**
 * Appends to one segment after another in one folder. A segment that a write or a sync failed on is left as it is: after a
 * failed fsync nobody knows what reached the disk, and a second one may say yes to what was lost (PostgreSQL stops for the
 * same reason since 2018).
 */
export function openFolderWriter(deps: FolderDeps): FolderWriter {
  const { segmentBytes = SEGMENT_BYTES, segmentAgeMs = SEGMENT_AGE_MS } = deps
  let open: OpenSegment | null = null
  let sequence = 0

  const close = async (segment: OpenSegment): Promise<void> => {
    open = null
    await segment.file.close().catch(() => undefined)
    deps.onClosed(countOf(segment))
  }
  const segmentFor = async (bytes: number): Promise<OpenSegment> => {
    const now = deps.clock.now().epochMilliseconds
    if (
      open !== null &&
      (open.bytes + bytes > segmentBytes || Math.abs(now - open.createdAtMs) >= segmentAgeMs)
    )
      await close(open)
    if (open !== null) return open
    sequence += 1
    open = await createSegment(deps, sequence, now)
    return open
  }
  return {
    write: async (payloads) => {
      const bytes = payloads.reduce((sum, payload) => sum + FRAME_HEAD + payload.length, 0)
      const segment = await segmentFor(bytes)
      const frames = payloads.map((payload) => encodeFrame(payload, segment.mark))
      try {
        await segment.file.append(frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames, bytes))
        await segment.file.sync()
      } catch (error) {
        await close(segment)
        throw error
      }
      let offset = segment.bytes
      segment.bytes += bytes
      segment.records += frames.length
      return frames.map((frame) => {
        const written = { segment: segment.id, offset }
        offset += frame.length
        return written
      })
    },
    rotate: async () => {
      if (open !== null) await close(open)
    },
    current: () => (open === null ? null : countOf(open)),
  }
}

/** The name is durable before the first message is: a file whose name is lost is lost. */
async function createSegment(deps: FolderDeps, sequence: number, now: number): Promise<OpenSegment> {
  const id = randomBytes(16).toString('hex')
  const name = `${String(deps.epoch).padStart(14, '0')}-${String(sequence).padStart(6, '0')}${SEGMENT_SUFFIX}`
  const path = join(deps.dir, name)
  const mark = newMark(randomBytes)
  const header = encodeHeader({
    format: 1,
    segment: id,
    mark,
    node: deps.node,
    epoch: deps.epoch,
    createdAt: Temporal.Instant.fromEpochMilliseconds(now).toString(),
    keyCheck: deps.keyCheck?.(id) ?? null,
  })
  const file = await deps.disk.create(path)
  const segment = {
    id,
    path,
    file,
    mark: markOf({ mark }),
    createdAtMs: now,
    bytes: header.length,
    records: 0,
  }
  try {
    await file.append(header)
    await file.sync()
    await deps.disk.syncFolder(deps.dir)
    return segment
  } catch (error) {
    await file.close().catch(() => undefined)
    deps.onClosed(countOf(segment))
    throw error
  }
}

function countOf({ path, records, bytes, createdAtMs }: OpenSegment): SegmentCount {
  return { path, records, bytes, createdAtMs }
}

/** What stands in the way of writing, for people. */
export function diskWords(dir: string, error: unknown): { code: string; words: string } {
  return isDiskFull(error)
    ? { code: 'spool.disk_full', words: `the disk of ${dir} is full` }
    : { code: 'spool.unwritable', words: `${dir} cannot be written (${diskCode(error)})` }
}
