import type { Channel, ConsumeMessage } from 'amqplib'
import type { Settings, StreamDeps } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { type BrokerFault, CONSUMER_CANCELLED, faultOf } from './faults.ts'
import { type Gate, openGate, type Pauses, pauseMs, sleep } from './gate.ts'
import { toMessage } from './message.ts'
import { type Broker, openBroker } from './open-broker.ts'
import { type Format, formatOf, parseQueueSettings, type QueueSettings } from './settings.ts'

export type Timing = {
  /** Between connections. */
  readonly reconnect: Pauses
  /** While the hub cannot take messages. */
  readonly store: Pauses
  /** For a fault that only a person can mend: a missing queue is looked for again this often at least. */
  readonly settledMs: number
  /** How long messages in hand may take to be stored once the hub stops. */
  readonly goodbyeMs: number
}
const TIMING: Timing = {
  reconnect: { first: 1_000, longest: 60_000 },
  store: { first: 250, longest: 15_000 },
  settledMs: 15_000,
  goodbyeMs: 2_000,
}

/**
 * Consumes the queue until the signal aborts. A message is acknowledged only after the sink has made it durable; what is not
 * acknowledged the broker hands out again, to this hub or to another. Nothing is ever rejected: what cannot be read is kept
 * and parked by the hub, where a person sees it.
 */
export async function stream(settings: Settings, deps: StreamDeps, timing: Timing = TIMING): Promise<void> {
  const parsed = parseQueueSettings(settings)
  let failures = 0
  while (!deps.signal.aborted) {
    deps.onState('connecting', '')
    const session = parsed.ok
      ? await holdQueue(parsed.value, formatOf(settings), deps, timing)
      : { taken: 0, fault: { code: parsed.refusal.code, words: parsed.refusal.detail, settled: true } }
    if (deps.signal.aborted) break
    failures = session.taken > 0 ? 0 : failures + 1
    const pause = Math.max(
      pauseMs(Math.max(0, failures - 1), timing.reconnect, deps.random),
      session.fault.settled ? timing.settledMs : 0,
    )
    const { code, words } = session.fault
    deps.onState('closed', `${code}: ${words}; again in ${Math.ceil(pause / 1000)} s`)
    await sleep(pause, deps.signal)
  }
  deps.onState('closed', 'stopped')
}

type Session = { readonly taken: number; readonly fault: BrokerFault }

/** One connection from sign-in to its end; resolves when nothing of it is still being stored. */
async function holdQueue(
  settings: QueueSettings,
  format: Format,
  deps: StreamDeps,
  timing: Timing,
): Promise<Session> {
  let broker: Broker
  try {
    broker = await openBroker(deps.openTcp, settings, `holdfast ${settings.queue}`)
  } catch (error) {
    return { taken: 0, fault: faultOf(error, 'opening') }
  }
  const ended = Promise.withResolvers<BrokerFault>()
  broker.model.on('close', (error?: unknown) => ended.resolve(faultOf(error ?? new Error('closed'), 'open')))
  const session = new AbortController()
  const stop = (): void => ended.resolve({ code: 'stopped', words: '', settled: false })
  deps.signal.addEventListener('abort', stop, { once: true })
  if (deps.signal.aborted) stop()
  let hands: Hands | null = null
  try {
    const channel = await broker.channel()
    channel.on('error', (error: unknown) => ended.resolve(faultOf(error, 'queue')))
    channel.on('close', () => ended.resolve(faultOf(new Error('the channel closed'), 'open')))
    hands = openHands({ channel, format, deps, timing, signal: session.signal })
    await channel.prefetch(settings.prefetch)
    const { take } = hands
    const { consumerTag } = await channel.consume(settings.queue, (message) => {
      if (message === null) ended.resolve(CONSUMER_CANCELLED)
      else take(message)
    })
    deps.onState('open', '')
    const fault = await ended.promise
    // Told to stop: nothing new is asked for, and what is in hand may still be stored and acknowledged.
    if (deps.signal.aborted) await goodbye(channel, consumerTag, hands, timing.goodbyeMs)
    return { taken: hands.taken(), fault }
  } catch (error) {
    return { taken: hands?.taken() ?? 0, fault: faultOf(error, 'queue') }
  } finally {
    deps.signal.removeEventListener('abort', stop)
    session.abort()
    await hands?.drained()
    await broker.close()
  }
}

async function goodbye(channel: Channel, consumerTag: string, hands: Hands, ms: number): Promise<void> {
  const timer = Promise.withResolvers<void>()
  const timeout = setTimeout(timer.resolve, ms)
  const orderly = channel
    .cancel(consumerTag)
    .then(hands.drained)
    .catch(() => undefined)
  await Promise.race([orderly, timer.promise])
  clearTimeout(timeout)
}

type Hands = {
  readonly take: (message: ConsumeMessage) => void
  readonly taken: () => number
  readonly drained: () => Promise<void>
}

/** What was handed over and is not acknowledged yet; the prefetch bounds it. */
function openHands({
  channel,
  format,
  deps,
  timing,
  signal,
}: {
  readonly channel: Channel
  readonly format: Format
  readonly deps: StreamDeps
  readonly timing: Timing
  readonly signal: AbortSignal
}): Hands {
  const gate = openGate(timing.store, deps.random, signal)
  const storing = new Set<Promise<void>>()
  let taken = 0
  const keep = async (message: ConsumeMessage): Promise<void> => {
    const stored = await storeUntilDone(message, { gate, format, deps, signal })
    if (!stored) return
    taken += 1
    try {
      channel.ack(message)
    } catch {
      // The line is gone: the broker hands the message out again, and its key makes it a duplicate.
    }
  }
  return {
    take: (message) => {
      const task = keep(message).finally(() => storing.delete(task))
      storing.add(task)
    },
    taken: () => taken,
    drained: async () => void (await Promise.allSettled(storing)),
  }
}

/** Told with the way in's own code behind it. */
const NOT_STORED = 'rabbitmq.not_stored'

/** Answers false when the session ended before the message could be stored. */
async function storeUntilDone(
  message: ConsumeMessage,
  {
    gate,
    format,
    deps,
    signal,
  }: {
    readonly gate: Gate
    readonly format: Format
    readonly deps: StreamDeps
    readonly signal: AbortSignal
  },
): Promise<boolean> {
  const stored = toMessage(message, format)
  while (!signal.aborted) {
    await gate.opened()
    if (signal.aborted) return false
    try {
      await deps.sink(stored)
      if (gate.isShut()) deps.onState('open', '')
      gate.worked()
      return true
    } catch (error) {
      const pause = gate.failed(error instanceof Outage ? error.retryAfterMs : null)
      const why = error instanceof Outage ? error.code : 'http.bug'
      if (pause !== null)
        deps.onState(
          'open',
          `${NOT_STORED}: ${why}; nothing is acknowledged, again in ${Math.ceil(pause / 1000)} s`,
        )
    }
  }
  return false
}
