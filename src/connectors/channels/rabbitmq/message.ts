import type { ConsumeMessage } from 'amqplib'
import { sha256Hex } from '#connectors/digest.ts'
import { asObject, filledAt, readJson } from '#connectors/json.ts'
import type { FetchedMessage } from '#domain/connector.ts'
import { FILE_TOPIC } from '#domain/file-order.ts'
import type { Format } from './settings.ts'

export type Delivery = Pick<ConsumeMessage, 'content' | 'fields' | 'properties'>

/** A body that makes no sense gets this topic, is kept all the same and parked by the reader. */
export const UNREADABLE_TOPIC = 'unreadable'
export const ENCODING_HEADER = 'content-encoding'

const MAX_HEADER = 2_000
const MAX_TEXT = 200

/**
 * The stored form of a delivery. The key is the producer's message id with the body's hash, so that an id used twice for two
 * bodies hides neither; without an id the body alone. Pure.
 */
export function toMessage(delivery: Delivery, format: Format): FetchedMessage {
  const { content, properties } = delivery
  const hash = sha256Hex(content)
  const id = typeof properties.messageId === 'string' ? properties.messageId.trim() : ''
  const { topic, orderNo } = namesIn(content, format)
  return {
    topic,
    dedupKey: id === '' ? `body:${hash}` : `id:${sha256Hex(id)}:${hash}`,
    orderNo,
    headers: headersOf(delivery),
    body: Uint8Array.from(content),
  }
}

function namesIn(content: Uint8Array, format: Format): { topic: string; orderNo: string | null } {
  const parsed = readJson(content)
  if (!parsed.ok) return { topic: UNREADABLE_TOPIC, orderNo: null }
  if (format === 'order') {
    const order = asObject(parsed.value)
    return { topic: FILE_TOPIC, orderNo: order === null ? null : filledAt(order, 'orderNo') }
  }
  const events = (Array.isArray(parsed.value) ? parsed.value : [parsed.value]).map(asObject)
  const only = (name: string): string | null => {
    const values = new Set(events.map((event) => (event === null ? null : filledAt(event, name))))
    return values.size === 1 ? ([...values][0] ?? null) : null
  }
  return { topic: (only('event') ?? 'mixed').slice(0, MAX_TEXT), orderNo: only('order_no') }
}

/** What tells how the message came here: the broker's own redelivery and dead-letter marks among it. */
function headersOf({ fields, properties }: Delivery): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    redelivered: String(fields.redelivered),
    exchange: fields.exchange,
    'routing-key': fields.routingKey,
  }
  const keep = (name: string, value: unknown): void => {
    if (value === undefined || value === null || value === '') return
    const text = typeof value === 'string' ? value : plainText(value)
    headers[name] = text.length > MAX_HEADER ? `${text.slice(0, MAX_HEADER)}…` : text
  }
  keep('message-id', properties.messageId)
  keep('correlation-id', properties.correlationId)
  keep('content-type', properties.contentType)
  keep(ENCODING_HEADER, properties.contentEncoding)
  keep('timestamp', properties.timestamp)
  keep('x-death', properties.headers?.['x-death'])
  keep('x-delivery-count', properties.headers?.['x-delivery-count'])
  return headers
}

/** AMQP tables hold 64-bit numbers and byte strings, which JSON does not know. */
function plainText(value: unknown): string {
  return (
    JSON.stringify(value, (_key, item: unknown) =>
      typeof item === 'bigint' ? item.toString() : Buffer.isBuffer(item) ? item.toString('utf8') : item,
    ) ?? ''
  )
}
