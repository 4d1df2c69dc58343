import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '#domain/connector.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import { acceptFetched } from '#features/intake/index.ts'
import { connectionId } from '#kernel/id.ts'
import { connectPlatform } from '../demo.ts'
import type { SimPlatform } from '../platform.ts'
import { INCIDENT_SETTINGS } from '../scenarios/dhl-incident.ts'
import type { Undo } from './faults.ts'
import type { Sandbox } from './sandbox.ts'
import type { DrillWorld } from './world.ts'

// The sources' sixteen double shipments as a drill. Sixteen parcels reach their buyers in Germany at 18:44 local time; hours before, a
// forwarder had taken back a mistaken delivery scan of each. With the offset cut off, the true delivery moves seven hours forward, to
// before the taking back, and each looks undelivered. The old after-sales system asks the hub every few minutes which parcels were taken
// back and not delivered since, and sends their goods again.

const PARCELS = 16
/** How long the after-sales system waits before it sends again, in virtual minutes. */
const SENDS_AFTER_MINUTES = 12
const LOOKS_EVERY_MS = 3 * 60_000
/** Of each look, as people pack. */
const PACKED_AT_ONCE = 2

type Parcel = { readonly orderNo: string; readonly trackingNo: string; readonly lines: readonly Piece[] }
type Piece = { readonly lineId: string; readonly quantity: number }

/** Begins the incident; the undo installs the mended reader and no more: what was read wrongly stays until somebody looks back. */
export async function seedIncident(sandbox: Sandbox, world: DrillWorld): Promise<Undo> {
  const { hub, dhl } = sandbox
  const shop = world.shops.get('shopify')?.channel
  if (shop === undefined) return null
  dhl.cut(true)
  await connectPlatform(hub, silent('dhl', await openKnowsNothing()), 'drill-dhl', 'DHL 推送（演练）')
  await connectPlatform(hub, silent('logistics', {}), 'drill-logistics', '货代推送（演练）')
  const parcels: Parcel[] = []
  const now = hub.core.clock.now()
  for (let i = 0; i < PARCELS; i += 1) {
    const { orderNo, lines } = await shop.place()
    await shop.pay(orderNo)
    const trackingNo = `JD0146000${8821 + i}`
    const pieces = lines.map(({ lineId, quantity }) => ({ lineId, quantity }))
    world.delivered.set(orderNo, trackingNo)
    parcels.push({ orderNo, trackingNo, lines: pieces })
    await tellIssued(sandbox, { orderNo, trackingNo, lines: pieces }, now.subtract({ hours: 60 }), 'first')
  }
  for (const parcel of parcels) {
    const mistaken: Told = [now.subtract({ minutes: 540 }), 'Delivered']
    await pushDhl(sandbox, parcel, [mistaken])
    await pushForwarder(sandbox, parcel, now.subtract({ minutes: 270 }))
    await pushDhl(sandbox, parcel, [mistaken, [now.subtract({ minutes: 2 }), 'Delivered - signed for']])
  }
  startAfterSales(sandbox, world, parcels)
  return async () => dhl.cut(false)
}

/** Who sends again what looks undelivered; it goes on for as long as it does. */
function startAfterSales(sandbox: Sandbox, world: DrillWorld, parcels: readonly Parcel[]): void {
  const open = [...parcels]
  const begun = sandbox.hub.core.clock.now()
  const look = async (): Promise<void> => {
    const now = sandbox.hub.core.clock.now()
    if (now.since(begun).total('minutes') < SENDS_AFTER_MINUTES) return
    let packed = 0
    for (const parcel of [...open]) {
      if (packed === PACKED_AT_ONCE) break
      const [row] = await sandbox.sql<{ delivered: boolean }>`
        select status in ('delivered', 'completed') as delivered from sales_order
        where order_no = ${parcel.orderNo}`
      if (row?.delivered === true) continue
      packed += 1
      open.splice(open.indexOf(parcel), 1)
      world.sentAgain.add(parcel.orderNo)
      const again = { ...parcel, trackingNo: `${parcel.trackingNo}R` }
      await tellIssued(sandbox, again, now, 'again')
      await pushDhl(sandbox, again, [[now, 'Shipment picked up', 'transit']])
    }
  }
  setInterval(() => void look().catch(() => undefined), LOOKS_EVERY_MS).unref()
}

async function tellIssued(
  { hub }: Sandbox,
  { orderNo, trackingNo, lines }: Parcel,
  at: Temporal.Instant,
  which: string,
): Promise<void> {
  const { clock, intake, wakeWorkers } = hub.core
  const message = hubEventMessage(`drill:${which}:${orderNo}`, {
    event: 'waybill_issued',
    orders: [{ connection: 'drill-shopify', orderNo, lines }],
    trackingNo,
    carrier: 'DHL',
    waybillId: null,
    at: at.toString(),
    batchNo: null,
    deviceId: null,
    words: which === 'again' ? '旧售后系统补发' : '海外仓发货',
  })
  await acceptFetched(
    { intake, clock, onAccepted: wakeWorkers },
    connectionId('drill-logistics'),
    'api',
    message,
  )
}

type Told = readonly [at: Temporal.Instant, words: string, code?: 'transit']

async function pushDhl(sandbox: Sandbox, { trackingNo }: Parcel, told: readonly Told[]): Promise<void> {
  const events = told.map(([at, words, code = 'delivered']) => ({
    timestamp: at.toString({ timeZone: 'Europe/Berlin', smallestUnit: 'second' }),
    statusCode: code,
    status: words,
    description: words,
    location: { address: { addressLocality: 'Leipzig', countryCode: 'DE' } },
  }))
  const shipment = {
    id: trackingNo,
    service: 'express',
    status: events.at(-1),
    events: events.toReversed(),
  }
  const self = `https://api-eu.dhl.com/tracking/push/v1/subscription/${trackingNo}`
  const body = JSON.stringify({ scope: 'subscription.push', self, shipments: [shipment] })
  await push(sandbox, 'drill-dhl', body, {
    'x-dhl-push-token': INCIDENT_SETTINGS.dhl.push_token ?? '',
  })
}

async function pushForwarder(sandbox: Sandbox, { trackingNo }: Parcel, at: Temporal.Instant): Promise<void> {
  const event = {
    trackingNo,
    carrier: 'DHL',
    code: 'delivery_revoked',
    at: at.toString({ timeZone: 'Asia/Shanghai', smallestUnit: 'second' }),
    place: 'Leipzig',
    country: 'DE',
    words: '误扫签收，已撤销',
  }
  const body = JSON.stringify({ events: [event] })
  const seconds = String(Math.floor(sandbox.hub.core.clock.now().epochMilliseconds / 1_000))
  const secret = INCIDENT_SETTINGS.logistics.secret ?? ''
  const signature = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  await push(sandbox, 'drill-logistics', body, {
    'x-holdfast-timestamp': seconds,
    'x-holdfast-signature': `v1=${signature}`,
  })
}

async function push(
  { hub, sql }: Sandbox,
  connection: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { readCallbackToken } = await import('#features/connections/index.ts')
  const token = await readCallbackToken(sql, connection)
  await fetch(`${hub.url}/callback/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
}

/** DHL's interface for questions, which in this incident knows none of the parcels; it ends with the sandbox. */
async function openKnowsNothing(): Promise<Settings> {
  const server = createServer((incoming, response) => {
    incoming.resume()
    const body = JSON.stringify({ title: 'No result found', status: 404, detail: 'No shipment found' })
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { track_url: `${origin}/track/shipments`, push_url: `${origin}/subscription` }
}

/** A connection that is only pushed to, from here. */
function silent(kind: 'dhl' | 'logistics', more: Settings): SimPlatform {
  return {
    kind,
    settings: { ...INCIDENT_SETTINGS[kind], ...more },
    pushTo: () => undefined,
    settled: async () => undefined,
    counts: () => ({ acknowledged: 0, refused: 0, sent: 0 }),
    close: async () => undefined,
  }
}
