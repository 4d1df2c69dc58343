import { isLaneName, type LaneClass, type LaneConfig } from '#domain/lane.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Channels whose big days bring thousands of messages a second; all others are better served at once than in bulk. */
const FLOODS: ReadonlySet<string> = new Set([
  'pinduoduo',
  'douyin',
  'taobao',
  'tmall',
  'jd',
  'kuaishou',
  'rabbitmq',
])

const STANDARD: Readonly<Record<LaneClass, LaneConfig>> = {
  low_latency: {
    class: 'low_latency',
    weight: 30,
    concurrency: 8,
    depthLimit: 200_000,
    alarmDepth: 500,
  },
  high_throughput: {
    class: 'high_throughput',
    weight: 10,
    concurrency: 8,
    depthLimit: 500_000,
    alarmDepth: 500,
  },
}

/** How a lane runs about which nobody decided anything: by the kinds of the connections in it; one flood makes it a flood's. */
export function standardConfig(kinds: readonly string[]): LaneConfig {
  return STANDARD[kinds.some((kind) => FLOODS.has(kind)) ? 'high_throughput' : 'low_latency']
}

export const LANE_LIMITS = {
  weight: { least: 1, most: 100 },
  concurrency: { least: 1, most: 32 },
  depthLimit: { least: 100, most: 10_000_000 },
  alarmDepth: { least: 1, most: 10_000_000 },
} as const

/** What is changed of a lane; what is left out stays. */
export type LaneChange = { readonly [Field in keyof LaneConfig]?: LaneConfig[Field] }

/** Refused: `lanes.bad_name`, `lanes.bad_alarm_depth` (an alarm that could come only after senders are refused). */
export function changedConfig(name: string, before: LaneConfig, change: LaneChange): Result<LaneConfig> {
  if (!isLaneName(name)) return badName(name)
  const after = { ...before, ...change }
  if (after.alarmDepth > after.depthLimit)
    return refuse(
      'lanes.bad_alarm_depth',
      `the alarm at ${after.alarmDepth} waiting messages would come only after senders are refused at ${after.depthLimit}`,
    )
  return ok(after)
}

export function badName(name: string): Result<never> {
  return refuse(
    'lanes.bad_name',
    `"${name.slice(0, 60)}" is no name of a lane: 1 to 60 letters, digits, dots, hyphens and underscores`,
  )
}

export type LaneRow = LaneConfig & {
  readonly name: string
  readonly updatedBy: string
  readonly updatedAt: Temporal.Instant
}
export type LaneConnection = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly connector?: { readonly role: string }
}

/** The lanes as decided, with the connections as they are. */
export type LaneBook = {
  readonly rows: ReadonlyMap<string, LaneRow>
  /** Connections whose lane was chosen. */
  readonly chosen: ReadonlyMap<string, string>
}

export type Lane = {
  readonly name: string
  readonly config: LaneConfig
  /** Who decided it and when; null: the standard of its connections' kinds. */
  readonly decided: { readonly by: string; readonly at: Temporal.Instant } | null
  readonly connections: readonly LaneConnection[]
}

export function laneOf(book: LaneBook, connection: string): string {
  return book.chosen.get(connection) ?? connection
}

/** Every lane that is configured or has connections, and those named besides, by name. */
export function listLanes(
  book: LaneBook,
  connections: readonly LaneConnection[],
  besides: readonly string[] = [],
): Lane[] {
  // People are told through a notifier; nothing ever comes from one.
  const sending = connections.filter(({ connector }) => connector?.role !== 'notifier')
  const members = Map.groupBy(sending, ({ id }) => laneOf(book, id))
  const names = new Set([...book.rows.keys(), ...members.keys(), ...besides])
  return [...names].sort().map((name) => {
    const row = book.rows.get(name)
    const own = members.get(name) ?? []
    return {
      name,
      config: configFrom(row, own),
      decided: row === undefined ? null : { by: row.updatedBy, at: row.updatedAt },
      connections: own,
    }
  })
}

function configFrom(row: LaneRow | undefined, members: readonly LaneConnection[]): LaneConfig {
  return configOfRow(row) ?? standardConfig(members.map(({ kind }) => kind))
}

export function configOfRow(row: LaneRow | undefined): LaneConfig | null {
  if (row === undefined) return null
  const { class: laneClass, weight, concurrency, depthLimit, alarmDepth } = row
  return { class: laneClass, weight, concurrency, depthLimit, alarmDepth }
}
