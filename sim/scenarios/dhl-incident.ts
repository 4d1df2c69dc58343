import { createHmac } from 'node:crypto'
import type { Connector, InboundRequest, Settings, StoredMessage } from '#domain/connector.ts'

// The sources' DHL incident, kept: sixteen orders (8821 to 8836) reached their buyers in Germany on 2026-02-11 at 18:44 local time. In the
// afternoon a forwarder had taken back a mistaken delivery scan of each; the true delivery came after it. A reader that cuts the time
// at 19 characters loses `+01:00` and takes Beijing's clock: the delivery moves seven hours forward, before the taking back, and sixteen
// parcels look undelivered. Each was sent a second time. Read rightly, none is.

export const INCIDENT_ORDERS: readonly string[] = Array.from({ length: 16 }, (_, i) => String(8821 + i))
/** Two neighbours that must stay as they are under both readings: delivered plainly, with `Z`. */
export const NEIGHBOUR_ORDERS: readonly string[] = ['8820', '8837']

/** Its hub: when the last of it was received. */
export const INCIDENT_NOW = Temporal.Instant.from('2026-02-11T19:00:00Z')

const TOKEN = 'simulated-dhl-push-token-0123456789'
const SECRET = 'simulated-forwarder-secret-0123456789'
export const INCIDENT_SETTINGS: Readonly<Record<'dhl' | 'logistics', Settings>> = {
  dhl: { api_key: 'simulated-dhl-key', push_header: 'x-dhl-push-token', push_token: TOKEN },
  logistics: { secret: SECRET },
}

export type IncidentPush = {
  readonly connection: 'dhl' | 'logistics'
  readonly orderNo: string
  readonly at: Temporal.Instant
  readonly request: InboundRequest
}

export function parcelOf(orderNo: string): string {
  return `JD01460000${orderNo}`
}

/** When the buyer truly got it: every order some seconds after the one before. */
export function deliveredAt(orderNo: string): Temporal.Instant {
  return Temporal.Instant.from('2026-02-11T18:44:22+01:00').add({ seconds: Number(orderNo) - 8821 })
}

/** Everything that was pushed, in the order in which it came, signed and complete. */
export function incidentPushes(): readonly IncidentPush[] {
  const affected = INCIDENT_ORDERS.flatMap((orderNo) => [
    dhlPush(orderNo, '2026-02-10T06:10:00Z', [
      ['2026-02-10T06:05:11Z', 'transit', 'Arrived at DHL facility'],
    ]),
    dhlPush(orderNo, '2026-02-11T09:31:00Z', [
      ['2026-02-10T06:05:11Z', 'transit', 'Arrived at DHL facility'],
      ['2026-02-11T10:30:40+01:00', 'delivered', 'Delivered'],
    ]),
    forwarderPush(orderNo, '2026-02-11T14:02:00Z'),
    dhlPush(orderNo, '2026-02-11T17:46:00Z', [
      ['2026-02-10T06:05:11Z', 'transit', 'Arrived at DHL facility'],
      ['2026-02-11T10:30:40+01:00', 'delivered', 'Delivered'],
      [withOffset(deliveredAt(orderNo)), 'delivered', 'Delivered - signed for'],
    ]),
  ])
  const neighbours = NEIGHBOUR_ORDERS.map((orderNo) =>
    dhlPush(orderNo, '2026-02-11T17:46:00Z', [
      ['2026-02-10T06:05:11Z', 'transit', 'Arrived at DHL facility'],
      ['2026-02-11T17:40:00Z', 'delivered', 'Delivered'],
    ]),
  )
  return [...affected, ...neighbours].toSorted((one, other) => Temporal.Instant.compare(one.at, other.at))
}

/** As the old reader was: every time of DHL is cut at 19 characters, and what is left is taken for Beijing's clock. */
export function withCutTimes(connector: Connector): Connector {
  return {
    ...connector,
    read: (message, settings) => connector.read(isPush(message) ? cutMessage(message) : message, settings),
  }
}

function isPush({ topic }: StoredMessage): boolean {
  return topic === 'push'
}

function cutMessage(message: StoredMessage): StoredMessage {
  const text = Buffer.from(message.body).toString('utf8')
  const cut = text.replaceAll(/("timestamp":")([^"]{19})[^"]*"/g, '$1$2+08:00"')
  return { ...message, body: Buffer.from(cut) }
}

type Told = readonly [timestamp: string, statusCode: string, words: string]

function dhlPush(orderNo: string, sentAt: string, told: readonly Told[]): IncidentPush {
  const events = told.map(([timestamp, statusCode, words]) => ({
    timestamp,
    statusCode,
    status: words,
    description: words,
    location: { address: { addressLocality: 'Leipzig', countryCode: 'DE' } },
  }))
  const self = `https://api-eu.dhl.com/tracking/push/v1/subscription/${orderNo}`
  const shipment = {
    id: parcelOf(orderNo),
    service: 'express',
    status: events.at(-1),
    events: events.toReversed(),
  }
  const body = JSON.stringify({ scope: 'subscription.push', self, shipments: [shipment] })
  return push('dhl', orderNo, sentAt, body, { 'x-dhl-push-token': TOKEN })
}

/** The forwarder writes Beijing's time, with its offset: 22:00 there is 15:00 in Germany. */
function forwarderPush(orderNo: string, sentAt: string): IncidentPush {
  const event = {
    trackingNo: parcelOf(orderNo),
    carrier: 'DHL',
    code: 'delivery_revoked',
    at: '2026-02-11T22:00:00+08:00',
    place: 'Leipzig',
    country: 'DE',
    words: '误扫签收，已撤销',
  }
  const body = JSON.stringify({ events: [event] })
  const timestamp = String(Temporal.Instant.from(sentAt).epochMilliseconds / 1_000)
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex')
  return push('logistics', orderNo, sentAt, body, {
    'x-holdfast-timestamp': timestamp,
    'x-holdfast-signature': `v1=${signature}`,
  })
}

function push(
  connection: IncidentPush['connection'],
  orderNo: string,
  sentAt: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): IncidentPush {
  const request: InboundRequest = {
    method: 'POST',
    path: `/callback/${connection}`,
    query: '',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  }
  return { connection, orderNo, at: Temporal.Instant.from(sentAt), request }
}

function withOffset(instant: Temporal.Instant): string {
  return instant.toString({ timeZone: 'Europe/Berlin' })
}
