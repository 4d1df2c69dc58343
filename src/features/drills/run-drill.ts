import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillRun, DrillScenario } from '#domain/drill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Actor, holdsScope } from '#platform/http/scopes.ts'
import { type DrillCommand, mayCommand, mayStart } from './core/command.ts'
import { type DrillDeps, SILENT_SECONDS } from './deps.ts'
import {
  addAnswer,
  type DrillAsk,
  type DrillRow,
  dropAsk,
  failDrills,
  insertAsk,
  insertDrill,
  lockStarts,
  readDrill,
  readOpenDrills,
  saveLook,
  takeAnswer,
} from './store.ts'

/** `right` only after an answer. */
export type Commanded = { readonly right: boolean | null }

/**
 * Begins a drill; the sandbox is built meanwhile. Refused: `drills.scenario_not_found`, those of `mayStart`, and what the
 * stage refuses.
 */
export async function startDrill(
  deps: DrillDeps,
  ask: { readonly scenarioId: string; readonly speed: number },
  by: Actor,
): Promise<Result<DrillRow>> {
  const scenario = await scenarioOf(deps, ask.scenarioId)
  if (scenario === null) return refuse('drills.scenario_not_found', 'there is no such scenario')
  const begun = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    await lockStarts(tx)
    await failLost(deps, tx)
    const open = (await readOpenDrills(tx)).map((row) => ({ kind: row.actor_kind, id: row.actor_id }))
    const may = mayStart(open, by, deps.atOnce())
    if (!may.ok) return may
    const now = deps.clock.now()
    const id = await insertDrill(tx, { scenario, actor: by, speed: ask.speed, process: deps.process }, now)
    await deps.audit(tx, {
      actor: by,
      action: 'drills.started',
      subject: `drill ${id}`,
      detail: { scenario: scenario.id, speed: ask.speed },
    })
    return ok(id)
  })
  if (!begun.ok) return begun
  const id = begun.value
  try {
    const started = await deps.stage.start({ runId: id.toString(), ...ask })
    if (!started.ok) {
      await failDrills(deps.db, [id], started.refusal.detail, deps.clock.now())
      return started
    }
    await saveLook(deps.db, id, started.value, deps.clock.now())
  } catch (error) {
    await failDrills(deps.db, [id], wordsOf(error), deps.clock.now())
    throw error
  }
  return await drillAsItStands(deps, id)
}

async function scenarioOf(deps: DrillDeps, id: string): Promise<DrillScenario | null> {
  return (await deps.stage.scenarios()).find((one) => one.id === id) ?? null
}

/** Seen anew where this process holds the sandbox, else as its own process saw it last. Refused: `drills.not_found`. */
export async function drillAsItStands(deps: DrillDeps, id: bigint): Promise<Result<DrillRow>> {
  const row = await readDrill(deps.db, id)
  if (row === null) return refuse('drills.not_found', 'there is no such drill')
  if (!isOpen(row)) return ok(row)
  if (row.process === deps.process) await lookAt(deps, row)
  else await failLost(deps, deps.db)
  return ok((await readDrill(deps.db, id)) ?? row)
}

/** Asks the stage how a drill of this process goes and keeps it; one that the stage does not know has failed. */
export async function lookAt(deps: DrillDeps, row: DrillRow): Promise<void> {
  const seen = await deps.stage.look(row.id.toString())
  const now = deps.clock.now()
  if (seen.ok) await saveLook(deps.db, row.id, seen.value, now)
  // Between the row and the sandbox there is a moment.
  else if (row.state === 'running') await failDrills(deps.db, [row.id], seen.refusal.detail, now)
}

/**
 * Opens a hint, answers, sets the speed or ends; where another process holds the sandbox, by it. Refused: `drills.not_found`, those of
 * `mayCommand`, what the stage refuses. Throws `Outage` `drills.no_answer` where that process does not answer.
 */
export async function commandDrill(
  deps: DrillDeps,
  id: bigint,
  command: DrillCommand,
  by: Actor,
): Promise<Result<Commanded>> {
  const row = await readDrill(deps.db, id)
  if (row === null) return refuse('drills.not_found', 'there is no such drill')
  const person = { kind: row.actor_kind, id: row.actor_id }
  const asker = { kind: by.kind, id: by.id, isAdmin: holdsScope(by, 'admin') }
  const may = mayCommand({ person, state: row.state }, asker, command)
  if (!may.ok) return may
  if (row.process === deps.process) return await performCommand(deps, row, command, by)
  return await askOther(deps, row, command, by)
}

/** By the process that holds the sandbox. */
export async function performCommand(
  deps: DrillDeps,
  row: DrillRow,
  command: DrillCommand,
  by: DrillAsk['actor'],
): Promise<Result<Commanded>> {
  const done = await onStage(deps, row.id.toString(), command)
  if (!done.ok) return done
  const { run, right } = done.value
  await deps.db.begin(async (tx) => {
    if (command.what === 'answer')
      await addAnswer(tx, row.id, { cause: command.cause, right: right === true })
    await saveLook(tx, row.id, run, deps.clock.now())
    const { what, ...detail } = command
    await deps.audit(tx, {
      actor: by,
      action: ACTION[what],
      subject: `drill ${row.id}`,
      detail: { scenario: row.scenario_id, ...detail },
    })
  })
  return ok({ right })
}

const ACTION: Readonly<Record<DrillCommand['what'], string>> = {
  hint: 'drills.hint_opened',
  answer: 'drills.answered',
  act: 'drills.acted',
  speed: 'drills.speed_set',
  end: 'drills.ended',
}

async function onStage(
  { stage }: DrillDeps,
  id: string,
  command: DrillCommand,
): Promise<Result<{ readonly run: DrillRun; readonly right: boolean | null }>> {
  switch (command.what) {
    case 'answer':
      return await stage.answer(id, command.cause)
    case 'hint':
      return alone(await stage.openHint(id))
    case 'act':
      return alone(await stage.act(id, command.action))
    case 'speed':
      return alone(await stage.setSpeed(id, command.speed))
    case 'end':
      return alone(await stage.end(id))
  }
}

function alone(done: Result<DrillRun>): Result<{ readonly run: DrillRun; readonly right: null }> {
  return done.ok ? ok({ run: done.value, right: null }) : done
}

const ASK_WITHIN_MS = 10_000
const ASK_EVERY_MS = 200

async function askOther(
  deps: DrillDeps,
  row: DrillRow,
  command: DrillCommand,
  { kind, id, name }: Actor,
): Promise<Result<Commanded>> {
  const ask = await insertAsk(
    deps.db,
    { run_id: row.id, command, actor: { kind, id, name } },
    deps.clock.now(),
  )
  for (let waited = 0; waited < ASK_WITHIN_MS; waited += ASK_EVERY_MS) {
    const answer = await takeAnswer(deps.db, ask)
    if (answer !== null) return answer as Result<Commanded>
    await sleep(ASK_EVERY_MS)
  }
  await dropAsk(deps.db, ask)
  throw new Outage('drills.no_answer', `the hub process that runs drill ${row.id} does not answer`)
}

/** How long a question of another process is worth an answer. */
export const ASK_SECONDS = ASK_WITHIN_MS / 1_000

/** Drills whose process died have failed: nobody ends them any more. */
export async function failLost(
  deps: Pick<DrillDeps, 'clock' | 'process' | 'isGone'>,
  sql: DrillDeps['db'] | Parameters<typeof readOpenDrills>[0],
): Promise<void> {
  const now = deps.clock.now()
  const silent = now.subtract({ seconds: SILENT_SECONDS })
  const lost = (await readOpenDrills(sql)).filter(
    (row) =>
      row.process !== deps.process &&
      (deps.isGone(row.process) || Temporal.Instant.compare(row.seen_at, silent) < 0),
  )
  await failDrills(
    sql,
    lost.map((row) => row.id),
    'the hub process that ran it ended',
    now,
  )
}

export function isOpen(row: Pick<DrillRow, 'state'>): boolean {
  return row.state === 'starting' || row.state === 'running'
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
