import type { ServerResponse } from 'node:http'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'

export type OrderChange = {
  readonly id: bigint
  readonly connection: string
  readonly orderNo: string
  readonly status: string
  readonly updatedAt: Instant
}
/** Calls back with every order that changed; answers how to stop it. */
export type Subscribe = (onChange: (change: OrderChange) => void) => () => void

export type OrderStream = {
  /** Takes a response over and tells it of the shops that it may see; false when there are too many listeners already. */
  readonly add: (response: ServerResponse, sees: (shop: string) => boolean) => boolean
  readonly close: () => void
  readonly size: () => number
}

export const CLIENTS_AT_MOST = 200
const FLUSH_EVERY_MS = 500
const HEARTBEAT_EVERY_MS = 15_000
/** Orders told one by one per flush; beyond it the `tally` event alone says that there is more. */
const ORDERS_PER_FLUSH = 200
/** A listener that lets this much pile up is gone or asleep; it reconnects by itself. */
const BACKLOG_BYTES = 256 * 1024

/** Server-sent events to all open consoles: changes are gathered per order and told at most twice a second. */
export function openOrderStream({
  subscribe,
  zone,
}: {
  subscribe: Subscribe
  zone: () => string
}): OrderStream {
  const clients = new Map<ServerResponse, (shop: string) => boolean>()
  const changed = new Map<bigint, OrderChange>()
  const drop = (client: ServerResponse): void => {
    clients.delete(client)
    client.end()
  }
  const send = (textFor: (sees: (shop: string) => boolean) => string): void => {
    for (const [client, sees] of clients) {
      const text = textFor(sees)
      if (client.writableLength > BACKLOG_BYTES) drop(client)
      else if (text !== '') client.write(text)
    }
  }
  const flush = (): void => {
    if (changed.size === 0) return
    const all = [...changed.values()]
    changed.clear()
    const whole = eventsOf(all, zone())
    send((sees) => {
      const seen = all.filter((change) => sees(change.connection))
      return seen.length === all.length ? whole : eventsOf(seen, zone())
    })
  }
  const unsubscribe = subscribe((change) => {
    if (clients.size === 0) return
    changed.delete(change.id)
    changed.set(change.id, change)
    // Only the last of them are told; the map must not grow with a busy hour.
    if (changed.size > 10 * ORDERS_PER_FLUSH) changed.delete(changed.keys().next().value ?? change.id)
  })
  const timers = [
    setInterval(flush, FLUSH_EVERY_MS),
    setInterval(() => send(() => ': still here\n\n'), HEARTBEAT_EVERY_MS),
  ]
  for (const timer of timers) timer.unref()
  return {
    add: (response, sees) => {
      if (clients.size >= CLIENTS_AT_MOST) return false
      clients.set(response, sees)
      response.on('close', () => clients.delete(response))
      response.write('retry: 3000\n\n')
      return true
    },
    close: () => {
      unsubscribe()
      for (const timer of timers) clearInterval(timer)
      for (const client of clients.keys()) drop(client)
    },
    size: () => clients.size,
  }
}

function eventsOf(changed: readonly OrderChange[], zone: string): string {
  if (changed.length === 0) return ''
  const orders = changed.slice(-ORDERS_PER_FLUSH).map(({ id, orderNo, status, updatedAt }) => {
    const data = { id: id.toString(), orderNo, status, updatedAt: formatInstant(updatedAt, zone) }
    return `event: order\ndata: ${JSON.stringify(data)}\n\n`
  })
  return `${orders.join('')}event: tally\ndata: ${JSON.stringify({ changed: changed.length })}\n\n`
}
