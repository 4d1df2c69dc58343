import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money } from '#kernel/money.ts'
import type { OrderRow } from './store.ts'

export type OrderJson = ReturnType<typeof rowToJson>

/** A row of the list as the API shows it; times with the offset of the hub's zone. */
export function rowToJson(row: OrderRow, zone: string) {
  return {
    id: row.id.toString(),
    orderNo: row.order_no,
    connection: {
      id: row.connection_id,
      kind: row.connection_kind ?? 'unknown',
      name: row.connection_name ?? row.connection_id,
    },
    status: row.status,
    afterSale: row.after_sale,
    placedAt: timeOrNull(row.placed_at, zone),
    paidAt: timeOrNull(row.paid_at, zone),
    shippedAt: timeOrNull(row.shipped_at, zone),
    deliveredAt: timeOrNull(row.delivered_at, zone),
    shipBy: timeOrNull(row.ship_by, zone),
    payable: payableOf(row),
    itemCount: row.item_count,
    parcelCount: row.parcel_count,
    unmatchedLines: row.unmatched_lines,
    driftCount: row.drift_count,
    report: row.report,
    region: row.region,
    recipientMasked: row.recipient_masked,
    buyerNote: row.buyer_note,
    sellerNote: row.seller_note,
    firstTitle: row.first_title,
    trackingNos: [...(row.tracking_nos ?? [])],
    promise: promiseOf(row, zone),
    stock: row.stock_state === null ? null : { state: row.stock_state, code: row.stock_code },
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

export function timeOrNull(instant: Instant | null, zone: string): string | null {
  return instant === null ? null : formatInstant(instant, zone)
}

function payableOf({ currency, payable_minor: minor }: OrderRow): AmountJson | null {
  return amountOf(minor, currency)
}

type AmountJson = { readonly currency: string; readonly amount: string }

export function amountOf(minor: bigint | null, currency: string | null): AmountJson | null {
  if (currency === null || minor === null) return null
  return { currency, amount: formatMoney(money(currency, minor)) }
}

function promiseOf(row: OrderRow, zone: string) {
  const { promise_due: due, promise_warn: warn, promise_keeps: keeps, promise_state: state } = row
  if (due === null || warn === null || keeps === null || state === null) return null
  return {
    dueAt: formatInstant(due, zone),
    warnAt: formatInstant(warn, zone),
    keeps,
    state,
    penalty: amountOf(row.promise_penalty, row.currency),
  }
}
