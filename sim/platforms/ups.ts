import type { ParcelEvent, ParcelEventKind } from '../carriers/events.ts'
import type { SimDeps } from '../platform.ts'
import type { Outgoing } from './carrier-pusher.ts'
import {
  type DeskAnswer,
  type DeskOptions,
  deskPlatform,
  isTaken,
  jsonOf,
  localClock,
  tokenDesk,
} from './desk-server.ts'

const CLIENT = { id: 'sim-ups-client', secret: 'sim-ups-client-secret' }
const CREDENTIAL = 'sim-ups-credential-0123456789'

type Status = readonly [type: string, code: string, descriptionCode: string]

/** Out for delivery is of type D here, as it is in life. */
const STATUSES: Readonly<Partial<Record<ParcelEventKind, Status>>> = {
  picked_up: ['P', 'PU', '38'],
  departed: ['I', 'DP', '5'],
  arrived: ['I', 'AR', '5'],
  customs_held: ['X', '7X', '13'],
  customs_released: ['I', 'IH', '12'],
  out_for_delivery: ['D', 'OT', '21'],
  delivery_failed: ['X', '48', '22'],
  ready_for_pickup: ['I', 'ZP', '17'],
  exception: ['X', '9X', '13'],
  delivered: ['D', 'FS', '11'],
  returning: ['I', 'RS', '33'],
}

/** UPS as the hub meets it: OAuth, the tracking API, and Track Alert with a shared credential. */
export const simUps = (deps: SimDeps, options: DeskOptions = {}) => {
  const tokens = tokenDesk(deps, CLIENT)
  return deskPlatform(
    deps,
    {
      terms: {
        kind: 'ups',
        carriers: ['UPS'],
        mint: (serial) => `1Z999AA1${String(serial).padStart(10, '0')}`,
        says: Object.keys(STATUSES) as ParcelEventKind[],
        tells: 'subscribed',
        form: 'each',
        isAbroad: true,
      },
      account: 'UPS-SIM',
      settings: (api_url) => ({
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        credential: CREDENTIAL,
        alert_version: 'v1',
        api_url,
      }),
      answer: (call, desk) => {
        if (call.path === '/security/v1/oauth/token') {
          const [id = '', secret = ''] = Buffer.from(
            (call.headers.authorization ?? '').replace(/^Basic /, ''),
            'base64',
          )
            .toString('utf8')
            .split(':')
          const issued = tokens.issue(id, secret)
          return issued === null
            ? failed(401, '250002', 'Invalid Authentication Information.')
            : { status: 200, json: { access_token: issued.token, token_type: 'Bearer', expires_in: '3600' } }
        }
        if (!tokens.isLive(call.headers.authorization) || desk.trouble() !== null)
          return failed(401, '251004', 'Bearer token expired.')
        if (call.headers.transid === undefined || call.headers.transactionsrc === undefined)
          return failed(400, 'VSS002', 'Missing transId')
        const number = /^\/api\/track\/v1\/details\/(.+)$/.exec(call.path)?.[1]
        if (number !== undefined) {
          const activity = desk.happened(number).map(activityOf).reverse()
          const packages = activity.length === 0 ? [] : [{ trackingNumber: number, activity }]
          return { status: 200, json: { trackResponse: { shipment: [{ package: packages }] } } }
        }
        if (call.path !== '/api/track/v1/subscription/standard/package')
          return failed(404, '404', 'Not found')
        const asked = jsonOf(call.body) as {
          trackingNumberList?: string[]
          destination?: { url?: string; credential?: string }
        }
        const [wanted = ''] = asked.trackingNumberList ?? []
        if (asked.destination?.credential !== CREDENTIAL) return failed(400, 'VSS004', 'Bad destination')
        const isValid = desk.subscribe(wanted, asked.destination.url ?? null) !== 'unknown'
        const json = {
          validTrackingNumbers: isValid ? [wanted] : [],
          invalidTrackingNumbers: isValid ? [] : [wanted],
        }
        return { status: 200, json }
      },
      pushOf: ({ event }) => pushOf(alertOf(event)),
    },
    options,
  )
}

function failed(status: number, code: string, message: string): DeskAnswer {
  return { status, json: { response: { errors: [{ code, message }] } } }
}

function timesOf(event: ParcelEvent) {
  const { clock, offset } = localClock(event)
  const packed = (text: string): readonly [string, string] => [
    text.slice(0, 10).replaceAll('-', ''),
    text.slice(11, 19).replaceAll(':', ''),
  ]
  return { local: packed(clock), gmt: packed(event.at.toString({ smallestUnit: 'second' })), offset }
}

/** A clock that went through a number lost its leading zeros, and the offset has a colon. */
function activityOf(event: ParcelEvent) {
  const { local, gmt, offset } = timesOf(event)
  const [type, code, statusCode] = STATUSES[event.kind] ?? ['I', 'IH', '5']
  return {
    location: { address: { city: event.place.name, countryCode: event.place.country } },
    status: { type, description: event.words, code, statusCode },
    date: local[0],
    time: local[1],
    gmtDate: gmt[0],
    gmtTime: String(Number(gmt[1])),
    gmtOffset: offset,
  }
}

/** Here the clock is whole, and the offset has a dot. */
function alertOf(event: ParcelEvent) {
  const { local, gmt, offset } = timesOf(event)
  const [type, code, descriptionCode] = STATUSES[event.kind] ?? ['I', 'IH', '5']
  return {
    trackingNumber: event.trackingNo,
    localActivityDate: local[0],
    localActivityTime: local[1],
    activityLocation: {
      city: event.place.name,
      stateProvince: '',
      postalCode: '',
      country: event.place.country,
    },
    activityStatus: { type, code, description: event.words, descriptionCode },
    gmtActivityDate: gmt[0],
    gmtActivityTime: gmt[1],
    gmtOffset: offset.replace(':', '.'),
  }
}

function pushOf(message: object): Outgoing {
  const body = JSON.stringify(message)
  const headers = { 'content-type': 'application/json', 'user-agent': 'UPSPubSubTrackingService' }
  return {
    headers: { ...headers, credential: CREDENTIAL },
    body,
    acknowledges: isTaken,
    forged: { headers: { ...headers, credential: 'guessed' }, body },
  }
}
