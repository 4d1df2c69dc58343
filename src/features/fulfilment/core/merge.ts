import { ok, type Result, refuse } from '#kernel/result.ts'

export type Mergeable = {
  readonly orderNo: string
  readonly status: string
  readonly currency: string | null
  readonly recipientKey: string | null
  readonly hasParcels: boolean
  readonly isGrouped: boolean
  readonly region: string | null
}

const ORDERS_MOST = 50

/**
 * Whether these orders may travel together. Plain recipients must be equal, whatever the channel; prints by different keys, and what only a
 * platform can open unless its ciphertexts are equal, say nothing: then a person who knows better confirms it. Refuses with `fulfilment.merge_count`,
 * `fulfilment.not_waiting`, `fulfilment.merged_already`, `fulfilment.other_currency`, `fulfilment.recipients_differ`,
 * `fulfilment.recipients_unknown`.
 */
export function checkMerge(orders: readonly Mergeable[], isConfirmed: boolean): Result<null> {
  if (orders.length < 2 || orders.length > ORDERS_MOST)
    return refuse(
      'fulfilment.merge_count',
      `2 to ${ORDERS_MOST} orders may travel together, not ${orders.length}`,
    )
  const gone = orders.find((one) => one.hasParcels || !['on_hold', 'awaiting_shipment'].includes(one.status))
  if (gone !== undefined)
    return refuse('fulfilment.not_waiting', `order ${gone.orderNo} no longer waits for shipment`, {
      orderNo: gone.orderNo,
    })
  const grouped = orders.find((one) => one.isGrouped)
  if (grouped !== undefined)
    return refuse(
      'fulfilment.merged_already',
      `order ${grouped.orderNo} travels with others: unmerge it first`,
      {
        orderNo: grouped.orderNo,
      },
    )
  if (new Set(orders.map((one) => one.currency)).size > 1)
    return refuse('fulfilment.other_currency', 'the orders are in several currencies')
  const keys = new Set(orders.map((one) => one.recipientKey))
  if (keys.size === 1 && !keys.has(null)) return ok(null)
  const regions = new Set(orders.flatMap((one) => one.region ?? []))
  if (isUnlike([...keys]) || regions.size > 1)
    return refuse('fulfilment.recipients_differ', 'the orders go to different people or places')
  if (!isConfirmed)
    return refuse(
      'fulfilment.recipients_unknown',
      'the platforms keep these recipients to themselves: confirm that they are the same person and place',
    )
  return ok(null)
}

/** Whether two plain prints by the same key differ; by different keys they say nothing. */
function isUnlike(keys: readonly (string | null)[]): boolean {
  const plain = keys.flatMap((key) => (key?.startsWith('p:') ? [key] : []))
  const byKey = Map.groupBy(plain, (key) => key.slice(0, key.lastIndexOf(':')))
  return [...byKey.values()].some((prints) => prints.length > 1)
}
