import { type Random, seededRandom } from '#kernel/random.ts'

export const REDIS_KINDS = ['single', 'cluster', 'none'] as const
export type RedisKind = (typeof REDIS_KINDS)[number]

const COMMON = [
  'hub_killed',
  'both_hubs_killed',
  'hub_stopped',
  'hub_frozen',
  'clock_shifted',
  'callers_cut',
  'database_killed',
  'database_frozen',
  'database_restarted',
  'backend_killed',
  'database_lines_cut',
  'commit_answers_lost',
] as const
const SINGLE = [
  'redis_killed',
  'redis_frozen',
  'redis_flushed',
  'redis_restarted_empty',
  'redis_old_copy',
] as const
const CLUSTER = ['master_killed', 'master_frozen', 'redis_flushed'] as const

export type StockFaultKind = (typeof COMMON)[number] | (typeof SINGLE)[number] | (typeof CLUSTER)[number]

/** Every kind of fault that a run with this Redis knows. */
export function stockFaults(redis: RedisKind): readonly StockFaultKind[] {
  if (redis === 'none') return COMMON
  return [...COMMON, ...(redis === 'single' ? SINGLE : CLUSTER)]
}

/** After a pause, for so long, with a number in [0, 1) that chooses whom it hits. */
export type PlannedStockFault = {
  readonly kind: StockFaultKind
  readonly pauseMs: number
  readonly holdMs: number
  readonly choice: number
}

/** Rounds beyond this are never drawn. */
const ROUNDS_AT_MOST = 400
const SHORT_RUN_MINUTES = 1.5
const CLOCK_MOST_MS = 240_000

/**
 * Everything that will go wrong, from the seed alone: rounds of all kinds in an order of their own each, until the pauses and
 * durations fill `minutes`. The first round is whole, however short the time.
 */
export function planStockChaos(
  seed: number,
  minutes: number,
  redis: RedisKind,
): readonly PlannedStockFault[] {
  const random = seededRandom(seed)
  const budgetMs = minutes * 60_000
  const isShort = minutes < SHORT_RUN_MINUTES
  const faults: PlannedStockFault[] = []
  let plannedMs = 0
  for (let round = 0; round < ROUNDS_AT_MOST && (round === 0 || plannedMs < budgetMs); round += 1)
    for (const kind of shuffled(stockFaults(redis), random)) {
      if (round > 0 && plannedMs >= budgetMs) break
      const pauseMs = Math.round((0.2 + random.next() * 0.8) * (isShort ? 800 : 3_000))
      const holdMs = holdOf(kind, isShort, random)
      faults.push({ kind, pauseMs, holdMs, choice: random.next() })
      plannedMs += pauseMs + holdMs
    }
  return faults
}

/** How long it lasts, in milliseconds; what comes back by itself lasts as long as that takes. */
function holdOf(kind: StockFaultKind, isShort: boolean, random: Random): number {
  const roll = random.next()
  switch (kind) {
    case 'hub_frozen':
    case 'database_frozen':
    case 'redis_frozen':
    case 'master_frozen':
    case 'database_restarted':
    case 'redis_killed':
    case 'redis_old_copy':
      return Math.round(700 + roll * (isShort ? 1_000 : 5_000))
    case 'clock_shifted':
      return Math.round(1_000 + roll * (isShort ? 500 : 8_000))
    case 'master_killed':
      // Long enough for a replica to take its place.
      return Math.round(2_500 + roll * (isShort ? 500 : 5_000))
    case 'callers_cut':
    case 'database_lines_cut':
    case 'commit_answers_lost':
      return Math.round(500 + roll * (isShort ? 500 : 3_000))
    default:
      return 0
  }
}

/** By how much a clock goes wrong, in milliseconds: up to four minutes, behind or ahead, seconds as well as minutes. */
export function shiftOf(choice: number): number {
  const part = (choice * 100) % 1
  const size = Math.round(2_000 + part * part * (CLOCK_MOST_MS - 2_000))
  return (choice * 10) % 1 < 0.5 ? -size : size
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list]
  return list.map(() => left.splice(Math.floor(random.next() * left.length), 1)[0] as T)
}
