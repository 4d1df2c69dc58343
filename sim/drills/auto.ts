// Every shipped drill once, with the scripted participant: can it be noticed, found and mended?
//   node sim/drills/main.ts auto [--only ids] [--speed N] [--seconds S] [--at-once 1|2] [--record] [--json]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type DrillEngine, openDrillStage } from '#app/drill-stage.ts'
import type { DrillRun, DrillScenario } from '#domain/drill.ts'
import { systemClock } from '#kernel/clock.ts'
import { createLog } from '#platform/log.ts'
import { type ProofRecord, recordProof } from '../proof/record.ts'

const HELP = `node sim/drills/main.ts auto [options]

  --only A,B     these scenarios alone
  --speed N      the clock, 1 to 120; by default 20, 60 for drills of many hours, less where a scenario says so
  --seconds N    wall time for each; 240 by default
  --at-once N    1 or 2 sandboxes side by side; 1 by default, since a crowded machine makes alarms of its own
  --record       keeps what came out in docs/proof/drills.json
  --json         prints each run in full

Exit code 0: each was noticed, found and mended in its time.`

export type Played = {
  readonly id: string
  readonly speed: number
  readonly seconds: number
  readonly run: DrillRun | null
  /** Why it counts as failed; null: it was noticed, found and mended. */
  readonly problem: string | null
}
type Options = {
  readonly speed: number | null
  readonly seconds: number
  readonly json: boolean
}

const USUAL_SPEED = 20
/** For drills of many hours, which at the usual speed would take half an hour of the machine. */
const NIGHT_SPEED = 60
const NIGHT_MINUTES = 500
/** Of wall time, from the moment at which the sandbox stands. */
const USUAL_SECONDS = 240
const LOOK_EVERY_MS = 250

export async function autoMain(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
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
  const seconds = Number(values.seconds ?? USUAL_SECONDS)
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
    const options = { speed, seconds, json: values.json === true }
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
      const path = recordProof(proofOf(played, at.toString({ smallestUnit: 'second' }), took))
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
  { speed: asked, seconds }: Options,
  participant: (runId: string) => string | null,
): Promise<Played> {
  const { id, minutes, speedMost } = scenario
  const began = systemClock.now()
  const passed = (): number => Math.round(systemClock.now().since(began).total('seconds'))
  const usual = minutes >= NIGHT_MINUTES ? NIGHT_SPEED : USUAL_SPEED
  const speed = Math.min(speedMost, asked ?? usual)
  const runId = `auto-${id}`.slice(0, 64)
  const started = await stage.start({ runId, scenarioId: id, speed })
  if (!started.ok)
    return { id, speed, seconds: 0, run: null, problem: `${started.refusal.code}: ${started.refusal.detail}` }
  const look = async (): Promise<DrillRun> => {
    const seen = await stage.look(runId)
    return seen.ok ? seen.value : started.value
  }
  while ((await look()).state === 'starting') await sleep(LOOK_EVERY_MS)
  await stage.auto(runId)
  const limit = systemClock.now().add({ milliseconds: seconds * 1_000 })
  const isLate = (): boolean => Temporal.Instant.compare(systemClock.now(), limit) > 0
  while ((await look()).state === 'running' && !isLate()) await sleep(LOOK_EVERY_MS)
  const inTime = (await look()).state !== 'running'
  await stage.end(runId)
  const run = await look()
  const problem = problemOf(run, participant(runId), inTime)
  return { id, speed, seconds: passed(), run, problem }
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

/** What the sandbox wrote of its participant, if a step of his failed. */
function participantSaid(said: readonly string[], runId: string): string | null {
  for (const line of said.toReversed()) {
    if (!line.includes(`"${runId}"`)) continue
    const [, words] = /the scripted participant: (?:Error: )?(.*?)(?:\\n|"})/.exec(line) ?? []
    if (words !== undefined) return words.slice(0, 300)
  }
  return null
}

function lineOf({ id, speed, seconds, run, problem }: Played): string {
  const score = run?.score ?? null
  const figures =
    score === null
      ? ''
      : `  noticed ${minutesText(score.toNotice)}, found ${minutesText(score.toFind)}, mended ${minutesText(score.toFix)}, ` +
        `hurt ${score.ordersHurt}, ${score.points} points`
  const verdict = problem === null ? 'ok  ' : 'FAIL'
  return `${verdict} ${id.padEnd(24)} x${speed} ${seconds} s${figures}${problem === null ? '' : `  ${problem}`}`
}

function minutesText(minutes: number | null): string {
  return minutes === null ? 'never' : `${minutes} min`
}

/** Every run as it went; none is tried again for a better one. */
function proofOf(played: readonly Played[], at: string, seconds: number): ProofRecord {
  const well = played.filter((one) => one.problem === null)
  const rows = played
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ id, speed, seconds: took, run, problem }) => {
      const score = run?.score ?? null
      return [
        id,
        `${speed}`,
        `${took}`,
        minutesText(score?.toNotice ?? null),
        minutesText(score?.toFind ?? null),
        minutesText(score?.toFix ?? null),
        `${score?.ordersHurt ?? '-'}`,
        `${score?.points ?? '-'}`,
        problem ?? 'noticed, found, mended',
      ]
    })
  return {
    name: 'drills',
    command: 'node sim/drills/main.ts auto',
    at,
    seconds,
    passed: well.length === played.length,
    figures: [
      {
        what: 'drills noticed, found and mended by the scripted participant',
        value: `${well.length} of ${played.length}`,
      },
      { what: 'orders hurt in all', value: `${sum(played.map((one) => one.run?.ordersHurt ?? 0))}` },
    ],
    tables: [
      {
        title: 'Each drill once, minutes of its own clock after the fault',
        columns: [
          'drill',
          'speed',
          'wall s',
          'noticed',
          'found',
          'mended',
          'orders hurt',
          'points',
          'outcome',
        ],
        rows,
      },
    ],
  }
}

function sum(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0)
}

function wrongUsage(words: string): number {
  process.stderr.write(`holdfast: ${words}; see --help [drills.usage]\n`)
  return 2
}
