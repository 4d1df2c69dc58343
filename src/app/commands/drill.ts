import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DrillIncident, DrillRun, DrillScenario, DrillWords } from '#domain/drill.ts'
import { systemClock } from '#kernel/clock.ts'
import { readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { silentLog } from '#platform/log.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { readConfig } from '../config.ts'
import { openMask } from '../drill-recording/mask.ts'
import { recordTraffic } from '../drill-recording/record-traffic.ts'
import { checkScenario, type DrillText, offeredScenario } from '../drill-scenario.ts'
import { type DrillEngine, openDrillStage } from '../drill-stage.ts'
import {
  type Command,
  type CommandContext,
  EXIT,
  type Io,
  option,
  printRefusal,
  refused,
  table,
  wrongUsage,
} from './command.ts'
import { choiceOf, inTongue, paragraphIn, type Tongue, timeOfDay, tongueOf, untoldOf } from './drill-words.ts'

export const drillCommand: Command = {
  help: `Usage: holdfast drill list [--alarm <rule>] [--json]
       holdfast drill start <id or file.yaml> [--speed 20] [--auto] [--json]
       holdfast drill start --alarm <rule> [--speed 20] [--auto] [--json]
       holdfast drill check <file.yaml> [--json]
       holdfast drill record --from <time> --to <time> --out <file.yaml>

Practises an incident in a sandbox: a whole hub with a database, a clock and simulated shops and carriers of its own. Live data is
not touched, nothing leaves this machine, and nothing but the report is left afterwards.

list    says what can be trained; with --alarm only what trains on that alarm, such as callback.silent.
start   prints the address and a link that signs in, the story, and what can be answered and asked for, then follows the drill.
        Each line that it is given: h opens a hint, a2 answers with the second cause, d1 has the first thing done outside the
        hub, + and - change the speed, q ends it and shows score and debrief. The speed is 20 unless given, or the fastest
        that the scenario takes. --auto lets a scripted participant carry out the known remedy; --json prints the final run
        as JSON and nothing else. --alarm takes the easiest drill that trains on that alarm. It speaks Chinese or English
        as LANG is, else both; times are of the zone HUB_ZONE.
check   says what is wrong with a scenario, by line, in Chinese where LANG is. Own scenarios lie in DATA_DIR/drills/scenarios;
        docs/guides/drills.md says how they are written.
record  writes what the hub accepted between two times (ISO 8601 with offset, a day at most) as a scenario: names, phones,
        addresses and buyers are replaced, keys and signatures left out. The messages lie beside it in <file>.jsonl.

Examples:
  holdfast drill start paid-nothing-happens --speed 30
  holdfast drill start --alarm database.unreachable
  holdfast drill start my.yaml --auto --json
  holdfast drill record --from 2026-11-11T10:00:00+08:00 --to 2026-11-11T10:30:00+08:00 --out rush.yaml

Exit codes: 0 done; 1 refused, or the drill failed; 2 wrong usage; 3 no database; 130 interrupted.`,
  options: {
    alarm: { type: 'string' },
    speed: { type: 'string' },
    auto: { type: 'boolean' },
    from: { type: 'string' },
    to: { type: 'string' },
    out: { type: 'string' },
  },
  run: async (context) => {
    const [what = 'list', given = ''] = context.args
    if (what === 'list') return await list(context)
    if (what === 'check') return check(context, given)
    if (what === 'start') return await start(context, given)
    if (what === 'record') return await record(context)
    return wrongUsage(context.io, 'drill', `there is no "${what.slice(0, 40)}"`)
  },
}

async function withStage(
  context: CommandContext,
  /** Sandboxes of the command line lie in a folder of their own: the running hub clears up after its own. */
  isApart: boolean,
  run: (stage: DrillEngine) => Promise<number>,
): Promise<number> {
  const read = readConfig(context.io.env)
  if (!read.ok) return refused(context.io, read.refusal)
  const apart = isApart ? mkdtempSync(join(tmpdir(), 'holdfast-drill-')) : null
  const stage = openDrillStage({
    dataDir: apart ?? read.value.dataDir,
    log: silentLog(),
    nowMs: () => systemClock.now().epochMilliseconds,
    ...(apart === null ? {} : { ownDir: join(resolve(read.value.dataDir), 'drills', 'scenarios') }),
  })
  try {
    return await run(stage)
  } finally {
    await stage.close()
    if (apart !== null) rmSync(apart, { recursive: true, force: true })
  }
}

async function list(context: CommandContext): Promise<number> {
  return await withStage(context, true, async (stage) => {
    const rule = option(context, 'alarm')
    const all = training(await stage.scenarios(), rule)
    if (rule !== null && all.length === 0) return noneFor(context.io, rule)
    const rows = all.map((one) => [
      one.id,
      '★'.repeat(one.difficulty),
      `${one.minutes} min`,
      one.source,
      `${one.title.zh} / ${one.title.en}`,
    ])
    // Neither what a drill trains nor its causes: whoever reads them here has half of the answer before it begins.
    const shown = all.map(({ rules: _, causes: __, actions: ___, ...offered }) => offered)
    context.io.out(
      context.json ? JSON.stringify(shown) : table(['ID', 'DIFFICULTY', 'LASTS', 'FROM', 'TITLE'], rows),
    )
    return EXIT.done
  })
}

/** Those that train on an alarm, easiest first; all where none is asked for. */
function training(all: readonly DrillScenario[], rule: string | null): readonly DrillScenario[] {
  if (rule === null) return all
  return all.filter(({ rules }) => rules.includes(rule)).toSorted((a, b) => a.difficulty - b.difficulty)
}

function noneFor(io: Io, rule: string): number {
  printRefusal(
    io,
    'drills.unknown_scenario',
    `no drill trains on ${rule.slice(0, 80)}; rules stand on the alarm page and in docs/runbooks/, own drills in docs/guides/drills.md`,
  )
  return EXIT.refused
}

function check({ io, json }: CommandContext, path: string): number {
  if (path === '') return wrongUsage(io, 'drill', 'which file?')
  const text = readText(path)
  if (!text.ok) return refused(io, text.refusal)
  const checked = checkScenario(text.value)
  const isChinese = tongueOf(io.env) === 'zh'
  if (json) io.out(JSON.stringify(checked.ok ? { ok: true, id: checked.value.id } : checked))
  else if (checked.ok) {
    io.out(`${path}: ${checked.value.id} can be used`)
    for (const note of notesOn(path, checked.value)) io.err(`${path}: ${note}`)
  } else
    for (const { line, code, words, zh } of checked.problems)
      io.err(`${path}:${line}: ${code}: ${isChinese ? zh : words}`)
  return checked.ok ? EXIT.done : EXIT.refused
}

/** What does not keep it from being used from here, and would elsewhere. */
function notesOn(path: string, drill: DrillText): string[] {
  const wanted = `${drill.id}.yaml`
  const missing = drill.faults.flatMap(({ file }) =>
    file === undefined || existsSync(join(dirname(path), file)) ? [] : [file],
  )
  return [
    ...(basename(path) === wanted
      ? []
      : [
          `call it ${wanted} before it goes to DATA_DIR/drills/scenarios; under another name it is passed over`,
        ]),
    ...missing.map((file) => `its recording ${file} does not lie beside it; copy it there before it starts`),
  ]
}

function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return refuse(
      'drills.unknown_scenario',
      why === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${why}); name a YAML file`,
    )
  }
}

const USUAL_SPEED = 20

async function start(context: CommandContext, given: string): Promise<number> {
  const { io } = context
  const tongue = tongueOf(io.env)
  const rule = option(context, 'alarm')
  if ((given === '') === (rule === null))
    return wrongUsage(io, 'drill', 'which scenario? an id, a file or --alarm; see holdfast drill list')
  return await withStage(context, true, async (stage) => {
    const path = /\.ya?ml$/.test(given) ? resolve(given) : null
    const all = await stage.scenarios()
    const id = rule === null ? given : training(all, rule)[0]?.id
    if (id === undefined) return noneFor(io, rule ?? '')
    const scenario = path === null ? (all.find((one) => one.id === id) ?? null) : offeredBy(path)
    const asked = option(context, 'speed')
    const speed = asked === null ? Math.min(USUAL_SPEED, scenario?.speedMost ?? USUAL_SPEED) : Number(asked)
    const runId = `cli-${randomUUID().slice(0, 8)}`
    const started =
      path === null
        ? await stage.start({ runId, scenarioId: id, speed })
        : await stage.startFile({ runId, path, speed })
    if (!started.ok) return refused(io, started.refusal)
    io.err('holdfast: the sandbox is being built, which takes half a minute')
    const ready = await until(stage, runId, (run) => run.state !== 'starting')
    if (ready.state === 'failed') return report(context, ready)
    if (!context.json) introduce(io, ready, scenario, tongue)
    if (context.values.auto === true) await stage.auto(runId)
    const keys = context.json ? null : listenToKeys(io, stage, runId, scenario, tongue)
    const interrupted = onceInterrupted()
    const ended = await follow(io, stage, runId, { shows: keys !== null && io.isTerminal, interrupted })
    keys?.close()
    return report(context, ended)
  })
}

/** A file outside the folder of own scenarios; null where the start itself says what is wrong with it. */
function offeredBy(path: string): DrillScenario | null {
  const text = readText(path)
  if (!text.ok) return null
  const checked = checkScenario(text.value)
  return checked.ok ? offeredScenario(checked.value, 'own') : null
}

function introduce(io: Io, run: DrillRun, scenario: DrillScenario | null, tongue: Tongue): void {
  io.out(`The sandbox is ready at ${run.url}`)
  io.out(`Sign in with this link: ${run.signInUrl}`)
  if (scenario === null) return
  io.out('')
  io.out(inTongue(tongue, scenario.title))
  io.out(paragraphIn(tongue, scenario.story))
  for (const [i, cause] of scenario.causes.entries()) io.out(`  a${i + 1}  ${inTongue(tongue, cause.words)}`)
  for (const [i, action] of scenario.actions.entries())
    io.out(`  d${i + 1}  ${inTongue(tongue, action.words)}`)
  io.out('Keys: h hint, a1.. answer, d1.. have it done, + - speed, q end; each with Enter.')
}

/** Lines instead of single keys, so that it works over any terminal and in a script. */
function listenToKeys(
  io: Io,
  stage: DrillEngine,
  runId: string,
  scenario: DrillScenario | null,
  tongue: Tongue,
) {
  const say = <T>(result: Result<T>, words: (value: T) => string): void =>
    io.err(result.ok ? words(result.value) : `${result.refusal.code}: ${result.refusal.detail}`)
  const both = (zh: string, en: string): string => inTongue(tongue, { zh, en })
  const act = async (line: string): Promise<void> => {
    const [, key = '', number = ''] = /^([had+\-q])(\d*)$/.exec(line.trim()) ?? []
    // What it says stands in the timeline as well, which is told within a second.
    if (key === 'h') {
      const opened = await stage.openHint(runId)
      if (!opened.ok) say(opened, String)
    } else if (key === 'a') {
      const cause = choiceOf('a', number, scenario?.causes ?? [])
      const answered = cause.ok ? await stage.answer(runId, cause.value) : cause
      say(answered, ({ right }) => (right ? both('正确', 'right') : both('不对', 'wrong')))
    } else if (key === 'd') {
      const action = choiceOf('d', number, scenario?.actions ?? [])
      say(action.ok ? await stage.act(runId, action.value) : action, () => both('已请人', 'asked'))
    } else if (key === '+' || key === '-') {
      const now = await stage.look(runId)
      if (!now.ok) return
      const next = key === '+' ? now.value.speed * 2 : now.value.speed / 2
      const most = scenario?.speedMost ?? next
      say(
        await stage.setSpeed(runId, Math.min(most, Math.max(1, Math.round(next)))),
        (run) => `x${run.speed}`,
      )
    } else if (key === 'q') await stage.end(runId)
    else io.err('h, a1.., d1.., +, -, q')
  }
  const reader = createInterface({ input: io.stdin as NodeJS.ReadableStream })
  reader.on('line', (line) => void act(line))
  return reader
}

const LOOK_EVERY_MS = 1_000

async function until(
  stage: DrillEngine,
  runId: string,
  isThere: (run: DrillRun) => boolean,
): Promise<DrillRun> {
  for (;;) {
    const look = await stage.look(runId)
    if (look.ok && isThere(look.value)) return look.value
    await sleep(LOOK_EVERY_MS / 4)
  }
}

async function follow(
  io: Io,
  stage: DrillEngine,
  runId: string,
  how: { readonly shows: boolean; readonly interrupted: { readonly is: boolean } },
): Promise<DrillRun> {
  const tongue = tongueOf(io.env)
  const config = readConfig(io.env)
  const zone = config.ok ? config.value.hubZone : 'UTC'
  let told = 0
  for (;;) {
    const look = await stage.look(runId)
    if (how.interrupted.is) await stage.end(runId)
    if (look.ok) {
      const run = look.value
      const untold = untoldOf(run, told)
      for (const { at, kind, words } of untold)
        io.err(`${timeOfDay(at, zone)} ${kind.padEnd(8)} ${inTongue(tongue, words)}`)
      told += untold.length
      if (run.state !== 'running') return run
      const done = run.goals.filter((goal) => goal.doneAt !== null).length
      if (how.shows)
        process.stderr.write(
          `\r\u001b[K${timeOfDay(run.virtualNow, zone)} x${run.speed}  goals ${done}/${run.goals.length}  hurt ${run.ordersHurt} `,
        )
    }
    await sleep(LOOK_EVERY_MS)
  }
}

function onceInterrupted(): { readonly is: boolean } {
  const state = { is: false }
  process.once('SIGINT', () => {
    state.is = true
  })
  return state
}

function report({ io, json }: CommandContext, run: DrillRun): number {
  if (json) io.out(JSON.stringify(run))
  else if (run.problem !== null) printRefusal(io, 'drills.sandbox_failed', run.problem)
  else {
    const minutes = (value: number | null): string => (value === null ? 'never' : `${value} min`)
    const { score } = run
    if (score !== null)
      io.out(
        `\nScore ${score.points}/100: noticed ${minutes(score.toNotice)}, found ${minutes(score.toFind)}, fixed ${minutes(score.toFix)}, ` +
          `orders hurt ${score.ordersHurt}, hints ${score.hintsOpened}, wrong answers ${score.wrongAnswers}`,
      )
    const tongue = tongueOf(io.env)
    if (run.incident !== null) io.out(`\n${paragraphIn(tongue, incidentWords(run.incident))}`)
    if (run.debrief !== null) io.out(`\n${paragraphIn(tongue, run.debrief)}`)
  }
  return run.state === 'ended' ? EXIT.done : EXIT.refused
}

function incidentWords({ source, here }: DrillIncident): DrillWords {
  return { zh: `${source.zh}；这次：${here.zh}`, en: `${source.en}; here: ${here.en}` }
}

async function record(context: CommandContext): Promise<number> {
  const { io } = context
  const out = option(context, 'out')
  const from = readInstant(option(context, 'from') ?? '')
  const to = readInstant(option(context, 'to') ?? '')
  if (out === null || !/\.yaml$/.test(out)) return wrongUsage(io, 'drill', '--out <file.yaml> is needed')
  if (from === null || to === null) return wrongUsage(io, 'drill', '--from and --to are times with an offset')
  const read = readConfig(io.env)
  if (!read.ok) return refused(io, read.refusal)
  const embedded =
    read.value.databaseUrl === null ? await startPostgres({ dataDir: read.value.dataDir }) : null
  const sql = openDatabase({ url: read.value.databaseUrl ?? embedded?.url ?? '', connections: 1 })
  try {
    const id =
      basename(out, '.yaml')
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replace(/^[^a-z]+/, '') || 'recorded'
    const file = `${basename(out, '.yaml')}.jsonl`
    const ask = { from, to, id, file }
    const done = await recordTraffic({ sql, mask: openMask(randomBytes(32)) }, ask)
    if (!done.ok) return refused(io, done.refusal)
    // Masked, and still the business of a business.
    writeFileSync(out, done.value.scenario, { mode: 0o600 })
    writeFileSync(join(dirname(out), file), done.value.messages, { mode: 0o600 })
    const { kept, leftOut } = done.value
    io.out(
      context.json ? JSON.stringify({ file: out, kept, leftOut }) : `${kept} messages in ${out} and ${file}`,
    )
    for (const [why, count] of Object.entries(leftOut)) io.err(`left out: ${count} (${why})`)
    return EXIT.done
  } finally {
    await sql.end()
    await embedded?.stop()
  }
}
