import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { WorldOrders, WorldPlan, WorldState } from './world-process.ts'

const CLI = fileURLToPath(new URL('../../src/app/cli.ts', import.meta.url))
const WORLD = fileURLToPath(new URL('./world-process.ts', import.meta.url))
const SHIFT = new URL('./shift-clock.ts', import.meta.url).href

export type Environment = Readonly<Record<string, string>>
export type Ended = { readonly code: number | null; readonly signal: string | null }

/** A process that the harness started: the only ones that it ever ends, each by its number. */
export type Started = {
  readonly name: string
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<Ended>
  readonly hasEnded: () => boolean
  readonly kill: () => Promise<void>
  /** Asks it to end, and makes it after `withinMs`. */
  readonly stop: (withinMs: number) => Promise<Ended>
}

/** What every process of a run is told to have said and how it ended. */
export type Diary = {
  readonly onLine: (name: string, line: string) => void
  readonly onStart: (started: Started) => void
  /** Called for an end that nobody asked for. */
  readonly onCrash: (name: string, ended: Ended, lastWords: string) => void
}

const KEPT_CHARS = 20_000

export function startProcess(
  name: string,
  args: readonly string[],
  env: Environment,
  diary: Diary,
  options: { readonly ipc?: boolean; readonly mayEnd?: boolean } = {},
): Started {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: options.ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let asked = options.mayEnd === true
  let over = false
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) diary.onLine(name, line)
      text = (text + chunk.toString('utf8')).slice(-KEPT_CHARS)
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => {
      over = true
      if (!asked) diary.onCrash(name, { code, signal }, text.slice(-1_000))
      resolve({ code, signal })
    })
  })
  const started: Started = {
    name,
    child,
    said: () => text,
    ended,
    hasEnded: () => over,
    kill: async () => {
      asked = true
      if (!over) child.kill('SIGKILL')
      await ended
    },
    stop: async (withinMs) => {
      asked = true
      if (!over) child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), withinMs)
      const how = await ended
      clearTimeout(late)
      return how
    },
  }
  diary.onStart(started)
  return started
}

export type HubPlan = {
  readonly name: string
  readonly env: Environment
  /** Milliseconds by which its clock is wrong. */
  readonly clockShiftMs: number
}

/** Five seconds on a machine of its own; one that is busy with much else takes a minute. */
const READY_WITHIN_MS = 180_000
/** No database: what a supervisor answers by starting it again. */
const NO_DATABASE = 3

/** Starts a hub and sees it ready; one that finds no database is started again, as a supervisor would. */
export async function startHub(plan: HubPlan, diary: Diary, isEnding: () => boolean): Promise<Started> {
  const preload = plan.clockShiftMs === 0 ? [] : ['--import', `${SHIFT}?ms=${plan.clockShiftMs}`]
  for (let tries = 0; ; tries += 1) {
    const one = startProcess(plan.name, [...preload, CLI, 'serve'], plan.env, diary)
    const until = performance.now() + READY_WITHIN_MS
    while (!one.hasEnded() && performance.now() < until && !one.said().includes('Holdfast is ready at'))
      await sleep(20)
    if (!one.hasEnded() && one.said().includes('Holdfast is ready at')) return one
    await one.kill()
    const { code } = await one.ended
    if (isEnding() || tries > 40 || (code !== NO_DATABASE && code !== null))
      throw new Error(`${plan.name} did not start (exit ${code}): ${one.said().slice(-1_500)}`)
    await sleep(300)
  }
}

export function runRecover(env: Environment, path: string, diary: Diary): Started {
  return startProcess('recover', [CLI, 'recover', '--path', path, '--mode', 'merge', '--json'], env, diary, {
    mayEnd: true,
  })
}

export type World = {
  readonly process: () => Started
  readonly state: () => WorldState
  readonly port: (kind: string) => number
  /** Changes what the world does; kept for the next process of it. */
  readonly tell: (change: Partial<WorldOrders>) => Promise<void>
  readonly ask: () => Promise<WorldState>
  readonly restart: () => Promise<void>
}

const ANSWER_WITHIN_MS = 20_000

/** The world's process and what it was told, which it forgets when it is killed. */
export async function startWorld(plan: WorldPlan, first: WorldOrders, diary: Diary): Promise<World> {
  let orders = first
  let state: WorldState | null = null
  let heard = 0
  let current = open()
  function open(): Started {
    const one = startProcess('world', [WORLD, JSON.stringify(plan)], {}, diary, { ipc: true })
    one.child.on('message', (given: WorldState) => {
      state = given
      heard += 1
    })
    one.child.on('error', () => undefined)
    return one
  }
  const exchange = async (words: WorldOrders | 'state' | null): Promise<WorldState> => {
    const before = heard
    if (words !== null) current.child.send(words)
    for (let waited = 0; heard === before; waited += 20) {
      if (current.hasEnded() || waited > ANSWER_WITHIN_MS)
        throw new Error(`the world does not answer: ${current.said().slice(-1_500)}`)
      await sleep(20)
    }
    if (state === null) throw new Error('the world said nothing')
    return state
  }
  await exchange(null)
  await exchange(orders)
  return {
    process: () => current,
    port: (kind) => plan.ports[kind] ?? 0,
    state: () => {
      if (state === null) throw new Error('the world said nothing')
      return state
    },
    tell: async (change) => {
      orders = { ...orders, ...change }
      await exchange(orders)
    },
    ask: () => exchange('state'),
    restart: async () => {
      await current.kill()
      state = null
      current = open()
      await exchange(null)
      await exchange(orders)
    },
  }
}
