import type { Hub } from '#app/main.ts'
import { reshipmentDeps } from '#app/reshipments.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import { acceptFetched } from '#features/intake/index.ts'
import { askIntercept } from '#features/reshipments/index.ts'
import { connectionId } from '#kernel/id.ts'
import type { CarrierBook } from './carriers/book.ts'
import type { SimChannel } from './platform.ts'

const DEMO = { kind: 'user', id: 'demo', name: '演示' } as const

/** Two orders of which two parcels are under way: one is being stopped by the partner warehouse, the other waits for a person. */
export async function seedDuplicates(
  { core }: Hub,
  book: CarrierBook,
  shops: readonly SimChannel[],
): Promise<readonly { readonly orderNo: string; readonly trackingNos: readonly string[] }[]> {
  const { clock, intake, wakeWorkers } = core
  const shop = shops.find((one) => one.kind === 'shopify')
  if (shop === undefined) return []
  const made: { orderNo: string; trackingNos: string[] }[] = []
  for (let i = 0; i < 2; i += 1) {
    const { orderNo, lines } = await shop.place()
    await shop.pay(orderNo)
    const trackingNos: string[] = []
    for (const nth of [1, 2]) {
      const at = clock.now().subtract({ hours: 30 - nth })
      const ask = { reference: `TWICE-${orderNo}-${nth}`, carrier: 'ANE', account: 'FORWARDER', at }
      const done = book.desk('logistics')?.issue({ ...ask, course: 'stalled' })
      if (done === undefined || !done.ok) continue
      trackingNos.push(done.parcel.trackingNo)
      const pieces = lines.map(({ lineId, quantity }) => ({ lineId, quantity }))
      const message = hubEventMessage(`demo:twice:${orderNo}:${nth}`, {
        event: 'waybill_issued',
        orders: [{ connection: 'demo-shopify', orderNo, lines: pieces }],
        trackingNo: done.parcel.trackingNo,
        carrier: 'ANE',
        waybillId: null,
        at: at.toString(),
        batchNo: null,
        deviceId: null,
        words: '演示：同一订单发了两次',
      })
      const connection = connectionId('demo-logistics')
      await acceptFetched({ intake, clock, onAccepted: wakeWorkers }, connection, 'api', message)
    }
    made.push({ orderNo, trackingNos })
  }
  return made
}

/** Tells the partner warehouse to stop the later parcel of an order, once the hub knows of it. */
export async function stopLater(
  hub: Hub,
  twice: { readonly orderNo: string; readonly trackingNos: readonly string[] } | undefined,
  signal: AbortSignal,
): Promise<void> {
  const trackingNo = twice?.trackingNos.at(-1)
  if (twice === undefined || trackingNo === undefined) return
  const deps = reshipmentDeps(hub.core)
  for (let turn = 0; turn < 120 && !signal.aborted; turn += 1) {
    const [order] = await deps.db<{ id: bigint }>`
      select id from sales_order where connection_id = 'demo-shopify' and order_no = ${twice.orderNo}`
    const ask = { trackingNo, connectionId: 'demo-partner-warehouse', reason: '同一订单发了两次，请退回' }
    const done = order === undefined ? null : await askIntercept(deps, { ...ask, orderId: order.id }, DEMO)
    if (done?.ok === true || done?.refusal.code === 'intercepts.asked_exists') return
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}
