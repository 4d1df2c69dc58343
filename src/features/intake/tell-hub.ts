import type { Clock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import { acceptFetched } from './accept-fetched.ts'

/** Keeps a message that the hub wrote to itself; a second time it is a duplicate of the first. */
export function tellHubHandler(deps: {
  readonly intake: Intake
  readonly clock: Clock
  readonly onAccepted: (lane?: string) => void
}): EffectHandler {
  return {
    perform: async ({ connection, payload }) => {
      const kept = await acceptFetched(deps, connectionId(connection), 'api', {
        topic: String(payload.topic),
        dedupKey: String(payload.dedupKey),
        orderNo: typeof payload.orderNo === 'string' ? payload.orderNo : null,
        headers: {},
        body: new TextEncoder().encode(String(payload.body)),
      })
      return { state: 'done', words: kept.verdict === 'duplicate' ? 'known' : kept.id }
    },
  }
}
