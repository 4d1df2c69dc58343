import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { faultOf } from './faults.ts'
import { type Broker, openBroker } from './open-broker.ts'
import { parseQueueSettings, type QueueSettings } from './settings.ts'

export type Depth = { readonly ready: number; readonly deadLetters: number | null }

/** Both only look: a passive declare changes nothing and takes no message. */
export function calls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const depth = await look(settings, deps)
      if (!depth.ok) return depth
      const { ready, deadLetters } = depth.value
      const dead = deadLetters === null ? '' : `, ${deadLetters} dead letters`
      return ok({ words: `queue ${settings.queue?.trim() ?? ''}: ${ready} ready${dead}` })
    },
    queueDepth: () => look(settings, deps),
  }
}

/**
 * Refused with what only a person can mend (`rabbitmq.settings`, `credentials`, `vhost`, `queue_missing`, `access_refused`,
 * `queue_locked`); everything else is thrown as an outage.
 */
async function look(settings: Settings, deps: CallDeps): Promise<Result<Depth>> {
  const parsed = parseQueueSettings(settings)
  if (!parsed.ok) return parsed
  let broker: Broker
  try {
    broker = await openBroker(deps.openTcp, parsed.value, 'holdfast depth')
  } catch (error) {
    return tell(error, 'opening')
  }
  try {
    return ok(await readDepth(broker, parsed.value))
  } catch (error) {
    return tell(error, 'queue')
  } finally {
    await broker.close()
  }
}

async function readDepth(broker: Broker, { queue, deadLetterQueue }: QueueSettings): Promise<Depth> {
  const channel = await broker.channel()
  channel.on('error', () => undefined)
  const { messageCount } = await channel.checkQueue(queue)
  if (deadLetterQueue === null) return { ready: messageCount, deadLetters: null }
  const dead = await channel.checkQueue(deadLetterQueue)
  return { ready: messageCount, deadLetters: dead.messageCount }
}

function tell(error: unknown, place: 'opening' | 'queue'): Result<never> {
  if (error instanceof Outage) throw error
  const { code, words, settled } = faultOf(error, place)
  if (settled) return refuse(code, words)
  throw new Outage(code, words, { cause: error })
}
