import type { StockLevel } from '#domain/stock.ts'

/** What a level list may be narrowed to. */
export const LEVEL_SHOWS = ['negative', 'out', 'low', 'short'] as const
export type LevelShow = (typeof LEVEL_SHOWS)[number]
export const LEVEL_SORTS = ['sku', 'available', 'sellable', 'physical', 'locked'] as const
export type LevelSort = (typeof LEVEL_SORTS)[number]

/** Sellable pieces at or below which a SKU counts as low, unless asked otherwise. */
export const LOW_AT = 10

/** A level as lists read it. */
export type Figures = Pick<
  StockLevel,
  'physical' | 'locked' | 'reserved' | 'inTransit' | 'safety' | 'available' | 'active'
>

/**
 * Pieces that may be sold to anyone: available less safety stock, nothing where that is negative or the warehouse takes no new
 * lock. A warehouse that lacks goods takes none from another.
 */
export function sellableOf({ available, safety, active }: Figures): number {
  return active ? Math.max(0, available - safety) : 0
}

export type Totals = {
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  /** As each warehouse counts it. */
  readonly available: number
  /** Goods on the way left out everywhere, and counted everywhere. */
  readonly onHand: number
  readonly withTransit: number
  readonly sellable: number
  /** Warehouses at which less is there than is held. */
  readonly negative: number
}

/** Sums over warehouses; both figures, with goods on the way and without, whatever the switches say. */
export function totalsOf(places: readonly Figures[]): Totals {
  const sum = (of: (place: Figures) => number): number => places.reduce((all, place) => all + of(place), 0)
  const onHand = sum(({ physical, locked, reserved }) => physical - locked - reserved)
  const inTransit = sum((place) => place.inTransit)
  return {
    physical: sum((place) => place.physical),
    locked: sum((place) => place.locked),
    reserved: sum((place) => place.reserved),
    inTransit,
    safety: sum((place) => place.safety),
    available: sum((place) => place.available),
    onHand,
    withTransit: onHand + inTransit,
    sellable: sum(sellableOf),
    negative: places.filter(({ available }) => available < 0).length,
  }
}
