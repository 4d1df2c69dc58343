import type { Random } from '#kernel/random.ts'
import { type Gate, NO_OUTSIDE_FAULTS, type OutsideFaults } from './crash.ts'

/** How often the hub dies in a step, and at which of so many points. */
const DIES = 0.25
const POINTS_MOST = 300
/** How often its database is away for a statement, of the steps in which it lives. */
const LOSES_DATABASE = 0.08
/** How often the database takes its time, and how many seconds at most: longer than a lease of a call. */
const DAWDLES = 0.15
const DAWDLES_MOST_SECONDS = 150
const TRANSACTIONS_MOST = 30
/** Calls to the outside go well in so many steps; some fail in most of the others, and all in the rest. */
const CALM = 0.6
const SOME_FAIL = 0.95
const SOME: OutsideFaults = { refused: 0.1, answerLost: 0.15, overloaded: 0.05, garbled: 0.08 }
const ALL: OutsideFaults = { ...NO_OUTSIDE_FAULTS, refused: 1 }

/** What goes wrong in a step, and when the hub dies in it. */
export function drawFaults(random: Random, gate: Gate): void {
  const chance = random.next()
  gate.setOutside(chance < CALM ? NO_OUTSIDE_FAULTS : chance < SOME_FAIL ? SOME : ALL)
  if (random.next() < DIES) gate.arm(1 + Math.floor(random.next() * POINTS_MOST))
  else if (random.next() < LOSES_DATABASE) gate.loseDatabase(Math.floor(random.next() * TRANSACTIONS_MOST))
  if (random.next() < DAWDLES)
    gate.dawdle(
      Math.floor(random.next() * TRANSACTIONS_MOST),
      1 + Math.floor(random.next() * DAWDLES_MOST_SECONDS),
    )
}
