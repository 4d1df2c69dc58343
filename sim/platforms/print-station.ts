import { createHmac } from 'node:crypto'
import type { SimCarrier, SimDeps, SimShipment } from '../platform.ts'
import { carrierPusher } from './carrier-pusher.ts'

export type PrintStationOptions = {
  /** Waits before an event is sent again: in reality 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h. */
  readonly retryMs?: readonly number[]
  /** How many waybills one batch holds. */
  readonly batchSize?: number
  /** How it calls its events from now on, as after an upgrade that nobody announced; null: as documented. */
  readonly newName?: () => string | null
}

const SECRET = `whsec_${Buffer.from('simulated-print-station-key-32by').toString('base64')}`

const CARRIERS = [
  { carrier: 'ZTO', prefix: 'ZT' },
  { carrier: 'YTO', prefix: 'YT' },
  { carrier: 'YUNDA', prefix: 'YD' },
  { carrier: 'STO', prefix: 'ST' },
] as const

/** A warehouse's print station: prints waybills in batches on a few devices and tells the hub of each. */
export async function simPrintStation(deps: SimDeps, options: PrintStationOptions = {}): Promise<SimCarrier> {
  const { clock, random, faults } = deps
  const pusher = carrierPusher(deps, options.retryMs ?? [100, 200, 400, 800])
  const printed = new Map<string, SimShipment & { readonly orderNo: string }>()
  let serial = deps.ledger?.firstSerial ?? 0

  const tell = (event: string, parcel: SimShipment & { readonly orderNo: string }): void => {
    serial += 1
    const id = `evt_sim_${serial}`
    const body = JSON.stringify({
      event: options.newName?.() ?? (random.next() < faults.unknownCode ? 'waybill.misplaced' : event),
      id,
      order_no: parcel.orderNo,
      tracking_no: parcel.trackingNo,
      waybill_id: `WB-${parcel.trackingNo}`,
      carrier: parcel.carrier,
      generated_at: clock.now().toString({ timeZone: 'Asia/Shanghai', smallestUnit: 'millisecond' }),
      batch_no: `B${Math.floor(printed.size / (options.batchSize ?? 20)) + 1}`,
      device_id: `PRN-${(serial % 3) + 1}`,
    })
    pusher.send(() => {
      const timestamp = String(Math.floor(clock.now().epochMilliseconds / 1000))
      const headersOf = (key: Uint8Array): Readonly<Record<string, string>> => ({
        'content-type': 'application/json',
        'webhook-id': `msg_${id}`,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${createHmac('sha256', key).update(`msg_${id}.${timestamp}.${body}`).digest('base64')}`,
      })
      return {
        headers: headersOf(Buffer.from(SECRET.slice(6), 'base64')),
        body,
        acknowledges: (status, answer) => status === 200 && answer === '{"accepted":1}',
        forged: { headers: headersOf(Buffer.from('guessed')), body },
      }
    })
  }

  return {
    kind: 'print-station',
    settings: { secret: SECRET },
    pushTo: pusher.pushTo,
    issue: async (orderNo) => {
      const { carrier, prefix } = CARRIERS[Math.floor(random.next() * CARRIERS.length)] ?? CARRIERS[0]
      const trackingNo = `${prefix}${String(Math.floor(random.next() * 1e13)).padStart(13, '0')}`
      const shipment = { trackingNo, carrier }
      printed.set(trackingNo, { ...shipment, orderNo })
      tell('waybill.printed', { ...shipment, orderNo })
      return shipment
    },
    // A print station sees one moment of a parcel's way: the carrier takes it along.
    scan: async (trackingNo, scan) => {
      const parcel = printed.get(trackingNo)
      if (parcel !== undefined && scan === 'picked_up') tell('parcel.handed_over', parcel)
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => pusher.close(),
  }
}
