import { isLaneName } from '#domain/lane.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { badName, changedConfig, configOfRow, type LaneChange } from './core/lane-rules.ts'
import type { LaneDirectory } from './directory.ts'
import { chooseLane, lockLane, readLane, removeLane, saveLane } from './store.ts'

export type LaneDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly lanes: LaneDirectory
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}
type By = AuditEvent['actor'] & { readonly name: string }

/** Decides how a lane runs; every process follows within a moment. Refused with the codes of `changedConfig`. */
export async function changeLane(
  deps: LaneDeps,
  by: By,
  name: string,
  change: LaneChange,
): Promise<Result<null>> {
  const changed = await deps.db.begin(async (tx): Promise<Result<null>> => {
    await lockLane(tx, name)
    const before = configOfRow(await readLane(tx, name)) ?? deps.lanes.configOf(name)
    const after = changedConfig(name, before, change)
    if (!after.ok) return after
    await saveLane(tx, name, after.value, by.name, deps.clock.now())
    await deps.audit(tx, {
      actor: by,
      action: 'lanes.changed',
      subject: name,
      detail: { before, after: after.value },
    })
    return ok(null)
  })
  if (changed.ok) await deps.lanes.refresh()
  return changed
}

/** Back to the standard of its connections' kinds. Refused: `lanes.not_found` (nothing was decided about it). */
export async function resetLane(deps: LaneDeps, by: By, name: string): Promise<Result<null>> {
  const reset = await deps.db.begin(async (tx): Promise<Result<null>> => {
    if (!(await removeLane(tx, name)))
      return refuse(
        'lanes.not_found',
        `nothing was decided about a lane "${name.slice(0, 60)}"; it runs as its kind does`,
      )
    await deps.audit(tx, { actor: by, action: 'lanes.reset', subject: name, detail: {} })
    return ok(null)
  })
  if (reset.ok) await deps.lanes.refresh()
  return reset
}

/**
 * Puts a connection's messages into another lane from now on; what waits already stays where it is. Null: its own. Refused:
 * `lanes.bad_name`, `lanes.not_found` (no such lane; configure it first), `lanes.connection_not_found`.
 */
export async function moveConnection(
  deps: LaneDeps,
  by: By,
  connection: string,
  lane: string | null,
): Promise<Result<null>> {
  if (lane !== null && !isLaneName(lane)) return badName(lane)
  await deps.lanes.refresh()
  if (lane !== null && !deps.lanes.has(lane))
    return refuse('lanes.not_found', `there is no lane "${lane}"; configure it first`)
  const moved = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const known = await chooseLane(tx, connection, lane === connection ? null : lane)
    if (!known)
      return refuse('lanes.connection_not_found', `there is no connection "${connection.slice(0, 60)}"`)
    await deps.audit(tx, { actor: by, action: 'lanes.moved', subject: connection, detail: { lane } })
    return ok(null)
  })
  if (moved.ok) await deps.lanes.refresh()
  return moved
}
