// Preloaded into a drill's sandbox (`node --import 'file:///…/fast-clock.ts?at=<epoch ms>' sim/drills/main.ts`), never into the product:
// that one process lives on a clock of its own, which runs `speed` times as fast as the machine's and may be changed while it runs.
// Its PostgreSQL follows the same line (`sql-clock.ts`), so that hub, world and database agree.
import { createRequire, syncBuiltinESMExports } from 'node:module'

export type FastClock = {
  /** Virtual seconds per second; 1 to 120. */
  readonly speed: () => number
  readonly setSpeed: (speed: number) => void
  readonly realNow: () => Temporal.Instant
  /** The line on which the clock runs now: `virtual = virtualAt + (real - realAt) * speed`. */
  readonly line: () => {
    readonly realAt: Temporal.Instant
    readonly virtualAt: Temporal.Instant
    readonly speed: number
  }
}

/** Where the process finds the handle of its own clock. */
export const FAST_CLOCK = Symbol.for('holdfast.drill.clock')

/** Shorter waits are about the machine (a retry of a socket, a batch that fills), not about the world's time. */
const SHORTEST_SCALED_MS = 200
/**
 * Whoever waits here waits for a real answer of a real socket, disk or process: at sixty times the speed a deadline of 10 s would
 * leave 167 ms, and everything would time out. Packages and Node's own timers keep the machine's time for the same reason.
 */
const REAL_CALLERS =
  /node_modules|node:internal|\/src\/platform\/(postgres|embedded-postgres|spool|redis|http-client|rules|inbox)\/|within\.ts|\/src\/app\/(stop-parts|main|system|lifeboat)\.ts|test-connection\.ts|\/labels\/fonts\/|\/sim\/drills\/real-time|\/sim\/chaos\//

type Timer = NodeJS.Timeout & { _idleTimeout: number; _repeat: number | null }
type Act = (...given: unknown[]) => void

const at = new URL(import.meta.url).searchParams.get('at')
if (at !== null) install(Number(at))

function install(virtualMs: number): void {
  const machine = Temporal.Now.instant.bind(Temporal.Now)
  let line = { realAt: machine(), virtualAt: Temporal.Instant.fromEpochMilliseconds(virtualMs), speed: 1 }
  const now = (): Temporal.Instant => {
    const passed = Number(machine().epochNanoseconds - line.realAt.epochNanoseconds) * line.speed
    return Temporal.Instant.fromEpochNanoseconds(line.virtualAt.epochNanoseconds + BigInt(Math.round(passed)))
  }
  const timers = scaleTimers(() => line.speed)
  const clock: FastClock = {
    speed: () => line.speed,
    setSpeed: (speed) => {
      line = { realAt: machine(), virtualAt: now(), speed }
      timers.rescale()
    },
    realNow: machine,
    line: () => line,
  }
  Reflect.set(globalThis, FAST_CLOCK, clock)
  scaleTemporal(now)
  scaleDate(() => now().epochMilliseconds)
}

function scaleTemporal(now: () => Temporal.Instant): void {
  const zoned = (zone?: string): Temporal.ZonedDateTime =>
    now().toZonedDateTimeISO(zone ?? Temporal.Now.timeZoneId())
  Temporal.Now.instant = now
  Temporal.Now.zonedDateTimeISO = zoned as typeof Temporal.Now.zonedDateTimeISO
  Temporal.Now.plainDateTimeISO = ((zone?: string) =>
    zoned(zone).toPlainDateTime()) as typeof Temporal.Now.plainDateTimeISO
  Temporal.Now.plainDateISO = ((zone?: string) =>
    zoned(zone).toPlainDate()) as typeof Temporal.Now.plainDateISO
  Temporal.Now.plainTimeISO = ((zone?: string) =>
    zoned(zone).toPlainTime()) as typeof Temporal.Now.plainTimeISO
}

/** For packages that know nothing newer. */
function scaleDate(nowMs: () => number): void {
  const OldTime = Reflect.get(globalThis, 'Date') as object
  const scaled = new Proxy(OldTime, {
    construct: (target, given, caller) =>
      Reflect.construct(
        target as never,
        given.length === 0 ? [Math.floor(nowMs())] : given,
        caller,
      ) as object,
    get: (target, name) => (name === 'now' ? () => Math.floor(nowMs()) : Reflect.get(target, name)),
  })
  Reflect.set(globalThis, 'Date', scaled)
}

function scaleTimers(speed: () => number): { readonly rescale: () => void } {
  const require = createRequire(import.meta.url)
  const plain = require('node:timers') as Record<string, unknown>
  const promised = require('node:timers/promises') as Record<string, unknown>
  const { setTimeout: once, setInterval: again, clearTimeout: clear } = globalThis
  /** The virtual wait of each timer that follows the fast clock. */
  const running = new Map<Timer, number>()
  const real = (ms: number): number => Math.max(1, ms / speed())

  const later = (act: Act, ms = 0, ...given: unknown[]): NodeJS.Timeout => {
    if (!(ms >= SHORTEST_SCALED_MS) || isRealCaller(later)) return once(act, ms, ...given)
    const timer = once(
      (...held: unknown[]) => {
        running.delete(timer)
        act(...held)
      },
      real(ms),
      ...given,
    ) as Timer
    running.set(timer, ms)
    return timer
  }
  const every = (act: Act, ms = 0, ...given: unknown[]): NodeJS.Timeout => {
    if (!(ms >= SHORTEST_SCALED_MS) || isRealCaller(every)) return again(act, ms, ...given)
    const timer = again(act, real(ms), ...given) as Timer
    running.set(timer, ms)
    return timer
  }
  const drop = (timer: unknown): void => {
    running.delete(timer as Timer)
    clear(timer as NodeJS.Timeout)
  }
  const waitFor = (ms = 0, value?: unknown, options: { signal?: AbortSignal; ref?: boolean } = {}) => {
    const scales = ms >= SHORTEST_SCALED_MS && !isRealCaller(waitFor)
    return new Promise((resolve, reject) => {
      const { signal } = options
      const stop = (): void => {
        if (timer !== undefined) drop(timer)
        reject(
          Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }),
        )
      }
      let timer: NodeJS.Timeout | undefined
      if (signal?.aborted === true) return stop()
      timer = once(
        () => {
          running.delete(timer as Timer)
          signal?.removeEventListener('abort', stop)
          resolve(value)
        },
        scales ? real(ms) : ms,
      )
      if (scales) running.set(timer as Timer, ms)
      if (options.ref === false) timer.unref()
      signal?.addEventListener('abort', stop, { once: true })
    })
  }
  Object.assign(globalThis, {
    setTimeout: later,
    setInterval: every,
    clearTimeout: drop,
    clearInterval: drop,
  })
  Object.assign(plain, { setTimeout: later, setInterval: every, clearTimeout: drop, clearInterval: drop })
  Object.assign(promised, { setTimeout: waitFor })
  syncBuiltinESMExports()
  return {
    // Who waits an hour does not wait it at the old speed; what is left is waited anew, which at worst is one wait too much.
    rescale: () => {
      for (const [timer, ms] of running) {
        timer._idleTimeout = Math.trunc(real(ms))
        if (timer._repeat !== null) timer._repeat = timer._idleTimeout
        timer.refresh()
      }
    },
  }
}

function isRealCaller(from: (...given: never[]) => unknown): boolean {
  const seen: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 1
  Error.captureStackTrace(seen, from)
  Error.stackTraceLimit = limit
  return REAL_CALLERS.test(seen.stack ?? '')
}
