import type { PlanUnit } from '#domain/fulfilment.ts'
import type { RuleOrder } from '#domain/rule-order.ts'

/** Between an order's id and what belongs to it, where several orders are planned as one. */
const OF = '/'

/**
 * Orders that travel together, as one order for the rules: amounts added up, the earliest deadline, the first one's shop and number.
 * Lines carry the id of their order. All must be of one currency. A single order is itself.
 */
export function mergedOrder(orders: readonly RuleOrder[]): RuleOrder {
  const sorted = [...orders].sort((a, b) => (a.id < b.id ? -1 : 1))
  const [lead, ...others] = sorted
  if (lead === undefined) throw new Error('no order')
  if (others.length === 0) return lead
  const sum = (of: (order: RuleOrder) => bigint): bigint => sorted.reduce((all, order) => all + of(order), 0n)
  const earliest = (of: (order: RuleOrder) => Temporal.Instant | null): Temporal.Instant | null =>
    sorted.reduce<Temporal.Instant | null>((first, order) => {
      const at = of(order)
      return at !== null && (first === null || Temporal.Instant.compare(at, first) < 0) ? at : first
    }, null)
  return {
    ...lead,
    placedAt: earliest((order) => order.placedAt),
    paidAt: earliest((order) => order.paidAt),
    shipBy: earliest((order) => order.shipBy),
    payableMinor: sum((order) => order.payableMinor),
    goodsMinor: sum((order) => order.goodsMinor),
    shippingMinor: sum((order) => order.shippingMinor),
    discountMinor: sum((order) => order.discountMinor),
    promotions: [...new Set(sorted.flatMap((order) => order.promotions))],
    buyerNote: joined(sorted.map((order) => order.buyerNote)),
    sellerNote: joined(sorted.map((order) => order.sellerNote)),
    lines: sorted.flatMap((order) =>
      order.lines.map((line) => ({ ...line, lineId: `${order.id}${OF}${line.lineId}` })),
    ),
    gifts: sorted.flatMap((order) => order.gifts),
  }
}

function joined(notes: readonly string[]): string {
  return notes.filter((note) => note !== '').join('\n')
}

/** Units of a merged order know their own order and line again; their keys stay. */
export function unmergedUnit(unit: PlanUnit, isMerged: boolean): PlanUnit {
  if (!isMerged) return unit
  const at = unit.lineId.indexOf(OF)
  return { ...unit, orderId: BigInt(unit.lineId.slice(0, at)), lineId: unit.lineId.slice(at + 1) }
}
