import type { CallsFor } from '#domain/connector.ts'
import { acceptFetched, type Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { orderNo } from '#kernel/id.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'

export type FetchDeps = {
  readonly intake: Intake
  readonly find: (id: string) => Connected | null
  readonly callsFor: CallsFor
  readonly clock: Clock
  readonly onAccepted: () => void
}

/** Fetches an order that a push only named; the answer enters by the inbox like any message. */
export function fetchOrderHandler(deps: FetchDeps): EffectHandler {
  return {
    perform: async (intent) => {
      const connected = deps.find(intent.connection)
      const calls = connected?.connector.calls?.(connected.settings, deps.callsFor(connected))
      if (connected === null || calls?.fetchOrder === undefined)
        return {
          state: 'refused',
          refusal: { code: 'fetch.not_supported', detail: `${intent.connection} cannot fetch orders` },
        }
      const fetched = await calls.fetchOrder(orderNo(String(intent.payload.orderNo ?? '')))
      if (!fetched.ok) return { state: 'refused', refusal: fetched.refusal }
      const kept = await acceptFetched(
        { intake: deps.intake, clock: deps.clock, onAccepted: deps.onAccepted },
        connected.id,
        'fetch',
        fetched.value,
      )
      return { state: 'done', words: kept.verdict === 'duplicate' ? 'unchanged' : kept.id }
    },
  }
}
