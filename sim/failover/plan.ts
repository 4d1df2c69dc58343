import { seededRandom } from '#kernel/random.ts'

export const FAILOVERS = [
  'primary_killed',
  'primary_of_three_killed',
  'primary_frozen',
  'standby_killed',
  'one_of_two_standbys_killed',
  'replication_cut',
  'waiting_commits_cancelled',
  'led_to_the_standby',
  'switched_over',
] as const
export type FailoverKind = (typeof FAILOVERS)[number]

export type PlannedFailover = {
  readonly kind: FailoverKind
  readonly pauseMs: number
  /** How long the standby is away, or the line leads wrong, in milliseconds. */
  readonly holdMs: number
}

/** Rounds beyond this are never drawn. */
const ROUNDS_AT_MOST = 200
const SHORT_RUN_MINUTES = 1.5

/** What is lost and when, from the seed alone: rounds of all kinds in an order of their own each. The caller's clock ends it. */
export function planFailovers(
  seed: number,
  minutes: number,
  kinds: readonly FailoverKind[],
): readonly PlannedFailover[] {
  const random = seededRandom(seed)
  const isShort = minutes < SHORT_RUN_MINUTES
  const rounds = isShort ? 1 : ROUNDS_AT_MOST
  return Array.from({ length: rounds }, () => {
    const left = [...kinds]
    return kinds.map(() => {
      const [kind] = left.splice(Math.floor(random.next() * left.length), 1)
      const pauseMs = Math.round((0.5 + random.next()) * (isShort ? 800 : 3_000))
      const holdMs = Math.round((1 + random.next()) * (isShort ? 2_000 : 4_000))
      return { kind: kind ?? 'primary_killed', pauseMs, holdMs }
    })
  }).flat()
}
