import type { ProofRecord } from '../proof/record.ts'
import type { FailoverResult, Felt } from './run.ts'

const CONTRADICTIONS_SHOWN = 20

/** The figures of a run as they are printed with --json. */
export function failoverFiguresOf(result: FailoverResult) {
  const { accounts, felt, contradictions } = result
  const { messages } = accounts
  const times = (check: string): number => contradictions.filter((one) => one.check === check).length
  return {
    seed: result.seed,
    minutes: result.minutes,
    seconds: result.seconds,
    postgresql: result.version,
    promotions: result.promotions,
    losses: felt.map((one) => ({ ...one, bytesLost: Number(one.bytesLost) })),
    messages: {
      sent: messages.length,
      acknowledged: messages.filter((one) => one.acknowledged).length,
      lost: times('lost'),
      doubled: times('doubled'),
    },
    orders: { placed: accounts.orders.length, wrong: times('order') },
    effects: {
      taken: accounts.orders.reduce((total, { book }) => total + book.shipments.length, 0),
      wrong: times('effect'),
    },
    locks: result.locks,
    receipts: result.receipts,
    marks: result.marks,
    spooledAtMost: result.spooledAtMost,
    notes: result.notes,
    contradictions,
  }
}

const COLUMNS = [
  'loss',
  'times',
  'promoted',
  'no message acknowledged',
  'no lock acknowledged',
  'level 1',
  'WAL lost',
] as const

/** The worst of each kind. */
export function rowsOf(felt: readonly Felt[]): string[][] {
  return [...Map.groupBy(felt, (one) => one.kind)].map(([kind, all]) => {
    const most = (of: (one: Felt) => number): string => `${(Math.max(...all.map(of)) / 1_000).toFixed(1)} s`
    const promoted = all.some((one) => one.promotedMs !== null)
    const lost = all.reduce((sum, one) => sum + one.bytesLost, 0n)
    return [
      kind,
      String(all.length),
      promoted ? most((one) => one.promotedMs ?? 0) : '-',
      most((one) => one.messageSilenceMs),
      most((one) => one.lockSilenceMs),
      most((one) => one.levelOneMs),
      `${lost} B`,
    ]
  })
}

/** The same for people. */
export function failoverTableOf(result: FailoverResult): string {
  const figures = failoverFiguresOf(result)
  const rows = [[...COLUMNS], ...rowsOf(result.felt)]
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)))
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
  const wrong = result.contradictions
  return [
    ...lines,
    ...summaryOf(figures).map(({ what, value }) => `${what}: ${value}`),
    ...result.notes.map((words) => `note: ${words}`),
    wrong.length === 0 ? 'the hub and the books agree' : `${wrong.length} contradictions:`,
    ...wrong.slice(0, CONTRADICTIONS_SHOWN).map(({ check, words }) => `  ${check}: ${words}`),
  ].join('\n')
}

function summaryOf(figures: ReturnType<typeof failoverFiguresOf>): ProofRecord['figures'] {
  const { messages, orders, effects, locks, marks } = figures
  return [
    { what: 'PostgreSQL', value: `${figures.postgresql}, a primary and one or two synchronous standbys` },
    {
      what: 'failovers',
      value: `${figures.promotions} promotions in ${figures.losses.length} losses, seed ${figures.seed}`,
    },
    {
      what: 'messages',
      value: `${messages.acknowledged} acknowledged of ${messages.sent} sent; lost ${messages.lost}, doubled ${messages.doubled}`,
    },
    { what: 'orders', value: `${orders.placed}, ${orders.wrong} not as in the world` },
    { what: 'shipments told to shops', value: `${effects.taken}, ${effects.wrong} wrong` },
    {
      what: 'locks',
      value: `${locks.acknowledged} acknowledged of ${locks.asked} asked; ${figures.receipts} receipts`,
    },
    {
      what: 'marks',
      value: `${marks.acknowledged} acknowledged of ${marks.attempts} written; missing ${marks.missing}`,
    },
    { what: 'spooled at most', value: `${figures.spooledAtMost} messages` },
    { what: 'contradictions', value: String(figures.contradictions.length) },
  ]
}

export function failoverRecordOf(result: FailoverResult, at: string): ProofRecord {
  const { seed, minutes, apartMs, seconds } = result
  const apart = apartMs === 0 ? '' : ` --apart ${apartMs / 1_000}`
  return {
    name: 'failover',
    command: `npm run failover -- --seed ${seed} --minutes ${minutes}${apart}`,
    at,
    seconds,
    passed: result.contradictions.length === 0,
    figures: summaryOf(failoverFiguresOf(result)),
    tables: [{ title: 'What each loss cost, at worst', columns: COLUMNS, rows: rowsOf(result.felt) }],
  }
}
