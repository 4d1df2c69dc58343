import { createHmac } from 'node:crypto'
import type { DeskPush } from '../carriers/book.ts'
import type { ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import { type DeskOptions, deskPlatform, localClock } from './desk-server.ts'

const SECRET = 'sim-forwarder-secret-0123456789'

const CODES: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'picked_up',
  departed: 'in_transit',
  arrived: 'in_transit',
  customs_held: 'customs_held',
  customs_released: 'customs_released',
  out_for_delivery: 'out_for_delivery',
  delivery_failed: 'delivery_failed',
  ready_for_pickup: 'ready_for_pickup',
  exception: 'exception',
  delivered: 'delivered',
  delivery_revoked: 'delivery_revoked',
  returning: 'returning',
  signed_back: 'signed_back',
}

/** A forwarder without a connector of its own, who writes the hub's open format. It answers no questions. */
export const simLogistics = (deps: SimDeps, options: DeskOptions = {}) =>
  deskPlatform(
    deps,
    {
      terms: {
        kind: 'logistics',
        carriers: ['ANE'],
        mint: (serial) => `FWD${String(serial).padStart(9, '0')}`,
        says: Object.keys(CODES) as ParcelEventKind[],
        tells: 'own',
        form: 'each',
        isAbroad: true,
      },
      account: 'FORWARDER',
      settings: () => ({ secret: SECRET }),
      answer: () => ({ status: 404, json: { error: 'nothing can be asked here' } }),
      pushOf: (push) => pushOf(push, deps),
    },
    options,
  )

function pushOf({ event }: DeskPush, { clock }: SimDeps): Outgoing {
  const local = localClock(event)
  const body = JSON.stringify({
    events: [
      {
        trackingNo: event.trackingNo,
        carrier: 'ANE',
        code: CODES[event.kind] ?? event.kind,
        at: `${local.clock}${local.offset}`,
        place: event.place.name,
        country: event.place.country,
        words: event.words,
      },
    ],
  })
  const timestamp = String(Math.floor(clock.now().epochMilliseconds / 1_000))
  const sign = (key: string) =>
    `v1=${createHmac('sha256', key).update(`${timestamp}.${body}`, 'utf8').digest('hex')}`
  const headers = { 'content-type': 'application/json', 'x-holdfast-timestamp': timestamp }
  return {
    headers: { ...headers, 'x-holdfast-signature': sign(SECRET) },
    body,
    acknowledges: (status) => status === 202,
    forged: { headers: { ...headers, 'x-holdfast-signature': sign('guessed') }, body },
  }
}
