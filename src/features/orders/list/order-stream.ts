import type { ServerResponse } from 'node:http'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'

export type OrderChange = {
  readonly id: bigint
  readonly orderNo: string
  readonly status: string
  readonly updatedAt: Instant
}
/** Calls back with every order that changed; answers how to stop it. */
export type Subscribe = (onChange: (change: OrderChange) => void) => () => void

export type OrderStream = {
  /** Takes a response over; false when there are too many listeners already. */
  readonly add: (response: ServerResponse) => boolean
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
  const clients = new Set<ServerResponse>()
  const changed = new Map<bigint, OrderChange>()
  const drop = (client: ServerResponse): void => {
    clients.delete(client)
    client.end()
  }
  const send = (text: string): void => {
    for (const client of clients) {
      if (client.writableLength > BACKLOG_BYTES) drop(client)
      else client.write(text)
    }
  }
  const flush = (): void => {
    if (changed.size === 0) return
    const told = [...changed.values()].slice(-ORDERS_PER_FLUSH)
    const text = eventsOf(told, changed.size, zone())
    changed.clear()
    send(text)
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
    setInterval(() => send(': still here\n\n'), HEARTBEAT_EVERY_MS),
  ]
  for (const timer of timers) timer.unref()
  return {
    add: (response) => {
      if (clients.size >= CLIENTS_AT_MOST) return false
      clients.add(response)
      response.on('close', () => clients.delete(response))
      response.write('retry: 3000\n\n')
      return true
    },
    close: () => {
      unsubscribe()
      for (const timer of timers) clearInterval(timer)
      for (const client of clients) drop(client)
    },
    size: () => clients.size,
  }
}

function eventsOf(told: readonly OrderChange[], changed: number, zone: string): string {
  const orders = told.map(({ id, orderNo, status, updatedAt }) => {
    const data = { id: id.toString(), orderNo, status, updatedAt: formatInstant(updatedAt, zone) }
    return `event: order\ndata: ${JSON.stringify(data)}\n\n`
  })
  return `${orders.join('')}event: tally\ndata: ${JSON.stringify({ changed })}\n\n`
}
