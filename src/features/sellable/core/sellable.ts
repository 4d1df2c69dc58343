/** What one SKU has at one active warehouse; pieces. */
export type Place = {
  readonly warehouse: string
  /** As the ledger has it; negative where the warehouse has less than is locked. */
  readonly available: number
  readonly safety: number
  /** What is still left of the quota of the channel that is looked at; stands in `reserved`, so not in `available`. */
  readonly quota: number
}
export type Part = { readonly sku: string; readonly quantity: number }
/** `hard`: leaves from the warehouse of its main product. `soft`: may leave from another one. */
export type Binding = 'hard' | 'soft'
export type Gift = {
  readonly mainSku: string
  readonly numerator: number
  readonly denominator: number
  readonly binding: Binding
}

/** All that a computation looks at; a SKU without an entry has nothing. */
export type Catalogue = {
  readonly places: ReadonlyMap<string, readonly Place[]>
  readonly bundles: ReadonlyMap<string, readonly Part[]>
  readonly gifts: ReadonlyMap<string, Gift>
}

export type Kind = 'single' | 'bundle' | 'gift'
export type SellablePlace = { readonly warehouse: string; readonly pieces: number }
export type Sellable = {
  readonly sku: string
  readonly kind: Kind
  readonly pieces: number
  /** Where they are. A soft gift's own places, which add up to more than `pieces` where its main product is the shorter one. */
  readonly places: readonly SellablePlace[]
  /** A bundle whose parts, or a gift whose main product, may leave from several warehouses: never less than `pieces`. */
  readonly apart: number
  /** What it is made of, or follows. */
  readonly from: readonly { readonly sku: string; readonly quantity: number; readonly pieces: number }[]
}

/** Which of the SKU's places count: those of these warehouses (none named: all), with the channel's own quota or without. */
export type Scope = { readonly warehouses: readonly string[]; readonly withQuota: boolean }

/**
 * Pieces of a SKU that may be sold, 0 or more. A bundle is the least of its parts, warehouse by warehouse, since it leaves as one
 * parcel; a gift the lesser of itself and its main product's share. Safety stock is left out.
 */
export function sellableOf(catalogue: Catalogue, sku: string, scope: Scope): Sellable {
  const gift = catalogue.gifts.get(sku)
  if (gift !== undefined) return giftOf(catalogue, sku, gift, scope)
  const parts = catalogue.bundles.get(sku)
  if (parts !== undefined) return bundleOf(catalogue, sku, parts, scope)
  return singleOf(catalogue, sku, scope)
}

function singleOf({ places }: Catalogue, sku: string, { warehouses, withQuota }: Scope): Sellable {
  const counted = (places.get(sku) ?? [])
    .filter((place) => warehouses.length === 0 || warehouses.includes(place.warehouse))
    .map((place) => ({ warehouse: place.warehouse, pieces: piecesAt(place, withQuota) }))
    .sort(byWarehouse)
  const pieces = sum(counted)
  return { sku, kind: 'single', pieces, places: counted, apart: pieces, from: [] }
}

/** Set-aside pieces are there only as far as the warehouse has not less than is promised. */
function piecesAt({ available, safety, quota }: Place, withQuota: boolean): number {
  const free = Math.max(0, available - safety)
  return withQuota ? free + Math.min(quota, Math.max(0, available + quota)) : free
}

function bundleOf(catalogue: Catalogue, sku: string, parts: readonly Part[], scope: Scope): Sellable {
  const of = parts.map((part) => ({ ...part, has: singleOf(catalogue, part.sku, scope) }))
  const names = new Set(of.flatMap(({ has }) => has.places.map((place) => place.warehouse)))
  const places = [...names]
    .map((warehouse) => ({
      warehouse,
      pieces: least(of.map(({ has, quantity }) => Math.floor(at(has, warehouse) / quantity))),
    }))
    .filter((place) => place.pieces > 0)
    .sort(byWarehouse)
  return {
    sku,
    kind: 'bundle',
    pieces: sum(places),
    places,
    apart: least(of.map(({ has, quantity }) => Math.floor(has.pieces / quantity))),
    from: of.map(({ has, quantity }) => ({ sku: has.sku, quantity, pieces: has.pieces })),
  }
}

function giftOf(catalogue: Catalogue, sku: string, gift: Gift, scope: Scope): Sellable {
  const own = singleOf(catalogue, sku, scope)
  const parts = catalogue.bundles.get(gift.mainSku)
  const main =
    parts === undefined
      ? singleOf(catalogue, gift.mainSku, scope)
      : bundleOf(catalogue, gift.mainSku, parts, scope)
  const share = (pieces: number): number => Math.floor((pieces * gift.numerator) / gift.denominator)
  const together = own.places
    .map(({ warehouse, pieces }) => ({ warehouse, pieces: Math.min(pieces, share(at(main, warehouse))) }))
    .filter((place) => place.pieces > 0)
  const apart = Math.min(own.pieces, share(main.pieces))
  const isHard = gift.binding === 'hard'
  return {
    sku,
    kind: 'gift',
    pieces: isHard ? sum(together) : apart,
    places: isHard ? together : own.places,
    apart,
    from: [{ sku: gift.mainSku, quantity: gift.denominator, pieces: main.pieces }],
  }
}

function at({ places }: Sellable, warehouse: string): number {
  return places.find((place) => place.warehouse === warehouse)?.pieces ?? 0
}

function sum(places: readonly SellablePlace[]): number {
  return places.reduce((total, place) => total + place.pieces, 0)
}

function least(figures: readonly number[]): number {
  return figures.length === 0 ? 0 : Math.min(...figures)
}

function byWarehouse(a: SellablePlace, b: SellablePlace): number {
  return a.warehouse < b.warehouse ? -1 : 1
}
