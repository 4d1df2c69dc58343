import type { Contribution } from '#features/orders/index.ts'
import { claimsToFacts } from '#features/orders/index.ts'
import { Bug } from '#kernel/assert.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Task } from '#platform/inbox/store.ts'
import type { FindConnection, RulesFor } from './ports.ts'

export type ReadTask = {
  readonly contribution: Contribution
  readonly unknown: readonly string[]
  readonly kind: string
}

/**
 * Reads one message: connector, then mapping. A refusal parks the message; it never stops its batch. A reader that breaks
 * its own promises is our bug: the message is parked with `intake.reader_failed`, and the hub goes on.
 */
export function readTask(task: Task, find: FindConnection, rulesFor: RulesFor): Result<ReadTask> {
  const connected = find(task.connection)
  if (connected === null)
    return refuse('intake.unknown_connection', `connection ${task.connection} is gone; restore it and replay`)
  const message = {
    connection: connected.id,
    topic: task.topic,
    headers: task.headers,
    body: task.body,
    receivedAt: task.receivedAt,
  }
  try {
    const reading = connected.connector.read(message, connected.settings)
    if (!reading.ok) return reading
    const origin = { connection: connected.id, messageId: task.id, receivedAt: task.receivedAt }
    const { facts, silenced, unknown } = claimsToFacts(
      reading.value,
      rulesFor(connected.kind, connected.id),
      origin,
    )
    return ok({
      kind: connected.kind,
      unknown,
      contribution: {
        ...origin,
        dedupKey: task.dedupKey,
        facts,
        silenced: task.replay ? silenced : [],
        content: reading.value.content,
        fetch: reading.value.fetch,
      },
    })
  } catch (error) {
    return readerFailed(error)
  }
}

function readerFailed(error: unknown): Refused {
  const what =
    error instanceof Bug
      ? error.message
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error)
  return refuse('intake.reader_failed', what.slice(0, 300))
}
