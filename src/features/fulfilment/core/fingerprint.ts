import type { RuleOrder } from '#domain/rule-order.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import type { ManualParcel } from './manual.ts'

/** Of everything that a plan is made from but the stock, the clock and the rules: an equal one keeps the plan it has. */
export function fingerprintOf(
  orders: readonly RuleOrder[],
  {
    manual,
    excluded,
  }: { readonly manual: readonly ManualParcel[] | null; readonly excluded: readonly string[] },
): string {
  return hashToUuid(
    canonicalJson({
      orders: orders.map((order) => ({
        id: order.id.toString(),
        payable: order.payableMinor.toString(),
        shipping: order.shippingMinor.toString(),
        to: order.to,
        notes: [order.buyerNote, order.sellerNote, order.flag],
        gifts: order.gifts,
        lines: order.lines.map((line) => ({
          ...line,
          unitPriceMinor: line.unitPriceMinor.toString(),
          paidMinor: line.paidMinor?.toString() ?? null,
        })),
      })),
      manual,
      excluded,
    }),
  )
}
