import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { tryExclusive } from '../embedded-postgres/lock.ts'
import type { Arrival } from '../inbox/store.ts'
import type { Vault } from '../vault.ts'
import { diskCode } from './disk.ts'
import { decodeArrival } from './record.ts'
import { type Damage, guessMark, nextFrame, readHeader, type SegmentHeader } from './segment.ts'

export type SpooledRecord = { readonly offset: number; readonly next: number; readonly arrival: Arrival }
export type SegmentBatch = {
  readonly records: readonly SpooledRecord[]
  readonly damaged: readonly Damage[]
  /** Where the next batch begins. */
  readonly next: number
  readonly end: boolean
}
export type SegmentReader = {
  /** What a merge's checkpoint goes by: the same for every copy of the file. */
  readonly id: string
  /** Null where the header itself is damaged; the frames behind it are still read. */
  readonly header: SegmentHeader | null
  readonly bytes: number
  /** Whole records from `offset` on (0: from the beginning), at most `most`. */
  readonly batch: (offset: number, most: number) => SegmentBatch
}

/** A segment is 64 MB; anything far beyond that is no segment. */
const FILE_MOST = 512 * 1_048_576

/**
 * Opens a segment with whichever of the keys fits. Refused: `spool.unreadable_file`, `spool.not_a_segment`,
 * `spool.unknown_format`, `spool.wrong_key` (none of the keys sealed it).
 */
export async function openSegment(path: string, vaults: readonly Vault[]): Promise<Result<SegmentReader>> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    return refuse('spool.unreadable_file', `${path} cannot be read (${diskCode(error)})`)
  }
  if (bytes.length > FILE_MOST) return refuse('spool.not_a_segment', `${path} is too large for a segment`)
  const head = readHeader(bytes)
  if (!head.ok && head.refusal.code !== 'spool.header_damaged')
    return refuse(head.refusal.code, `${path}: ${head.refusal.detail}`)
  const header = head.ok ? head.value.header : null
  const opened = header === null ? ok(anyOf(vaults)) : keyFor(header, vaults, path)
  if (!opened.ok) return opened
  const { first, mark } = head.ok ? head.value : { first: 0, mark: guessMark(bytes) }
  return ok({
    id: header?.segment ?? `damaged-${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`,
    header,
    bytes: bytes.length,
    batch: (offset, most) => batchOf({ bytes, mark, open: opened.value }, Math.max(first, offset), most),
  })
}

/** Whether a process holds this folder. One that cannot be locked at all (a read-only copy) belongs to nobody. */
export function isLive(dir: string): boolean {
  try {
    const held = tryExclusive(join(dir, 'lock'))
    held?.release()
    return held === null
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return false
  }
}

type OpenPayload = (payload: Uint8Array) => Uint8Array

function keyFor(header: SegmentHeader, vaults: readonly Vault[], path: string): Result<OpenPayload> {
  const { keyCheck } = header
  if (keyCheck === null) return ok((payload) => payload)
  for (const vault of vaults) {
    try {
      if (Buffer.from(vault.open(Buffer.from(keyCheck, 'base64'))).toString() === header.segment)
        return ok((payload) => vault.open(payload))
    } catch (error) {
      if (!(error instanceof Outage)) throw error
    }
  }
  return refuse(
    'spool.wrong_key',
    `${path} was written by ${header.node} with another key; give that hub's HOLDFAST_KEY or its vault.key by --key-file`,
  )
}

/** Without a header nobody says which key it was, or whether there was one. */
function anyOf(vaults: readonly Vault[]): OpenPayload {
  return (payload) => {
    for (const vault of vaults) {
      try {
        return vault.open(payload)
      } catch (error) {
        if (!(error instanceof Outage)) throw error
      }
    }
    return payload
  }
}

function batchOf(
  { bytes, mark, open }: { bytes: Buffer; mark: Buffer; open: OpenPayload },
  offset: number,
  most: number,
): SegmentBatch {
  const records: SpooledRecord[] = []
  const damaged: Damage[] = []
  let at = offset
  while (records.length < most) {
    const { frame, damage } = nextFrame(bytes, at, mark)
    if (damage !== null) damaged.push(damage)
    if (frame === null) return { records, damaged, next: bytes.length, end: true }
    try {
      records.push({ offset: frame.offset, next: frame.next, arrival: decodeArrival(open(frame.payload)) })
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      // Its checksum is right and its seal is not: somebody changed it.
      damaged.push({ offset: frame.offset, bytes: frame.next - frame.offset, torn: false })
    }
    at = frame.next
  }
  return { records, damaged, next: at, end: at >= bytes.length }
}
