import { createHash } from 'node:crypto'
import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import { type DeskAnswer, type DeskOptions, deskPlatform, isTaken, localClock } from './desk-server.ts'

const KEY = 'sim-17track-key'

const STATES: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'InTransit_PickedUp',
  departed: 'InTransit_Departure',
  arrived: 'InTransit_Arrival',
  out_for_delivery: 'OutForDelivery_Other',
  delivery_failed: 'DeliveryFailure_Other',
  ready_for_pickup: 'AvailableForPickup_Other',
  exception: 'Exception_Other',
  delivered: 'Delivered_Other',
  returning: 'Exception_Returning',
  signed_back: 'Exception_Returned',
}

/** 17TRACK as the hub meets it: it numbers nothing, watches what is registered, and pushes whole traces signed by a plain hash. */
export const simSeventeentrack = (deps: SimDeps, options: DeskOptions = {}) =>
  deskPlatform(
    deps,
    {
      terms: {
        kind: 'seventeentrack',
        carriers: [],
        says: Object.keys(STATES) as ParcelEventKind[],
        tells: 'subscribed',
        form: 'trace',
        isAbroad: true,
      },
      account: '17TRACK',
      settings: (origin) => ({ key: KEY, api_url: `${origin}/track/v2.2` }),
      answer: (call, desk) => {
        if (call.headers['17token'] !== KEY || desk.trouble() !== null)
          return {
            status: 401,
            json: {
              code: -18010002,
              data: { errors: [{ code: -18010002, message: 'Invalid security key.' }] },
            },
          }
        const number = (JSON.parse(call.body) as { number?: string }[])[0]?.number ?? ''
        if (call.path === '/track/v2.2/register') {
          const outcome = desk.subscribe(number, null)
          return outcome === 'new'
            ? accepted({ number })
            : rejected(number, outcome === 'already' ? 'registered' : 'unknown')
        }
        if (!desk.isSubscribed(number)) return rejected(number, 'not registered')
        const events = desk.happened(number)
        return accepted({ number, carrier: 21051, track_info: infoOf(events) })
      },
      pushOf: ({ parcel, trace }) =>
        pushOf({
          event: 'TRACKING_UPDATED',
          data: { number: parcel.trackingNo, carrier: 21051, track_info: infoOf(trace) },
        }),
    },
    options,
  )

function accepted(item: object): DeskAnswer {
  return { status: 200, json: { code: 0, data: { accepted: [item], rejected: [] } } }
}

function rejected(number: string, message: string): DeskAnswer {
  const item = { number, error: { code: -18019901, message } }
  return { status: 200, json: { code: 0, data: { accepted: [], rejected: [item] } } }
}

function infoOf(happened: readonly ParcelEvent[]) {
  const events = happened.map(nodeOf).reverse()
  const sub = events[0]?.sub_status ?? 'NotFound_Other'
  return {
    latest_status: { status: sub.split('_')[0], sub_status: sub },
    latest_event: events[0] ?? null,
    tracking: { providers: [{ provider: { key: 21051 }, events }] },
  }
}

function nodeOf(event: ParcelEvent) {
  const { clock, offset } = localClock(event)
  return {
    time_iso: `${clock}${offset}`,
    time_utc: event.at.toString({ smallestUnit: 'second' }),
    time_raw: { date: clock.slice(0, 10), time: clock.slice(11), timezone: offset },
    description: event.words,
    location: event.place.name,
    stage: null,
    sub_status: STATES[event.kind] ?? 'InTransit_Other',
    address: { country: event.place.country, state: null, city: event.place.name },
  }
}

function pushOf(message: object): Outgoing {
  const body = JSON.stringify(message)
  const sign = (key: string) => createHash('sha256').update(`${body}/${key}`, 'utf8').digest('hex')
  const headers = { 'content-type': 'application/json' }
  return {
    headers: { ...headers, sign: sign(KEY) },
    body,
    acknowledges: isTaken,
    forged: { headers: { ...headers, sign: sign('guessed') }, body },
  }
}
