import { type Random, seededRandom } from '#kernel/random.ts'
import type { ApiFault } from './gate.ts'
import type { Part, Parts } from './parts.ts'

export const FAULTS = [
  'kill_hub',
  'kill_worker',
  'kill_world',
  'kill_postmaster',
  'kill_backend',
  'database_away',
  'hub_killed_while_spooling',
  'recover_by_command',
  'disk_full',
  'certificate_expired',
  'clock_jump',
  'api_error_5xx',
  'api_hang',
  'api_throttled',
  'api_answer_lost',
  'operator_replay',
  'database_line_cut_one',
  'database_line_cut_both',
  'database_line_hole',
  'database_line_slow',
  'clock_jump_hours',
  'killed_while_asking',
  'redis_cluster_master_lost',
  'rabbitmq_restarted',
] as const
export type FaultKind = (typeof FAULTS)[number]

export const API_FAULTS: Readonly<Partial<Record<FaultKind, ApiFault>>> = {
  api_error_5xx: 'error_5xx',
  api_hang: 'hang',
  api_throttled: 'throttled',
  api_answer_lost: 'answer_lost',
}

/** Faults that need something beside the shops. */
const OF_PART: Readonly<Partial<Record<FaultKind, Part>>> = {
  killed_while_asking: 'parcels',
  redis_cluster_master_lost: 'redis',
  rabbitmq_restarted: 'rabbitmq',
}

/** What can go wrong in a run with these parts. */
export function faultsOf(parts: Parts): readonly FaultKind[] {
  return FAULTS.filter((kind) => {
    const part = OF_PART[kind]
    return part === undefined || parts.has(part)
  })
}

/** One thing that goes wrong: after a pause, for so long, with a number in [0, 1) that chooses among what it may hit. */
export type PlannedFault = {
  readonly kind: FaultKind
  readonly pauseMs: number
  readonly holdMs: number
  readonly choice: number
}

export type ChaosPlan = { readonly seed: number; readonly faults: readonly PlannedFault[] }

/** Rounds beyond this are never drawn: 30 minutes have about 60. */
const ROUNDS_AT_MOST = 400

/**
 * Everything that will go wrong, from the seed alone: rounds of all kinds in an order of their own each, until the pauses and
 * durations fill `minutes`. The first round is whole, however short the time.
 */
export function planChaos(seed: number, minutes: number, kinds: readonly FaultKind[]): ChaosPlan {
  const random = seededRandom(seed)
  const budgetMs = minutes * 60_000
  const faults: PlannedFault[] = []
  let plannedMs = 0
  for (let round = 0; round < ROUNDS_AT_MOST && (round === 0 || plannedMs < budgetMs); round += 1)
    for (const kind of roundOf(kinds, random)) {
      if (round > 0 && plannedMs >= budgetMs) break
      const fault = {
        kind,
        pauseMs: Math.round((0.2 + random.next() * 0.8) * (minutes < 1 ? 500 : 2_500)),
        holdMs: holdOf(kind, minutes, random),
        choice: random.next(),
      }
      plannedMs += fault.pauseMs + fault.holdMs
      faults.push(fault)
    }
  return { seed, faults }
}

const SHORTEST_AWAY_MS = 2_500
const LONGEST_AWAY_MS = 180_000

/** How long it lasts. A database is away for up to a tenth of the run, three minutes at most. */
function holdOf(kind: FaultKind, minutes: number, random: Random): number {
  const roll = random.next()
  switch (kind) {
    case 'database_away': {
      const most = Math.min(LONGEST_AWAY_MS, Math.max(SHORTEST_AWAY_MS, minutes * 6_000))
      return Math.round(SHORTEST_AWAY_MS + roll * (most - SHORTEST_AWAY_MS))
    }
    case 'disk_full':
      return Math.round(1_000 + roll * (minutes < 1 ? 500 : 4_000))
    case 'database_line_cut_one':
    case 'database_line_cut_both':
      return Math.round(500 + roll * (minutes < 1 ? 1_000 : 8_000))
    case 'database_line_hole':
    case 'database_line_slow':
      return Math.round(1_500 + roll * (minutes < 1 ? 1_000 : 20_000))
    case 'redis_cluster_master_lost':
    case 'rabbitmq_restarted':
      return Math.round(1_000 + roll * (minutes < 1 ? 500 : 8_000))
    case 'clock_jump':
    case 'clock_jump_hours':
      return Math.round(1_500 + roll * (minutes < 1 ? 500 : 10_000))
    case 'api_error_5xx':
    case 'api_hang':
    case 'api_throttled':
    case 'api_answer_lost':
      return Math.round(1_500 + roll * (minutes < 1 ? 1_000 : 15_000))
    default:
      return 0
  }
}

/** A folder whose disk was full is left alone for half a minute: the disk fills last, or the other outages would find no spool. */
function roundOf(kinds: readonly FaultKind[], random: Random): FaultKind[] {
  const others = kinds.filter((kind) => kind !== 'disk_full')
  return [...shuffled(others, random), ...kinds.filter((kind) => kind === 'disk_full')]
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const left = [...list]
  return list.map(() => left.splice(Math.floor(random.next() * left.length), 1)[0] as T)
}
