import { assign } from './assign.ts'
import type { Slot } from './model.ts'
import { close, mayOpen, open, type Run } from './search.ts'

/** Of the steps that the whole search may take: so much for a good plan to start with. */
const SHARE = 8
/** Looking at a set of parcels is so many options' worth of one step. */
const OPTIONS_A_STEP = 200

/**
 * A better plan to start with: parcels of the plan so far are added, left out and exchanged as long as that costs less by a quick estimate
 * (every atom by its cheapest kilogram); then the search fills those parcels. The sooner a good plan is known, the less is to be looked at.
 */
export function improve(run: Run): void {
  const { slots, found } = run
  if (found === null) return
  const chosen = new Uint8Array(slots.length)
  for (const { slot } of found) chosen[slot.at] = 1
  const limit = run.steps + Math.floor(run.stepsMost / SHARE)
  let least = estimate(run, chosen)
  for (let better = true; better; ) {
    better = false
    for (const [away, come] of exchanges(chosen)) {
      if (run.steps > limit) break
      flip(chosen, away, come)
      const cost = estimate(run, chosen)
      if (cost < least) {
        least = cost
        better = true
        break
      }
      flip(chosen, away, come)
    }
  }
  fill(
    run,
    slots.filter((slot) => chosen[slot.at] === 1),
  )
}

/** One more, one less, one for another; -1: none. */
function* exchanges(chosen: Uint8Array): Generator<readonly [away: number, come: number]> {
  for (let away = 0; away < chosen.length; away += 1) if (chosen[away] === 1) yield [away, -1]
  for (let come = 0; come < chosen.length; come += 1) if (chosen[come] === 0) yield [-1, come]
  for (let away = 0; away < chosen.length; away += 1)
    if (chosen[away] === 1)
      for (let come = 0; come < chosen.length; come += 1) if (chosen[come] === 0) yield [away, come]
}

function flip(chosen: Uint8Array, away: number, come: number): void {
  if (away >= 0) chosen[away] = 1 - (chosen[away] as number)
  if (come >= 0) chosen[come] = 1 - (chosen[come] as number)
}

function estimate(run: Run, chosen: Uint8Array): number {
  const { slots } = run
  const { from, at, grams, rate, load } = run.dual
  run.steps += 1 + Math.floor(at.length / OPTIONS_A_STEP)
  load.fill(0)
  for (let atom = 0; atom < grams.length; atom += 1) {
    let to = -1
    for (let k = from[atom] as number; k < (from[atom + 1] as number); k += 1) {
      const slot = at[k] as number
      if (chosen[slot] === 1 && (to < 0 || (rate[slot] as number) < (rate[to] as number))) to = slot
    }
    if (to < 0) return Number.POSITIVE_INFINITY
    load[to] = (load[to] as number) + (grams[atom] as number)
  }
  let cost = 0
  let pace = 0
  for (const [n, { place }] of slots.entries()) {
    if (chosen[n] === 0) continue
    cost += place.fixed + place.rate * Math.max(0, Math.ceil((load[n] as number) / 1_000) - 1)
    if (place.pace > pace) pace = place.pace
  }
  return cost + pace
}

function fill(run: Run, wanted: readonly Slot[]): void {
  const opened: Slot[] = []
  let least = 0
  let pace = 0
  for (const slot of wanted) {
    if (!mayOpen(slot)) break
    open(slot)
    opened.push(slot)
    least += slot.place.fixed
    pace = Math.max(pace, slot.place.pace)
  }
  // That a first look was cut short proves nothing about the search.
  const { complete } = run
  if (opened.length === wanted.length) assign(run, least + pace)
  run.complete = complete
  for (const slot of opened) close(slot)
}
