import { Outage } from '#kernel/outage.ts'
import type { Arrival } from '../inbox/store.ts'

/** Read for two versions after a newer one is written, so that an old folder can still be merged after an upgrade. */
const VERSION = 1
const HEAD_AT = 5

/**
 * A message as bytes: version (1), length of the head (4, big endian), the head as JSON, the body as it came. The head carries
 * whatever fields an arrival has, so that a field added later needs no new version.
 */
export function encodeArrival(arrival: Arrival): Buffer {
  const { body, receivedAt, ...rest } = arrival
  const head = Buffer.from(JSON.stringify({ ...rest, receivedAt: receivedAt.toString() }))
  const start = Buffer.alloc(HEAD_AT)
  start.writeUInt8(VERSION, 0)
  start.writeUInt32BE(head.length, 1)
  return Buffer.concat([start, head, body])
}

/** What `encodeArrival` wrote; throws `Outage` (`spool.unreadable`, not retryable) for anything else. */
export function decodeArrival(bytes: Uint8Array): Arrival {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD_AT || buffer[0] !== VERSION)
    throw unreadable(`version ${buffer[0] ?? 'none'} of a spooled message is not known here`)
  const headEnd = HEAD_AT + buffer.readUInt32BE(1)
  if (headEnd > buffer.length) throw unreadable('a spooled message is shorter than it says')
  return arrivalOf(buffer.subarray(HEAD_AT, headEnd), buffer.subarray(headEnd))
}

function arrivalOf(headBytes: Buffer, body: Buffer): Arrival {
  try {
    const { receivedAt, ...rest } = JSON.parse(headBytes.toString('utf8')) as Record<string, unknown>
    const { connection } = rest
    if (typeof connection !== 'string') throw new TypeError('no connection')
    const at = Temporal.Instant.from(String(receivedAt))
    return { lane: connection, ...rest, receivedAt: at, body } as unknown as Arrival
  } catch (cause) {
    throw unreadable('the head of a spooled message cannot be read', cause)
  }
}

function unreadable(words: string, cause?: unknown): Outage {
  return new Outage('spool.unreadable', words, { retryable: false, cause })
}
