import type { FetchedMessage } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { headersText } from '#platform/inbox/headers.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Kept, Transport } from '#platform/inbox/store.ts'
import { storable } from './receive.ts'

/**
 * Keeps a message that the hub itself fetched, polled, read from a stream or from a file. It enters by the inbox like
 * any other, so that it is deduplicated, searchable and replayable alike. `lane`: where it waits; the connection's own if not given.
 */
export async function acceptFetched(
  deps: { intake: Intake; clock: Clock; onAccepted?: (lane: string) => void },
  connection: ConnectionId,
  transport: Transport,
  message: FetchedMessage,
  lane: string = deps.intake.laneOf(connection),
): Promise<Kept> {
  const kept = await deps.intake.keep({
    connection,
    lane,
    transport,
    topic: storable(message.topic),
    dedupKey: message.dedupKey.replaceAll('\u0000', ''),
    orderNo: message.orderNo === null ? null : storable(message.orderNo),
    headers: headersText(message.headers),
    body: message.body,
    verdict: 'accepted',
    refusalCode: null,
    refusalDetail: null,
    responseStatus: 0,
    responseBody: '',
    receivedAt: deps.clock.now(),
    latencyUs: 0,
  })
  if (kept.verdict === 'accepted') deps.onAccepted?.(lane)
  return kept
}
