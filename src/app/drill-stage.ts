import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DrillRun, DrillScenario, DrillStage } from '#domain/drill.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import type { Log } from '#platform/log.ts'
import { checkScenario, type DrillText, offeredScenario, SPEED_MOST } from './drill-scenario.ts'

// Drills run in a process of their own: a whole hub with a database, a clock and a world that are all its own. This side starts that
// process, speaks with it and remembers what it said last; it knows nothing of the simulated world but where its program lies.

export type DrillStageDeps = {
  readonly dataDir: string
  readonly log: Log
  /** Now in milliseconds; where the sandbox's clock begins. */
  readonly nowMs: () => number
  /** Own scenarios, where they do not lie in the data folder. */
  readonly ownDir?: string
}
export type DrillEngine = DrillStage & {
  /** A scenario from any file, as `holdfast drill start my.yaml` has it. */
  readonly startFile: (ask: { runId: string; path: string; speed: number }) => Promise<Result<DrillRun>>
  /** The scripted participant carries out the scenario's remedy. */
  readonly auto: (runId: string) => Promise<Result<DrillRun>>
  /** Nobody does anything: it ends by itself once it is as bad as its incident was and every alarm that it trains has rung. */
  readonly leave: (runId: string) => Promise<Result<DrillRun>>
  /** Where own scenarios lie; a file's name is its id and `.yaml`. */
  readonly ownDir: string
}

const SANDBOXES_MOST = 2
/** A sandbox makes a database and migrates it; on a slow machine that takes its time. */
const READY_WITHIN_MS = 120_000
const ANSWER_WITHIN_MS = 15_000
const END_WITHIN_MS = 20_000
/** Runs that are over are remembered for whoever asks for their debrief. */
const REMEMBERED = 50
const PID_FILE = 'pid'
const SHIPPED = fileURLToPath(new URL('../../sim/drills/scenarios/', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../../sim/drills/main.ts', import.meta.url))
const CLOCK = new URL('../../sim/drills/fast-clock.ts', import.meta.url)

type Run = {
  last: DrillRun
  readonly child: ChildProcess
  readonly waiting: Map<number, (result: Result<unknown>) => void>
  readonly over: Promise<void>
}
type Told = {
  readonly ready?: DrillRun
  readonly state?: DrillRun
  readonly failed?: Refusal
  readonly n?: number
  readonly result?: Result<unknown>
}

/**
 * The stage of this process. At most two sandboxes at a time (`drills.too_many_sandboxes`), each ends with this process, with its
 * scenario's time, or after two hours. One that breaks down is a run that `failed`, with the reason.
 */
export function openDrillStage(deps: DrillStageDeps): DrillEngine {
  const drillsDir = join(deps.dataDir, 'drills')
  const ownDir = deps.ownDir ?? join(drillsDir, 'scenarios')
  const runs = new Map<string, Run>()
  const asks = { n: 0 }
  removeLeft(drillsDir, deps.log)

  const start = async (
    { runId, speed }: { runId: string; speed: number },
    path: string,
    drill: DrillText,
  ): Promise<Result<DrillRun>> => {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(runId) || runs.has(runId))
      return refuse('drills.run_id_conflict', 'a run needs an id of its own')
    const most = Math.min(SPEED_MOST, drill.speed_most ?? SPEED_MOST)
    if (!Number.isFinite(speed) || speed < 1 || speed > most)
      return refuse('drills.bad_speed', `the speed of this drill is 1 to ${most}`)
    const lacking = drill.faults.find(
      ({ file }) => file !== undefined && !existsSync(join(dirname(path), file)),
    )
    if (lacking !== undefined)
      return refuse(
        'drills.recording_missing',
        `the recording ${lacking.file} does not lie beside its scenario; copy it to ${dirname(path)}`,
      )
    const going = [...runs.values()].filter((run) => isGoing(run.last)).length
    if (going >= SANDBOXES_MOST)
      return refuse('drills.too_many_sandboxes', `${going} sandboxes run already; end one first`)
    if (!existsSync(PROGRAM))
      return refuse('drills.no_world', 'this installation was shipped without the simulated world (sim/)')
    const dir = join(drillsDir, 'runs', runId)
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const run = launch(deps, { runId, scenarioId: drill.id, path, dir, speed })
    runs.set(runId, run)
    forgetOld(runs)
    return ok(run.last)
  }
  const ask = async (runId: string, what: string, given?: unknown): Promise<Result<unknown>> => {
    const run = runs.get(runId)
    if (run === undefined) return unknownRun(runId)
    if (run.last.state !== 'running') return refuse('drills.not_running', 'this drill does not run')
    asks.n += 1
    const { n } = asks
    const answered = Promise.withResolvers<Result<unknown>>()
    const timer = setTimeout(
      () => answered.resolve(refuse('drills.sandbox_failed', 'the sandbox does not answer')),
      ANSWER_WITHIN_MS,
    )
    run.waiting.set(n, answered.resolve)
    run.child.send({ n, do: what, with: given }, () => undefined)
    const result = await answered.promise
    clearTimeout(timer)
    run.waiting.delete(n)
    return result
  }
  const askRun = async (runId: string, what: string, given?: unknown): Promise<Result<DrillRun>> => {
    const result = (await ask(runId, what, given)) as Result<DrillRun>
    const run = runs.get(runId)
    if (result.ok && run !== undefined && isGoing(run.last)) run.last = result.value
    return result
  }

  return {
    ownDir,
    scenarios: async () => [
      ...readFolder(SHIPPED, 'built_in', deps.log),
      ...readFolder(ownDir, 'own', deps.log),
    ],
    start: async (given) => {
      const path = [SHIPPED, ownDir].map((dir) => join(dir, `${given.scenarioId}.yaml`)).find(existsSync)
      if (!/^[a-z][a-z0-9-]{1,59}$/.test(given.scenarioId) || path === undefined)
        return refuse('drills.unknown_scenario', `there is no scenario "${given.scenarioId.slice(0, 60)}"`)
      const read = readScenario(path)
      return read.ok ? await start(given, path, read.value) : read
    },
    startFile: async ({ path, ...given }) => {
      const read = readScenario(path)
      return read.ok ? await start(given, path, read.value) : read
    },
    look: async (runId) => {
      const run = runs.get(runId)
      return run === undefined ? unknownRun(runId) : ok(run.last)
    },
    openHint: async (runId) => await askRun(runId, 'hint'),
    answer: async (runId, causeId) =>
      (await ask(runId, 'answer', causeId)) as Result<{ right: boolean; run: DrillRun }>,
    act: async (runId, actionId) => await askRun(runId, 'act', actionId),
    setSpeed: async (runId, speed) => await askRun(runId, 'speed', speed),
    auto: async (runId) => await askRun(runId, 'auto'),
    leave: async (runId) => await askRun(runId, 'leave'),
    end: async (runId) => {
      const run = runs.get(runId)
      if (run === undefined) return unknownRun(runId)
      if (run.last.state === 'starting') run.child.kill('SIGTERM')
      else await askRun(runId, 'end')
      await within(run.over, END_WITHIN_MS)
      return ok(run.last)
    },
    close: async () => {
      const open = [...runs.values()].filter(
        (run) => run.child.exitCode === null && run.child.signalCode === null,
      )
      for (const { child } of open) if (child.connected) child.disconnect()
      await Promise.all(open.map((run) => within(run.over, END_WITHIN_MS)))
      for (const { child } of open) if (child.exitCode === null) child.kill('SIGKILL')
    },
  }
}

type Launch = {
  readonly runId: string
  readonly scenarioId: string
  readonly path: string
  readonly dir: string
  readonly speed: number
}

function launch(deps: DrillStageDeps, given: Launch): Run {
  const { runId, path, dir, speed } = given
  const clock = `${CLOCK.href}?at=${deps.nowMs()}`
  const words = ['--import', clock, PROGRAM, runId, path, dir, String(speed), dirname(path)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  writeFileSync(join(dir, PID_FILE), String(child.pid ?? 0))
  const said: string[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.push(text)
    if (said.length > 40) said.shift()
    deps.log.debug({ drill: runId }, text.trim())
  })
  const over = Promise.withResolvers<void>()
  const run: Run = { last: starting(given), child, waiting: new Map(), over: over.promise }
  const fail = (problem: string): void => {
    if (isGoing(run.last))
      run.last = {
        ...run.last,
        state: 'failed',
        url: null,
        signInUrl: null,
        problem: problem.slice(0, 2_000),
      }
  }
  const late = setTimeout(() => {
    if (run.last.state !== 'starting') return
    fail('drills.sandbox_failed: the sandbox was not ready in time')
    child.kill('SIGKILL')
  }, READY_WITHIN_MS)
  child.on('message', (told: Told) => {
    if (told.ready !== undefined) run.last = told.ready
    else if (told.state !== undefined && isGoing(run.last)) run.last = told.state
    else if (told.failed !== undefined) fail(`${told.failed.code}: ${told.failed.detail}`)
    else if (told.n !== undefined && told.result !== undefined) run.waiting.get(told.n)?.(told.result)
  })
  child.on('error', (error) => fail(`drills.sandbox_failed: ${error.message}`))
  child.on('exit', (code, signal) => {
    clearTimeout(late)
    const last = said.join('').trim().slice(-1_000)
    fail(`drills.sandbox_failed: the sandbox ended (${signal ?? code})${last === '' ? '' : `: ${last}`}`)
    for (const resolve of run.waiting.values())
      resolve(refuse('drills.sandbox_failed', 'the sandbox is gone'))
    rmSync(dir, { recursive: true, force: true })
    over.resolve()
  })
  return run
}

function starting({ runId, scenarioId, speed }: Launch): DrillRun {
  return {
    id: runId,
    scenarioId,
    state: 'starting',
    url: null,
    signInUrl: null,
    speed,
    virtualNow: null,
    faultAt: null,
    ordersHurt: 0,
    goals: [],
    hints: [],
    timeline: [],
    score: null,
    debrief: null,
    incident: null,
    problem: null,
  }
}

function isGoing({ state }: DrillRun): boolean {
  return state === 'starting' || state === 'running'
}

function unknownRun(runId: string): Result<never> {
  return refuse('drills.unknown_run', `there is no drill "${runId.slice(0, 64)}"`)
}

function readScenario(path: string): Result<DrillText> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return refuse('drills.unknown_scenario', `${path} cannot be read`)
  }
  const checked = checkScenario(text)
  if (checked.ok) return ok(checked.value)
  const lines = checked.problems.map(({ line, words }) => `line ${line}: ${words}`)
  return refuse('drills.scenario_invalid', lines.join('; '))
}

/** A file that is no scenario is passed over and told; whoever checks it hears why. */
function readFolder(dir: string, source: DrillScenario['source'], log: Log): DrillScenario[] {
  if (!existsSync(dir)) return []
  const names = readdirSync(dir).filter((name) => name.endsWith('.yaml'))
  return names.toSorted().flatMap((name) => {
    const read = readScenario(join(dir, name))
    if (!read.ok) {
      log.warn({ file: name, code: read.refusal.code }, 'a drill scenario cannot be used')
      return []
    }
    if (`${read.value.id}.yaml` !== name) {
      log.warn(
        { file: name, id: read.value.id },
        'a drill scenario is not called as its id and is passed over',
      )
      return []
    }
    const isRecorded = read.value.faults.some((fault) => fault.do === 'recording.replay')
    return [offeredScenario(read.value, isRecorded && source === 'own' ? 'recorded' : source)]
  })
}

/** What a hub that was killed left behind. A sandbox that still lives belongs to another process of this folder. */
function removeLeft(drillsDir: string, log: Log): void {
  const dir = join(drillsDir, 'runs')
  if (!existsSync(dir)) return
  for (const name of readdirSync(dir)) {
    if (isAlive(join(dir, name, PID_FILE))) continue
    try {
      rmSync(join(dir, name), { recursive: true, force: true })
    } catch (error) {
      log.warn({ err: error, name }, 'a sandbox of an earlier run could not be removed')
    }
  }
}

function isAlive(pidFile: string): boolean {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

function forgetOld(runs: Map<string, Run>): void {
  for (const [id, run] of runs) {
    if (runs.size <= REMEMBERED) return
    if (!isGoing(run.last)) runs.delete(id)
  }
}

async function within(over: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([over, late.promise])
  clearTimeout(timer)
}
