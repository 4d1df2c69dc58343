import { crc32 } from 'node:zlib'
import { ok, type Result, refuse } from '#kernel/result.ts'

// One file of the spool, as bytes; nothing here touches a disk.
//   header  "HFSPOOL1" | length (4) | crc32 of the JSON (4) | JSON
//   frame   "HFRM" | length of payload (4) | crc32 of length and payload (4) | payload
// The mark before every frame lets a reader find the next one after a damaged place.

export type SegmentHeader = {
  readonly format: 1
  /** Unique for ever: the checkpoint of a merge goes by it, so that a copied folder is the same one and another machine's is not. */
  readonly segment: string
  /** `<host>/<place>` of the process that wrote it. */
  readonly node: string
  /** Instant at which that process opened its folder, in milliseconds: two writers never share one. */
  readonly epoch: number
  readonly createdAt: string
  /** Base64 of the segment's name sealed with the writer's key; null where frames are not encrypted. */
  readonly keyCheck: string | null
}

export type Frame = { readonly offset: number; readonly next: number; readonly payload: Buffer }

/** A place that holds no whole frame. `torn`: the file ends in it, as after a kill or a loss of power. */
export type Damage = { readonly offset: number; readonly bytes: number; readonly torn: boolean }

const MAGIC = Buffer.from('HFSPOOL1')
const MARK = Buffer.from('HFRM')
const FRAME_HEAD = 12
export const SEGMENT_SUFFIX = '.hfs'
/** More than any message may have; a length beyond it is damage. */
export const PAYLOAD_MOST = 128 * 1_048_576

export function encodeHeader(header: SegmentHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32BE(json.length, 0)
  numbers.writeUInt32BE(crc32(json), 4)
  return Buffer.concat([MAGIC, numbers, json])
}

export function encodeFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD + payload.length)
  MARK.copy(frame, 0)
  frame.writeUInt32BE(payload.length, 4)
  frame.set(payload, FRAME_HEAD)
  frame.writeUInt32BE(crcOf(frame, payload.length), 8)
  return frame
}

/**
 * The header and where the first frame begins. Refused: `spool.not_a_segment`, `spool.header_damaged` (also a file that ends
 * within its header), `spool.unknown_format`.
 */
export function readHeader(
  bytes: Buffer,
): Result<{ readonly header: SegmentHeader; readonly first: number }> {
  const start = bytes.subarray(0, MAGIC.length)
  // A loss of power in the moment of its creation leaves a file short, empty or full of zeros.
  if (start.length < MAGIC.length || start.every((byte) => byte === 0))
    return refuse('spool.header_damaged', 'the header of the segment is not whole')
  if (!start.equals(MAGIC))
    return refuse('spool.not_a_segment', 'the file does not begin like a segment of the spool')
  const jsonAt = MAGIC.length + 8
  const length = bytes.length < jsonAt ? 0 : bytes.readUInt32BE(MAGIC.length)
  const json = bytes.subarray(jsonAt, jsonAt + length)
  if (length === 0 || json.length < length || bytes.readUInt32BE(MAGIC.length + 4) !== crc32(json))
    return refuse('spool.header_damaged', 'the header of the segment is not whole')
  const header = JSON.parse(json.toString('utf8')) as SegmentHeader
  if (header.format !== 1)
    return refuse('spool.unknown_format', `format ${String(header.format)} is of a newer version`)
  return ok({ header, first: jsonAt + length })
}

/** The next whole frame at or after `offset`, and the damage that had to be skipped to find it; no frame: the end. */
export function nextFrame(
  bytes: Buffer,
  offset: number,
): { readonly frame: Frame | null; readonly damage: Damage | null } {
  let at = offset
  while (at < bytes.length) {
    const frame = frameAt(bytes, at)
    if (frame !== null)
      return { frame, damage: at === offset ? null : { offset, bytes: at - offset, torn: false } }
    const mark = bytes.indexOf(MARK, at + 1)
    at = mark < 0 ? bytes.length : mark
  }
  const rest = bytes.length - offset
  return { frame: null, damage: rest > 0 ? { offset, bytes: rest, torn: true } : null }
}

/** How many whole frames, and where the last of them ends: what follows is a torn tail. */
export function measure(bytes: Buffer, first: number): { records: number; end: number; damaged: Damage[] } {
  const damaged: Damage[] = []
  let records = 0
  let end = first
  for (;;) {
    const { frame, damage } = nextFrame(bytes, end)
    if (damage !== null) damaged.push(damage)
    if (frame === null) return { records, end, damaged }
    records += 1
    end = frame.next
  }
}

function frameAt(bytes: Buffer, offset: number): Frame | null {
  const start = offset + FRAME_HEAD
  if (start > bytes.length || bytes.compare(MARK, 0, MARK.length, offset, offset + MARK.length) !== 0)
    return null
  const length = bytes.readUInt32BE(offset + 4)
  if (length > PAYLOAD_MOST || start + length > bytes.length) return null
  if (bytes.readUInt32BE(offset + 8) !== crcOf(bytes.subarray(offset), length)) return null
  return { offset, next: start + length, payload: bytes.subarray(start, start + length) }
}

/** Over length and payload, so that neither can change unseen. */
function crcOf(frame: Buffer, length: number): number {
  return crc32(frame.subarray(FRAME_HEAD, FRAME_HEAD + length), crc32(frame.subarray(4, 8)))
}
