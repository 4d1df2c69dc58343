// Every shipped drill once, with the scripted participant: can it be noticed, found and mended? Or left alone: does it become as bad as
// the incident was, and does every alarm ring that it trains?
//   node sim/drills/main.ts auto [--left-alone] [--only ids] [--speed N] [--seconds S] [--at-once 1|2] [--record] [--json]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { checkScenario } from '#app/drill-scenario.ts'
import { type DrillEngine, openDrillStage } from '#app/drill-stage.ts'
import type { DrillRun, DrillScenario } from '#domain/drill.ts'
import { systemClock } from '#kernel/clock.ts'
import { createLog } from '#platform/log.ts'
import { recordProof } from '../proof/record.ts'
import { aloneProofOf, minutesText, type Played, proofOf } from './auto-proof.ts'

const HELP = `node sim/drills/main.ts auto [options]

  --left-alone   nobody acts; each ends once it is as bad as its incident was and every alarm that it trains has rung
  --only A,B     these scenarios alone
  --speed N      the clock, 1 to 120; by default 20, 60 for drills of many hours (120 left alone), less where a scenario
                 says so
  --seconds N    wall time for each; 240 by default, 1500 left alone
  --at-once N    1 or 2 sandboxes side by side; 1 by default, since a crowded machine makes alarms of its own
  --record       keeps what came out in docs/proof/drills.json, left alone in drills-left-alone.json
  --json         prints each run in full

Exit code 0: each was noticed, found and mended in its time; left alone, each became as bad as its incident, and its alarms rang.`

type Options = {
  readonly leftAlone: boolean
  readonly speed: number | null
  readonly seconds: number
  readonly json: boolean
}

const USUAL_SPEED = 20
/** For drills of many hours, which at the usual speed would take half an hour of the machine. */
const NIGHT_SPEED = 60
const NIGHT_MINUTES = 500
const NIGHT_SPEED_ALONE = 120
/** Of wall time, from the moment at which the sandbox stands. */
const USUAL_SECONDS = 240
const SECONDS_ALONE = 1_500
const LOOK_EVERY_MS = 250

export async function autoMain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'left-alone': { type: 'boolean' },
      only: { type: 'string' },
      speed: { type: 'string' },
      seconds: { type: 'string' },
      'at-once': { type: 'string' },
      record: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help === true) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const speed = values.speed === undefined ? null : Number(values.speed)
  const leftAlone = values['left-alone'] === true
  const seconds = Number(values.seconds ?? (leftAlone ? SECONDS_ALONE : USUAL_SECONDS))
  const atOnce = Number(values['at-once'] ?? 1)
  if (speed !== null && !(speed >= 1 && speed <= 120)) return wrongUsage('--speed is 1 to 120')
  if (!(seconds >= 10 && seconds <= 7_200)) return wrongUsage('--seconds is 10 to 7200')
  if (atOnce !== 1 && atOnce !== 2) return wrongUsage('--at-once is 1 or 2')
  const at = systemClock.now()
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-drills-'))
  const said: string[] = []
  const log = createLog({ level: 'debug', pretty: false, write: (line) => void said.push(line) })
  const nowMs = (): number => systemClock.now().epochMilliseconds
  const stage = openDrillStage({ dataDir, log, nowMs })
  try {
    const all = (await stage.scenarios()).filter((one) => one.source === 'built_in')
    const wanted = values.only?.split(',') ?? all.map((one) => one.id)
    const unknown = wanted.find((id) => !all.some((one) => one.id === id))
    if (unknown !== undefined) return wrongUsage(`there is no drill "${unknown.slice(0, 60)}"`)
    const left = all.filter((one) => wanted.includes(one.id))
    const played: Played[] = []
    const options = { leftAlone, speed, seconds, json: values.json === true }
    const crew = Array.from({ length: atOnce }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const one = await play(stage, next, options, (runId) => participantSaid(said, runId))
        played.push(one)
        process.stdout.write(`${options.json ? JSON.stringify(one) : lineOf(one)}\n`)
      }
    })
    await Promise.all(crew)
    if (values.record === true) {
      const took = Math.round(systemClock.now().since(at).total('seconds'))
      const began = at.toString({ smallestUnit: 'second' })
      const path = recordProof(leftAlone ? aloneProofOf(played, began, took) : proofOf(played, began, took))
      process.stdout.write(`recorded in ${path}\n`)
    }
    return played.every((one) => one.problem === null) ? 0 : 1
  } finally {
    await stage.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function play(
  stage: DrillEngine,
  scenario: DrillScenario,
  { leftAlone, speed: asked, seconds }: Options,
  participant: (runId: string) => string | null,
): Promise<Played> {
  const { id, minutes, speedMost } = scenario
  const began = systemClock.now()
  const passed = (): number => Math.round(systemClock.now().since(began).total('seconds'))
  const night = leftAlone ? NIGHT_SPEED_ALONE : NIGHT_SPEED
  const usual = minutes >= NIGHT_MINUTES ? night : USUAL_SPEED
  const speed = Math.min(speedMost, asked ?? usual)
  const runId = `auto-${id}`.slice(0, 64)
  const started = await stage.start({ runId, scenarioId: id, speed })
  if (!started.ok)
    return {
      id,
      speed,
      seconds: 0,
      run: null,
      rang: [],
      problem: `${started.refusal.code}: ${started.refusal.detail}`,
    }
  const look = async (): Promise<DrillRun> => {
    const seen = await stage.look(runId)
    return seen.ok ? seen.value : started.value
  }
  while ((await look()).state === 'starting') await sleep(LOOK_EVERY_MS)
  await (leftAlone ? stage.leave(runId) : stage.auto(runId))
  const limit = systemClock.now().add({ milliseconds: seconds * 1_000 })
  const isLate = (): boolean => Temporal.Instant.compare(systemClock.now(), limit) > 0
  while ((await look()).state === 'running' && !isLate()) await sleep(LOOK_EVERY_MS)
  const inTime = (await look()).state !== 'running'
  await stage.end(runId)
  const run = await look()
  const rang = rangIn(run)
  const problem = leftAlone
    ? aloneProblemOf(run, heardAlone(scenario), rang)
    : problemOf(run, participant(runId), inTime)
  return { id, speed, seconds: passed(), run, rang, problem }
}

function problemOf(run: DrillRun, participant: string | null, inTime: boolean): string | null {
  if (run.state === 'failed') return run.problem ?? 'the sandbox failed'
  if (participant !== null) return `the participant could not: ${participant}`
  const { score } = run
  const open = [
    ...(score?.toNotice == null ? ['not noticed'] : []),
    ...(score?.toFind == null ? ['not found'] : []),
    ...(score?.toFix == null ? ['not mended'] : []),
  ]
  if (open.length === 0) return null
  const goals = run.goals.filter((goal) => goal.doneAt === null).map((goal) => goal.id)
  const missing = goals.length === 0 ? '' : ` (${goals.join(', ')})`
  return `${open.join(', ')}${missing}${inTime ? '' : ', out of wall time'}`
}

/** Rules in the timeline after the fault, which is told once the drill is over. */
function rangIn({ timeline }: DrillRun): string[] {
  const from = timeline.findIndex((moment) => moment.kind === 'fault')
  const told = timeline.slice(Math.max(0, from)).filter((moment) => moment.kind === 'alarm')
  return [...new Set(told.map(({ words }) => /^[a-z]+\.[a-z0-9_]+/.exec(words.en)?.[0] ?? ''))]
}

/** What rings where nobody acts. */
function heardAlone({ id, rules }: DrillScenario): readonly string[] {
  const checked = checkScenario(readFileSync(new URL(`./scenarios/${id}.yaml`, import.meta.url), 'utf8'))
  const late = checked.ok ? (checked.value.after_mending ?? []) : []
  return rules.filter((rule) => !late.includes(rule))
}

function aloneProblemOf(run: DrillRun, trains: readonly string[], rang: readonly string[]): string | null {
  if (run.state === 'failed') return run.problem ?? 'the sandbox failed'
  const silent = trains.filter((rule) => !rang.includes(rule))
  const mild = run.incident !== null && !run.incident.isAsBad
  const said = [
    ...(mild ? [`only ${run.incident?.here.en}`] : []),
    ...(silent.length > 0 ? [`silent: ${silent.join(', ')}`] : []),
  ]
  return said.length === 0 ? null : said.join('; ')
}

/** What the sandbox wrote of its participant, if a step of his failed. */
function participantSaid(said: readonly string[], runId: string): string | null {
  for (const line of said.toReversed()) {
    if (!line.includes(`"${runId}"`)) continue
    const [, words] = /the scripted participant: (?:Error: )?(.*?)(?:\\n|"})/.exec(line) ?? []
    if (words !== undefined) return words.slice(0, 300)
  }
  return null
}

function lineOf({ id, speed, seconds, run, rang, problem }: Played): string {
  const score = run?.score ?? null
  const here = run?.incident?.here.en
  const figures =
    score === null
      ? ''
      : `${here === undefined ? '' : `  ${here}`}  rang ${rang.join(', ')};   noticed ${minutesText(score.toNotice)}, found ${minutesText(score.toFind)}, mended ${minutesText(score.toFix)}, ` +
        `hurt ${score.ordersHurt}, ${score.points} points`
  const verdict = problem === null ? 'ok  ' : 'FAIL'
  return `${verdict} ${id.padEnd(24)} x${speed} ${seconds} s${figures}${problem === null ? '' : `  ${problem}`}`
}

function wrongUsage(words: string): number {
  process.stderr.write(`holdfast: ${words}; see --help [drills.usage]\n`)
  return 2
}
