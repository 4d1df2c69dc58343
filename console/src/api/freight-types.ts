import type { Money } from './types.ts'

export const REMOTE_AREAS = '/api/regions/remote'
export const CUSTOMER_TIERS = '/api/customer-tiers'
export const AREA_CLASSES = ['remote', 'hmt', 'mainland'] as const
export type AreaClass = (typeof AREA_CLASSES)[number]

export type StoredQuote = {
  readonly id: string
  readonly freight: Money
  readonly parts: readonly { readonly node: string; readonly label: string; readonly amount: string }[]
  readonly carrier: string | null
  readonly setId: string
  readonly versionId: string
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly parcels: number
  readonly jointWith: readonly string[]
  readonly quotedAt: string
}
export type OrderFreight = {
  readonly current: StoredQuote | null
  readonly history: readonly StoredQuote[]
}
export type RemoteArea = {
  readonly id: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly class: AreaClass
  readonly note: string
  readonly updatedBy: string
  readonly updatedAt: string
}
export type CustomerTier = {
  readonly name: string
  readonly label: string
  readonly minOrders: number
  readonly minSpent: string | null
  readonly currency: string
  readonly priority: number
}
