import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Arrival, Transport } from '#platform/inbox/store.ts'

const TRANSPORTS: readonly Transport[] = ['http', 'stream', 'poll', 'fetch', 'file', 'api']
const VERDICTS: readonly Arrival['verdict'][] = ['accepted', 'challenge', 'rejected']
const KEY_TEXT = 200

/**
 * One message as a JSON document: `time` and `channel` (the connection) and `raw`, as the emergency procedure of the source has
 * it, and under `message` what else the hub knew. A body that is not UTF-8 is `rawBase64`.
 */
export function arrivalToDocument(arrival: Arrival): Record<string, unknown> {
  const { body, receivedAt, connection, ...message } = arrival
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = bytes.toString('utf8')
  const raw = Buffer.from(text).equals(bytes) ? { raw: text } : { rawBase64: bytes.toString('base64') }
  return { time: receivedAt.toString(), channel: connection, orderNo: arrival.orderNo, ...raw, message }
}

/**
 * A document back as a message. Only `time`, `channel` and a raw body are asked for; without its key (a document written by
 * hand or by another tool) the body's hash is the key, so that the same document twice is one message. Refused:
 * `recovery.bad_document`.
 */
export function parseDocument(text: string, hashOf: (bytes: Uint8Array) => string): Result<Arrival> {
  const document = jsonObject(text)
  if (document === null) return bad('it is not a JSON object')
  const { time, channel } = document
  if (typeof channel !== 'string' || channel === '') return bad('channel is missing')
  const receivedAt = instantOf(time)
  if (receivedAt === null) return bad('time is not an ISO 8601 time with its offset')
  const body = bodyOf(document)
  if (body === null) return bad('neither raw nor rawBase64 is there')
  const known = isObject(document.message) ? document.message : {}
  const str = (name: string): string | null => {
    const value = known[name]
    return typeof value === 'string' ? value.replaceAll('\u0000', '') : null
  }
  const orderNo = typeof document.orderNo === 'string' ? document.orderNo : str('orderNo')
  return ok({
    connection: channel.slice(0, KEY_TEXT),
    lane: str('lane') ?? channel.slice(0, KEY_TEXT),
    transport: TRANSPORTS.find((one) => one === known.transport) ?? 'file',
    topic: (str('topic') ?? 'recovered').slice(0, KEY_TEXT),
    dedupKey: str('dedupKey') ?? `recovered:${hashOf(body)}`,
    orderNo: orderNo === null ? null : orderNo.replaceAll('\u0000', '').slice(0, KEY_TEXT),
    headers: jsonObject(str('headers') ?? '') === null ? '{}' : (str('headers') ?? '{}'),
    body,
    verdict: VERDICTS.find((one) => one === known.verdict) ?? 'accepted',
    refusalCode: str('refusalCode'),
    refusalDetail: str('refusalDetail'),
    responseStatus: wholeNumber(known.responseStatus),
    responseBody: str('responseBody') ?? '',
    receivedAt,
    latencyUs: wholeNumber(known.latencyUs),
  })
}

function bodyOf({ raw, rawBase64 }: Record<string, unknown>): Uint8Array | null {
  if (typeof raw === 'string') return Buffer.from(raw)
  if (typeof raw === 'object' && raw !== null) return Buffer.from(JSON.stringify(raw))
  return typeof rawBase64 === 'string' ? Buffer.from(rawBase64, 'base64') : null
}

function instantOf(time: unknown): Temporal.Instant | null {
  try {
    return typeof time === 'string' ? Temporal.Instant.from(time) : null
  } catch {
    return null
  }
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wholeNumber(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : 0
}

function bad(words: string): Result<never> {
  return refuse('recovery.bad_document', words)
}
