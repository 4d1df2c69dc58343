import { crc32 } from 'node:zlib'
import { ok, type Result, refuse } from '#kernel/result.ts'

// One file of the spool, as bytes; nothing here touches a disk.
//   header  "HFSPOOL1" | length (4) | crc32 of the JSON (4) | JSON
//   frame   "HFRM" | the segment's own mark (8) | length of payload (4) | crc32 of length and payload (4) | payload
// The mark before every frame lets a reader find the next one after a damaged place. It is drawn for each segment and told to
// nobody: what a sender puts into a body can look like a frame, but never like one of that segment.

export type SegmentHeader = {
  readonly format: 1
  /** Unique for ever: the checkpoint of a merge goes by it, so that a copied folder is the same one and another machine's is not. */
  readonly segment: string
  /** `<host>/<place>` of the process that wrote it. */
  readonly node: string
  /** Instant at which that process opened its folder, in milliseconds: two writers never share one. */
  readonly epoch: number
  readonly createdAt: string
  /** Hex of the 8 bytes that every frame begins with. Never shown outside; absent in what was written before there was one. */
  readonly mark?: string
  /** Base64 of the segment's name sealed with the writer's key; null where frames are not encrypted. */
  readonly keyCheck: string | null
}

export type Frame = { readonly offset: number; readonly next: number; readonly payload: Buffer }

/** A place that holds no whole frame. `torn`: the file ends in it, as after a kill or a loss of power. */
export type Damage = { readonly offset: number; readonly bytes: number; readonly torn: boolean }

const MAGIC = Buffer.from('HFSPOOL1')
const MARK = Buffer.from('HFRM')
const OWN_MARK_BYTES = 8
/** Bytes of a frame beside its mark. */
const NUMBERS = 8
/** Bytes that a frame adds to its payload. */
export const FRAME_HEAD = MARK.length + OWN_MARK_BYTES + NUMBERS
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

/** What every frame of a segment begins with. */
export function markOf({ mark }: Pick<SegmentHeader, 'mark'>): Buffer {
  return mark === undefined ? MARK : Buffer.concat([MARK, Buffer.from(mark, 'hex')])
}

export function newMark(randomBytes: (size: number) => Buffer): string {
  return randomBytes(OWN_MARK_BYTES).toString('hex')
}

export function encodeFrame(payload: Uint8Array, mark: Buffer): Buffer {
  const head = mark.length + NUMBERS
  const frame = Buffer.allocUnsafe(head + payload.length)
  mark.copy(frame, 0)
  frame.writeUInt32BE(payload.length, mark.length)
  frame.set(payload, head)
  frame.writeUInt32BE(crcOf(frame.subarray(mark.length), payload.length), mark.length + 4)
  return frame
}

/**
 * The header and where the first frame begins. Refused: `spool.not_a_segment`, `spool.header_damaged` (also a file that ends
 * within its header), `spool.unknown_format`.
 */
export function readHeader(
  bytes: Buffer,
): Result<{ readonly header: SegmentHeader; readonly first: number; readonly mark: Buffer }> {
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
  return ok({ header, first: jsonAt + length, mark: markOf(header) })
}

/** The next whole frame at or after `offset`, and the damage that had to be skipped to find it; no frame: the end. */
export function nextFrame(
  bytes: Buffer,
  offset: number,
  mark: Buffer,
): { readonly frame: Frame | null; readonly damage: Damage | null } {
  let at = offset
  while (at < bytes.length) {
    const frame = frameAt(bytes, at, mark)
    if (frame !== null)
      return { frame, damage: at === offset ? null : { offset, bytes: at - offset, torn: false } }
    const found = bytes.indexOf(mark, at + 1)
    at = found < 0 ? bytes.length : found
  }
  const rest = bytes.length - offset
  return { frame: null, damage: rest > 0 ? { offset, bytes: rest, torn: true } : null }
}

/** How many whole frames, and where the last of them ends: what follows is a torn tail. */
export function measure(
  bytes: Buffer,
  first: number,
  mark: Buffer,
): { records: number; end: number; damaged: Damage[] } {
  const damaged: Damage[] = []
  let records = 0
  let end = first
  for (;;) {
    const { frame, damage } = nextFrame(bytes, end, mark)
    if (damage !== null) damaged.push(damage)
    if (frame === null) return { records, end, damaged }
    records += 1
    end = frame.next
  }
}

/**
 * The mark of a segment whose header cannot be read: of all that look like one, that whose frames take the most room. A frame
 * that somebody put into a body lies within a frame of the segment, so it never wins over that. Looks at a bounded number of bytes.
 */
export function guessMark(bytes: Buffer): Buffer {
  const room = new Map<string, number>()
  let budget = 8 * bytes.length
  for (let at = bytes.indexOf(MARK); at >= 0 && budget > 0; ) {
    const own = bytes.subarray(at, at + MARK.length + OWN_MARK_BYTES)
    const frame = frameAt(bytes, at, own) ?? frameAt(bytes, at, MARK)
    budget -= lookedAt(bytes, at, own.length) + lookedAt(bytes, at, MARK.length)
    if (frame !== null) {
      const length = frame.next - frame.offset - frame.payload.length - NUMBERS
      const key = bytes.subarray(at, at + length).toString('hex')
      room.set(key, (room.get(key) ?? 0) + frame.next - frame.offset)
    }
    at = bytes.indexOf(MARK, frame === null ? at + 1 : frame.next)
  }
  const [best] = [...room].sort((a, b) => b[1] - a[1])
  return best === undefined ? MARK : Buffer.from(best[0], 'hex')
}

/** How many bytes the checksum of a supposed frame goes over. */
function lookedAt(bytes: Buffer, at: number, mark: number): number {
  const length = at + mark + 4 > bytes.length ? 0 : bytes.readUInt32BE(at + mark)
  return at + mark + NUMBERS + length > bytes.length ? NUMBERS : length
}

function frameAt(bytes: Buffer, offset: number, mark: Buffer): Frame | null {
  const numbers = offset + mark.length
  const start = numbers + NUMBERS
  if (start > bytes.length || bytes.compare(mark, 0, mark.length, offset, numbers) !== 0) return null
  const length = bytes.readUInt32BE(numbers)
  if (length > PAYLOAD_MOST || start + length > bytes.length) return null
  if (bytes.readUInt32BE(numbers + 4) !== crcOf(bytes.subarray(numbers), length)) return null
  return { offset, next: start + length, payload: bytes.subarray(start, start + length) }
}

/** Over length and payload, so that neither can change unseen. `from` begins with the length. */
function crcOf(from: Buffer, length: number): number {
  return crc32(from.subarray(NUMBERS, NUMBERS + length), crc32(from.subarray(0, 4)))
}
