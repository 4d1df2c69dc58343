import type { Calls, CallsFor, ChannelStock, Connector, Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { Outage } from '#kernel/outage.ts'
import type { Refusal } from '#kernel/result.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Intent } from '#platform/outbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import {
  type Claimed,
  claimListings,
  type Ending,
  nextGeneration,
  saveIds,
  writeEndings,
} from './listings/store.ts'
import { askFor } from './make-wishes.ts'

export type PushDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly find: (
    id: string,
  ) => { readonly id: string; readonly connector: Connector; readonly settings: Settings } | null
  readonly callsFor: CallsFor
  /** Told of every answered listing, for figures. */
  readonly onTold?: (kind: string, outcome: Ending['outcome'], count: number) => void
}

/** Longer than any call's time-out; a process that died leaves its listings to another after it. */
const CLAIM = Temporal.Duration.from({ seconds: 90 })
/** After so long the rest goes to another intent: the outbox takes one that is held for 90 s for lost. */
const TURN_MS = 45_000
const NO_ANSWER: Refusal = {
  code: 'sellable.no_answer',
  detail: 'the channel did not answer for this listing',
}
/** Where a connector takes one listing a call. */
const FEW_AT_ONCE = 20

/**
 * Tells a channel all that is due there, whatever it was when the intent was made: the newest wish goes out, those to nothing first.
 * Absolute figures are told again after an unknown outcome, since telling twice is harmless. Answers `moot` where nothing is due.
 */
export function setStockHandler(deps: PushDeps): EffectHandler {
  return { perform: (intent) => perform(deps, intent) }
}

async function perform(deps: PushDeps, intent: Intent): Promise<EffectEnd> {
  const { db, clock } = deps
  const connected = deps.find(intent.connection)
  // Removed, or so new that this process has not read it yet: looked for again.
  if (connected === null)
    throw new Outage('sellable.no_connection', `connection ${intent.connection} is not known`)
  const calls = connected.connector.calls?.(connected.settings, deps.callsFor(connected))
  const most = connected.connector.setStockMost ?? 1
  const began = clock.now()
  let told = 0
  let refused = 0
  for (;;) {
    const now = clock.now()
    if (now.since(began).total('milliseconds') > TURN_MS) {
      await db.begin(async (tx) => askFor(tx, [intent.connection], await nextGeneration(tx), now))
      return { state: 'done', words: words(told, refused, true) }
    }
    const limit = Math.max(most, FEW_AT_ONCE)
    const claim = { connection: intent.connection, by: intent.id, limit }
    const claimed = await claimListings(db, claim, now, CLAIM)
    if (claimed.length === 0) break
    const endings = await tell(deps, intent, calls, claimed, most)
    told += endings.filter((ending) => ending.outcome === 'told').length
    refused += endings.filter((ending) => ending.outcome === 'refused').length
    for (const outcome of ['told', 'refused'] as const)
      deps.onTold?.(
        connected.connector.kind,
        outcome,
        endings.filter((ending) => ending.outcome === outcome).length,
      )
  }
  if (told + refused > 0) return { state: 'done', words: words(told, refused, false) }
  return {
    state: 'moot',
    refusal: { code: 'sellable.nothing_due', detail: 'nothing is due at this channel' },
  }
}

function words(told: number, refused: number, isCut: boolean): string {
  const rest = isCut ? '; the rest follows' : ''
  return `${told} listings told${refused > 0 ? `, ${refused} refused` : ''}${rest}`
}

/** Tells the claimed ones in calls of `most`, each call's answers kept before the next; after an outage none stays claimed. */
async function tell(
  { db, clock }: PushDeps,
  intent: Intent,
  calls: Calls | undefined,
  claimed: readonly Claimed[],
  most: number,
): Promise<readonly Ending[]> {
  const done: Ending[] = []
  const keep = async (endings: readonly Ending[]): Promise<void> => {
    await writeEndings(db, endings, intent.id, clock.now())
    done.push(...endings)
  }
  let asking: readonly Claimed[] = []
  try {
    const { setStock } = calls ?? {}
    if (calls === undefined || setStock === undefined) {
      const refusal = { code: 'sellable.not_supported', detail: 'this channel takes no stock figures' }
      await keep(claimed.map((listing) => refusedOf(listing, refusal)))
      return done
    }
    const named = await nameListings(db, intent.connection, calls, claimed)
    await keep(named.endings)
    for (let i = 0; i < named.listings.length; i += most) {
      asking = named.listings.slice(i, i + most)
      const answers = await setStock(asking.map((listing) => toChannel(listing)))
      await keep(
        asking.map((listing, place): Ending => {
          const answer = answers[place]
          if (answer?.outcome === 'accepted')
            return { listing, outcome: 'told', code: null, words: answer.words }
          return refusedOf(listing, answer?.refusal ?? NO_ANSWER)
        }),
      )
      asking = []
    }
    return done
  } catch (error) {
    const isAsked = (listing: Claimed): boolean => asking.includes(listing)
    const isUnknown = !(error instanceof Outage) || error.unknown
    const code = error instanceof Outage ? error.code : 'outbox.handler_failed'
    const left = claimed.filter(
      (listing) => !done.some((ending) => ending.listing.shopSku === listing.shopSku),
    )
    await writeEndings(
      db,
      left.map((listing) => ({
        listing,
        outcome: isUnknown && isAsked(listing) ? 'unknown' : 'held',
        code,
        words: error instanceof Error ? error.message : String(error),
      })),
      intent.id,
      clock.now(),
    )
    throw error
  }
}

function refusedOf(listing: Claimed, refusal: Refusal): Ending {
  return { listing, outcome: 'refused', code: refusal.code, words: refusal.detail }
}

function toChannel({ connection, shopSku, ids, quantity, generation }: Claimed): ChannelStock {
  return { shopSku, ids, quantity, requestId: hashToUuid(`${connection}\n${shopSku}\n${generation}`) }
}

/** Asks the platform once what it calls a listing, and keeps that; one that it does not know is refused. */
async function nameListings(
  db: Database,
  connection: string,
  { findListings }: Calls,
  claimed: readonly Claimed[],
): Promise<{ readonly listings: readonly Claimed[]; readonly endings: readonly Ending[] }> {
  const nameless = claimed.filter((listing) => Object.keys(listing.ids).length === 0)
  if (findListings === undefined || nameless.length === 0) return { listings: claimed, endings: [] }
  const found = await findListings(nameless.map((listing) => listing.shopSku))
  if (!found.ok) {
    const endings = nameless.map((listing) => refusedOf(listing, found.refusal))
    return { listings: claimed.filter((listing) => !nameless.includes(listing)), endings }
  }
  await saveIds(db, connection, found.value)
  const ids = new Map(found.value.map((one) => [one.shopSku, one.ids]))
  const listings = claimed.flatMap((listing): Claimed[] => {
    const own = nameless.includes(listing) ? ids.get(listing.shopSku) : listing.ids
    return own === undefined ? [] : [{ ...listing, ids: own }]
  })
  const endings = nameless
    .filter((listing) => !ids.has(listing.shopSku))
    .map((listing) =>
      refusedOf(listing, {
        code: 'sellable.listing_not_found',
        detail: `the channel has no listing with the code ${listing.shopSku}`,
      }),
    )
  return { listings, endings }
}
