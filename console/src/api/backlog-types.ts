import type { ReplayPreview } from './intake-types.ts'
import type { ConnectionRef } from './types.ts'

/** What waits, as `/api/backlog` and `/api/lanes` tell it. */
export const LANE_CLASSES = ['low_latency', 'high_throughput'] as const
export type LaneClass = (typeof LANE_CLASSES)[number]

export type LaneConfig = {
  readonly class: LaneClass
  readonly weight: number
  readonly concurrency: number
  readonly depthLimit: number
  readonly alarmDepth: number
}
export type Lane = LaneConfig & {
  readonly name: string
  readonly own: boolean
  readonly updatedBy: string | null
  readonly updatedAt: string | null
  readonly connections: readonly ConnectionRef[]
  readonly pending: number
  readonly full: boolean
}

type Waiting = {
  readonly subject: string
  readonly depth: number
  readonly dead: number
  readonly drainPerSecond: number
  readonly secondsToEmpty: number | null
  /** The deepest of each of the last 60 minutes, the present one last. */
  readonly recent: readonly number[]
}
export type LaneBacklog = Waiting & {
  readonly lane: string
  readonly capped: boolean
  readonly alarmDepth: number
  readonly oldestSeconds: number | null
  readonly arrivalPerSecond: number
}
export type QueueBacklog = Waiting & {
  readonly connection: ConnectionRef
  readonly queue: string
  readonly seenAt: string | null
  readonly unseenSeconds: number
  readonly growthPerSecond: number | null
}
export type Backlog = {
  readonly at: string
  readonly workers: {
    readonly floor: number
    readonly cap: number
    readonly processes: readonly { readonly process: string; readonly size: number }[]
  }
  readonly limits: { readonly oldSeconds: number; readonly deadLetters: number; readonly queueDepth: number }
  readonly lanes: readonly LaneBacklog[]
  readonly queues: readonly QueueBacklog[]
}
export type BacklogHistory = {
  readonly subject: string
  readonly stepSeconds: number
  readonly items: readonly {
    readonly at: string
    readonly depth: number
    readonly dead: number
    readonly oldestSeconds: number
  }[]
}
export type DeadGroup = {
  readonly code: string
  readonly lane: string
  readonly count: number
  readonly capped: boolean
  readonly oldest: string
  readonly newest: string
  readonly sample: string
  readonly detail: string | null
  readonly connection: ConnectionRef
}
export type DeadChoice = { readonly code: string; readonly lane: string }
export type DeadPreview = ReplayPreview & { readonly selected: number }
