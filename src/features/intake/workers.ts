import { setTimeout as sleep } from 'node:timers/promises'
import { type Lanes, PLAIN_LANES } from '#domain/lane.ts'
import { Outage } from '#kernel/outage.ts'
import { openBell } from '#platform/bell.ts'
import { waitingLanes } from '#platform/inbox/store.ts'
import {
  announce,
  type Choice,
  choose,
  failed,
  forgetIdle,
  openSchedule,
  poisoned,
  settle,
  type Turn,
} from './core/schedule.ts'
import { openGiveWay } from './give-way.ts'
import { type InterpretDeps, interpretBatch, PoisonedBatch, parkPoison } from './interpret.ts'

export type Workers = {
  /** Something was kept in that lane; without a name: in whichever. */
  readonly wake: (lane?: string) => void
  /** Batches at the same time from now on, between `workers` and `workersMost`. */
  readonly setTarget: (count: number) => void
  readonly size: () => number
  readonly stop: () => Promise<void>
}

export type WorkerOptions = {
  readonly workers: number
  /** Up to which `setTarget` goes; as many as `workers` if not given. */
  readonly workersMost?: number
  readonly batch: number
  /** Longest rest of a worker that finds nothing to do. */
  readonly idleMs: number
  readonly lanes?: Pick<Lanes, 'configOf'>
  readonly onError: (error: unknown) => void
}

/**
 * What another process kept is seen within this time, also under load; what this process kept is told by `wake`. Twenty-odd
 * lanes cost a third of a millisecond to look through.
 */
const LOOK_MS = 100
const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 5_000

/**
 * Runs interpreting loops until stopped, fair among lanes (`core/schedule.ts`). Each takes the next batch at once while there is
 * work, else waits for `wake` or `idleMs`. An outage pauses the loop (0.25 s doubling to 5 s); nothing is lost, the tasks stay pending.
 */
export function startWorkers(depsOf: (slot: number) => InterpretDeps, options: WorkerOptions): Workers {
  const most = options.workers === 0 ? 0 : Math.max(options.workers, options.workersMost ?? 0)
  const stopping = new AbortController()
  const slots = Array.from({ length: most }, () => ({ bell: openBell(options.idleMs), idle: false }))
  let target = options.workers
  const board = openBoard(options, () => target)
  const way = openGiveWay()

  /** One worker is enough until it finds more than a batch: two of them would only halve each other's batches. */
  const ringOne = (lane: string | null): void => {
    const quiet = lane === null || board.configOf(lane).class === 'low_latency'
    const awake = slots.slice(0, target)
    const order = quiet || awake.length < 2 ? awake : [...awake.slice(1), ...awake.slice(0, 1)]
    const free = order.find((slot) => slot.idle) ?? order[0]
    free?.bell.ring()
  }
  const interpret = async (deps: InterpretDeps, turn: Turn): Promise<number> => {
    if (board.configOf(turn.lane).class === 'high_throughput')
      return await interpretBatch({ ...deps, db: way.polite(deps.db) }, turn)
    const leave = way.enter()
    try {
      return await interpretBatch(deps, turn)
    } finally {
      leave()
    }
  }
  const runTurn = async (deps: InterpretDeps, turn: Turn): Promise<void> => {
    try {
      const taken = await interpret(deps, turn)
      board.settle(turn, taken)
      if (taken === turn.limit) ringOne(turn.lane)
    } catch (error) {
      if (!(error instanceof PoisonedBatch)) {
        board.failed(turn)
        throw error
      }
      board.poisoned(turn, error.size)
      // Nobody is to blame who can be found: a lane whose claims fail goes slowly, and is told.
      if (error.size === 1 && !(await parkPoison(deps, turn.lane, error))) throw error
    }
  }
  const loop = async (slot: (typeof slots)[number], number: number): Promise<void> => {
    const deps = depsOf(number)
    let backoff = FIRST_BACKOFF_MS
    const rest = async (ms?: number): Promise<void> => {
      slot.idle = true
      await slot.bell.rest(ms)
      slot.idle = false
    }
    while (!stopping.signal.aborted) {
      try {
        const choice: Choice =
          number < target ? await board.next(deps.db, number) : { turn: null, restMs: null }
        if (choice.turn === null) await rest(choice.restMs ?? options.idleMs)
        else await runTurn(deps, choice.turn)
        backoff = FIRST_BACKOFF_MS
      } catch (error) {
        options.onError(error)
        const pause = error instanceof Outage ? backoff : 1_000
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined)
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
      }
    }
  }
  const loops = slots.map(loop)
  const ringAll = (): void => {
    for (const { bell } of slots) bell.ring()
  }
  return {
    wake: (lane) => {
      if (lane === undefined) board.lookSoon()
      // A lane that is known to wait has its worker, or will be looked at when its rest is over.
      else if (!board.announce(lane)) return
      ringOne(lane ?? null)
    },
    setTarget: (count) => {
      target = Math.min(most, Math.max(options.workers, Math.round(count)))
      ringAll()
    },
    size: () => target,
    stop: async () => {
      stopping.abort()
      ringAll()
      await Promise.all(loops)
    },
  }
}

/** The schedule with a clock, and the look into the database for what other processes kept. */
function openBoard({ batch, lanes = PLAIN_LANES }: WorkerOptions, slotCount: () => number) {
  const schedule = openSchedule()
  const { configOf } = lanes
  const now = (): number => performance.now()
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null
  const look = async (db: InterpretDeps['db']): Promise<void> => {
    lookedAt = now()
    for (const lane of await waitingLanes(db)) announce(schedule, lane, now())
    forgetIdle(schedule, now())
  }
  return {
    configOf,
    next: async (db: InterpretDeps['db'], slot: number): Promise<Choice> => {
      if (now() - lookedAt >= LOOK_MS) {
        looking ??= look(db).finally(() => {
          looking = null
        })
        await looking
      }
      // The target may have fallen while the look was under way.
      if (slot >= slotCount()) return { turn: null, restMs: null }
      return choose(schedule, { now: now(), slot, slots: slotCount(), batch, configOf })
    },
    /** Whether the lane had nothing to do until now. */
    announce: (lane: string): boolean => {
      const known = schedule.lanes.get(lane)
      const news = known === undefined || known.waitingSince === null
      announce(schedule, lane, now())
      return news
    },
    lookSoon: (): void => {
      lookedAt = Number.NEGATIVE_INFINITY
    },
    settle: (turn: Turn, taken: number): void =>
      settle(schedule, turn, taken, { now: now(), batch, configOf }),
    poisoned: (turn: Turn, size: number): void => poisoned(schedule, turn, size),
    failed: (turn: Turn): void => failed(schedule, turn),
  }
}
