import { ok, type Result, refuse } from '#kernel/result.ts'
import { JobCancelled, type JobHandler, type Progress } from '#platform/jobs/runner.ts'
import type { Tally } from './core/tally.ts'
import type { ImportDeps } from './deps.ts'
import { sendOrders } from './send-orders.ts'
import { runGone, stageFile } from './stage-rows.ts'
import { endRun, type Run, readFile, readRun, resetRun } from './store.ts'

export const IMPORT_JOB = 'file_import'
export const DRY_RUN_JOB = 'file_dry_run'

/**
 * Carries out one import or dry run from its own marks, so that it may be stopped or killed anywhere and run again. A file
 * that cannot be read at all fails the job; single rows that cannot never do.
 */
export function importHandler(deps: ImportDeps): JobHandler {
  return async (job, progress) => {
    const id = BigInt(String(job.payload.run ?? '0'))
    try {
      return await carryOut(deps, id, progress)
    } catch (error) {
      if (error instanceof JobCancelled) await deps.db.begin((tx) => resetRun(tx, id))
      throw error
    }
  }
}

async function carryOut(deps: ImportDeps, id: bigint, progress: Progress): Promise<Result<unknown>> {
  const run = await readRun(deps.db, id)
  if (run === null) throw runGone(id)
  if (run.ended_at !== null) return ok(run.result)
  if (!run.dry_run && deps.connectionOf(run.connection_id ?? '') === null)
    return await refusedRun(
      deps,
      run,
      refuse('imports.connection_gone', 'the file connection was removed meanwhile'),
    )
  await progress(0)
  if (!run.staged) {
    const staged = await stageFile(deps, run, progress)
    if (!staged.ok) return await refusedRun(deps, run, staged)
  }
  const file = await readFile(deps.db, run.file_id)
  const ready = (await readRun(deps.db, id)) ?? run
  const tally = await sendOrders(deps, ready, file?.uploaded_at ?? deps.clock.now(), progress)
  await progress(tally.rows, tally.rows)
  const result = resultOf(run, tally)
  await deps.db.begin((tx) => endRun(tx, run.id, result, deps.clock.now()))
  return ok(result)
}

async function refusedRun(deps: ImportDeps, run: Run, refused: Result<unknown>): Promise<Result<unknown>> {
  await deps.db.begin((tx) => resetRun(tx, run.id))
  return refused
}

function resultOf(run: Run, tally: Tally) {
  const { statusUnknown, sample, ...figures } = tally
  return {
    dryRun: run.dry_run,
    ...figures,
    statusUnknown: Object.entries(statusUnknown)
      .map(([code, orders]) => ({ code, orders }))
      .sort((a, b) => b.orders - a.orders),
    sample,
  }
}

export function importJobs(deps: ImportDeps): Readonly<Record<string, JobHandler>> {
  const handler = importHandler(deps)
  return { [IMPORT_JOB]: handler, [DRY_RUN_JOB]: handler }
}
