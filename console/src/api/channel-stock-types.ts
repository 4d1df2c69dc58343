// What /api/sellable answers.

export const SELLABLE = '/api/sellable'

export type Named = { readonly id: string; readonly name: string }

export const LISTING_STATES = ['idle', 'due', 'asked', 'refused', 'unknown'] as const
export type ListingState = (typeof LISTING_STATES)[number]
export type Listing = {
  readonly connection: Named
  readonly stockSku: string
  readonly shopSku: string
  readonly ids: Readonly<Record<string, string>>
  readonly wanted: number | null
  readonly wantedAt: string | null
  readonly told: number | null
  readonly toldAt: string | null
  readonly state: ListingState
  readonly code: string | null
  readonly words: string
  readonly updatedAt: string
}
export type ListingSummary = {
  readonly items: readonly {
    readonly connection: Named
    readonly states: Readonly<Record<string, number>>
  }[]
}

export type PolicyDraft = {
  readonly connectionId: string
  readonly sku: string
  readonly warehouses: readonly string[]
  readonly shareBps: number
  readonly floor: number
  readonly cap: number | null
  readonly zeroAt: number
  readonly push: boolean
  readonly active: boolean
}
export type ChannelPolicy = PolicyDraft & {
  readonly id: string
  readonly connectionName: string
  readonly canTell: boolean
  readonly listings: number
  readonly updatedBy: string
  readonly updatedAt: string
}
export type Policies = {
  readonly items: readonly ChannelPolicy[]
  readonly overShares: readonly {
    readonly sku: string
    readonly warehouse: string | null
    readonly shareBps: number
    readonly connections: readonly Named[]
  }[]
}

export type SellablePlace = { readonly warehouse: string; readonly pieces: number }
export type Sellable = {
  readonly sku: string
  readonly kind: 'single' | 'bundle' | 'gift'
  readonly pieces: number
  readonly apart: number
  readonly places: readonly SellablePlace[]
  readonly from: readonly { readonly sku: string; readonly quantity: number; readonly pieces: number }[]
}
export type Step = {
  readonly step: 'sellable' | 'share' | 'quota' | 'zero_at' | 'floor' | 'cap'
  readonly by: number
  readonly figure: number
}
export type ToldFigure = {
  readonly connection: Named
  readonly figure: number
  readonly aboveTruth: boolean
  readonly push: boolean
  readonly policySku: string
  readonly warehouses: readonly string[]
  readonly places: readonly SellablePlace[]
  readonly steps: readonly Step[]
}
export type Preview = { readonly sellable: Sellable; readonly told: readonly ToldFigure[] }

export type Bundle = {
  readonly sku: string
  readonly parts: readonly { readonly sku: string; readonly quantity: number }[]
  readonly pieces: number
  readonly apart: number
  readonly updatedBy: string
  readonly updatedAt: string
}
export type Gift = {
  readonly sku: string
  readonly mainSku: string
  readonly gifts: number
  readonly per: number
  readonly binding: 'hard' | 'soft'
  readonly pieces: number
  readonly updatedBy: string
  readonly updatedAt: string
}
export type ImportedSets = {
  readonly saved: number
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
  }[]
}
