import type { Hold, HoldKind, StockLevel, StockPlace } from '#domain/stock.ts'
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

/**
 * Pieces that this caller may take: what is free of safety stock (unless it may be drawn), and its channel's own quota. Where less is
 * there than is spoken for, a quota is no goods: only what the shelf still has for all quotas together may be drawn.
 */
export function lockable(ledger: Ledger, level: StockLevel, quotaLeft: number, drawSafety: boolean): number {
  if (level.available < 0 && quotaLeft > 0)
    return Math.min(quotaLeft, Math.max(0, level.available + quotasLeftAt(ledger, level)))
  return Math.max(0, level.available - (drawSafety ? 0 : level.safety)) + quotaLeft
}

function quotasLeftAt({ quotas }: Ledger, { sku, warehouse }: StockPlace): number {
  let left = 0
  for (const quota of quotas.values())
    if (quota.sku === sku && quota.warehouse === warehouse) left += quota.leftOver
  return left
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
