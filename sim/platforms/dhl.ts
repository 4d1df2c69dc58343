import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import {
  type DeskAnswer,
  type DeskCall,
  type DeskOptions,
  deskPlatform,
  isTaken,
  jsonOf,
  localClock,
} from './desk-server.ts'

const API_KEY = 'sim-dhl-api-key'
const HEADER = 'x-dhl-push-token'
const TOKEN = 'sim-dhl-push-token-0123456789'
const HOOK_SECRET = 'sim-dhl-hook-secret'

/** The five states of the Unified API say little: most of what happens is `transit`. */
const STATES: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'transit',
  departed: 'transit',
  arrived: 'transit',
  customs_held: 'transit',
  customs_released: 'transit',
  out_for_delivery: 'transit',
  ready_for_pickup: 'transit',
  delivery_failed: 'failure',
  delivered: 'delivered',
}

/** DHL as the hub meets it: Unified query, subscriptions that must be activated, pushes of the whole history with a shared token. */
export const simDhl = (deps: SimDeps, options: DeskOptions = {}) => {
  const waiting = new Map<string, { readonly number: string; readonly url: string }>()
  return deskPlatform(
    deps,
    {
      terms: {
        kind: 'dhl',
        carriers: ['DHL'],
        mint: (serial) => String(7_000_000_000 + serial),
        says: Object.keys(STATES) as ParcelEventKind[],
        meaning: {
          picked_up: 'in_transit',
          customs_held: 'in_transit',
          out_for_delivery: 'in_transit',
          ready_for_pickup: 'in_transit',
        },
        tells: 'subscribed',
        form: 'trace',
        isAbroad: true,
        withoutOffset: 0.3,
      },
      account: 'DHL-SIM',
      settings: (origin) => ({
        api_key: API_KEY,
        push_header: HEADER,
        push_token: TOKEN,
        hook_secret: HOOK_SECRET,
        track_url: `${origin}/track/shipments`,
        push_url: `${origin}/tracking/push/v1/subscription`,
      }),
      answer: (call, desk) => {
        if (call.headers['dhl-api-key'] !== API_KEY || desk.trouble() !== null)
          return problem(401, 'Unauthorized')
        if (call.path === '/track/shipments') {
          const number = call.query.get('trackingNumber') ?? ''
          const events = desk.happened(number)
          return events.length === 0
            ? problem(404, 'No shipment with given tracking number found.')
            : { status: 200, json: { shipments: [shipmentOf(number, events)] } }
        }
        return subscription(call, waiting, (number, url) => desk.subscribe(number, url))
      },
      pushOf: ({ parcel, trace }) => pushOf(shipmentOf(parcel.trackingNo, trace)),
    },
    options,
  )
}

const PATH = '/tracking/push/v1/subscription'

function subscription(
  call: DeskCall,
  waiting: Map<string, { readonly number: string; readonly url: string }>,
  begin: (number: string, url: string) => 'new' | 'already' | 'unknown',
): DeskAnswer {
  if (call.method === 'POST' && call.path === PATH) {
    const asked = jsonOf(call.body) as {
      type?: string
      shipmentIDs?: string[]
      hook?: { uri?: string; authentication?: { header?: string; token?: string } }
    }
    const [number] = asked.shipmentIDs ?? []
    const { header, token } = asked.hook?.authentication ?? {}
    if (asked.type !== 'Shipment' || number === undefined || header !== HEADER || token !== TOKEN)
      return problem(400, 'Bad request')
    const id = `sub-${waiting.size + 1}`
    waiting.set(id, { number, url: asked.hook?.uri ?? '' })
    return { status: 202, json: { id, status: 'PENDING' } }
  }
  const found = waiting.get(call.path.slice(PATH.length + 1))
  if (found === undefined) return problem(404, 'No such subscription')
  if (call.headers['dhl-api-hook-secret'] !== HOOK_SECRET) return problem(403, 'Wrong hook secret')
  return begin(found.number, found.url) === 'unknown'
    ? problem(404, 'No shipment with given tracking number found.')
    : { status: 200, json: { status: 'ACTIVE' } }
}

function problem(status: number, title: string): DeskAnswer {
  return { status, json: { status, title, detail: title } }
}

/** Newest first, each time in the manner of another division: with `Z`, with its offset, without any. */
function shipmentOf(id: string, happened: readonly ParcelEvent[]) {
  const events = happened.map(eventOf).reverse()
  return { id, service: 'express', status: events[0], events }
}

function eventOf(event: ParcelEvent) {
  return {
    timestamp: timestampOf(event),
    location: { address: { countryCode: event.place.country, addressLocality: event.place.name } },
    statusCode: STATES[event.kind] ?? 'unknown',
    status: event.words.toUpperCase(),
    description: event.words,
  }
}

function timestampOf(event: ParcelEvent): string {
  const { clock, offset } = localClock(event)
  // In a country of many zones DHL's own text would tell nobody when it was.
  if (event.isWithoutOffset && event.place.country !== 'US') return clock
  return event.id.charCodeAt(event.id.length - 1) % 2 === 0
    ? event.at.toString({ smallestUnit: 'second' })
    : `${clock}${offset}`
}

function pushOf(shipment: object): Outgoing {
  const body = JSON.stringify({
    scope: 'subscription.push',
    self: `https://sim.dhl${PATH}/1`,
    shipments: [shipment],
  })
  const headers = { 'content-type': 'application/json' }
  return {
    headers: { ...headers, [HEADER]: TOKEN },
    body,
    acknowledges: isTaken,
    forged: { headers: { ...headers, [HEADER]: 'guessed' }, body },
  }
}
