// Lanes keep one channel's flood from delaying another's messages.

export const LANE_CLASSES = ['low_latency', 'high_throughput'] as const
export type LaneClass = (typeof LANE_CLASSES)[number]

export type LaneConfig = {
  /** `low_latency`: a reserved worker and small batches; `high_throughput`: big batches that give way. */
  readonly class: LaneClass
  /** Share of the work while several lanes wait, 1 to 100. */
  readonly weight: number
  /** Batches interpreted at the same time, over all processes, 1 to 32. */
  readonly concurrency: number
  /** Messages that may wait to be interpreted; beyond it senders are told to come back. */
  readonly depthLimit: number
  /** Messages that may wait before an alarm goes out and workers are added. */
  readonly alarmDepth: number
}

/** What the way in and the workers ask of the lanes; answered from memory. */
export type Lanes = {
  /** The lane of a connection's own messages. */
  readonly laneOf: (connection: string) => string
  readonly configOf: (lane: string) => LaneConfig
  /** Whether more messages wait in it than it may hold. */
  readonly isFull: (lane: string) => boolean
}

/** Each connection a quiet lane of its own and no limit: a hub whose operator decided nothing, and most tests. */
export const PLAIN_LANES: Lanes = {
  laneOf: (connection) => connection,
  configOf: () => ({
    class: 'low_latency',
    weight: 10,
    concurrency: 32,
    depthLimit: 10_000_000,
    alarmDepth: 500,
  }),
  isFull: () => false,
}

const LANE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/

/** A lane's name: 1 to 60 letters, digits, dots, hyphens and underscores, so that a header can hold it. */
export function isLaneName(text: string): boolean {
  return LANE_NAME.test(text)
}
