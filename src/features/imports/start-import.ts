import type { FileTemplate } from '#domain/file-order.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { queueJob } from '#platform/jobs/store.ts'
import { parseTemplate, placeColumns, type TypedTemplate } from './core/template.ts'
import type { ImportDeps } from './deps.ts'
import { openTable } from './files/table.ts'
import { DRY_RUN_JOB, IMPORT_JOB } from './run-import.ts'
import { forgetOldRuns, insertRun, linkJob, openRuns, readFile } from './store.ts'

const OPEN_RUNS_MOST = 20
const RUNS_KEPT = 200

export type Asked = {
  readonly fileId: string
  /** Null only in a dry run for a shop that is not there yet. */
  readonly connectionId: string | null
  readonly template: TypedTemplate
}
export type Started = {
  readonly jobId: string
  /** Statuses that became rules of the connection's mapping, and those it goes on reading in its own way. */
  readonly statuses: { readonly added: readonly string[]; readonly kept: readonly string[] }
}

/**
 * Checks file, connection, template and columns, and queues the work. An import first publishes the template's status map as
 * rules of the connection. Refused: those of `parseTemplate` and `placeColumns`, `imports.file_gone`,
 * `imports.connection_not_found`, `imports.too_many_open_conflict`, and those of publishing.
 */
export async function startImport(
  deps: ImportDeps,
  asked: Asked,
  dryRun: boolean,
  actor: Actor,
): Promise<Result<Started>> {
  const template = parseTemplate(asked.template)
  if (!template.ok) return template
  const connection = checkConnection(deps, asked.connectionId, dryRun)
  if (!connection.ok) return connection
  const fits = await checkFile(deps, asked.fileId, template.value)
  if (!fits.ok) return fits
  if ((await openRuns(deps.db)) >= OPEN_RUNS_MOST)
    return refuse('imports.too_many_open_conflict', `${OPEN_RUNS_MOST} imports are waiting already`)
  const statuses =
    dryRun || asked.connectionId === null
      ? ok({ added: [], kept: [] })
      : await deps.publishStatuses(asked.connectionId, template.value, actor)
  if (!statuses.ok) return statuses
  const jobId = await queue(deps, { ...asked, template: template.value, dryRun }, actor.name)
  deps.onQueued()
  return ok({ jobId: String(jobId), statuses: statuses.value })
}

function checkConnection(deps: ImportDeps, id: string | null, dryRun: boolean): Result<null> {
  if (id === null)
    return dryRun
      ? ok(null)
      : refuse('imports.connection_needed', 'say which file connection the orders belong to')
  const found = deps.connectionOf(id)
  if (found === null)
    return refuse('imports.connection_not_found', `"${id.slice(0, 60)}" is not a file connection`)
  return found.paused && !dryRun
    ? refuse('imports.connection_paused', `the connection "${found.name}" is paused`)
    : ok(null)
}

async function checkFile(deps: ImportDeps, id: string, template: FileTemplate): Promise<Result<null>> {
  const file = await readFile(deps.db, id)
  if (file === null) return refuse('imports.file_not_found', 'there is no such uploaded file')
  if (!file.stored) return refuse('imports.file_gone', 'the file is no longer kept here; upload it again')
  const opened = await openTable({ ...file, path: deps.files.pathOf(file.id) }, template)
  if (!opened.ok) return opened
  const places = placeColumns(opened.value.header, template)
  return places.ok ? ok(null) : places
}

async function queue(
  deps: ImportDeps,
  run: { fileId: string; connectionId: string | null; template: FileTemplate; dryRun: boolean },
  by: string,
): Promise<bigint> {
  const now = deps.clock.now()
  return await deps.db.begin(async (tx) => {
    const row = {
      dry_run: run.dryRun,
      file_id: run.fileId,
      connection_id: run.connectionId,
      template: run.template,
      by,
    }
    const id = await insertRun(tx, row, now)
    const kind = run.dryRun ? DRY_RUN_JOB : IMPORT_JOB
    const job = await queueJob(tx, { kind, payload: { run: String(id) }, createdBy: by }, now)
    await linkJob(tx, id, job)
    await forgetOldRuns(tx, RUNS_KEPT)
    return job
  })
}
