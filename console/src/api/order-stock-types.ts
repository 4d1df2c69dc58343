import type { Money } from './types.ts'

export const ORDER_STOCK = '/api/order-stock'
export const STOCK_ROUTES = '/api/stock-routes'
export const SPREADS = ['never', 'lines', 'units'] as const
export type Spread = (typeof SPREADS)[number]

export type Lack = {
  readonly sku: string
  readonly wanted: number
  readonly had: number
  readonly available: readonly { readonly warehouse: string; readonly available: number }[]
}
export type OrderHoldLine = {
  readonly sku: string
  readonly warehouse: string
  readonly warehouseName: string
  readonly quantity: number
  readonly open: number
  readonly committed: number
}
export type OrderStock = {
  readonly orderId: string
  readonly state: string
  readonly code: string | null
  readonly since: string | null
  readonly tries: number
  readonly nextTryAt: string | null
  readonly shortage: readonly Lack[]
  readonly restored: readonly {
    readonly sku: string
    readonly warehouse: string
    readonly quantity: number
  }[]
  readonly route: {
    readonly id: string | null
    readonly name: string
    readonly warehouses: readonly string[]
    readonly spread: Spread
  } | null
  readonly holds: readonly {
    readonly id: string
    readonly key: string
    readonly state: string
    readonly createdAt: string
    readonly deadlineAt: string
    readonly heartbeatAt: string
    readonly lines: readonly OrderHoldLine[]
  }[]
}
export type Pieces = { readonly sku: string; readonly warehouse: string; readonly quantity: number }
export type Remedy = {
  readonly holdId: string
  readonly owner: { readonly kind: string; readonly id: string; readonly reference: string }
  readonly reason: string
  readonly createdAt: string
  readonly deadlineAt: string
  readonly frees: readonly Pieces[]
  readonly lines: readonly Pieces[]
  readonly overdue: boolean
  readonly servedElsewhere: boolean
  readonly minutesLeft: number | null
  readonly penalty: Money | null
  readonly paid: Money | null
  readonly blocked: 'packed' | 'other_owner' | null
}
export type Remedies = {
  readonly shortage: readonly Lack[]
  readonly holds: readonly Remedy[]
  readonly plan: readonly string[] | null
}
export type StockRouteDraft = {
  readonly name: string
  readonly kind: string
  readonly connectionId: string | null
  readonly warehouses: readonly string[]
  readonly spread: Spread
  readonly drawSafety: boolean
  readonly active: boolean
}
export type StockRoute = StockRouteDraft & {
  readonly id: string
  readonly connectionName: string | null
  readonly updatedBy: string
  readonly updatedAt: string
}
export type StockRoutePreview = {
  readonly orders: number
  readonly capped: boolean
  readonly warehouses: readonly { readonly code: string; readonly now: number; readonly tried: number }[]
  readonly shortNow: number
  readonly shortTried: number
  readonly moved: number
  readonly sample: readonly {
    readonly orderId: string
    readonly orderNo: string
    readonly now: readonly string[]
    readonly tried: readonly string[]
  }[]
}
