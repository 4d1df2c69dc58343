import type { OrderStatus } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'

/** Where it goes, as the rules and the warehouses' lanes write it: `新疆`, `乌鲁木齐市`, `天山区`. Empty where nobody knows. */
export type ShipTo = {
  readonly country: string
  /** Short form without 省, 市, 自治区. */
  readonly province: string
  readonly city: string
  readonly district: string
}

export type RuleOrderLine = {
  readonly lineId: string
  /** The stock SKU; null where it is not matched yet. */
  readonly sku: string | null
  readonly shopSku: string
  readonly title: string
  readonly quantity: number
  readonly unitPriceMinor: bigint
  /** What the buyer pays for the line; null where the channel does not say. */
  readonly paidMinor: bigint | null
  readonly gift: boolean
  /** Of one piece; null where nobody told. */
  readonly weightG: number | null
  readonly volumeCm3: number | null
  /** Of the SKU, as its profile has them: `frozen`, `hazmat`, `fragile`... */
  readonly tags: readonly string[]
  /** What one piece is made of; null for one that is no bundle. */
  readonly parts: readonly RuleOrderPart[] | null
}
export type RuleOrderPart = {
  readonly sku: string
  readonly quantity: number
  readonly weightG: number | null
  readonly volumeCm3: number | null
  readonly tags: readonly string[]
}

/** An order as rules see it: nothing of a person but where the goods go. */
export type RuleOrder = {
  readonly id: bigint
  readonly connection: string
  readonly connectorKind: string
  readonly orderNo: string
  readonly status: OrderStatus
  readonly placedAt: Instant | null
  readonly paidAt: Instant | null
  readonly shipBy: Instant | null
  readonly currency: string
  readonly payableMinor: bigint
  readonly goodsMinor: bigint
  readonly shippingMinor: bigint
  readonly discountMinor: bigint
  readonly promotions: readonly string[]
  readonly buyerId: string | null
  /** Orders that the same buyer of the same shop paid before this one; null where the buyer is not known. */
  readonly earlierOrders: number | null
  /** Paid for them, in this order's currency; null where the buyer is not known. */
  readonly earlierSpentMinor: bigint | null
  readonly to: ShipTo
  /** Equal where two orders of one platform go to the same person and place; null where nobody can tell. */
  readonly recipientKey: string | null
  readonly buyerNote: string
  readonly sellerNote: string
  readonly flag: string | null
  readonly lines: readonly RuleOrderLine[]
  /** Gift SKU to main SKU, as the gift rules bind them. */
  readonly gifts: readonly {
    readonly gift: string
    readonly main: string
    readonly binding: 'hard' | 'soft'
  }[]
}

/** Reads orders as the rules see them. */
export type RuleOrders = {
  /** In id order; 500 at most. */
  readonly byIds: (ids: readonly bigint[]) => Promise<readonly RuleOrder[]>
  /** All that have one of these numbers (20 of each at most), in id order. */
  readonly byNumber: (...orderNos: readonly string[]) => Promise<readonly RuleOrder[]>
  /** Placed in the period, in id order after `after`; `limit` at most. */
  readonly between: (period: {
    readonly from: Instant
    readonly to: Instant
    readonly after: bigint
    readonly limit: number
  }) => Promise<readonly RuleOrder[]>
}
