import type { StockChaosResult } from './run.ts'

const CONTRADICTIONS_SHOWN = 20

/** The figures of a run as they are printed with --json. */
export function stockFiguresOf(result: StockChaosResult) {
  const times = (...checks: readonly string[]): number =>
    result.contradictions.filter((one) => checks.includes(one.check)).length
  return { ...result, lost: times('lost'), oversold: times('oversold', 'goods'), left: times('left', 'late') }
}

/** The same for people. */
export function stockTableOf(result: StockChaosResult): string {
  const figures = stockFiguresOf(result)
  const { counts, longestSilence } = figures
  const rows: readonly (readonly [string, string])[] = [
    ['redis', figures.redis],
    ...Object.entries(figures.faults).map(
      ([kind, one]) =>
        [
          kind,
          `${one.times} times; first lock ${one.fromBeginMs} ms after its begin, ${one.fromEndMs} ms after its end at the latest${one.overtaken > 0 ? `; the next fault came first ${one.overtaken} times` : ''}`,
        ] as const,
    ),
    ['longest silence', `${longestSilence.ms} ms without any lock (${longestSilence.during})`],
    ['asked', listed(figures.asked)],
    [
      'orders',
      `${figures.orders}, of which ${counts.acknowledged} acknowledged as locked; ${figures.sold} pieces committed`,
    ],
    [
      'as acknowledged',
      `${counts.heldAsAcknowledged}, and ${counts.freedByDeadline} freed by their own deadline`,
    ],
    ['unheard steps', `${counts.stepsFound} were done, ${counts.stepsNotFound} were not`],
    ['unheard locks', `${counts.unheardHeld} are held, ${counts.unheardNotHeld} are not`],
    [
      'INV_LOCK_TIMEOUT',
      `${counts.timedOut} for good; ${counts.givenBack} committed too late and given back, ${counts.leftByDeath} held because their process died`,
    ],
    ['yard', `${figures.receipts} receipts, ${figures.transfers} transfers`],
    ['commits unheard', String(figures.commitsLost)],
    ['lost', String(figures.lost)],
    ['oversold', `${figures.oversold} in ${figures.samples} looks during the run, and at its end`],
    ['left behind', String(figures.left)],
    ['settled', `${figures.settledSeconds} s after the last answer`],
    [
      'run',
      `${figures.seconds} s; again: npm run chaos -- --stock --redis ${figures.redis} --seed ${figures.seed} --minutes ${figures.minutes}`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const wrong = figures.contradictions
  const shown = wrong.slice(0, CONTRADICTIONS_SHOWN).map(({ check, words }) => `  ${check}: ${words}`)
  return [
    ...rows.map(([name, words]) => `${name.padEnd(width)}  ${words}`),
    ...figures.notes.map((words) => `note: ${words}`),
    wrong.length === 0
      ? 'the ledger and the book agree'
      : `${wrong.length} contradictions${wrong.length > shown.length ? `, the first ${shown.length}` : ''}:`,
    ...shown,
  ].join('\n')
}

function listed(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ')
}
