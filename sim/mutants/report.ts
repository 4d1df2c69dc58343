import type { ProofRecord } from '../proof/record.ts'
import { MUTANTS, mutantsNamed } from './catalogue.ts'
import { type Earlier, EVERY_FAULT, SEEDS_TRIED, STEPS_TRIED } from './go-on.ts'
import { AREAS } from './mutant.ts'
import type { Tried } from './try-mutant.ts'

const LINE_CHARS = 160

/** One line of what became of it, for somebody who watches. */
export function wordsOf({ ids, verdict, seconds }: Tried): string {
  const took = `${seconds.toFixed(0)} s`
  switch (verdict.is) {
    case 'caught':
      return `caught    ${ids}  by ${verdict.by}  (seed ${verdict.seed}, ${stepOf(verdict.step)}, ${took})  ${verdict.line.slice(0, LINE_CHARS)}`
    case 'survived':
      return `SURVIVED  ${ids}  (seeds ${verdict.seeds.join(', ')}, ${took})`
    case 'unplanted':
      return `UNTRIED   ${ids}  its file was not loaded (seed ${verdict.seed})`
  }
}

function stepOf(step: number | null): string {
  return step === null ? 'no step' : `step ${step}`
}

export function countsOf(all: readonly Tried[]): Readonly<Record<Tried['verdict']['is'], number>> {
  const counts = { caught: 0, survived: 0, unplanted: 0 }
  for (const { verdict } of all) counts[verdict.is] += 1
  return counts
}

/** So many faults must be planted and caught before the simulation proves anything. */
const ENOUGH = 30

/** The figures of the record `mutants`. Passed: every fault was tried and caught, and they are `ENOUGH`. */
export function recordOf(
  all: readonly Tried[],
  run: {
    readonly at: string
    readonly seconds: number
    readonly seeds: readonly number[]
    readonly steps: number
    readonly command: string
    /** What an earlier run caught is among `all`. */
    readonly earlier?: Earlier | null
  },
): ProofRecord {
  const { caught, survived, unplanted } = countsOf(all)
  const single = all.filter(({ ids }) => !ids.includes('+'))
  const byWhat = Map.groupBy(
    all.flatMap(({ verdict }) => (verdict.is === 'caught' ? [shortBy(verdict.by)] : [])),
    (by) => by,
  )
  return {
    name: 'mutants',
    command: run.command,
    at: run.at,
    seconds: run.seconds + (run.earlier?.seconds ?? 0),
    passed: unplanted === 0 && survived === 0 && caught >= ENOUGH,
    figures: [
      { what: 'faults planted, one at a time', value: String(single.length) },
      {
        what: 'pairs, where a second layer keeps the same promise',
        value: String(all.length - single.length),
      },
      { what: 'caught', value: `${caught} of ${all.length}` },
      { what: 'survived', value: String(survived) },
      { what: SEEDS_TRIED, value: after(run.earlier?.seeds, run.seeds.join(', ')) },
      { what: STEPS_TRIED, value: after(run.earlier?.steps, String(run.steps)) },
      {
        what: 'set apart with the reason why the simulation cannot show them (sim/mutants/README.md)',
        value: String(MUTANTS.filter(({ unseen }) => unseen !== undefined).length),
      },
    ],
    tables: [
      {
        title: 'By area',
        columns: ['area', 'planted', 'caught'],
        rows: AREAS.flatMap((area) => {
          const own = single.filter(({ ids }) => ids.startsWith(`${area}.`))
          const found = own.filter(({ verdict }) => verdict.is === 'caught')
          return own.length === 0 ? [] : [[area, String(own.length), String(found.length)]]
        }),
      },
      {
        title: 'What caught them',
        columns: ['invariant or comparison', 'faults'],
        rows: [...byWhat]
          .map(([by, some]) => [by, String(some.length)])
          .sort(([a, x], [b, y]) => Number(y) - Number(x) || ((a ?? '') < (b ?? '') ? -1 : 1)),
      },
      {
        title: EVERY_FAULT,
        columns: ['fault', 'what the product then does', 'result', 'by', 'seed', 'step', 'seconds'],
        rows: all.map(rowOf),
      },
    ],
  }
}

function after(earlier: string | undefined, now: string): string {
  return earlier === undefined || earlier === '' ? now : `${earlier}, then ${now}`
}

function rowOf({ ids, verdict, seconds }: Tried): readonly string[] {
  const says = mutantsNamed(ids)
    .map((mutant) => mutant.says)
    .join('; and ')
  const took = seconds.toFixed(0)
  if (verdict.is !== 'caught') return [ids, says, verdict.is, '', '', '', took]
  const by = `${verdict.by}${verdict.line === '' ? '' : `: ${verdict.line}`}`.slice(0, LINE_CHARS)
  return [
    ids,
    says,
    'caught',
    by,
    String(verdict.seed),
    verdict.step === null ? '' : String(verdict.step),
    took,
  ]
}

/** `ST-1: in one sentence` is counted as `ST-1`; of what an earlier run caught its line stands behind as well. */
function shortBy(by: string): string {
  return /^([A-Za-z-]+\/)?[A-Z]+-?\d+\b/.exec(by)?.[0] ?? by.split(': ', 1)[0] ?? by
}
