import { ok, type Result, refuse } from '#kernel/result.ts'
import { askFor, wishFor } from '../make-wishes.ts'
import type { PolicyDeps } from '../policies/edit-policies.ts'
import type { By } from '../sets/edit-sets.ts'
import {
  collectListings,
  deleteListing,
  type ListingKey,
  nextGeneration,
  retryListings,
  saveListing,
} from './store.ts'

/** Order lines of so many days say what a shop sells. */
const SOLD_DAYS = 90

/**
 * Names a listing of a channel and, where a person knows them, the platform's ids of it; without ids the platform is asked. Refused:
 * `sellable.unknown_connection`, `sellable.listing_taken` (the shop SKU stands for another stock SKU).
 */
export async function putListing(
  deps: PolicyDeps,
  listing: ListingKey,
  ids: Readonly<Record<string, string>>,
  actor: By,
): Promise<Result<null>> {
  if (deps.canTell(listing.connection) === null) return unknown(listing.connection)
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const now = deps.clock.now()
    if (!(await saveListing(tx, listing, ids, now)))
      return refuse('sellable.listing_taken', `${listing.shopSku} stands for another stock SKU there`)
    const detail = { ...listing, ids }
    await deps.audit(tx, { actor, action: 'sellable.listing_saved', subject: listing.shopSku, detail })
    await wishFor(tx, [listing.stockSku], now)
    return ok(null)
  })
}

/** Forgets a listing; the channel keeps the figure that it was told last. Refuses with `sellable.listing_not_found`. */
export async function dropListing(
  deps: PolicyDeps,
  place: Omit<ListingKey, 'stockSku'>,
  actor: By,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const stockSku = await deleteListing(tx, place)
    if (stockSku === null)
      return refuse('sellable.listing_not_found', `no listing ${place.shopSku} is kept for this channel`)
    const detail = { ...place, stockSku }
    await deps.audit(tx, { actor, action: 'sellable.listing_removed', subject: place.shopSku, detail })
    return ok(null)
  })
}

/**
 * Makes listings of all that the SKU mapping of this channel names, and of what it sold within 90 days; answers how many stock SKUs
 * came in. Refuses with `sellable.unknown_connection`.
 */
export async function collectFor(
  deps: PolicyDeps,
  connection: string,
  actor: By,
): Promise<Result<{ readonly added: number }>> {
  if (deps.canTell(connection) === null) return unknown(connection)
  return await deps.db.begin(async (tx) => {
    const now = deps.clock.now()
    const skus = await collectListings(tx, [connection], now.subtract({ hours: SOLD_DAYS * 24 }), now)
    if (skus.length > 0) {
      const detail = { added: skus.length }
      await deps.audit(tx, { actor, action: 'sellable.listings_collected', subject: connection, detail })
      await wishFor(tx, skus, now)
    }
    return ok({ added: skus.length })
  })
}

/** Tells again what was refused or whose outcome nobody knows: all of a channel (`shopSkus` null) or some. Refuses with `sellable.unknown_connection`. */
export async function retryFor(
  deps: PolicyDeps,
  connection: string,
  shopSkus: readonly string[] | null,
  actor: By,
): Promise<Result<{ readonly due: number }>> {
  if (deps.canTell(connection) === null) return unknown(connection)
  return await deps.db.begin(async (tx) => {
    const now = deps.clock.now()
    const generation = await nextGeneration(tx)
    const due = await retryListings(tx, connection, shopSkus, generation, now)
    if (due > 0) {
      const detail = { due, shopSkus: shopSkus?.slice(0, 20) ?? null }
      await deps.audit(tx, { actor, action: 'sellable.listings_retried', subject: connection, detail })
      await askFor(tx, [connection], generation, now)
    }
    return ok({ due })
  })
}

function unknown(connection: string) {
  return refuse('sellable.unknown_connection', `there is no channel "${connection}"`)
}
