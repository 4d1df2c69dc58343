import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import {
  HOLD_FREED,
  LEFT_UNLOCKED,
  merged,
  NO_ROUTE,
  nextTry,
  PART_WAITS,
  SHORT,
  type StockState,
  TRY_AGAIN,
} from './core/decide.ts'
import type { Target } from './core/target.ts'
import type { Done } from './settle-orders.ts'
import type { SavedStanding } from './store.ts'

/** What somebody took away on purpose is not taken back before others had their turn. */
const OTHERS_FIRST_MINUTES = 15
const NO_ROUTE_MINUTES = 10
const REFUSED_MINUTES = 60
const AGAIN_SECONDS = 1

/** How an order stands after its commands were answered; null where nothing is to be written. `now` null: only to be shown. */
export function standingAfter(one: Done, now: Instant | null): SavedStanding | null {
  const { order, standing, plan } = one
  const [state, code] = outcomeOf(one)
  const tried = plan.lock !== null || one.shortage !== null
  if (standing === null && state === 'none' && code === null) return null
  const took = one.hold !== null && plan.lock !== null
  const restored = one.restoredNow
    ? merged([...(standing?.restored ?? []), ...plan.restore])
    : (standing?.restored ?? [])
  const tries =
    state === 'short' && tried ? (standing?.tries ?? 0) + 1 : state === 'short' ? (standing?.tries ?? 0) : 0
  const isSame =
    standing !== null &&
    standing.state === state &&
    standing.code === code &&
    !tried &&
    plan.restore.length === 0 &&
    !isDue(standing.nextTryAt, now)
  if (isSame && now !== null) return null
  return {
    orderId: order.id,
    connection: order.connection,
    state,
    generation: took ? (plan.lock?.generation ?? 1) : (standing?.generation ?? 1),
    holdKey: took ? (one.hold?.key ?? null) : (standing?.holdKey ?? null),
    demand: state === 'locked' ? demandHash(one.target) : '',
    shortage: state === 'short' ? (one.shortage ?? laterOf(one) ?? standing?.shortage ?? null) : null,
    restored,
    bundles: took ? one.bundles : (standing?.bundles ?? {}),
    code,
    tries,
    nextTryAt: now === null ? null : nextTryAt(one, code, tries, now),
  }
}

function isDue(at: Instant | null, now: Instant | null): boolean {
  return at !== null && now !== null && Temporal.Instant.compare(at, now) <= 0
}

function outcomeOf(one: Done): readonly [StockState, string | null] {
  const { plan, target, standing } = one
  if (one.again) return [standing?.state ?? 'waiting', TRY_AGAIN]
  if (plan.lock === null || one.hold !== null) {
    const waits = one.planned?.is === 'placed' && one.planned.later.size > 0
    return waits && holdsTheRest(plan.state) ? ['short', PART_WAITS] : [plan.state, plan.code]
  }
  if (one.refused !== null) return ['waiting', one.refused === 'stock.no_candidate' ? NO_ROUTE : one.refused]
  if (one.route === null) return ['waiting', NO_ROUTE]
  return ['short', target.hold.size === 0 ? LEFT_UNLOCKED : SHORT]
}

function nextTryAt({ standing }: Done, code: string | null, tries: number, now: Instant): Instant | null {
  switch (code) {
    case null:
    case LEFT_UNLOCKED:
      return null
    case TRY_AGAIN:
      return now.add({ seconds: AGAIN_SECONDS })
    case SHORT:
    case PART_WAITS:
      return now.add({ minutes: nextTry(Math.max(0, tries - 1)) })
    case HOLD_FREED:
      return standing?.code === HOLD_FREED && standing.nextTryAt !== null
        ? standing.nextTryAt
        : now.add({ minutes: OTHERS_FIRST_MINUTES })
    case NO_ROUTE:
      return now.add({ minutes: NO_ROUTE_MINUTES })
    default:
      // Unmatched lines and missing content end with a change of the order, which is heard.
      return code.startsWith('order_stock.') ? null : now.add({ minutes: REFUSED_MINUTES })
  }
}

/** What waits by design: the gift that is bound softly. */
function laterOf({ planned, plan }: Done): SavedStanding['shortage'] {
  return planned?.is === 'placed' && planned.later.size > 0 && holdsTheRest(plan.state) ? planned.lacks : null
}

/** All but what waits is held, or has left already. */
function holdsTheRest(state: SavedStanding['state']): boolean {
  return state === 'locked' || state === 'committed'
}

/** Equal for equal demands. */
function demandHash(target: Target): string {
  return target.hold.size === 0 ? '' : hashToUuid(canonicalJson([...target.hold]))
}
