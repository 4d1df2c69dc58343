import type { Instant } from '#kernel/clock.ts'

/** A warehouse's own short code: 1 to 40 letters, digits, `.`, `_` or `-`; never changed. */
export const WAREHOUSE_CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/
/** Most characters of a stock SKU. */
export const SKU_MOST = 100
/** Most pieces in one figure. */
export const PIECES_MOST = 1_000_000_000

export type StockPlace = { readonly sku: string; readonly warehouse: string }

/** Pieces of one SKU wanted; `warehouse` null leaves the choice to the candidates. */
export type Demand = { readonly sku: string; readonly quantity: number; readonly warehouse: string | null }

/** Pieces of one SKU at one place. */
export type Taken = StockPlace & { readonly quantity: number }

/** All that is known of one SKU at one warehouse; every figure in pieces. */
export type StockLevel = StockPlace & {
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  /** physical - locked - reserved, and in-transit where the warehouse counts it. Negative where the warehouse has less than is locked. */
  readonly available: number
  readonly transitCounts: boolean
  /** `captured`: the warehouse's own system says what is there. */
  readonly figures: 'own' | 'captured'
  readonly active: boolean
  readonly sourceQuantity: number | null
  readonly sourceVersion: bigint | null
  readonly unseenOut: number
}

export const OWNER_KINDS = ['order', 'api', 'transfer', 'finding', 'person'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]
/** Whom a hold is for. `id` of an order is that of its record; `reference` is what people call it. */
export type HoldOwner = { readonly kind: OwnerKind; readonly id: string; readonly reference: string }

export const HOLD_STATES = ['held', 'released', 'committed'] as const
export type HoldState = (typeof HOLD_STATES)[number]
export const HOLD_KINDS = ['lock', 'reservation'] as const
/** `lock` counts as locked (an order's), `reservation` as reserved (a transfer's, a finding's, a person's). */
export type HoldKind = (typeof HOLD_KINDS)[number]

export type HoldLine = StockPlace & {
  readonly quantity: number
  /** Still held. */
  readonly open: number
  readonly committed: number
  /** Of the open pieces, those drawn from the channel's quota. */
  readonly fromQuota: number
}

export type Hold = {
  readonly id: bigint
  readonly key: string
  readonly kind: HoldKind
  readonly state: HoldState
  readonly owner: HoldOwner
  /** Connection id. */
  readonly channel: string | null
  readonly reason: string
  readonly actor: string
  readonly createdAt: Instant
  readonly deadlineAt: Instant
  readonly heartbeatAt: Instant
  readonly onDeadline: 'ask' | 'release'
  readonly lines: readonly HoldLine[]
}

/** Wire codes of the locking API, as its callers know them. */
export const LOCK_TIMEOUT = 'INV_LOCK_TIMEOUT'
export const NOT_AVAILABLE = 'SKU_NOT_AVAILABLE_IN_WAREHOUSE'

/** Why one SKU could not be had, and where how many of it are. */
export type Shortage = {
  readonly sku: string
  /** The warehouse asked for; null where several were candidates. */
  readonly warehouse: string | null
  readonly wanted: number
  /** At that warehouse, or over all candidates; safety stock left out unless it may be drawn. */
  readonly available: number
  readonly elsewhere: readonly { readonly warehouse: string; readonly available: number }[]
}
