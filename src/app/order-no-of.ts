import type { Connector, Settings } from '#domain/connector.ts'
import { connectionId } from '#kernel/id.ts'
import { readHeaders } from '#platform/inbox/headers.ts'
import type { Arrival } from '#platform/inbox/store.ts'

export type Reader = {
  readonly connector: Pick<Connector, 'read'>
  readonly settings: Settings
}

/**
 * The order that a kept message speaks of, by its connector's own reading: a receipt names it also where the platform's callback is
 * acknowledged before its body is read. The first one where it speaks of several; null where it names none, or nobody can read it.
 */
export function orderNoReader(
  find: (connection: string) => Reader | null,
): (arrival: Pick<Arrival, 'connection' | 'topic' | 'headers' | 'body' | 'receivedAt'>) => string | null {
  return ({ connection, topic, headers, body, receivedAt }) => {
    const reader = find(connection)
    if (reader === null) return null
    const message = {
      connection: connectionId(connection),
      topic,
      headers: readHeaders(headers),
      body,
      receivedAt,
    }
    try {
      const read = reader.connector.read(message, reader.settings)
      if (!read.ok) return null
      const [content] = read.value.content
      if (content !== undefined) return content.orderNo
      for (const { subject } of read.value.claims) if (subject.by === 'order') return subject.orderNo
      return null
    } catch {
      // A reader that breaks is told when the message is interpreted; its receipt goes without.
      return null
    }
  }
}
