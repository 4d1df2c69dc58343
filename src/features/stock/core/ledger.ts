import type { Hold, HoldKind, HoldLine, StockLevel, StockPlace, Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'

// What a batch of commands works on: read under lock, changed in memory, written back at once.

export type Quota = StockPlace & {
  readonly channel: string
  readonly granted: number
  /** Not drawn yet; stands in the level's `reserved`. */
  readonly leftOver: number
}

export type Movement = StockPlace & {
  readonly cause: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly availableAfter: number
  readonly holdId: bigint | null
  readonly actor: string
  readonly evidence: unknown
}

/** A hold with what the ledger alone needs of it. */
export type KeptHold = Hold & { readonly asked: string }

export type WarehouseFacts = {
  readonly figures: 'own' | 'captured'
  readonly active: boolean
  readonly transitCounts: boolean
}

/** The part of the ledger that a batch touches, with marks of what it changed. */
export type Ledger = {
  readonly now: Instant
  readonly levels: Map<string, StockLevel>
  readonly holds: Map<string, KeptHold>
  readonly quotas: Map<string, Quota>
  readonly warehouses: ReadonlyMap<string, WarehouseFacts>
  readonly applied: Set<string>
  readonly nextHoldId: () => bigint
  readonly changed: {
    readonly levels: Set<string>
    readonly newHolds: Set<string>
    readonly holds: Map<string, HoldEnd>
    readonly quotas: Set<string>
    readonly applied: Set<string>
    readonly movements: Movement[]
  }
}
export type HoldEnd = { readonly by: string | null; readonly reason: string | null }

export const placeKey = (place: StockPlace): string => `${place.sku}\n${place.warehouse}`
export const quotaKey = (place: StockPlace, channel: string): string => `${placeKey(place)}\n${channel}`

export function emptyLedger(now: Instant, nextHoldId: () => bigint): Ledger {
  return {
    now,
    levels: new Map(),
    holds: new Map(),
    quotas: new Map(),
    warehouses: new Map(),
    applied: new Set(),
    nextHoldId,
    changed: {
      levels: new Set(),
      newHolds: new Set(),
      holds: new Map(),
      quotas: new Set(),
      applied: new Set(),
      movements: [],
    },
  }
}

export function availableOf(level: Omit<StockLevel, 'available'>): number {
  return level.physical - level.locked - level.reserved + (level.transitCounts ? level.inTransit : 0)
}

/** Pieces that this caller may take: what is free of safety stock (unless it may be drawn), and its channel's own quota. */
export function lockable(level: StockLevel, quotaLeft: number, drawSafety: boolean): number {
  return Math.max(0, level.available - (drawSafety ? 0 : level.safety)) + quotaLeft
}

export type LevelParts = {
  readonly physical?: number
  readonly locked?: number
  readonly reserved?: number
  readonly inTransit?: number
  readonly safety?: number
}
export type MoveWhy = {
  readonly cause: string
  readonly holdId: bigint | null
  readonly actor: string
  readonly evidence: unknown
}

/** Changes a level by signed parts and leaves the movement that says so. */
export function moveLevel(
  ledger: Ledger,
  place: StockPlace,
  parts: LevelParts,
  why: MoveWhy,
  beside: Partial<Pick<StockLevel, 'sourceQuantity' | 'sourceVersion' | 'unseenOut'>> = {},
): StockLevel {
  const key = placeKey(place)
  const level = ledger.levels.get(key) as StockLevel
  const { physical = 0, locked = 0, reserved = 0, inTransit = 0, safety = 0 } = parts
  const next = {
    ...level,
    ...beside,
    physical: level.physical + physical,
    locked: level.locked + locked,
    reserved: level.reserved + reserved,
    inTransit: level.inTransit + inTransit,
    safety: level.safety + safety,
  }
  const available = availableOf(next)
  ledger.levels.set(key, { ...next, available })
  ledger.changed.levels.add(key)
  if (physical !== 0 || locked !== 0 || reserved !== 0 || inTransit !== 0 || safety !== 0)
    ledger.changed.movements.push({
      sku: place.sku,
      warehouse: place.warehouse,
      physical,
      locked,
      reserved,
      inTransit,
      safety,
      availableAfter: available,
      ...why,
    })
  return { ...next, available }
}

/** Moves pieces between a channel's quota and what is free or taken; `granted` shrinks where pieces are used up. */
export function changeQuota(ledger: Ledger, key: string, leftOver: number, granted: number): void {
  const quota = ledger.quotas.get(key)
  if (quota === undefined) return
  ledger.quotas.set(key, { ...quota, leftOver, granted })
  ledger.changed.quotas.add(key)
}

export const counterOf = (kind: HoldKind): 'locked' | 'reserved' => (kind === 'lock' ? 'locked' : 'reserved')

export function replaceHold(ledger: Ledger, hold: KeptHold, end: HoldEnd | null): void {
  ledger.holds.set(hold.key, hold)
  if (end !== null) ledger.changed.holds.set(hold.key, end)
  else if (!ledger.changed.holds.has(hold.key)) ledger.changed.holds.set(hold.key, { by: null, reason: null })
}

/** The lines that a command names, or all that are open. */
export function openLines(hold: Hold): Taken[] {
  return hold.lines
    .filter((line) => line.open > 0)
    .map(({ sku, warehouse, open }) => ({ sku, warehouse, quantity: open }))
}

export function lineOf(hold: Hold, place: StockPlace): HoldLine | undefined {
  return hold.lines.find((line) => line.sku === place.sku && line.warehouse === place.warehouse)
}
