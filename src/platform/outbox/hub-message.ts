import type { FetchedMessage } from '#domain/connector.ts'
import type { NewIntent } from './store.ts'

/** The effect that puts a message of the hub's own into the inbox. */
export const TELL_HUB = 'tell_hub'

/**
 * An intent that brings a message of the hub's own into the inbox, decided in the transaction that made it true. Its key is the message's
 * deduplication key, so it enters once however often it is carried out.
 */
export function hubMessageIntent(
  connection: string,
  orderId: bigint | null,
  message: FetchedMessage,
): NewIntent {
  return {
    key: `${TELL_HUB}:${connection}:${message.dedupKey}`,
    effect: TELL_HUB,
    connection,
    orderId,
    payload: {
      topic: message.topic,
      dedupKey: message.dedupKey,
      orderNo: message.orderNo,
      body: new TextDecoder().decode(message.body),
    },
  }
}
