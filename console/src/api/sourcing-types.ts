import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type { Bilingual } from './types.ts'

export type WarehouseAbility = {
  readonly code: string
  readonly name: string
  readonly active: boolean
  readonly takes: readonly string[]
  readonly capacityPerDay: number | null
  readonly cutoff: string | null
  readonly zone: string | null
  /** Parcels planned there today. */
  readonly load: number
  readonly lanes: number
  readonly updatedBy: string | null
  readonly updatedAt: string | null
}
export const abilitiesQuery = queryOptions({
  queryKey: ['sourcing', 'warehouses'],
  queryFn: async ({ signal }) =>
    (await get<{ items: WarehouseAbility[] }>('/api/sourcing/warehouses', {}, signal)).items,
})

export type SourcingLane = {
  readonly warehouse: string
  readonly province: string
  readonly city: string
  readonly hours: number | null
  readonly firstKg: string | null
  readonly furtherKg: string | null
  readonly currency: string
}
export const lanesQuery = (warehouse: string | null) =>
  queryOptions({
    queryKey: ['sourcing', 'lanes', warehouse],
    queryFn: async ({ signal }) =>
      (await get<{ items: SourcingLane[] }>('/api/sourcing/lanes', { warehouse }, signal)).items,
  })

export type LaneTable = {
  readonly header: readonly string[]
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[]
}
export type LanePreview = {
  readonly rows: readonly (SourcingLane & {
    readonly row: number
    readonly outcome: 'new' | 'changed' | 'same'
  })[]
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
  }[]
}

export type TriedParcel = {
  readonly warehouse: string | null
  readonly waits: boolean
  readonly pieces: readonly { readonly sku: string; readonly quantity: number }[]
}
export type TriedScore = {
  readonly parcels: number
  readonly waiting: number
  readonly km: number | null
  readonly cost: string | null
  readonly hours: number | null
  readonly total: number
}
export type SourcingTried = {
  readonly parcels: readonly TriedParcel[]
  readonly score: TriedScore
  readonly isProven: boolean
  readonly steps: number
  readonly rejected: readonly {
    readonly parcels: readonly TriedParcel[]
    readonly score: TriedScore
    readonly why: Bilingual
  }[]
  readonly out: readonly { readonly warehouse: string; readonly words: Bilingual }[]
}

export type ResourceAsk = {
  readonly warehouse?: string
  readonly orderNos?: readonly string[]
  readonly short?: boolean
}
export type PlanFigures = { readonly parcels: number; readonly cost: string | null }
export type ResourcePreview = {
  readonly orders: number
  readonly capped: boolean
  readonly rows: readonly {
    readonly orderId: string
    readonly orderNo: string
    readonly before: string
    readonly after: string
    readonly figures: { readonly before: PlanFigures; readonly after: PlanFigures }
    readonly outcome: 'same' | 'changed' | 'short' | 'held'
    readonly words: Bilingual
  }[]
  readonly skipped: readonly {
    readonly orderId: string
    readonly orderNo: string
    readonly words: Bilingual
  }[]
}
