import { setTimeout as sleep } from 'node:timers/promises'
import { orderDocument } from '#connectors/channels/rabbitmq/fixtures/index.ts'
import type { Random } from '#kernel/random.ts'
import { type RabbitBroker, rabbitBroker } from '#test-support/rabbitmq.ts'

// An ERP that writes orders into a queue, publisher confirms and all: what the broker confirmed has to become an order, once.

export const QUEUE = 'erp.orders'

export type QueueBook = {
  /** Orders whose message the broker confirmed. */
  readonly confirmed: Set<string>
  /** Orders that were sent at least once. */
  readonly sent: Set<string>
}
export type Queue = {
  readonly broker: RabbitBroker
  readonly book: QueueBook
  /** Until the run is over; an order that was not confirmed is sent again, as it was. */
  readonly trade: (isOpen: () => boolean, random: Random) => Promise<void>
  /** Messages that nobody took yet, and those that were taken and not acknowledged. */
  readonly waiting: () => Promise<number>
}

const EVERY_MS = 250
const CONFIRM_WITHIN_MS = 5_000
const HANG_UP_WITHIN_MS = 1_000
const ANSWERED_WITHIN_MS = 15_000

export async function openQueue(): Promise<Queue> {
  const broker = await rabbitBroker()
  const book: QueueBook = { confirmed: new Set(), sent: new Set() }
  const client = await broker.client()
  const channel = await client.createChannel()
  await channel.assertQueue(QUEUE, { durable: true })
  await hangUp(client)
  return {
    broker,
    book,
    trade: async (isOpen, random) => {
      for (let n = 1; isOpen(); ) {
        const sent = await publishFrom(broker, book, n, isOpen, random).catch(() => 0)
        n += sent
        await sleep(200)
      }
    },
    waiting: async () => {
      const looker = await called(broker)
      try {
        const { messageCount } = await answered(
          looker.createChannel().then((channel) => channel.checkQueue(QUEUE)),
        )
        return messageCount
      } finally {
        await hangUp(looker)
      }
    },
  }
}

/** On one connection until it breaks; answers how many were confirmed. */
async function publishFrom(
  broker: RabbitBroker,
  book: QueueBook,
  first: number,
  isOpen: () => boolean,
  random: Random,
): Promise<number> {
  const client = await called(broker)
  let confirmed = 0
  try {
    const channel = await answered(client.createConfirmChannel())
    channel.on('error', () => undefined)
    while (isOpen()) {
      const no = `ERP-${String(first + confirmed).padStart(6, '0')}`
      book.sent.add(no)
      channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(orderDocument(no))), {
        persistent: true,
        messageId: no,
      })
      await answered(channel.waitForConfirms(), CONFIRM_WITHIN_MS)
      book.confirmed.add(no)
      confirmed += 1
      await sleep(EVERY_MS * (0.5 + random.next()))
    }
  } catch {
    // What was not confirmed is sent again on the next connection.
  } finally {
    await hangUp(client)
  }
  return confirmed
}

/** A connection that comes after all, when nobody waits for it any more, is hung up. */
async function called(broker: RabbitBroker): ReturnType<RabbitBroker['client']> {
  const ringing = broker.client()
  return await answered(ringing).catch((error: unknown) => {
    void ringing.then(hangUp, () => undefined)
    throw error
  })
}

/** A broker that is killed at the wrong moment leaves its clients without an answer for good. */
async function answered<T>(answer: Promise<T>, withinMs = ANSWERED_WITHIN_MS): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('the broker did not answer')), withinMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Nor does it say goodbye. */
async function hangUp(client: { close: () => Promise<void> }): Promise<void> {
  await Promise.race([client.close().catch(() => undefined), sleep(HANG_UP_WITHIN_MS)])
}
