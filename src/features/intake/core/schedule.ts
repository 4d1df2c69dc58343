import type { LaneConfig } from '#domain/lane.ts'

// Which lane's turn it is. Deterministic: time comes in as milliseconds, the rest is memory of this process. Every process is fair
// by itself, so all of them together are.

/** What one lane looks like to this process's workers. */
type LaneState = {
  /** Virtual time: messages served, divided by weight. The lane with the least goes next. */
  pass: number
  /** Since when something waits in it, as far as is known here; null: nothing does. */
  waitingSince: number | null
  /** Told again while a batch of it was being claimed: that claim may have come too early to see it. */
  announced: boolean
  /** Not before: what arrives by then shares one batch. */
  restUntil: number
  /** Batches of it under way in this process. */
  running: number
  /** A batch held something that cannot be stored: smaller ones until it is found, or until so many were taken. */
  search: { readonly limit: number; readonly left: number } | null
}

export type Schedule = {
  readonly lanes: Map<string, LaneState>
  /** The least pass among those that wait; never falls. Where a lane begins that had nothing to do until now. */
  floor: number
  /** When a low-latency lane last had something to do. */
  lowLatencyAt: number
  /** The last choice went by age, so the next goes by weight. */
  agedLast: boolean
}

/**
 * A lane that waits longer goes first, whatever its weight; at most every second choice, so that weights hold in an overload too.
 * With k lanes that old and choices of t ms, none waits longer than this plus 2·k·t.
 */
export const AGED_MS = 2_000
/** The first worker is kept for low-latency lanes for so long after one of them had work; else it helps with small batches. */
export const RESERVED_MS = 10_000
/**
 * After a batch that was far from full its lane rests: a batch costs some 25 statements whatever is in it, and at 1,000 messages a
 * second twenty (or sixty) of them share that instead of one or two.
 */
export const REST_MS = { low_latency: 20, high_throughput: 60 } as const
/** How many small batches a whole one makes. */
const SMALLER = 4

export type Turn = { readonly lane: string; readonly limit: number; readonly concurrency: number }
/** `restMs`: nothing to do until then, unless a lane is announced; null: until a lane is announced. */
export type Choice = { readonly turn: Turn } | { readonly turn: null; readonly restMs: number | null }

export type Asking = {
  readonly now: number
  /** This worker, from 0; worker 0 of several is the reserved one. */
  readonly slot: number
  readonly slots: number
  /** Messages of a whole batch. */
  readonly batch: number
  readonly configOf: (lane: string) => LaneConfig
}

export function openSchedule(): Schedule {
  return { lanes: new Map(), floor: 0, lowLatencyAt: Number.NEGATIVE_INFINITY, agedLast: false }
}

/** Something waits in that lane. */
export function announce(schedule: Schedule, lane: string, now: number): void {
  const known = schedule.lanes.get(lane)
  if (known === undefined) {
    schedule.lanes.set(lane, { ...FRESH, pass: schedule.floor, waitingSince: now })
    return
  }
  known.announced = true
  if (known.waitingSince !== null) return
  known.waitingSince = now
  known.pass = Math.max(known.pass, schedule.floor)
}

const FRESH: LaneState = {
  pass: 0,
  waitingSince: null,
  announced: false,
  restUntil: Number.NEGATIVE_INFINITY,
  running: 0,
  search: null,
}

type Candidate = { readonly lane: string; readonly state: LaneState; readonly config: LaneConfig }

/** Whose batch this worker takes next; the lane counts as under way until `settle`, `poisoned` or `failed`. */
export function choose(schedule: Schedule, asking: Asking): Choice {
  const { now, slot, slots } = asking
  const waiting = waitingIn(schedule, asking)
  if (waiting.some(({ config }) => config.class === 'low_latency')) schedule.lowLatencyAt = now
  const reserved = slot === 0 && slots > 1
  const helps = !reserved || now - schedule.lowLatencyAt > RESERVED_MS
  const mine = waiting.filter(({ config }) => helps || config.class === 'low_latency')
  const ready = mine.filter(({ state }) => state.restUntil <= now)
  const chosen = nextOf(schedule, ready, now)
  if (chosen === null) return { turn: null, restMs: soonest(mine, now) }
  const { lane, state, config } = chosen
  const limit = limitOf(chosen, ready, asking, reserved)
  schedule.floor = Math.max(schedule.floor, Math.min(...waiting.map((one) => one.state.pass)))
  // Charged at once, so that another worker of this moment chooses another lane; put right by `settle`.
  state.pass += limit / config.weight
  state.running += 1
  state.announced = false
  return { turn: { lane, limit, concurrency: config.concurrency } }
}

function waitingIn({ lanes }: Schedule, { configOf }: Asking): Candidate[] {
  const waiting: Candidate[] = []
  for (const [lane, state] of lanes) {
    if (state.waitingSince === null) continue
    const config = configOf(lane)
    if (state.running < config.concurrency) waiting.push({ lane, state, config })
  }
  return waiting
}

function nextOf(schedule: Schedule, ready: readonly Candidate[], now: number): Candidate | null {
  const old = schedule.agedLast
    ? []
    : ready.filter(({ state }) => now - (state.waitingSince ?? now) >= AGED_MS && state.running === 0)
  schedule.agedLast = old.length > 0
  if (old.length > 0) return least(old, ({ state }) => state.waitingSince ?? now)
  return least(ready, ({ state }) => state.pass)
}

/** The first of the least, by name where two are alike, so that the choice is the same whatever came first. */
function least(candidates: readonly Candidate[], by: (one: Candidate) => number): Candidate | null {
  let best: Candidate | null = null
  for (const one of candidates)
    if (best === null || by(one) < by(best) || (by(one) === by(best) && one.lane < best.lane)) best = one
  return best
}

/** A lone lane takes whole batches. Beside others low-latency lanes take small ones, and whoever keeps one of them waiting too. */
function limitOf(
  { lane, state, config }: Candidate,
  ready: readonly Candidate[],
  { batch }: Asking,
  reserved: boolean,
): number {
  const small = Math.max(1, Math.ceil(batch / SMALLER))
  const others = ready.filter((one) => one.lane !== lane)
  const givesWay =
    config.class === 'low_latency'
      ? others.length > 0
      : reserved || others.some((one) => one.config.class === 'low_latency')
  const limit = givesWay ? small : batch
  return state.search === null ? limit : Math.min(limit, state.search.limit)
}

function soonest(mine: readonly Candidate[], now: number): number | null {
  const times = mine.map(({ state }) => state.restUntil - now)
  return times.length === 0 ? null : Math.max(1, Math.min(...times))
}

/** The batch is done: `taken` messages of at most `turn.limit`. */
export function settle(
  schedule: Schedule,
  turn: Turn,
  taken: number,
  { now, batch, configOf }: Pick<Asking, 'now' | 'batch' | 'configOf'>,
): void {
  const state = ended(schedule, turn.lane)
  if (state === null) return
  const config = configOf(turn.lane)
  state.pass -= (turn.limit - taken) / config.weight
  if (state.search !== null) {
    const left = state.search.left - taken
    state.search = taken === 0 || left <= 0 ? null : { ...state.search, left }
  }
  const more = taken === turn.limit || state.announced
  state.waitingSince = more ? now : null
  if (state.search === null && taken < turn.limit && taken < batch / SMALLER)
    state.restUntil = now + REST_MS[config.class]
}

/** The database refused a batch of `size` for what is in it: half as many next time. A lone culprit is parked by the caller. */
export function poisoned(schedule: Schedule, turn: Turn, size: number): void {
  const state = ended(schedule, turn.lane)
  if (state === null) return
  const left = Math.max(size, state.search?.left ?? 0)
  state.search = size <= 1 ? null : { limit: Math.max(1, Math.floor(size / 2)), left }
}

/** The batch came to nothing, the world failed: the lane still waits. */
export function failed(schedule: Schedule, turn: Turn): void {
  ended(schedule, turn.lane)
}

function ended(schedule: Schedule, lane: string): LaneState | null {
  const state = schedule.lanes.get(lane)
  if (state === undefined) return null
  state.running -= 1
  return state
}

/** Lanes known here; forgets those that have had nothing to do, so that the memory is bounded by the lanes with work. */
export function forgetIdle(schedule: Schedule, now: number): void {
  for (const [lane, state] of schedule.lanes)
    if (state.waitingSince === null && state.running === 0 && state.restUntil <= now && state.search === null)
      if (state.pass <= schedule.floor)
        // Its pass is behind or at the floor by then, and it begins at the floor when it comes back.
        schedule.lanes.delete(lane)
}
