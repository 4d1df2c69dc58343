import { type Subject, subjectKey } from '#domain/fact.ts'
import { readTask, rereadContributions } from '#features/intake/index.ts'
import { type Contribution, parseSubject } from '#features/orders/index.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { ok } from '#kernel/result.ts'
import { requeueRecorded } from '#platform/inbox/recorded.ts'
import { idOfMessage, rowToTask } from '#platform/inbox/store.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { factKey } from './core/compare.ts'
import type { LookBackDeps } from './deps.ts'
import {
  type DifferenceRow,
  markApplied,
  markOrdersApplied,
  readDifferencesOfMessages,
  readUnapplied,
} from './found/store.ts'
import { proversOf } from './provers.ts'
import { lockRun, readMessagesOf, readParked, readRun, setRun } from './store.ts'

export const APPLY_JOB = 'look_back_apply'
export type ApplyPayload = {
  readonly run: string
  readonly orders: readonly string[] | null
  readonly by: string
}

const PIECE = 200

/**
 * Applies what a run found, message by message: today's reading joins as any message does, and the facts that the message no longer
 * proves are taken back in the same go. A message that reads otherwise than when it was compared is left and counted as stale. Killed and
 * started again it does what is left; intents are keyed by facts, so that nothing is done to the world twice.
 */
export function applyJob(deps: LookBackDeps): JobHandler {
  return async (job, progress) => {
    const payload = job.payload as unknown as ApplyPayload
    const id = BigInt(payload.run)
    const orders = payload.orders === null ? null : payload.orders.map(BigInt)
    const run = await readRun(deps.db, id)
    if (run === null || run.state !== 'applying') return ok({ run: payload.run })
    let after = 0n
    let done = 0
    for (;;) {
      const numbers = await readUnapplied(deps.db, id, orders, after, PIECE)
      const last = numbers.at(-1)
      if (last === undefined) break
      await applyPiece(deps, id, numbers)
      after = last
      done += numbers.length
      await progress(done)
    }
    await deps.db.begin(async (tx) => {
      const now = deps.clock.now()
      const known = await lockRun(tx, id)
      if (known === null) return
      await markOrdersApplied(tx, id, now)
      await setRun(tx, id, { state: orders === null ? 'applied' : 'ready', appliedBy: payload.by }, now)
    })
    return ok({ run: payload.run, messages: done })
  }
}

async function applyPiece(deps: LookBackDeps, run: bigint, numbers: readonly bigint[]): Promise<void> {
  const rows = await readDifferencesOfMessages(deps.db, run, numbers)
  const places = new Map(rows.map((row) => [row.message_number, row.received_at]))
  const messages = await readMessagesOf(
    deps.db,
    [...places].map(([number, receivedAt]) => ({ number, receivedAt })),
  )
  const differences = Map.groupBy(rows, (row) => row.message_number)
  // Messages that came since the run may prove what it would take back.
  const provers = await proversOf(
    deps,
    rows.flatMap(({ subject, what, before_id, message_number }) =>
      what === 'rekinded' || before_id === null ? [] : [{ subject, id: before_id, number: message_number }],
    ),
  )
  const isProven = (row: DifferenceRow): boolean =>
    [...(provers.get(factKey(row.subject, row.before_id ?? '')) ?? [])].some((n) => n !== row.message_number)
  const { find, rulesFor } = deps.interpret
  const reads = await mapInTurns(messages, (row) => {
    const task = rowToTask(row, { replay: true, attempts: 0 })
    const read = readTask(task, find, rulesFor)
    return {
      number: task.number,
      contribution: read.ok
        ? withTakenBack(read.value.contribution, differences.get(task.number) ?? [], isProven)
        : null,
    }
  })
  const fit = reads.flatMap(({ number, contribution }) =>
    contribution === null ? [] : [{ number, contribution }],
  )
  await rereadContributions(deps.interpret, fit, async (tx) => {
    const now = deps.clock.now()
    await markApplied(
      tx,
      run,
      { numbers: fit.map((one) => one.number), stale: numbers.length - fit.length },
      now,
    )
    const parked = await readParked(
      tx,
      fit.map((one) => one.number),
    )
    if (parked.length > 0)
      await requeueRecorded(tx, {
        ids: parked.map((number) => idOfMessage(number, places.get(number) ?? now)),
      })
  })
}

/** Null where the message reads otherwise than when it was compared: somebody published a mapping or a reader since. */
function withTakenBack(
  contribution: Contribution,
  rows: readonly DifferenceRow[],
  isProven: (row: DifferenceRow) => boolean,
): Contribution | null {
  const fresh = new Map(
    contribution.facts.map((fact) => [factKey(subjectKey(fact.subject), fact.id), fact.kind]),
  )
  const isStale = rows.some(
    (row) => row.after_id !== null && fresh.get(factKey(row.subject, row.after_id)) !== row.after_kind,
  )
  if (isStale) return null
  const back = rows.flatMap((row): { subject: Subject; id: string }[] =>
    row.what === 'rekinded' ||
    row.before_id === null ||
    fresh.has(factKey(row.subject, row.before_id)) ||
    isProven(row)
      ? []
      : [{ subject: parseSubject(row.subject), id: row.before_id }],
  )
  return { ...contribution, silenced: [...contribution.silenced, ...back] }
}
