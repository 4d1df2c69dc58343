import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'

type Words = { readonly zh: string; readonly en: string }
export const WAYBILL_STATES = [
  'review',
  'wanted',
  'asking',
  'issued',
  'cancelling',
  'cancelled',
  'void',
] as const
export type WaybillState = (typeof WAYBILL_STATES)[number]

export type Waybill = {
  readonly id: string
  readonly reference: string
  readonly parcelNo: string
  readonly orderId: string
  readonly orderNos: readonly string[]
  readonly warehouse: string | null
  readonly accountId: string | null
  readonly accountName: string | null
  readonly carrier: string | null
  readonly service: string | null
  readonly pieces: number
  readonly state: WaybillState
  readonly trackingNo: string | null
  readonly childNos: readonly string[]
  readonly document: 'pdf' | 'png' | 'zpl' | 'sealed' | null
  readonly code: string | null
  readonly detail: string | null
  readonly words: Words
  readonly attempts: number
  readonly because: string
  readonly wantedAt: string
  readonly issuedAt: string | null
  readonly printedAt: string | null
  readonly cancelledAt: string | null
  readonly updatedAt: string
}
export type WaybillEvent = {
  readonly id: string
  readonly at: string
  readonly what: string
  readonly actor: string
  readonly words: string
}
export type WaybillDetail = { readonly waybill: Waybill; readonly events: readonly WaybillEvent[] }
export type WaybillCounts = {
  readonly states: Readonly<Partial<Record<WaybillState, number>>>
  readonly unprinted: number
  readonly reasons: readonly {
    readonly code: string
    readonly carrier: string | null
    readonly count: number
    readonly words: Words
  }[]
}

export type CarrierAccount = {
  readonly id: string
  readonly connectionId: string
  readonly connectionName: string | null
  readonly connectorKind: string | null
  readonly carrier: string
  readonly name: string
  readonly service: string | null
  readonly settings: Readonly<Record<string, string>>
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
  readonly isAway: boolean
  readonly numbers: 'per_order' | 'balance' | 'segment' | null
  readonly blockedCode: string | null
  readonly blockedAt: string | null
  readonly left: number | null
  readonly isLow: boolean
  readonly issuedToday: number
  readonly refusedToday: number
  readonly updatedBy: string
  readonly updatedAt: string
}
export type AccountField = {
  readonly name: string
  readonly zh: string
  readonly en: string
  readonly secret: boolean
  readonly required: boolean
  readonly default: string | null
  readonly options: readonly string[] | null
  readonly hint: Words | null
}
export type Maker = {
  readonly connectionId: string
  readonly connectionName: string
  readonly kind: string
  readonly carriers: readonly { readonly code: string; readonly name: string }[]
  readonly numbers: 'per_order' | 'balance' | 'segment'
  readonly piecesMost: number
  readonly opens: readonly string[]
  readonly services: readonly ({ readonly code: string } & Words)[]
  readonly fields: readonly AccountField[]
}
export type Sender = {
  readonly warehouse: string
  readonly warehouseName: string
  readonly name: string
  readonly phone: string
  readonly company: string
  readonly country: string
  readonly province: string
  readonly city: string
  readonly district: string
  readonly address: string
  readonly postalCode: string
  readonly isComplete: boolean
  readonly updatedBy: string | null
  readonly updatedAt: string | null
}

export const accountsQuery = queryOptions({
  queryKey: ['carrier-accounts'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly CarrierAccount[] }>('/api/carrier-accounts', {}, signal)).items,
})
export const makersQuery = queryOptions({
  queryKey: ['carrier-account-makers'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly Maker[] }>('/api/carrier-accounts/makers', {}, signal)).items,
})
export const sendersQuery = queryOptions({
  queryKey: ['ship-from'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly Sender[] }>('/api/ship-from', {}, signal)).items,
})
