import type { Bilingual as Words } from './types.ts'

export const PLAN_STATES = [
  'held',
  'review',
  'unmatched',
  'short',
  'planned',
  'locked',
  'left',
  'ended',
] as const
export type PlanState = (typeof PLAN_STATES)[number]
export const PLAN_STEPS = ['hold', 'split', 'source', 'lock', 'freight', 'ship'] as const
export type PlanStep = (typeof PLAN_STEPS)[number]

export type PlanRow = {
  readonly orderId: string
  readonly orderNo: string
  readonly connection: { readonly id: string; readonly name: string }
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly words: Words
  readonly merged: number
  readonly isManual: boolean
  readonly parcels: number
  readonly warehouses: readonly string[]
  readonly plannedAt: string
  readonly updatedAt: string
}

export type PlanPiece = {
  readonly unit: string
  readonly orderId: string
  readonly lineId: string
  readonly sku: string
  readonly title: string
  readonly gift: boolean
  readonly quantity: number
  readonly valueMinor: string
  readonly weightG: number | null
}
export type PlanParcel = {
  readonly parcelNo: string
  readonly seq: number
  readonly warehouse: string | null
  readonly state: 'planned' | 'left' | 'void'
  readonly waits: boolean
  readonly reasons: readonly { readonly node: string | null; readonly words: Words }[]
  readonly pieces: readonly PlanPiece[]
}
export type SourceScore = {
  readonly parcels: number
  readonly waiting: number
  readonly km: number | null
  /** Whole minor units, as text. */
  readonly costMinor: string | null
  readonly hours: number | null
}
export type PlanAnswer = {
  readonly score?: SourceScore
  readonly isProven?: boolean
  readonly rejected?: readonly {
    readonly parcels: readonly {
      readonly warehouse: string | null
      readonly pieces: readonly { readonly unit: string; readonly quantity: number }[]
    }[]
    readonly why: Words
  }[]
  readonly out?: readonly { readonly warehouse: string; readonly words: Words }[]
  readonly tags?: readonly string[]
}
export type PlanShape = {
  readonly orderId: string
  readonly orderNo: string
  readonly leadId: string
  readonly groupId: string | null
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly words: Words
  readonly revision: number
  readonly isManual: boolean
  readonly excluded: readonly string[]
  readonly plannedAt: string
  readonly answer: PlanAnswer
  readonly parcels: readonly PlanParcel[]
}
export type PlanAction =
  | 'release'
  | 'replan'
  | 'arrange'
  | 'match'
  | 'rules'
  | 'stock'
  | 'unmerge'
  | 'automatic'
export type OrderPlan = {
  readonly plan: PlanShape | null
  /** All pieces of a plan that has no parcels, to arrange by hand; else empty. */
  readonly units: readonly PlanPiece[]
  readonly explained: {
    readonly why: Words
    readonly waitsFor: Words
    readonly who: Words
    readonly actions: readonly PlanAction[]
  } | null
  readonly holds: readonly {
    readonly id: string
    readonly by: 'rule' | 'person'
    readonly placedBy: string
    readonly reason: string
    readonly at: string
    readonly releasedAt: string | null
    readonly releasedBy: string | null
    readonly releasedWords: string | null
  }[]
  readonly members: readonly {
    readonly orderId: string
    readonly orderNo: string
    readonly connection: string
  }[]
  readonly events: readonly {
    readonly at: string
    readonly what: string
    readonly actor: string
    readonly reason: string
  }[]
}

export type ManualParcel = {
  readonly pieces: readonly { readonly unit: string; readonly quantity: number }[]
  readonly warehouse: string | null
}
export type PlanChange =
  | { readonly do: 'arrange'; readonly parcels: readonly ManualParcel[] }
  | { readonly do: 'move'; readonly parcelNo: string; readonly warehouse: string }
  | { readonly do: 'automatic' | 'replan' | 'hold' | 'release' }
  | { readonly do: 'merge'; readonly orders: readonly string[]; readonly confirmed?: boolean }
  | { readonly do: 'unmerge'; readonly orders?: readonly string[] }
export type Changed = { readonly before: readonly PlanShape[]; readonly after: readonly PlanShape[] }

export type MergeGroup = {
  readonly recipient: string | null
  readonly region: string | null
  readonly orders: readonly {
    readonly orderId: string
    readonly orderNo: string
    readonly connection: { readonly id: string; readonly name: string }
    readonly payable: string | null
    readonly currency: string | null
    readonly items: number
    readonly title: string | null
  }[]
}

export const FULFILMENT = '/api/fulfilment'
export const planKey = (orderId: string) => ['plan', orderId] as const
