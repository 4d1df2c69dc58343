import type { Contribution, JoinDeps } from '#features/orders/index.ts'
import { commitFacts, deriveTouched, subjectKeysOf } from '#features/orders/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { Outage } from '#kernel/outage.ts'
import type { Refusal } from '#kernel/result.ts'
import { withoutNul } from '#platform/inbox/headers.ts'
import {
  claimTasks,
  finishTasks,
  firstPending,
  type LaneClaim,
  type Parking,
  parkTasks,
  readPending,
  rememberSubjects,
  type Task,
} from '#platform/inbox/store.ts'
import { isPartitionMissing } from '#platform/partitions/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { sqlState } from '#platform/postgres/database.ts'
import type { FindConnection, RulesFor } from './ports.ts'
import { type ReadTask, readTask } from './read-task.ts'
import { countUnknown, type UnknownCode } from './store.ts'

export type InterpretDeps = JoinDeps & {
  readonly find: FindConnection
  readonly rulesFor: RulesFor
  /** Told after the commit, when the orders are visible. `lags`: seconds from each message's receipt until now. */
  readonly onInterpreted?: (batch: {
    readonly lane: string
    readonly parked: readonly Parking[]
    readonly lags: readonly number[]
  }) => void
}

type Outcome = { readonly task: Task; readonly read: ReadTask | null; readonly refusal: Refusal | null }

/**
 * Takes up to `limit` pending messages of a lane and carries them through: read, facts, orders, journal, intents, in one transaction
 * (facts go ahead in one of their own, see `commitFacts`). Answers how many were taken; 0 when there is nothing to do or when as
 * many batches of the lane as it may have are under way.
 */
export async function interpretBatch(deps: InterpretDeps, claim: LaneClaim): Promise<number> {
  const done = await deps.db.begin(async (tx) => {
    const tasks = await claimTasks(tx, claim).catch((error: unknown) => {
      throw isContentError(error) ? new PoisonedBatch(claim.limit, null, error) : error
    })
    if (tasks.length === 0) return { tasks, parked: [] }
    try {
      return { tasks, parked: await carryThrough(tx, deps, tasks) }
    } catch (error) {
      if (isContentError(error)) throw new PoisonedBatch(tasks.length, tasks[0]?.number ?? null, error)
      throw error
    }
  })
  const now = deps.now()
  if (done.tasks.length > 0)
    deps.onInterpreted?.({
      lane: claim.lane,
      parked: done.parked,
      lags: done.tasks.map((task) => secondsBetween(task.receivedAt, now)),
    })
  return done.tasks.length
}

function secondsBetween(from: Instant, to: Instant): number {
  return Number(to.epochNanoseconds - from.epochNanoseconds) / 1e9
}

/**
 * A batch that the database refused because of what is in it; taken again one by one, the culprit is parked. `first`: its first
 * message; null where even reading them failed, then it is the first of the lane.
 */
export class PoisonedBatch extends Error {
  readonly size: number
  readonly first: bigint | null
  constructor(size: number, first: bigint | null, cause: unknown) {
    super('a message in this batch cannot be stored', { cause })
    this.name = 'PoisonedBatch'
    this.size = size
    this.first = first
  }
}

async function carryThrough(tx: Sql, deps: InterpretDeps, tasks: readonly Task[]): Promise<Parking[]> {
  const outcomes = await mapInTurns(tasks, (task): Outcome => {
    const read = readTask(task, deps.find, deps.rulesFor)
    return read.ok ? { task, read: read.value, refusal: null } : { task, read: null, refusal: read.refusal }
  })
  const contributions = outcomes.flatMap(({ read }) => (read === null ? [] : [read.contribution]))
  await commitFacts(deps.db, contributions)
  await deriveTouched(tx, deps, contributions)
  await rememberSubjects(tx, outcomes.flatMap(searchableSubjects))
  const parkings = outcomes.flatMap(parkingOf)
  await parkTasks(tx, parkings, deps.now())
  await countUnknown(tx, outcomes.flatMap(unknownOf))
  const parked = new Set(parkings.map((parking) => parking.number))
  await finishTasks(
    tx,
    tasks.map((task) => task.number).filter((number) => !parked.has(number)),
  )
  return parkings
}

/**
 * Joins messages that were read again outside their lane, each with the facts that it takes back; `record` runs in the transaction that
 * derives their orders. Carried through like any replay: done again it changes nothing.
 */
export async function rereadContributions(
  deps: InterpretDeps,
  reads: readonly { readonly number: bigint; readonly contribution: Contribution }[],
  record: (tx: Sql) => Promise<void>,
): Promise<void> {
  const contributions = reads.map((read) => read.contribution)
  await commitFacts(deps.db, contributions)
  await deps.db.begin(async (tx) => {
    await deriveTouched(tx, deps, contributions)
    await rememberSubjects(
      tx,
      reads.flatMap(({ number, contribution }) =>
        subjectKeysOf(contribution).map((subject) => ({
          subject,
          number,
          receivedAt: contribution.receivedAt,
        })),
      ),
    )
    await record(tx)
  })
}

/** A message with an unknown code says what it can and stays parked for the rest: replayed once the code is decided. */
function parkingOf({ task, read, refusal }: Outcome): Parking[] {
  if (refusal !== null) return [{ number: task.number, code: refusal.code, detail: refusal.detail }]
  if (read === null || read.unknown.length === 0) return []
  return [{ number: task.number, code: 'mapping.unknown_code', detail: read.unknown.join(' ') }]
}

function unknownOf({ task, read }: Outcome): UnknownCode[] {
  return (read?.unknown ?? []).map((code) => ({
    kind: read?.kind ?? '',
    connection: task.connection,
    code,
    messageId: task.id,
    at: task.receivedAt,
  }))
}

/** The order that the receipt named needs no second entry. */
function searchableSubjects({
  task,
  read,
}: Outcome): { subject: string; number: bigint; receivedAt: Temporal.Instant }[] {
  if (read === null) return []
  const own = `order:${task.connection}:${task.orderNo ?? ''}`
  return subjectKeysOf(read.contribution)
    .filter((subject) => subject !== own)
    .map((subject) => ({ subject, number: task.number, receivedAt: task.receivedAt }))
}

/**
 * Whether the same messages would fail again: PostgreSQL's data exceptions (22), constraint violations (23) and exceeded limits
 * (54: a key too long for its index), and any failure of our own code. An outage, a deadlock, a cancelled statement or a day without
 * its partition is not their fault.
 */
function isContentError(error: unknown): boolean {
  const state = sqlState(error)
  if (isPartitionMissing(error)) return false
  return state === null ? !(error instanceof Outage) : /^(2[23]|54)/.test(state)
}

/**
 * Parks the one message of a poisoned batch of one, in a transaction of its own. Which one it was is not known where even reading it failed:
 * then it is the first of its lane if that cannot be read now either, for another worker may have parked the culprit meanwhile, or hold it. Answers
 * whether one was parked.
 */
export async function parkPoison(
  deps: InterpretDeps,
  lane: string,
  { first, cause }: PoisonedBatch,
): Promise<boolean> {
  const number = first ?? (await firstUnreadable(deps, lane))
  if (number === null) return false
  const detail = withoutNul(cause instanceof Error ? cause.message : String(cause))
  await deps.db.begin(
    async (tx) => await parkTasks(tx, [{ number, code: 'intake.unstorable', detail }], deps.now()),
  )
  return true
}

async function firstUnreadable(deps: InterpretDeps, lane: string): Promise<bigint | null> {
  let number: bigint | null = null
  try {
    await deps.db.begin(async (tx) => {
      number = await firstPending(tx, lane)
      if (number !== null) await readPending(tx, number)
    })
  } catch (error) {
    if (isContentError(error)) return number
    throw error
  }
  return null
}

export type { Contribution }
