import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type { Bilingual } from './types.ts'

export type Warehouse = {
  readonly code: string
  readonly name: string
  readonly province: string
  readonly city: string
  readonly address: string
  readonly contact: string
  readonly priority: number
  readonly countsInTransit: boolean
  readonly figures: 'own' | 'captured'
  readonly active: boolean
  readonly updatedBy: string
  readonly updatedAt: string
  /** Counted up to 10,001. */
  readonly skus: number
  readonly feeds: readonly string[]
}
export const SKUS_COUNTED = 10_000

export const LIST_FIELDS = [
  'code',
  'name',
  'province',
  'city',
  'address',
  'contact',
  'priority',
  'countsInTransit',
  'figures',
  'active',
] as const
export type ListField = (typeof LIST_FIELDS)[number]
export type ListColumns = { readonly [F in ListField]?: string }
export type ListTable = {
  readonly header: readonly string[]
  readonly rows: readonly { readonly row: number; readonly cells: readonly string[] }[]
}
export type ReadList = ListTable & { readonly columns: ListColumns }
export type CellError = {
  readonly row: number
  readonly column: string
  readonly code: string
  readonly detail: string
}
export type ListPreview = {
  readonly columns: ListColumns
  readonly rows: readonly {
    readonly row: number
    readonly code: string
    readonly name: string
    readonly outcome: 'new' | 'changed' | 'same'
    readonly fields: readonly string[]
  }[]
  readonly errors: readonly CellError[]
}
export type ListDone = { readonly added: number; readonly changed: number; readonly same: number }

export type FeedMapping = {
  readonly mode: 'levels' | 'movements'
  readonly table: string
  readonly sku: string
  readonly quantity: string
  readonly warehouse: string | null
  readonly version: string | null
  readonly id: string | null
  readonly reference: string | null
  readonly zone: string
}
export type FeedWarehouse = { readonly sourceCode: string; readonly warehouse: string }
export type SampleRow = Readonly<Record<string, string | null>>
export type DryRun = {
  readonly rows: number
  readonly opening: number
  readonly openingPieces: number
  readonly same: number
  readonly different: number
  readonly differences: readonly {
    readonly sku: string
    readonly warehouse: string
    readonly ledger: number
    readonly captured: number
  }[]
  readonly unknownSkus: number
  readonly unknownSkuList: readonly string[]
  readonly unmapped: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
  readonly isWhole: boolean
  readonly live: {
    readonly seconds: number
    readonly changes: number
    readonly lagMs: number | null
    readonly shown: readonly {
      readonly sku: string
      readonly warehouse: string
      readonly quantity: number
      readonly isDelta: boolean
      readonly evidence: string
    }[]
    readonly ended: Bilingual | null
  }
}
export type FeedSetup = {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly sourceKind: 'connection' | 'push' | 'file'
  readonly connection: { readonly id: string; readonly name: string; readonly kind: string } | null
  readonly state: 'draft' | 'dry_run' | 'live' | 'paused'
  readonly step: 'check' | 'mapping' | 'dry_run' | 'live'
  readonly mapping: FeedMapping
  readonly warehouses: readonly FeedWarehouse[]
  readonly onDrift: 'ask' | 'accept'
  readonly onUnknownSku: 'create' | 'ignore' | 'ask'
  readonly lastTry: {
    readonly jobId: string
    readonly state: string
    readonly error: string | null
    readonly at: string
    readonly result: DryRun | null
  } | null
  readonly running: {
    readonly status: string
    readonly words: Bilingual
    readonly changes: number
    readonly snapshotRows: number
    readonly snapshotAt: string | null
    readonly lagMs: number | null
  }
  readonly updatedBy: string
  readonly updatedAt: string
}
export type FeedCheck = {
  readonly name: string
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly words: Bilingual
  readonly remedy: (Bilingual & { readonly command: string | null }) | null
}
export type FeedTable = {
  readonly name: string
  readonly rows: number | null
  readonly columns: readonly { readonly name: string; readonly type: string; readonly key: boolean }[]
  readonly likeness: number
}
export const MAPPED_FIELDS = ['sku', 'quantity', 'warehouse', 'version', 'id', 'reference'] as const
export type MappedField = (typeof MAPPED_FIELDS)[number]
export type Suggestion = {
  readonly mapping: FeedMapping
  readonly guesses: readonly {
    readonly field: MappedField
    readonly column: string
    readonly confidence: number
    readonly reasons: readonly Bilingual[]
  }[]
  readonly open: readonly MappedField[]
  readonly table: Omit<FeedTable, 'likeness'>
  readonly rows: readonly SampleRow[]
}
export type MappedPreview = {
  readonly rows: readonly {
    readonly row: SampleRow
    readonly sku: string | null
    readonly quantity: number | null
    readonly version: string | null
    readonly warehouse: string | null
    readonly isKnownSku: boolean
    readonly fault: { readonly code: string; readonly detail: string } | null
  }[]
  readonly good: number
  readonly faults: readonly { readonly code: string; readonly count: number; readonly detail: string }[]
  readonly unknownSkus: readonly string[]
  readonly warehouses: readonly {
    readonly sourceCode: string
    readonly rows: number
    readonly warehouse: string | null
    readonly isProposed: boolean
  }[]
}
export type GrantScript = { readonly title: Bilingual; readonly note: Bilingual; readonly script: string }

export const warehousesQuery = queryOptions({
  queryKey: ['warehouses'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly Warehouse[] }>('/api/warehouses', {}, signal)).items,
  staleTime: 5_000,
})

export const feedsQuery = queryOptions({
  queryKey: ['capture-setup'],
  queryFn: async ({ signal }) =>
    (await get<{ items: readonly FeedSetup[] }>('/api/capture/setup', {}, signal)).items,
  staleTime: 2_000,
})

export function feedQuery(id: string) {
  return queryOptions({
    queryKey: ['capture-setup', id],
    queryFn: ({ signal }) => get<FeedSetup>(`/api/capture/setup/${id}`, {}, signal),
    staleTime: 1_000,
  })
}
