import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { cancelJob, queueJob, resumeJob } from '#platform/jobs/store.ts'
import { APPLY_JOB, type ApplyPayload } from './apply-job.ts'
import { DAYS, DAYS_AT_MOST, type LookBackDeps } from './deps.ts'
import { readEffects } from './found/store.ts'
import { LOOK_BACK_JOB, type LookBackPayload } from './look-back-job.ts'
import { insertRun, lockRun, type RunRow, readRun, runUnderWay, setRun } from './store.ts'

export type LookBackAsk = {
  readonly connections: readonly string[]
  readonly reason: string
  /** Null: seven days before `to`. */
  readonly from: Instant | null
  /** Null: now. */
  readonly to: Instant | null
}

/**
 * Queues a look back. Refused: `look_back.connection_not_found`, `look_back.bad_span` (ends before it begins, or more than 90 days),
 * `look_back.running_conflict` (one at a time).
 */
export async function startLookBack(
  deps: LookBackDeps,
  ask: LookBackAsk,
  by: Actor,
): Promise<Result<RunRow>> {
  const connections = [...new Set(ask.connections)].sort()
  const gone = connections.find((id) => deps.interpret.find(id) === null)
  if (gone !== undefined)
    return refuse('look_back.connection_not_found', `there is no connection "${gone.slice(0, 60)}"`)
  const now = deps.clock.now()
  const to = ask.to ?? now
  const from = ask.from ?? to.subtract({ hours: DAYS * 24 })
  const days = (to.epochMilliseconds - from.epochMilliseconds) / 86_400_000
  if (days <= 0) return refuse('look_back.bad_span', 'the span ends before it begins')
  if (days > DAYS_AT_MOST) return refuse('look_back.bad_span', `a span has at most ${DAYS_AT_MOST} days`)
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const busy = await runUnderWay(tx)
    if (busy !== null)
      return refuse('look_back.running_conflict', `look back ${busy} is under way; wait for it or cancel it`)
    const id = await insertRun(tx, { connections, reason: ask.reason, from, to, by: by.name }, now)
    const payload: LookBackPayload = { run: id.toString() }
    const jobId = await queueJob(tx, { kind: LOOK_BACK_JOB, payload, createdBy: by.name }, now)
    await setRun(tx, id, { state: 'reading', jobId }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'look_back.started',
      subject: `look back ${id}`,
      detail: { connections, from: from.toString(), to: to.toString(), reason: ask.reason },
    })
    return ok(id)
  })
  if (!done.ok) return done
  deps.onJobQueued()
  return await found(deps, done.value)
}

/** Stops a run; what was applied stays applied. Refused: `look_back.not_found`, `look_back.ended_conflict`. */
export async function cancelLookBack(deps: LookBackDeps, id: bigint, by: Actor): Promise<Result<RunRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const run = await lockRun(tx, id)
    if (run === null) return refuse('look_back.not_found', 'there is no such look back')
    if (run.state === 'applied' || run.state === 'cancelled')
      return refuse('look_back.ended_conflict', `it is ${run.state} already`)
    const now = deps.clock.now()
    if (run.job_id !== null) await cancelJob(tx, run.job_id, now)
    await setRun(tx, id, { state: 'cancelled' }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'look_back.cancelled',
      subject: `look back ${id}`,
      detail: { state: run.state },
    })
    return ok(id)
  })
  return done.ok ? await found(deps, done.value) : done
}

/**
 * Lets a run whose job failed for good go on from its mark, once the cause is mended. Refused: `look_back.not_found`,
 * `look_back.not_failed_conflict`, `look_back.running_conflict`.
 */
export async function resumeLookBack(deps: LookBackDeps, id: bigint, by: Actor): Promise<Result<RunRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const busy = await runUnderWay(tx, id)
    const run = await lockRun(tx, id)
    if (run === null) return refuse('look_back.not_found', 'there is no such look back')
    if (run.state !== 'failed') return refuse('look_back.not_failed_conflict', `it is ${run.state}`)
    if (busy !== null) return refuse('look_back.running_conflict', `look back ${busy} is under way`)
    if (run.job_id !== null) await resumeJob(tx, run.job_id, deps.clock.now())
    await deps.audit(tx, {
      actor: by,
      action: 'look_back.resumed',
      subject: `look back ${id}`,
      detail: { error: run.error },
    })
    return ok(id)
  })
  if (!done.ok) return done
  deps.onJobQueued()
  return await found(deps, done.value)
}

export type ApplyAsk = {
  /** Null: everything that was found. */
  readonly orders: readonly bigint[] | null
  /** What would newly happen, as the person was shown it; other figures by now are refused. */
  readonly accepted: { readonly reports: number; readonly reships: number }
}

/**
 * Queues the application. Refused: `look_back.not_found`, `look_back.not_ready_conflict`, `look_back.running_conflict`, and
 * `look_back.effects_unconfirmed` where it would newly do something that was not accepted (the figures are in the answer).
 */
export async function applyLookBack(
  deps: LookBackDeps,
  id: bigint,
  ask: ApplyAsk,
  by: Actor,
): Promise<Result<RunRow>> {
  const done = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const busy = await runUnderWay(tx)
    const run = await lockRun(tx, id)
    if (run === null) return refuse('look_back.not_found', 'there is no such look back')
    if (run.state !== 'ready') return refuse('look_back.not_ready_conflict', `it is ${run.state}`)
    if (busy !== null) return refuse('look_back.running_conflict', `look back ${busy} is under way`)
    const effects = await readEffects(tx, id, ask.orders)
    if (effects.reports !== ask.accepted.reports || effects.reships !== ask.accepted.reships)
      return refuse(
        'look_back.effects_unconfirmed',
        `${effects.reports} shipments would be reported and ${effects.reships} re-ships become possible; accept exactly that`,
        effects,
      )
    const now = deps.clock.now()
    const payload: ApplyPayload = {
      run: id.toString(),
      orders: ask.orders === null ? null : ask.orders.map(String),
      by: by.name,
    }
    const jobId = await queueJob(tx, { kind: APPLY_JOB, payload, createdBy: by.name }, now)
    await setRun(tx, id, { state: 'applying', jobId, appliedBy: by.name }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'look_back.applied',
      subject: `look back ${id}`,
      detail: { orders: ask.orders === null ? 'all' : ask.orders.map(String), effects },
    })
    return ok(id)
  })
  if (!done.ok) return done
  deps.onJobQueued()
  return await found(deps, done.value)
}

async function found(deps: LookBackDeps, id: bigint): Promise<Result<RunRow>> {
  const run = await readRun(deps.db, id)
  return run === null ? refuse('look_back.not_found', 'there is no such look back') : ok(run)
}
