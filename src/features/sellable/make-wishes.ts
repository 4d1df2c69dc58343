import type { Instant } from '#kernel/clock.ts'
import { dropIntents, newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { decideWish } from './core/decide-wish.ts'
import { policyFor } from './core/policy.ts'
import {
  type ListingKey,
  lockListings,
  lockWaitingIntents,
  nextGeneration,
  type Which,
  type Wish,
  type Wished,
  wakeOutbox,
  writeWishes,
} from './listings/store.ts'
import { figureIn } from './read-sellable.ts'
import { readCatalogue, readPolicies, readTouched } from './store.ts'

export const SET_STOCK = 'set_stock'
const AT_ONCE = 500

/** What a look at the listings brought. */
export type WishesMade = { readonly looked: number; readonly wished: number }

/**
 * Reckons anew what the channels are to see of these stock SKUs and of all that is made of them or follows them, and wishes what
 * differs, with the intents that will tell it, in the caller's transaction. The ledger is read after the listings are locked, so
 * that of two processes the later one has the newer figures.
 */
export async function wishFor(tx: Sql, skus: readonly string[], now: Instant): Promise<WishesMade> {
  if (skus.length === 0) return { looked: 0, wished: 0 }
  return await wishForWhich(tx, { skus: await readTouched(tx, skus), channel: null }, now)
}

/** The same for every listing of one channel, whose rules have changed. */
export async function wishForChannel(tx: Sql, channel: string, now: Instant): Promise<WishesMade> {
  return await wishForWhich(tx, { skus: null, channel }, now)
}

async function wishForWhich(tx: Sql, which: Which, now: Instant): Promise<WishesMade> {
  const made = { looked: 0, wished: 0 }
  let after: ListingKey | null = null
  do {
    const listings: readonly Wished[] = await lockListings(tx, which, after, AT_ONCE)
    const { looked, wished } = await wish(tx, listings, false, now)
    made.looked += looked
    made.wished += wished
    after = listings.length < AT_ONCE ? null : (listings.at(-1) ?? null)
  } while (after !== null)
  return made
}

/** The next page of all listings, reckoned anew; `again`: told even what they were told already. `next` is null after the last. */
export async function wishForPage(
  tx: Sql,
  after: ListingKey | null,
  again: boolean,
  now: Instant,
): Promise<WishesMade & { readonly next: ListingKey | null }> {
  const listings = await lockListings(tx, { skus: null, channel: null }, after, AT_ONCE)
  const made = await wish(tx, listings, again, now)
  return { ...made, next: listings.length < AT_ONCE ? null : (listings.at(-1) ?? null) }
}

async function wish(tx: Sql, listings: readonly Wished[], again: boolean, now: Instant): Promise<WishesMade> {
  const wishes: Wish[] = []
  const byChannel = Map.groupBy(listings, (listing) => listing.connection)
  const policies = await readPolicies(tx, [...byChannel.keys()])
  for (const [connection, own] of byChannel) {
    const catalogue = await readCatalogue(tx, [...new Set(own.map((one) => one.stockSku))], connection)
    for (const listing of own) {
      const policy = policyFor(policies, connection, listing.stockSku)
      const figure =
        policy === null || !policy.push ? null : figureIn(catalogue, listing.stockSku, policy).figure
      const { wanted, told, state } = listing
      const decided = decideWish({ wanted, told, state }, figure, again)
      if (decided !== null) wishes.push({ ...listing, ...decided })
    }
  }
  if (wishes.length > 0) {
    const generation = await nextGeneration(tx)
    await writeWishes(tx, wishes, generation, now)
    const due = wishes.filter((one) => one.state === 'due').map((one) => one.connection)
    await askFor(tx, [...new Set(due)], generation, now)
  }
  return { looked: listings.length, wished: wishes.length }
}

/**
 * One intent for each of these channels that will tell all that is due when its turn comes. One that waits for its first attempt
 * already will do; one that waits to try again after an outage gives way to the newer wish.
 */
export async function askFor(
  tx: Sql,
  connections: readonly string[],
  generation: bigint,
  now: Instant,
): Promise<void> {
  if (connections.length === 0) return
  const waiting = await lockWaitingIntents(tx, SET_STOCK, connections)
  const replaced = waiting.filter((intent) => intent.attempts > 0).map((intent) => intent.id)
  if (replaced.length > 0) await dropIntents(tx, replaced, `a newer wish (${generation}) took its place`, now)
  const served = new Set(waiting.filter((one) => one.attempts === 0).map((one) => one.connection))
  await newIntents(
    tx,
    connections
      .filter((connection) => !served.has(connection))
      .map((connection) => ({
        key: `${SET_STOCK}:${connection}:${generation}`,
        effect: SET_STOCK,
        connection,
        orderId: null,
        payload: { generation: generation.toString() },
      })),
    now,
  )
  await wakeOutbox(tx)
}
