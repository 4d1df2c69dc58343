import { type LaneClass, type Lanes, PLAIN_LANES } from '#domain/lane.ts'
import { Outage } from '#kernel/outage.ts'
import type { Sql } from '../postgres/database.ts'
import { openFairQueue } from './fair-queue.ts'
import { type Arrival, type Kept, keepArrivals } from './store.ts'

export type Intake = {
  /**
   * Resolves once the message is durable; throws `Outage` (`lane.full`, `inbox.full`, `database.unreachable`) when it cannot be.
   */
  readonly keep: (arrival: Arrival) => Promise<Kept>
  /** The lane that a connection's messages belong to at this moment. */
  readonly laneOf: (connection: string) => string
  readonly depth: () => number
  /** Resolves when nothing is waiting or being written. */
  readonly drained: () => Promise<void>
}

type Waiting = {
  readonly arrival: Arrival
  readonly resolve: (kept: Kept) => void
  readonly reject: (error: unknown) => void
}

/** A lane whose backlog is too deep drains in seconds, not in milliseconds. */
const LANE_FULL_RETRY_MS = 5_000
const QUEUE_FULL_RETRY_MS = 1_000
/** For so long after a low-latency message the lanes of high throughput rest between their commits. */
const QUICK_FOR_MS = 1_000
/**
 * What each of a flood's acknowledgements may take longer. Without it a flood of 1,000/s nearly always has a commit under way, and
 * the disk and the lock of the database's log are hardly ever free. Measured only together with connections that stay open and
 * `mapInTurns`: docs/decisions/0018.
 */
const REST_MS = 10

/**
 * Gathers messages into batches, one transaction each. Mostly no waiting is added: a batch holds what arrived while the ones before
 * it were being committed, so a lone message goes at once and a flood costs one fsync for hundreds.
 *
 * Lanes of the same class share batches by weight. Each class commits one batch at a time (two overlapping commits of the same
 * flood halve the batches and cost a third more of both processors: 64 callers, 6,400/s at 156 µs with one, 5,600/s at 200 µs with
 * two), and neither class waits for the other's commit. While low-latency lanes are in use the others rest between commits, so that
 * the disk has moments in which nothing else is being synced.
 *
 * `maxBatch`: rows per transaction. `maxQueue`: messages held in memory at most, of which one lane may hold as many as are still
 * free: a flood gets half of it, two floods a third each, and there is always room for the others. Beyond it the sender is told
 * to come back (`lane.full`, `inbox.full`). `rests`: false where nothing may go by the process's own clock.
 */
export function openIntake({
  db,
  maxBatch,
  maxQueue,
  lanes = PLAIN_LANES,
  rests = true,
}: {
  db: Sql
  maxBatch: number
  maxQueue: number
  lanes?: Lanes
  rests?: boolean
}): Intake {
  const weightOf = (lane: string): number => lanes.configOf(lane).weight
  let quickAt = Number.NEGATIVE_INFINITY
  const quick = (): boolean => performance.now() - quickAt < QUICK_FOR_MS
  const gatherers = {
    low_latency: openGatherer(db, maxBatch, weightOf, () => 0),
    high_throughput: openGatherer(db, maxBatch, weightOf, () => (rests && quick() ? REST_MS : 0)),
  } satisfies Record<LaneClass, Gatherer>
  const all = Object.values(gatherers)
  const depth = (): number => all.reduce((sum, one) => sum + one.size(), 0)
  return {
    keep: (arrival) =>
      new Promise((resolve, reject) => {
        const { lane } = arrival
        // What is only recorded (a refusal, an address check) adds nothing to the lane's work.
        if (arrival.verdict === 'accepted' && lanes.isFull(lane)) return reject(deepLane(lane))
        const free = maxQueue - depth()
        if (free <= 0) return reject(fullQueue(maxQueue))
        const laneClass = lanes.configOf(lane).class
        if (laneClass === 'low_latency') quickAt = performance.now()
        const gatherer = gatherers[laneClass]
        const held = all.reduce((sum, one) => sum + one.sizeOf(lane), 0)
        if (held >= free) return reject(fullLane(lane, held))
        gatherer.push({ arrival, resolve, reject })
      }),
    laneOf: lanes.laneOf,
    depth,
    drained: async () => void (await Promise.all(all.map((one) => one.drained()))),
  }
}

function deepLane(lane: string): Outage {
  return new Outage('lane.full', `lane ${lane} has more messages waiting than it may hold`, {
    retryAfterMs: LANE_FULL_RETRY_MS,
  })
}

function fullLane(lane: string, held: number): Outage {
  return new Outage('lane.full', `${held} messages of lane ${lane} are already waiting to be written`, {
    retryAfterMs: QUEUE_FULL_RETRY_MS,
  })
}

function fullQueue(most: number): Outage {
  return new Outage('inbox.full', `${most} messages are already waiting to be written`, {
    retryAfterMs: QUEUE_FULL_RETRY_MS,
  })
}

type Gatherer = {
  readonly push: (entry: Waiting) => void
  readonly size: () => number
  readonly sizeOf: (lane: string) => number
  readonly drained: () => Promise<void>
}

/** One commit at a time; the next batch gathers while this one is written. */
function openGatherer(
  db: Sql,
  maxBatch: number,
  weightOf: (lane: string) => number,
  restMs: () => number,
): Gatherer {
  const waiting = openFairQueue<Waiting>(weightOf)
  let writing = false
  let whenIdle: (() => void)[] = []
  const pump = (): void => {
    if (writing) return
    if (waiting.size() > 0) {
      writing = true
      void write(db, waiting.take(maxBatch)).finally(() => {
        const rest = waiting.size() < maxBatch ? restMs() : 0
        const goOn = (): void => {
          writing = false
          pump()
        }
        if (rest === 0) goOn()
        else setTimeout(goOn, rest)
      })
      return
    }
    for (const done of whenIdle) done()
    whenIdle = []
  }
  return {
    push: (entry) => {
      waiting.push(entry.arrival.lane, entry)
      // The turn of the event loop in which a socket delivers many requests makes one batch of them.
      if (waiting.size() === 1) setImmediate(pump)
    },
    size: waiting.size,
    sizeOf: waiting.sizeOf,
    drained: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve)
        pump()
      }),
  }
}

/** Writes one batch and answers each of its callers; never throws. */
async function write(db: Sql, batch: readonly Waiting[]): Promise<void> {
  try {
    const kept = await keepArrivals(
      db,
      batch.map((entry) => entry.arrival),
    )
    for (const [i, entry] of batch.entries()) {
      const row = kept[i]
      if (row === undefined)
        entry.reject(new Outage('inbox.short_answer', 'the database confirmed fewer rows than were sent'))
      else entry.resolve(row)
    }
  } catch (error) {
    for (const entry of batch) entry.reject(error)
  }
}
