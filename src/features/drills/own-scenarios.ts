import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DrillScenario } from '#domain/drill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { isScenarioId } from './core/command.ts'
import { type DrillDeps, SCENARIO_BYTES, SCENARIOS_MOST } from './deps.ts'

/** Reads a scenario without keeping it. Refused: `drills.scenario_too_large`, `drills.scenario_id`, `drills.scenario_invalid`. */
export async function checkOwnScenario(deps: DrillDeps, text: string): Promise<Result<DrillScenario>> {
  if (Buffer.byteLength(text) > SCENARIO_BYTES)
    return refuse('drills.scenario_too_large', `a scenario has at most ${SCENARIO_BYTES / 1_024} KiB`)
  const read = await deps.stage.checkScenario(text)
  if (read.ok && !isScenarioId(read.value.id))
    return refuse('drills.scenario_id', 'an id has 2 to 60 characters of a-z, 0-9, - and _')
  return read
}

/**
 * Keeps a scenario of one's own. Refused as by `checkOwnScenario`, and `drills.scenario_exists` (another has that id, unless it is one's
 * own and `replace`), `drills.scenarios_full`. Throws `Outage` `drills.disk_refused`.
 */
export async function saveOwnScenario(
  deps: DrillDeps,
  ask: { readonly text: string; readonly replace: boolean },
  by: Actor,
): Promise<Result<DrillScenario>> {
  const read = await checkOwnScenario(deps, ask.text)
  if (!read.ok) return read
  const { id } = read.value
  const own = await ownIds(deps)
  const isOwn = own.includes(id)
  const other = (await deps.stage.scenarios()).find((one) => one.id === id && one.source === 'built_in')
  if (other !== undefined || (isOwn && !ask.replace))
    return refuse('drills.scenario_exists', `there is a scenario "${id}" already`, {
      replaceable: other === undefined,
    })
  if (!isOwn && own.length >= SCENARIOS_MOST)
    return refuse('drills.scenarios_full', `there are ${own.length} scenarios; delete one first`)
  await deps.audit(deps.db, {
    actor: by,
    action: 'drills.scenario_saved',
    subject: `scenario ${id}`,
    detail: { replaced: isOwn, bytes: Buffer.byteLength(ask.text) },
  })
  await write(deps.scenarioDir(), id, ask.text)
  return read
}

/** The YAML of one's own scenario. Refused: `drills.scenario_not_found`. */
export async function readOwnScenario(deps: DrillDeps, id: string): Promise<Result<string>> {
  if (!isScenarioId(id)) return NOT_FOUND
  const text = await readFile(pathOf(deps, id), 'utf8').catch(missing)
  return text === null ? NOT_FOUND : ok(text)
}

/** Refused: `drills.scenario_not_found`. */
export async function deleteOwnScenario(deps: DrillDeps, id: string, by: Actor): Promise<Result<null>> {
  if (!(await ownIds(deps)).includes(id)) return NOT_FOUND
  await deps.audit(deps.db, { actor: by, action: 'drills.scenario_deleted', subject: `scenario ${id}` })
  await rm(pathOf(deps, id), { force: true })
  return ok(null)
}

const NOT_FOUND = refuse('drills.scenario_not_found', 'there is no such scenario of your own')

function pathOf(deps: DrillDeps, id: string): string {
  return join(deps.scenarioDir(), `${id}.yaml`)
}

async function ownIds(deps: DrillDeps): Promise<string[]> {
  const names = (await readdir(deps.scenarioDir()).catch(missing)) ?? []
  return names.flatMap((name) => {
    const id = name.endsWith('.yaml') ? name.slice(0, -5) : ''
    return isScenarioId(id) ? [id] : []
  })
}

/** Whole or not at all: flushed before it has its name. */
async function write(dir: string, id: string, text: string): Promise<void> {
  const draft = join(dir, `.${id}-${randomUUID()}`)
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(dir, `${id}.yaml`))
  } catch (error) {
    throw new Outage('drills.disk_refused', 'the scenario cannot be written to the data folder', {
      cause: error,
    })
  } finally {
    await rm(draft, { force: true })
  }
}

function missing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
