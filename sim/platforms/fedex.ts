import { createHmac } from 'node:crypto'
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

const CLIENT = { id: 'sim-fedex-client', secret: 'sim-fedex-client-secret' }
const SECURITY_TOKEN = 'sim-fedex-security-token'

const TYPES: Readonly<Partial<Record<ParcelEventKind, string>>> = {
  picked_up: 'PU',
  departed: 'DP',
  arrived: 'AR',
  customs_held: 'CD',
  customs_released: 'CC',
  out_for_delivery: 'OD',
  delivery_failed: 'DE',
  ready_for_pickup: 'HL',
  exception: 'SE',
  delivered: 'DL',
  returning: 'RS',
}

/** FedEx as the hub meets it: OAuth, the tracking API, and a signed push of each scan. */
export const simFedex = (deps: SimDeps, options: DeskOptions = {}) => {
  const tokens = tokenDesk(deps, CLIENT)
  return deskPlatform(
    deps,
    {
      terms: {
        kind: 'fedex',
        carriers: ['FEDEX'],
        mint: (serial) => `7946${String(serial).padStart(8, '0')}`,
        says: Object.keys(TYPES) as ParcelEventKind[],
        tells: 'own',
        form: 'each',
        isAbroad: true,
      },
      account: 'FEDEX-SIM',
      settings: (api_url) => ({
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        security_token: SECURITY_TOKEN,
        api_url,
      }),
      answer: (call, desk) => {
        if (call.path === '/oauth/token') {
          const form = new URLSearchParams(call.body)
          const issued =
            form.get('grant_type') === 'client_credentials'
              ? tokens.issue(form.get('client_id'), form.get('client_secret'))
              : null
          return issued === null
            ? failed(401, 'NOT.AUTHORIZED.ERROR', 'The given client credentials were not valid.')
            : {
                status: 200,
                json: { access_token: issued.token, token_type: 'bearer', expires_in: issued.seconds },
              }
        }
        if (!tokens.isLive(call.headers.authorization) || desk.trouble() !== null)
          return failed(401, 'NOT.AUTHORIZED.ERROR', 'Access token expired.')
        if (call.path !== '/track/v1/trackingnumbers')
          return failed(404, 'NOT.FOUND.ERROR', 'No such resource.')
        const asked = jsonOf(call.body) as {
          trackingInfo?: { trackingNumberInfo?: { trackingNumber?: string } }[]
        }
        const number = asked.trackingInfo?.[0]?.trackingNumberInfo?.trackingNumber ?? ''
        return { status: 200, json: { output: outputOf(number, desk.happened(number)) } }
      },
      pushOf: ({ event }) => pushOf({ output: outputOf(event.trackingNo, [event]) }),
    },
    options,
  )
}

function failed(status: number, code: string, message: string): DeskAnswer {
  return { status, json: { errors: [{ code, message }] } }
}

function outputOf(trackingNumber: string, events: readonly ParcelEvent[]) {
  const scanEvents = events.map(scanOf).reverse()
  const result = { trackingNumberInfo: { trackingNumber }, scanEvents }
  return { completeTrackResults: [{ trackingNumber, trackResults: [result] }] }
}

/** Every scan with the offset of its place. */
function scanOf(event: ParcelEvent) {
  const { clock, offset } = localClock(event)
  return {
    date: `${clock}${offset}`,
    eventType: TYPES[event.kind] ?? 'IT',
    eventDescription: event.words,
    scanLocation: { city: event.place.name, countryCode: event.place.country },
  }
}

function pushOf(message: object): Outgoing {
  const body = JSON.stringify(message)
  const sign = (key: string) => createHmac('sha256', key).update(body, 'utf8').digest('base64')
  const headers = { 'content-type': 'application/json' }
  return {
    headers: { ...headers, 'fdx-signature': sign(SECURITY_TOKEN) },
    body,
    acknowledges: isTaken,
    forged: { headers: { ...headers, 'fdx-signature': sign('guessed') }, body },
  }
}
