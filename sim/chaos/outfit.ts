import { type RedisCluster, redisCluster } from '#test-support/redis.ts'
import type { Parts } from './parts.ts'
import { openQueue, QUEUE, type Queue } from './queue.ts'
import { openYard, YARD, type Yard, type YardName } from './yard.ts'

/** What a run has beside its shops, as `--with` says; null where it was left out. */
export type Outfit = {
  readonly parts: Parts
  readonly redis: RedisCluster | null
  readonly queue: Queue | null
  readonly yard: Yard | null
}

export async function openOutfit(
  parts: Parts,
  options: {
    readonly yardBook: string
    readonly seed: number
    readonly yardPorts: Readonly<Record<YardName, number>>
    /** Called in the end, the last first. */
    readonly closers: (() => Promise<void> | void)[]
  },
): Promise<Outfit> {
  const { yardBook: path, seed, yardPorts: ports, closers } = options
  const opened = async <T>(part: boolean, open: () => Promise<T>, close: (made: T) => Promise<void>) => {
    if (!part) return null
    const made = await open()
    closers.push(() => close(made))
    return made
  }
  // Side by side, since a broker takes seconds to start; and all of them to their end, so that each is closed where one fails.
  const [redis, queue, yard] = await Promise.allSettled([
    opened(parts.has('redis'), redisCluster, (one) => one.close()),
    opened(parts.has('rabbitmq'), openQueue, (one) => one.broker.close()),
    opened(
      parts.has('parcels'),
      () => openYard({ path, seed, ports }),
      (one) => one.close(),
    ),
  ])
  return { parts, redis: madeOf(redis), queue: madeOf(queue), yard: madeOf(yard) }
}

function madeOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason
  return settled.value
}

type Connect = (
  kind: string,
  settings: Readonly<Record<string, string>>,
  name: string,
) => Promise<{ readonly id: string; readonly callbackUrl: string | null }>

/** As an operator would: a connection for each of them. Answers their ids by name. */
export async function connectParts(
  { queue, yard }: Outfit,
  connect: Connect,
  hubUrl: string,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  if (queue !== null) {
    const made = await connect('rabbitmq', queue.broker.settingsFor(QUEUE, { prefetch: '16' }), 'rabbitmq')
    ids.rabbitmq = made.id
  }
  if (yard === null) return ids
  const callbacks: Record<string, string> = {}
  for (const name of YARD) {
    const { id, callbackUrl } = await connect(name.replace('yard-', ''), yard.settings[name], name)
    ids[name] = id
    if (callbackUrl !== null) callbacks[name] = `${hubUrl}${new URL(callbackUrl).pathname}`
  }
  yard.pushTo(callbacks)
  ids['own-numbers'] = (await connect('own-numbers', {}, 'own-numbers')).id
  return ids
}
