import type { Calls } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import { type NewIntent, newIntents } from '#platform/outbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { choosePusher, type Pusher, routeOf } from '../core/route.ts'
import type { StandingDeps } from '../deps.ts'
import type { StandingRow } from '../standing/store.ts'
import {
  lockSubscriptions,
  type Place,
  readAggregators,
  readPlaces,
  readRoutes,
  type SubscriptionRow,
  saveWishes,
  type Wish,
} from './store.ts'

/** The effect that asks a carrier or aggregator to push a parcel's events. */
export const SUBSCRIBE_TRACKING = 'subscribe_tracking'

/** Why a number is asked for anew. */
export type Renewal = 'expired' | 'silent' | 'by_person' | 'next' | 'again'

/** Wishes for parcels that are seen for the first time; those that have a subscription, whatever became of it, are left. */
export async function subscribeNew(tx: Sql, deps: StandingDeps, rows: readonly StandingRow[]): Promise<void> {
  const places = rows.flatMap((row): Place[] =>
    row.open
      ? [{ number: row.trackingNo, carrier: row.carrier, madeBy: row.ours ? row.connection : null }]
      : [],
  )
  if (places.length === 0) return
  const known = new Map(
    (
      await lockSubscriptions(
        tx,
        places.map((place) => place.number),
      )
    ).map((row) => [row.tracking_no, row]),
  )
  // A number is known before its carrier is, sometimes: then nobody could be asked, and may be now.
  const fresh = places.filter(({ number, carrier }) => {
    const row = known.get(number)
    return row === undefined || (row.state === 'none' && carrier !== null && row.carrier !== carrier)
  })
  await wish(tx, deps, fresh, known, null)
}

/** Asks anew for these numbers, as far as they are still under way. Answers those that somebody is asked about now. */
export async function subscribeAgain(
  tx: Sql,
  deps: StandingDeps,
  numbers: readonly string[],
  why: Renewal,
): Promise<string[]> {
  const places = await readPlaces(tx, numbers)
  const known = new Map(
    (
      await lockSubscriptions(
        tx,
        places.map((place) => place.number),
      )
    ).map((row) => [row.tracking_no, row]),
  )
  const wishes = await wish(tx, deps, places, known, why)
  return wishes.flatMap((one) => (one.state === 'none' ? [] : [one.number]))
}

async function wish(
  tx: Sql,
  deps: StandingDeps,
  places: readonly Place[],
  known: ReadonlyMap<string, SubscriptionRow>,
  why: Renewal | null,
): Promise<Wish[]> {
  if (places.length === 0) return []
  const [routes, aggregators] = [await readRoutes(tx), await readAggregators(tx)]
  const pushers = pushersOf(deps)
  const wishes = places.map((place) =>
    wishOf(place, known.get(place.number), why, { routes, aggregators, pushers }),
  )
  const now = deps.clock.now()
  await saveWishes(tx, wishes, now)
  await newIntents(tx, wishes.flatMap(intentOf), now)
  return wishes
}

function wishOf(
  { number, carrier: told, madeBy }: Place,
  known: SubscriptionRow | undefined,
  why: Renewal | null,
  given: {
    readonly routes: Awaited<ReturnType<typeof readRoutes>>
    readonly aggregators: readonly string[]
    readonly pushers: readonly Pusher[]
  },
): Wish {
  const carrier = told ?? routeOf(number, given.routes)?.carrier ?? ''
  const tried = triedBefore(known, why)
  const ask = { number, carrier, madeBy, tried }
  const choice =
    choosePusher(ask, given.routes, given.pushers, given.aggregators) ??
    // Everybody was tried: from the start.
    (tried.length === 0
      ? null
      : choosePusher({ ...ask, tried: [] }, given.routes, given.pushers, given.aggregators))
  return {
    number,
    carrier,
    connection: choice?.connection ?? null,
    state: choice === null ? 'none' : choice.how === 'account' ? 'account' : 'wanted',
    because: why === null ? (choice?.because ?? '') : why,
    generation: (known?.generation ?? 0) + 1,
    renewed: (known?.renewed ?? 0) + (why === 'silent' ? 1 : 0),
    tried,
  }
}

/** A refusal, and a silence in spite of a subscription by account, send the question on to the next one. */
function triedBefore(known: SubscriptionRow | undefined, why: Renewal | null): readonly string[] {
  if (known === undefined || known.connection_id === null) return known?.tried ?? []
  const isPassed = why === 'next' || (why === 'silent' && (known.state === 'account' || known.renewed > 0))
  return isPassed && !known.tried.includes(known.connection_id)
    ? [...known.tried, known.connection_id]
    : why === 'by_person'
      ? []
      : known.tried
}

function intentOf({ number, carrier, connection, state, generation }: Wish): NewIntent[] {
  if (state !== 'wanted' || connection === null) return []
  return [
    {
      key: `${SUBSCRIBE_TRACKING}:${number}:${generation}`,
      effect: SUBSCRIBE_TRACKING,
      connection,
      orderId: null,
      payload: { trackingNo: number, carrier, generation },
    },
  ]
}

/** Every carrier's connection that is in use, as far as it can push. */
export function pushersOf({
  connections,
  callsFor,
}: Pick<StandingDeps, 'connections' | 'callsFor'>): Pusher[] {
  return connections()
    .filter((one) => one.connector.role === 'carrier' && !one.paused)
    .map((one) => ({
      id: one.id,
      kind: one.kind,
      carriers: one.connector.carriers ?? null,
      subscribes: callsOf(one, callsFor)?.subscribeTracking !== undefined,
      pushes: one.connector.receive !== undefined,
    }))
}

export function callsOf(one: Connected, callsFor: StandingDeps['callsFor']): Calls | null {
  return one.connector.calls?.(one.settings, callsFor(one)) ?? null
}
