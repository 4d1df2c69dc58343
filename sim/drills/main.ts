// The process of one sandbox, started by `src/app/drill-stage.ts` with a channel for messages:
//   node --import 'file:///…/fast-clock.ts?at=<epoch ms>' sim/drills/main.ts <run id> <scenario file> <folder> <speed> <folder of files>
// It ends when it is told to, when the channel closes (its hub died), or after two hours.
// By hand: node sim/drills/main.ts auto --help
import './loopback-only.ts'
import { readFileSync } from 'node:fs'
import { checkScenario, SPEED_MOST } from '#app/drill-scenario.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { openDoor } from './console-door.ts'
import { type Course, startCourse } from './course.ts'
import { FAST_CLOCK, type FastClock } from './fast-clock.ts'
import { carryOut } from './participant.ts'
import { realTimer } from './real-time.ts'
import { openSandbox } from './sandbox.ts'
import { openWorld } from './world.ts'

/** The hub may be gone already; said to nobody, it would end this process here, and its PostgreSQL would live on. */
function tell(message: object): void {
  if (process.connected) process.send?.(message, () => undefined)
}

type Asked = { readonly n: number; readonly do: string; readonly with?: unknown }

const TURN_EVERY_MS = 250
const LONGEST_MS = 2 * 3_600_000

const [runId = '', file = '', dir = '', speed = '1', filesDir = ''] = process.argv.slice(2)
if (runId === 'auto') {
  const { autoMain } = await import('./auto.ts')
  process.exit(await autoMain(process.argv.slice(3)))
}
const clock = Reflect.get(globalThis, FAST_CLOCK) as FastClock | undefined
if (clock === undefined || process.send === undefined)
  throw new Error('a sandbox is started by the hub: holdfast drill start')

try {
  await live(clock)
} catch (error) {
  const code = error instanceof Outage ? error.code : 'drills.sandbox_failed'
  tell({
    failed: { code, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  })
  process.exitCode = 1
}
if (process.connected) process.disconnect?.()

async function live(fast: FastClock): Promise<void> {
  const checked = checkScenario(readFileSync(file, 'utf8'))
  if (!checked.ok)
    throw new Outage('drills.scenario_invalid', checked.problems[0]?.words ?? '', { retryable: false })
  const drill = checked.value
  const stopped = Promise.withResolvers<void>()
  process.once('disconnect', stopped.resolve)
  process.once('SIGTERM', () => stopped.resolve())
  const sandbox = await openSandbox(drill, { runId, dir, clock: fast })
  const closers: (() => Promise<unknown>)[] = [sandbox.close]
  try {
    // Nobody waits for it any more: what was built is taken down before its hub's patience ends.
    if (!process.connected) return
    const seed = Number(
      BigInt.asUintN(31, BigInt(`0x${Buffer.from(runId).toString('hex').slice(0, 14) || '1'}`)),
    )
    const world = await openWorld(sandbox, drill, seed)
    closers.push(world.stop)
    let course: Course | null = null
    const door = await openDoor({
      hub: sandbox.hub.url,
      token: Buffer.from(systemRandom.bytes(24)).toString('base64url'),
      signInPath: sandbox.signInPath,
      onOpened: (path) => course?.opened(path),
      clock: () => ({ nowMs: sandbox.hub.core.clock.now().epochMilliseconds, speed: fast.speed() }),
    })
    closers.push(door.close)
    const started = startCourse({
      drill,
      runId,
      world,
      sandbox,
      filesDir,
      speed: fast.speed,
      url: door.url,
      signInUrl: door.signInUrl,
    })
    course = started
    await sandbox.setSpeed(Math.min(Number(speed), drill.speed_most ?? SPEED_MOST))
    process.on('message', (asked: Asked) => void answer(started, asked, stopped.resolve))
    tell({ ready: started.look() })
    const auto = (): void =>
      void carryOut({ drill, sandbox, course: started }).catch((error: unknown) =>
        process.stderr.write(`the scripted participant: ${String(error)}\n`),
      )
    process.on('message', (asked: Asked) => {
      if (asked.do === 'auto') auto()
      if (asked.do === 'leave') started.leaveAlone()
    })
    await turns(started, stopped.promise)
  } finally {
    for (const close of closers.toReversed()) await close().catch(() => undefined)
  }
}

/** Looks again and again until it is over; what it became is told before anything is closed. */
async function turns(course: Course, stopped: Promise<void>): Promise<void> {
  const late = realTimer(LONGEST_MS)
  const isOver = Promise.race([stopped.then(() => true), late.done.then(() => true)])
  for (;;) {
    await course.turn().catch((error: unknown) => process.stderr.write(`drill: ${String(error)}\n`))
    const run = course.look()
    tell({ state: run })
    if (run.state !== 'running') break
    const pause = realTimer(TURN_EVERY_MS)
    if (await Promise.race([isOver, pause.done.then(() => false)])) {
      tell({ state: course.end() })
      break
    }
  }
  late.stop()
}

async function answer(course: Course, asked: Asked, stop: () => void): Promise<void> {
  const given = asked.with
  const result: Result<unknown> =
    asked.do === 'hint'
      ? course.openHint()
      : asked.do === 'answer'
        ? course.answer(String(given))
        : asked.do === 'act'
          ? course.act(String(given))
          : asked.do === 'speed'
            ? await course.setSpeed(Number(given))
            : asked.do === 'end'
              ? { ok: true, value: course.end() }
              : asked.do === 'auto' || asked.do === 'leave' || asked.do === 'look'
                ? { ok: true, value: course.look() }
                : refuse('drills.sandbox_failed', `there is no "${asked.do}"`)
  tell({ n: asked.n, result })
  if (asked.do === 'end') stop()
}
