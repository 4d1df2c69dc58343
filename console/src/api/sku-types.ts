export const UNMATCHED = '/api/skus/unmatched'
export const MAPPING = '/api/skus/mapping'
/** Stands for every shop where a connection's id is asked for. */
export const EVERY_SHOP = '*'

export type UnmatchedSku = {
  readonly connection: { readonly id: string; readonly name: string }
  /** Empty: the shop sells it without a code. */
  readonly shopSku: string
  readonly title: string
  readonly orders: number
  readonly quantity: number
}
export type SkuMapping = {
  /** `*`: every shop. */
  readonly connectionId: string
  readonly connectionName: string | null
  readonly shopSku: string
  readonly stockSku: string
  readonly updatedBy: string
  readonly updatedAt: string
}

export type Mapped = { readonly mapped: number; readonly lines: number; readonly orders: number }
export type Unmapped = { readonly lines: number; readonly orders: number; readonly waiting: number }
export type ImportedMappings = Mapped & {
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
  }[]
}
