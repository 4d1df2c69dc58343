import type { DrillRun } from '#domain/drill.ts'
import type { ProofRecord } from '../proof/record.ts'

export type Played = {
  readonly id: string
  readonly speed: number
  readonly seconds: number
  readonly run: DrillRun | null
  /** Rules of alarms that rang, in order. */
  readonly rang: readonly string[]
  /** Why it counts as failed; null: it was noticed, found and mended, or became as bad as it had to. */
  readonly problem: string | null
}
/** Every run as it went; none is tried again for a better one. */
export function proofOf(played: readonly Played[], at: string, seconds: number): ProofRecord {
  const well = played.filter((one) => one.problem === null)
  const rows = played
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, speed, seconds: took, run, rang, problem }) => {
      const score = run?.score ?? null
      return [
        id,
        `${speed}`,
        `${took}`,
        minutesText(score?.toNotice ?? null),
        minutesText(score?.toFind ?? null),
        minutesText(score?.toFix ?? null),
        `${score?.ordersHurt ?? '-'}`,
        `${score?.points ?? '-'}`,
        rang.join(', '),
        problem ?? 'noticed, found, mended',
      ]
    })
  return {
    name: 'drills',
    command: 'node sim/drills/main.ts auto',
    at,
    seconds,
    passed: well.length === played.length,
    figures: [
      {
        what: 'drills noticed, found and mended by the scripted participant',
        value: `${well.length} of ${played.length}`,
      },
      { what: 'orders hurt in all', value: `${sum(played.map((one) => one.run?.ordersHurt ?? 0))}` },
    ],
    tables: [
      {
        title: 'Each drill once, minutes of its own clock after the fault',
        columns: [
          'drill',
          'speed',
          'wall s',
          'noticed',
          'found',
          'mended',
          'orders hurt',
          'points',
          'alarms that rang',
          'outcome',
        ],
        rows,
      },
    ],
  }
}

/** Every drill left alone: the figure of its incident, and the alarms that rang. */
export function aloneProofOf(played: readonly Played[], at: string, seconds: number): ProofRecord {
  const well = played.filter((one) => one.problem === null)
  const rows = played
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, speed, seconds: took, run, rang, problem }) => [
      id,
      `${speed}`,
      `${took}`,
      run?.incident?.source.en ?? '-',
      run?.incident?.here.en ?? '-',
      rang.join(', '),
      problem ?? 'as bad as the incident; its alarms rang',
    ])
  return {
    name: 'drills-left-alone',
    command: 'node sim/drills/main.ts auto --left-alone',
    at,
    seconds,
    passed: well.length === played.length,
    figures: [
      {
        what: 'drills that became as bad as their incident where nobody acted, and whose alarms all rang',
        value: `${well.length} of ${played.length}`,
      },
    ],
    tables: [
      {
        title:
          'Each drill once with nobody at it, until it was as bad as its incident and its alarms had rung',
        columns: ['drill', 'speed', 'wall s', 'the incident', 'here', 'alarms that rang', 'outcome'],
        rows,
      },
    ],
  }
}

function sum(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0)
}

export function minutesText(minutes: number | null): string {
  return minutes === null ? 'never' : `${minutes} min`
}
