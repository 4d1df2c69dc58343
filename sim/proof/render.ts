import type { ProofRecord } from './record.ts'

export type Rendered = { readonly page: string; readonly pictures: ReadonlyMap<string, string> }
export type Kept = ProofRecord & { readonly machine: { readonly node: string; readonly cores: number } }

/** In the order of the page; what has no record says so. */
const PARTS: readonly {
  readonly name: string
  readonly title: string
  readonly says: string
  readonly command: string
}[] = [
  {
    name: 'sim',
    title: 'Seeded simulation',
    says: 'The whole hub over real SQL on a virtual clock, in a simulated world with real signatures. It may die before and after every statement, commit and call; after every step every invariant is checked by name, and at the end the books of world and hub are laid side by side. One integer replays a run.',
    command: 'npm run sim',
  },
  {
    name: 'mutants',
    title: 'Planted faults',
    says: 'Small faults planted into the product one at a time: a proof that notices nothing proves nothing.',
    command: 'npm run mutants',
  },
  {
    name: 'chaos',
    title: 'Chaos',
    says: 'Real processes on this machine, killed, frozen, cut off and restarted, while a world trades with them and keeps its own book.',
    command: 'npm run chaos',
  },
  {
    name: 'failover',
    title: 'Failover of PostgreSQL',
    says: "A primary and a synchronous standby of Debian's PostgreSQL, with real streaming replication; the primary dies, the standby takes its place.",
    command: 'npm run failover',
  },
  {
    name: 'restore',
    title: 'Restore to a moment',
    says: 'A hub under load, a base backup and a WAL archive; orders are deleted by hand, and the database is set back to the moment before on a second server.',
    command: 'npm run failover -- --restore',
  },
  {
    name: 'scale',
    title: 'Scale-out',
    says: 'One, two and four hub processes over one PostgreSQL, on the cores that this machine has.',
    command: 'npm run bench -- scale',
  },
  {
    name: 'soak',
    title: 'Soak',
    says: 'Steady load at half of the measured maximum: what grows without end shows in its slope.',
    command: 'npm run soak',
  },
  {
    name: 'drills',
    title: 'Drills',
    says: 'Every incident of the drills, played by a scripted participant who knows the remedy: each can be noticed, found and mended.',
    command: 'holdfast drill start <id> --auto',
  },
  {
    name: 'drills-left-alone',
    title: 'Drills left alone',
    says: 'The same drills with nobody at them: each becomes as bad as the incident that it was made from (22 minutes, 17 hours, 237 orders, 412 transfers, 16 double shipments), and every alarm rings that it trains.',
    command: 'node sim/drills/main.ts auto --left-alone',
  },
  {
    name: 'security',
    title: 'Security programme',
    says: 'What docs/security.md promises: who may see what, by which way nobody comes in, and what a stranger may send without harm.',
    command: 'npm run proof -- --only security',
  },
]

/** The page of the proof, and its pictures by file name. `found` is what was found and mended on the way, in Markdown. */
export function renderProof(records: readonly Kept[], found: string): Rendered {
  const pictures = new Map<string, string>()
  const parts = PARTS.flatMap((part) => {
    const record = records.find(({ name }) => name === part.name)
    return [
      `## ${part.title}`,
      '',
      part.says,
      '',
      ...(record === undefined ? missing(part.command) : told(record, pictures)),
      '',
    ]
  })
  const page = [
    '# Proof',
    '',
    '<!-- Made by `npm run proof -- --render` from docs/proof/*.json; edit found.md, not this page. -->',
    '',
    'What was tried with this release, and what came out. Every line can be run again:',
    '',
    '```sh',
    'npm run proof             # all but the long parts, about an hour on two cores',
    'npm run proof -- --quick  # some fifteen minutes: the pinned seeds and one more, one chaos run, one failover',
    'npm run proof -- --long   # a night: four hundred seeds, half an hour of chaos, two hours of soak',
    '```',
    '',
    summary(records),
    '',
    ...parts,
    found.trim(),
    '',
  ].join('\n')
  return { page, pictures }
}

function summary(records: readonly Kept[]): string {
  const rows = PARTS.map(({ name, title }) => {
    const record = records.find((one) => one.name === name)
    if (record === undefined) return `| ${title} | not run | | |`
    return `| ${title} | ${record.passed ? 'held' : '**did not hold**'} | ${duration(record.seconds)} | ${record.at} |`
  })
  return ['| part | result | took | begun (UTC) |', '|---|---|---|---|', ...rows].join('\n')
}

const missing = (command: string): string[] => [`Not run for this page: \`${command}\`.`]

function told(record: Kept, pictures: Map<string, string>): string[] {
  const { name, command, figures, tables = [], curves = [], machine } = record
  return [
    `\`${command}\`, ${machine.cores} cores, Node ${machine.node}.`,
    '',
    '| | |',
    '|---|---|',
    ...figures.map(({ what, value }) => `| ${cell(what)} | ${cell(value)} |`),
    ...tables.flatMap(({ title, columns, rows }) => [
      '',
      `**${title}**`,
      '',
      `| ${columns.map(cell).join(' | ')} |`,
      `|${columns.map(() => '---|').join('')}`,
      ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
    ]),
    ...curves.flatMap(({ title, unit, points }, nth) => {
      const file = `${name}-${nth + 1}.svg`
      pictures.set(file, curveSvg(title, unit, points))
      return ['', `![${title}](proof/${file})`]
    }),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

const WIDTH = 720
const HEIGHT = 200
const LEFT = 70
const BOTTOM = 30
const TOP = 30

/** A line over time from zero up, readable on light and dark pages. */
export function curveSvg(
  title: string,
  unit: string,
  points: readonly (readonly [number, number])[],
): string {
  const most = Math.max(1e-9, ...points.map(([, value]) => value))
  const end = Math.max(1, ...points.map(([at]) => at))
  const x = (at: number): string => (LEFT + ((WIDTH - LEFT - 10) * at) / end).toFixed(1)
  const y = (value: number): string => (HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / most).toFixed(1)
  const path = points.map(([at, value], nth) => `${nth === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`).join(' ')
  const text = (at: readonly [string | number, string | number], words: string, anchor = 'start'): string =>
    `<text x="${at[0]}" y="${at[1]}" text-anchor="${anchor}" font-family="sans-serif" font-size="12" fill="#777">${escaped(words)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    text([LEFT, 16], `${title} (${unit})`),
    `<path d="M${LEFT} ${TOP} V${HEIGHT - BOTTOM} H${WIDTH - 10}" fill="none" stroke="#999"/>`,
    text([LEFT - 6, TOP + 4], rounded(most), 'end'),
    text([LEFT - 6, HEIGHT - BOTTOM + 4], '0', 'end'),
    text([WIDTH - 10, HEIGHT - 10], duration(end), 'end'),
    `<path d="${path}" fill="none" stroke="#2f7ed8" stroke-width="1.5"/>`,
    '</svg>',
    '',
  ].join('\n')
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
