import type { SourceTime } from '#kernel/instant.ts'
import type { Money } from '#kernel/money.ts'

/** One line of an order as the channel sold it. */
export type OrderLine = {
  readonly lineId: string
  /** The shop's own SKU code (商家编码); empty where the shop filled none in. */
  readonly shopSku: string
  readonly platformSkuId: string | null
  readonly title: string
  readonly spec: string | null
  /** Whole pieces, 1 or more. */
  readonly quantity: number
  readonly unitPrice: Money
  /** What the buyer pays for this line after all discounts, where the channel says so. */
  readonly paid: Money | null
  readonly gift: boolean
}

export type Discount = {
  readonly bearer: 'merchant' | 'platform' | 'talent' | 'payment' | 'unknown'
  readonly label: string
  readonly amount: Money
  readonly lineId: string | null
  readonly couponId: string | null
}

export type OrderTotals = {
  readonly goods: Money
  readonly shipping: Money
  readonly discount: Money
  readonly payable: Money
  readonly discounts: readonly Discount[]
}

/** Where the parcel goes. Encrypted at rest and masked in every view; `ciphertext` marks values only the platform can open. */
export type Recipient = {
  readonly name: string
  readonly phone: string
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
  readonly postalCode: string
  readonly ciphertext: boolean
}

export type Notes = { readonly buyer: string; readonly seller: string; readonly flag: string | null }
export type ShippingPromise = { readonly shipBy: SourceTime | null; readonly deliverBy: SourceTime | null }
export type Buyer = { readonly id: string | null; readonly nickname: string | null }

/** The parts of an order that may change. Each is a register of its own: the higher source version wins. */
export type OrderContent = {
  readonly lines: readonly OrderLine[]
  readonly totals: OrderTotals
  readonly recipient: Recipient
  readonly notes: Notes
  readonly promise: ShippingPromise
  readonly buyer: Buyer
}
export type ContentPart = keyof OrderContent
export const CONTENT_PARTS: readonly ContentPart[] = [
  'lines',
  'totals',
  'recipient',
  'notes',
  'promise',
  'buyer',
]

/**
 * What a source says an order contains, with the source's own version of it: epoch nanoseconds of its update time, or its
 * version number. Versions of one connection are comparable with each other and with nothing else.
 */
export type ContentClaim = {
  readonly orderNo: string
  readonly version: bigint
  readonly parts: Partial<OrderContent>
}
