import { recordAudit } from '#features/identity/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { cancelJob, queueJob } from '#platform/jobs/store.ts'
import type { By } from '../deps.ts'
import { insertEvent, readSet, readVersion } from '../store.ts'
import type { DryRunDeps } from './deps.ts'
import {
  acceptRun,
  dropOldRows,
  giveVersionItsRun,
  insertRun,
  lockRun,
  type RunRow,
  setJob,
  stateOf,
} from './store.ts'

export const DRY_RUN_JOB = 'rules.dry_run'
export const DAYS_MOST = 90
const ROWS_KEPT_DAYS = 30

export type DryRunAsk = { readonly days: number; readonly againstVersionId: bigint | null }

/**
 * Queues a dry run of the version over the orders of the last `days` days, beside the version it is compared with: the one named, else
 * the live one. Refuses `rulebook.version_not_found`, `rulebook.other_set` (they are of two sets), `rulebook.cannot_dry_run`.
 */
export async function startDryRun(
  deps: DryRunDeps,
  by: By,
  versionId: bigint,
  ask: DryRunAsk,
): Promise<Result<bigint>> {
  const { db, clock } = deps
  const version = await readVersion(db, versionId)
  if (version === null) return refuse('rulebook.version_not_found', 'there is no such version')
  const set = await readSet(db, version.set_id)
  if (set === null) return refuse('rulebook.set_not_found', 'there is no such rule set')
  if (deps.orders === null && deps.previews[set.kind] === undefined)
    return refuse('rulebook.cannot_dry_run', 'this hub reads no orders for rules of this kind')
  const againstId = ask.againstVersionId ?? set.live_version
  const against = againstId === null ? null : await readVersion(db, againstId)
  if (againstId !== null && against === null)
    return refuse('rulebook.version_not_found', 'there is no such version to compare with')
  if (against !== null && against.set_id !== version.set_id)
    return refuse('rulebook.other_set', 'only versions of one rule set are compared')
  const now = clock.now()
  const id = await db.begin(async (tx) => {
    await dropOldRows(tx, now.subtract({ hours: 24 * ROWS_KEPT_DAYS }))
    const runId = await insertRun(tx, {
      setId: set.id,
      versionId,
      hash: version.hash,
      against: against === null ? null : { id: against.id, number: against.number },
      from: now.subtract({ hours: 24 * ask.days }),
      to: now,
      jobId: 0n,
      by: by.name,
    })
    const payload = { runId: runId.toString() }
    await setJob(tx, runId, await queueJob(tx, { kind: DRY_RUN_JOB, payload, createdBy: by.name }, now))
    return runId
  })
  deps.onJobQueued()
  return ok(id)
}

/** A person accepts what changes. Refuses `rulebook.dry_run_not_found`, `rulebook.dry_run_open_conflict`, `rulebook.dry_run_stale_conflict`. */
export async function passDryRun(
  deps: DryRunDeps,
  by: By,
  id: bigint,
  because: string,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const run = await lockRun(tx, id)
    if (run === null) return runGone()
    if (stateOf(run) !== 'done')
      return refuse('rulebook.dry_run_open_conflict', 'only a dry run that came to its end can be accepted')
    if (run.passed === true) return ok(null)
    if (!(await giveVersionItsRun(tx, run)))
      return refuse(
        'rulebook.dry_run_stale_conflict',
        'the version was changed or published since; try again with what it is now',
      )
    await acceptRun(tx, id, by.name, because.trim())
    const at = deps.clock.now()
    const words = { zh: `接受试跑结果：${because.trim()}`, en: `accepted the dry run: ${because.trim()}` }
    await insertEvent(tx, { ...eventOf(run), at, what: 'dry_run_accepted', actor: by.name, ...words })
    await recordAudit(
      { sql: tx, clock: deps.clock },
      {
        actor: by,
        action: 'rulebook.dry_run_accepted',
        subject: `rule_set ${run.set_id}`,
        detail: { run: id.toString(), version: run.number, because: because.trim() },
      },
    )
    return ok(null)
  })
}

/** Refuses `rulebook.dry_run_not_found`, `rulebook.dry_run_over_conflict`. */
export async function stopDryRun(deps: DryRunDeps, id: bigint): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const run = await lockRun(tx, id)
    if (run === null) return runGone()
    const stopped = run.ended_at === null && (await cancelJob(tx, run.job_id, deps.clock.now()))
    return stopped
      ? ok(null)
      : refuse('rulebook.dry_run_over_conflict', 'the dry run is not under way any more')
  })
}

export function eventOf(run: RunRow) {
  return {
    setId: run.set_id,
    versionId: run.version_id,
    detail: { run: run.id.toString(), changed: run.changed.toString(), done: run.done.toString() },
  }
}

export function runGone() {
  return refuse('rulebook.dry_run_not_found', 'there is no such dry run')
}
