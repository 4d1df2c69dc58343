import type { Bilingual } from './types.ts'

export type CaptureLag = {
  readonly warehouse: string
  readonly name: string
  readonly changes: number
  readonly averageMs: number | null
  readonly mostMs: number | null
  readonly minutes: readonly {
    readonly at: string
    readonly changes: number
    readonly averageMs: number
    readonly mostMs: number
  }[]
}
export type CaptureFeed = {
  readonly id: string
  readonly name: string
  readonly source: {
    readonly kind: 'connection' | 'push' | 'file'
    readonly id: string
    readonly name: string | null
  }
  readonly state: 'draft' | 'dry_run' | 'live' | 'paused'
  readonly status: 'stopped' | 'connecting' | 'snapshot' | 'comparing' | 'following' | 'waiting' | 'blocked'
  readonly statusSince: string
  readonly words: Bilingual
  readonly mode: 'levels' | 'movements'
  readonly table: string
  readonly onDrift: 'ask' | 'accept'
  readonly position: string | null
  readonly changes: number
  readonly sourceAt: string | null
  readonly appliedAt: string | null
  readonly seenAt: string | null
  readonly snapshot: {
    readonly at: string | null
    readonly stage: 'reading' | 'comparing' | null
    readonly rows: number
    readonly total: number | null
    readonly wanted: boolean
  }
  readonly gap: { readonly at: string; readonly words: Bilingual } | null
  readonly schemaChange: { readonly at: string; readonly usable: boolean; readonly words: Bilingual } | null
  readonly warehouses: readonly { readonly code: string; readonly sourceCode: string }[]
  readonly lag: readonly CaptureLag[]
  readonly openFindings: number
}

export const FINDING_KINDS = [
  'drift',
  'conflict',
  'duplicate_row',
  'unknown_sku',
  'unknown_warehouse',
  'own_figures',
  'unreadable',
  'unseen_out',
  'negative',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]
export const FINDING_STATES = ['open', 'accepted', 'kept', 'gone'] as const
export type FindingState = (typeof FINDING_STATES)[number]
export type StockFinding = {
  readonly id: string
  readonly kind: FindingKind
  readonly state: FindingState
  readonly sku: string
  readonly warehouse: string
  readonly feedId: string | null
  readonly ledger: number | null
  readonly captured: number | null
  readonly reserved: number
  readonly acceptable: boolean
  readonly evidence: Readonly<Record<string, unknown>>
  readonly openedAt: string
  readonly endedAt: string | null
  readonly endedBy: string | null
  readonly endedWords: string | null
}
export type FindingSummary = {
  readonly items: readonly {
    readonly kind: FindingKind
    readonly warehouse: string
    readonly count: number
    readonly since: string
  }[]
}
export type FindingDecision = {
  readonly done: number
  readonly refused: readonly { readonly id: string; readonly code: string; readonly detail: string }[]
  readonly left: boolean
}
export type FiguresUpload = {
  readonly id: string
  readonly name: string
  readonly state: 'looked' | 'queued' | 'done'
  readonly jobId: string | null
  readonly rows: number
  readonly faults: number
  readonly preview: {
    readonly fresh: number
    readonly same: number
    readonly higher: number
    readonly lower: number
  }
  readonly differences: readonly {
    readonly row: number
    readonly sku: string
    readonly warehouse: string
    readonly quantity: number
    readonly ledger: number | null
  }[]
  readonly faultRows: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly detail: string
    readonly sku: string
    readonly warehouse: string
  }[]
}
