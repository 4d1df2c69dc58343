import { createHmac } from 'node:crypto'

/** Of a connection of the print station's; signs what `stationRequest` makes. */
export const SECRET_STATION = `whsec_${Buffer.from('bench-print-station-key-32-bytes').toString('base64')}`
const KEY = Buffer.from(SECRET_STATION.slice('whsec_'.length), 'base64')

/**
 * The waybill of parcel `n` was printed `at` that time, for the bench's Shopify order of the same number. Signed now, so to be sent
 * within minutes.
 */
export function stationRequest(path: string, n: number, at: Temporal.Instant): Buffer {
  const now = Temporal.Now.instant()
  const id = `msg_bench_${n}`
  const seconds = Math.floor(now.epochMilliseconds / 1_000)
  const body = Buffer.from(
    JSON.stringify({
      event: 'waybill.printed',
      id: `evt_bench_${n}`,
      order_no: `B${n}`,
      tracking_no: `SF1${String(n).padStart(12, '0')}`,
      waybill_id: `WB-${n}`,
      carrier: 'SF',
      generated_at: at.toString({ timeZone: 'Asia/Shanghai', smallestUnit: 'millisecond' }),
      batch_no: `B${Math.floor(n / 20)}`,
      device_id: `PRN-${n % 3}`,
    }),
  )
  const signature = createHmac('sha256', KEY).update(`${id}.${seconds}.`).update(body).digest('base64')
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `webhook-id: ${id}`,
    `webhook-timestamp: ${seconds}`,
    `webhook-signature: v1,${signature}`,
  ].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body])
}
