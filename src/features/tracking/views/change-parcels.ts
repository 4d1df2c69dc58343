import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { ParcelRoutesDeps } from '../http.ts'
import { refreshStandings } from '../standing/refresh-standings.ts'
import { lockStandings } from '../standing/store.ts'
import { subscribeAgain } from '../subscriptions/want-subscriptions.ts'
import { answerFinding, type ParcelRow, readParcel, setDispute } from './store.ts'

const NOT_FOUND = refuse('tracking.not_found', 'no parcel with this number is known')

/** Refused: `tracking.not_found`, `tracking.no_order` (nobody knows whose it is), and as the fallback poll refuses. */
export async function askNow(
  deps: ParcelRoutesDeps,
  actor: Actor,
  number: string,
): Promise<Result<{ readonly asked: readonly string[] }>> {
  const row = await readParcel(deps.db, number)
  if (row === null) return NOT_FOUND
  if (row.order_id === null)
    return refuse('tracking.no_order', 'no order is known for this parcel yet; it is asked about once one is')
  return await deps.askOrder(actor, row.order_id)
}

/** Asks for subscriptions anew. `left`: closed, unknown, or nobody to ask. */
export async function subscribeParcels(
  deps: ParcelRoutesDeps,
  actor: Actor,
  numbers: readonly string[],
): Promise<{ readonly asked: readonly string[]; readonly left: readonly string[] }> {
  const wanted = [...new Set(numbers)]
  const asked = await deps.db.begin(async (tx) => {
    const done = await subscribeAgain(tx, deps, wanted, 'by_person')
    const subject = wanted.length === 1 ? (wanted[0] ?? '') : 'parcels'
    await deps.audit(tx, {
      actor,
      action: 'parcels.subscribed_anew',
      subject,
      detail: { asked: done.length, of: wanted.length },
    })
    return done
  })
  const taken = new Set(asked)
  return { asked, left: wanted.filter((number) => !taken.has(number)) }
}

/** Refused: `tracking.not_found`, `tracking.nothing_wrong`. */
export async function answerParcel(
  deps: ParcelRoutesDeps,
  actor: Actor,
  number: string,
  words: string,
): Promise<Result<ParcelRow>> {
  return await deps.db.begin(async (tx) => {
    const known = (await lockStandings(tx, [number])).get(number)
    if (known === undefined) return NOT_FOUND
    if (!(await answerFinding(tx, number)))
      return refuse('tracking.nothing_wrong', 'nothing is wrong with this parcel now')
    await deps.audit(tx, {
      actor,
      action: 'parcels.answered',
      subject: number,
      detail: { finding: known.finding, words },
    })
    const row = await readParcel(tx, number)
    return row === null ? NOT_FOUND : ok(row)
  })
}

/** Refused: `tracking.not_found`, `tracking.not_delivered` (only a delivery can be disputed). */
export async function disputeParcel(
  deps: ParcelRoutesDeps,
  actor: Actor,
  number: string,
  { disputed, words }: { readonly disputed: boolean; readonly words: string },
): Promise<Result<ParcelRow>> {
  return await deps.db.begin(async (tx) => {
    await lockStandings(tx, [number])
    const before = await readParcel(tx, number)
    if (before === null) return NOT_FOUND
    if (disputed && before.state !== 'delivered')
      return refuse('tracking.not_delivered', 'only what is said to be delivered can be disputed')
    await setDispute(tx, number, disputed ? { at: deps.clock.now(), by: actor.name, words } : null)
    await refreshStandings(tx, deps, [number])
    await deps.audit(tx, {
      actor,
      action: disputed ? 'parcels.disputed' : 'parcels.dispute_withdrawn',
      subject: number,
      detail: { words },
    })
    const row = await readParcel(tx, number)
    return row === null ? NOT_FOUND : ok(row)
  })
}
