import type { Words } from '#domain/notice.ts'
import type { ShipTo } from '#domain/rule-order.ts'
import type { RuleDone } from '#domain/rulebook.ts'

/** Pieces of one stock SKU of one order line: what is put into parcels. A bundle's line is one unit per part. */
export type PlanUnit = {
  /** `<order id>/<line id>/<sku>`: unique in its plan. */
  readonly key: string
  readonly orderId: bigint
  readonly lineId: string
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly gift: boolean
  /** The line of the bundle that it is a part of. */
  readonly bundle: string | null
  /** Pieces of it in one piece of that bundle; 1 for a unit that is no part. */
  readonly perBundle: number
  readonly weightG: number | null
  readonly volumeCm3: number | null
  /** What the buyer pays for all its pieces; exact: the units of an order add up to its lines. */
  readonly valueMinor: bigint
  readonly tags: readonly string[]
}

/** `hard`: in one parcel, or all of it waits. `soft`: may leave from elsewhere, never before its main product is secured. */
export type Binding = {
  readonly strength: 'hard' | 'soft'
  readonly why: 'gift' | 'bundle' | 'rule' | 'person'
  /** Unit keys; of a gift binding the first is the main product's. */
  readonly units: readonly string[]
  /** The rule's node, where a rule asked for it. */
  readonly node: string | null
}

/** So many pieces of a unit. */
export type PlanPiece = { readonly unit: string; readonly quantity: number }

/** What splitting leaves: pieces that may travel together. */
export type SplitParcel = {
  /** Groups that stay whole whatever warehouse serves them. */
  readonly groups: readonly (readonly PlanPiece[])[]
  /** One warehouse for all of it (强制合并), also where a nearer one has a part. */
  readonly together: boolean
  /** A rule or a person names the warehouse. */
  readonly warehouse: string | null
  /** Tags that the warehouse and the carrier must be able to take: `frozen`... */
  readonly needs: readonly string[]
  /** Why it is a parcel of its own; shown to people. */
  readonly reasons: readonly { readonly node: string | null; readonly words: Words }[]
}

export type SplitAsk = {
  readonly units: readonly PlanUnit[]
  /** From gift rules and bundles; rules and people may add some. */
  readonly bindings: readonly Binding[]
  /** What the split rules ask for, in their order; empty where no rules are live. */
  readonly actions: readonly RuleDone[]
}

/** Refusals: `splitting.bindings_conflict` (a hard binding against a never-together), `splitting.cannot_fit` (one piece above a limit). */
export type SplitAnswer = {
  readonly parcels: readonly SplitParcel[]
  readonly bindings: readonly Binding[]
  /** A rule asks to wait. */
  readonly hold: { readonly node: string; readonly reason: string } | null
}

/** A warehouse as sourcing sees it. */
export type SourceWarehouse = {
  readonly code: string
  readonly priority: number
  readonly province: string
  readonly city: string
  /** Tags that it can take beside ordinary goods. */
  readonly takes: readonly string[]
  /** How far: kilometres to where the goods go; null where nobody knows. */
  readonly km: number | null
  /** Hours from handing over to the buyer; null where nobody knows. */
  readonly hours: number | null
  /** What a parcel costs: the first kilogram, and each further one begun; null where nobody knows. */
  readonly firstKgMinor: bigint | null
  readonly furtherKgMinor: bigint | null
  /** Parcels planned there today and what it can send out a day; null: without limit. */
  readonly load: number
  readonly capacity: number | null
  /** Minutes until today's last parcels leave; null: no cut-off is set. Negative: over for today. */
  readonly cutoffMinutes: number | null
}

/** Parts of the objective, each 0 to 100; equal in parcels first where `parcels` is greater than all others together. */
export type SourceWeights = {
  readonly parcels: number
  readonly distance: number
  readonly cost: number
  readonly promise: number
  readonly balance: number
  readonly priority: number
}

export type SourceAsk = {
  readonly units: readonly PlanUnit[]
  readonly bindings: readonly Binding[]
  readonly parcels: readonly SplitParcel[]
  readonly to: ShipTo
  readonly warehouses: readonly SourceWarehouse[]
  /** Pieces that may be had, by `sku\nwarehouse`: what is free and what these orders hold already. Null: no stock is counted. */
  readonly free: ReadonlyMap<string, number> | null
  /** `never`: one warehouse or none. `lines`: a group from one. `units`: pieces of one line from several. */
  readonly spread: 'never' | 'lines' | 'units'
  readonly weights: SourceWeights
  /** Warehouses that rules or people exclude, with who did. */
  readonly excluded: readonly { readonly warehouse: string; readonly words: Words }[]
  /** Minutes until the order has to be handed over; null: no promise. */
  readonly dueMinutes: number | null
  /** Steps of the search at most; then the best so far, marked as not proven. */
  readonly stepsMost: number
}

export type SourcedParcel = {
  readonly warehouse: string | null
  readonly pieces: readonly PlanPiece[]
  /** Nothing is there for it now: a soft-bound gift that waits. */
  readonly waits: boolean
  readonly reasons: SplitParcel['reasons']
}

export type SourceScore = {
  readonly parcels: number
  readonly waiting: number
  readonly km: number | null
  readonly costMinor: bigint | null
  readonly hours: number | null
  readonly total: number
}

/** Refused with `sourcing.short` (data: what lacks, per SKU and warehouse) or `sourcing.no_warehouse` (data: why each one is out). */
export type SourceAnswer = {
  readonly parcels: readonly SourcedParcel[]
  readonly score: SourceScore
  /** The search ended by itself: nothing better exists. */
  readonly isProven: boolean
  /** The best that were not taken, best first, with why; 3 at most. */
  readonly rejected: readonly {
    readonly parcels: readonly SourcedParcel[]
    readonly score: SourceScore
    readonly why: Words
  }[]
  /** Why warehouses were out of the question. */
  readonly out: readonly { readonly warehouse: string; readonly words: Words }[]
  readonly steps: number
}

/** Freight as it was worked out, with what it is made of. */
export type FreightQuote = {
  readonly currency: string
  readonly amountMinor: bigint
  /** Base, surcharges, free shipping... in the order in which the rules named them; they add up to the amount. */
  readonly parts: readonly { readonly node: string; readonly label: string; readonly amountMinor: bigint }[]
  /** Carrier code; null where the rules leave it open. */
  readonly carrier: string | null
}
