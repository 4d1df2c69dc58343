import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { type Random, seededRandom } from '#kernel/random.ts'
import { type Gate, NO_OUTSIDE_FAULTS, openGate } from './crash.ts'
import { endState, neverRight } from './end-state.ts'
import { drawFaults } from './faults.ts'
import { isCrash, openSimHub, type SimHub, simApiKey } from './hub.ts'
import type { Invariant } from './invariant.ts'
import { INVARIANTS } from './invariants/index.ts'
import { decideAll } from './mapping-desk.ts'
import { morning } from './morning.ts'
import { type Notices, openNotices } from './notices.ts'
import { operate } from './operators.ts'
import type { SimFailure, SimOptions, SimReport } from './report.ts'
import { shuffled } from './shuffled.ts'
import { openVirtualSql, type VirtualSql } from './virtual-sql.ts'
import { openWorld, type SimWorld, seedHub } from './world.ts'

export type { SimFailure, SimOptions, SimReport } from './report.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const ROUNDS = 6
/** How often a shop or carrier tells of something by a word that nobody knows. */
const UNHEARD_OF = 0.06
/** How often a carrier's counter goes by another zone's clock. */
const WRONG_ZONE = 0.04
/** How often people do something, and up to how many things. */
const PEOPLE = 0.85
const DEEDS_MOST = 4
const PIECE_TIMES = 50
/** How often a look is late by a step or more. */
const SWEEP_LATE = 0.8

type Run = {
  readonly options: SimOptions
  readonly random: Random
  readonly clock: ReturnType<typeof manualClock>
  readonly sql: VirtualSql
  readonly gate: { current: Gate }
  readonly notices: Notices
  readonly world: SimWorld
  readonly hash: ReturnType<typeof createHash>
  readonly failures: SimFailure[]
  readonly open: () => Promise<SimHub>
  hub: SimHub
  step: number
  checks: number
  readonly counts: {
    crashes: number
    restarts: number
    outages: number
    points: number
    calls: number
    outsideFaults: number
    pieces: number
    overdue: number
    dawdles: number
  }
}

/** One seeded life of the whole hub: steps with faults, then an end in peace, then the books side by side. */
export async function simulate(options: SimOptions): Promise<SimReport> {
  const startedAt = performance.now()
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-sim-'))
  const clock = manualClock(START)
  const sql = await openVirtualSql(START, options.otherPlans)
  try {
    const run = await begin(options, { clock, sql, dataDir })
    try {
      await firstMorning(run)
      if (run.failures.length === 0 || options.stopAtFirst === false) await live(run)
      return await end(run, startedAt)
    } finally {
      await run.hub.close()
      await run.notices.close()
      await run.world.close()
    }
  } finally {
    await sql.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function begin(
  options: SimOptions,
  { clock, sql, dataDir }: { clock: Run['clock']; sql: VirtualSql; dataDir: string },
): Promise<Run> {
  const { seed } = options
  const hubRandom = seededRandom(seed + 10)
  const apiKey = await simApiKey(sql.db, clock, hubRandom)
  const notices = openNotices(sql.db)
  const around = {
    listen: notices.listen,
    pass: async (seconds: number): Promise<void> => {
      clock.advance({ seconds })
      await sql.setNow(clock.now())
    },
    trace: options.trace,
  }
  const gate = { current: openGate(seededRandom(seed + 11), around) }
  let opened = 0
  const open = async (): Promise<SimHub> => {
    opened += 1
    gate.current = openGate(seededRandom(seed + 11 + 1_000 * opened), around)
    return await openSimHub({
      databaseUrl: sql.url,
      clock,
      random: hubRandom,
      gate: gate.current,
      dataDir,
      apiKey,
    })
  }
  const world = await openWorld(clock, seed + 20)
  const first = await open()
  await seedHub(first, world)
  await first.close()
  notices.forget()
  const hub = await open()
  const counts = {
    crashes: 0,
    restarts: 0,
    outages: 0,
    points: 0,
    calls: 0,
    outsideFaults: 0,
    pieces: 0,
    overdue: 0,
    dawdles: 0,
  }
  const hash = createHash('sha256')
  return {
    options,
    random: seededRandom(seed),
    clock,
    sql,
    gate,
    notices,
    world,
    hash,
    failures: [],
    open,
    hub,
    step: 0,
    checks: 0,
    counts,
  }
}

/** What chance seldom brings, done once in every life; see `morning.ts`. */
async function firstMorning(run: Run): Promise<void> {
  const { world, gate } = run
  await morning({
    world,
    hub: () => run.hub,
    pass: (minutes) => pass(run, minutes),
    deliver: async () => note(run, (await deliver(run)).join('; ')),
    work: async (only) => {
      const words = only === undefined ? await work(run, 'end') : await workOnly(run, only)
      note(run, words.join('; '))
      await check(run, INVARIANTS)
    },
    once: async (name) => {
      const piece = run.hub.pieces.find((one) => one.name === name)
      await guarded(run, async () => (await piece?.run().then(() => '')) ?? '')
    },
    outside: (faults) => gate.current.setOutside(faults),
    arm: (points) => gate.current.arm(points),
    fail: (words) =>
      run.failures.push({ step: run.step, what: 'the first morning goes as planned', lines: [words] }),
    isOver: () => run.failures.length > 0 && run.options.stopAtFirst !== false,
  })
}

/** Some pieces alone, in their own order, until none of them finds anything. */
async function workOnly(run: Run, only: (piece: string) => boolean): Promise<string[]> {
  const words: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    let isIdle = true
    for (const { name } of run.hub.pieces.filter((piece) => only(piece.name))) {
      if (name.startsWith('follow ')) await run.sql.settle()
      const done = await workAt(run, name)
      words.push(...done.words)
      isIdle &&= done.isIdle
    }
    if (isIdle) break
  }
  return words
}

async function live(run: Run): Promise<void> {
  const { options, world } = run
  world.post.setFaults({ duplicate: 0.1, delay: 0.2, delayMinutes: 240, lost: 0.1, drop: 0.03, forge: 0.03 })
  world.setFaults({ unknownCode: UNHEARD_OF, wrongZone: WRONG_ZONE })
  for (run.step = 1; run.step <= options.steps; run.step += 1) {
    note(run, await oneStep(run))
    await check(run, INVARIANTS)
    if (run.failures.length > 0 && options.stopAtFirst !== false) return
  }
}

async function oneStep(run: Run): Promise<string> {
  const { random, world } = run
  const words: string[] = []
  await pass(
    run,
    random.next() < 0.08 ? 60 + Math.floor(random.next() * 240) : 1 + Math.floor(random.next() * 20),
  )
  words.push(...(await world.live()))
  for (let more = Math.floor(random.next() * 4); more > 0; more -= 1) words.push(await world.order())
  drawFaults(random, run.gate.current)
  words.push(...(await deliver(run)))
  if (random.next() < PEOPLE)
    for (let more = 1 + Math.floor(random.next() * DEEDS_MOST); more > 0; more -= 1)
      words.push(await guarded(run, () => operate(run.hub, random)))
  words.push(...(await work(run, 'shaken')))
  run.gate.current.disarm()
  if (random.next() < 0.03) {
    await reopen(run)
    run.counts.restarts += 1
    words.push('restarted')
  }
  return words.join('; ')
}

async function pass({ clock, sql }: Run, minutes: number): Promise<void> {
  clock.advance({ minutes })
  await sql.setNow(clock.now())
}

async function deliver(run: Run): Promise<string[]> {
  const { world, clock } = run
  const words: string[] = []
  for (const letter of world.post.takeDue(clock.now())) {
    const { headers, body } = letter.message()
    let answer: Awaited<ReturnType<SimHub['push']>> | null = null
    const said = await guarded(run, async () => {
      answer = await run.hub.push(letter.url, headers, body)
      return ''
    })
    const status = (answer as { status: number } | null)?.status ?? null
    const text = (answer as { text: string } | null)?.text ?? ''
    world.post.settle(letter, status === null ? null : { status, body: text }, clock.now())
    words.push(`${letter.from} ${letter.isForged ? 'forged ' : ''}${status ?? 'nobody'}${said}`)
  }
  return words
}

type Manner = 'shaken' | 'end' | 'between'

/**
 * Every piece in an order of the seed's, again until nothing finds anything to do. One that found nothing is not asked again before another
 * one did something, and a reader of the journal not before something was written.
 */
async function work(run: Run, manner: Manner): Promise<string[]> {
  const words: string[] = []
  const idle = new Set<string>()
  const followed = new Map<string, string>()
  for (let round = 0; round < ROUNDS; round += 1) {
    const names = shuffled(
      run.hub.pieces.map(({ name }) => name),
      run.random,
    ).filter((name) => !name.startsWith('sweep ') || isSweepDue(run, manner, round))
    if (round > 0 && names.every((name) => idle.has(name))) break
    for (const name of names) {
      if (idle.has(name)) continue
      const written = name.startsWith('follow ') ? await run.sql.settle() : null
      if (written !== null && followed.get(name) === written) continue
      const done = await workAt(run, name)
      words.push(...done.words)
      if (done.isIdle && written !== null) followed.set(name, written)
      if (done.words.length > 0) idle.clear()
      if (done.isIdle) idle.add(name)
    }
  }
  return words
}

/** Looks are late now and then, as they are where a process is busy. */
function isSweepDue({ random }: Run, manner: Manner, round: number): boolean {
  return round === 0 && manner !== 'between' && (manner === 'end' || random.next() >= SWEEP_LATE)
}

/** One piece until it finds nothing more; `isIdle`: it found nothing at all and failed at nothing. */
async function workAt(run: Run, name: string): Promise<{ words: string[]; isIdle: boolean }> {
  const words: string[] = []
  for (let times = 0; times < PIECE_TIMES; times += 1) {
    let did = 0
    if (times > 0 && name.startsWith('follow ')) await run.sql.settle()
    const said = await guarded(run, async () => {
      const piece = run.hub.pieces.find((one) => one.name === name)
      did = (await piece?.run()) ?? 0
      return ''
    })
    run.counts.pieces += 1
    if (did > 0) words.push(`${name} ${did}`)
    if (said !== '') words.push(`${name}${said}`)
    if (did === 0 || said !== '') break
  }
  return { words, isIdle: words.length === 0 }
}

/** Lets the hub work; where it died it is opened anew, and an outage is taken as its loops take it. Anything else is a fault of the product. */
async function guarded(run: Run, work: () => Promise<string>): Promise<string> {
  let said = ''
  try {
    said = await run.gate.current.within(work)
  } catch (error) {
    if (!isCrash(error) && !run.gate.current.isDead()) {
      if (error instanceof Outage) {
        run.counts.outages += 1
        return ` (${error.code})`
      }
      const lines =
        error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6) : [String(error)]
      run.failures.push({ step: run.step, what: 'no exception', lines })
      return ' (threw)'
    }
  }
  if (!run.gate.current.isDead()) {
    await tellNotices(run)
    return said
  }
  const point = run.gate.current.diedAt() ?? ''
  run.counts.crashes += 1
  await reopen(run)
  return ` (died ${point})`
}

/** What the hub wrote reaches its own ears before it does anything else. */
async function tellNotices({ gate, notices }: Run): Promise<void> {
  if (!gate.current.hasWritten()) return
  await notices.tell()
  await gate.current.quiet()
}

async function reopen(run: Run): Promise<void> {
  tally(run)
  await run.hub.close()
  run.notices.forget()
  await run.notices.tell()
  run.hub = await run.open()
}

function tally(run: Run): void {
  const { points, calls, faults, overdue, dawdles } = run.gate.current.counts()
  run.counts.overdue += overdue
  run.counts.dawdles += dawdles
  run.counts.points += points
  run.counts.calls += calls
  run.counts.outsideFaults += faults
  for (const line of run.hub.bugs())
    run.failures.push({ step: run.step, what: 'no error in the log', lines: [line] })
}

async function check(run: Run, invariants: readonly Invariant[]): Promise<void> {
  for (const line of run.hub.bugs().slice(0, 3))
    run.failures.push({ step: run.step, what: 'no error in the log', lines: [line] })
  const wrong = await neverRight(run.sql.db, run.world)
  if (wrong.length > 0) run.failures.push({ step: run.step, what: 'the books agree', lines: wrong })
  const look = { db: run.sql.db, now: run.clock.now() }
  for (const invariant of invariants) {
    run.checks += 1
    const lines = await invariant.check(look)
    if (lines.length > 0)
      run.failures.push({ step: run.step, what: `${invariant.id}: ${invariant.says}`, lines })
  }
}

const END_HOURS = 96
const END_STEP_MINUTES = 40
const END_LEAST_HOURS = 8
/** Later on only parcels are on their way. */
const endStep = (minutes: number): number => (minutes < 240 ? END_STEP_MINUTES : 2 * END_STEP_MINUTES)
const END_SWEEPS_EVERY = 160

/** No more faults: what is under way comes to its end, parcels arrive, and the books are laid side by side. */
async function end(run: Run, startedAt: number): Promise<SimReport> {
  const { world, gate, options } = run
  world.post.setFaults({ duplicate: 0, delay: 0, delayMinutes: 0, lost: 0, drop: 0, forge: 0 })
  world.setFaults({ unknownCode: 0, wrongZone: 0 })
  if (run.failures.length === 0 || options.stopAtFirst === false) {
    const most = (options.endHours ?? END_HOURS) * 60
    for (let minutes = 0; minutes < most; minutes += endStep(minutes)) {
      await pass(run, endStep(minutes))
      gate.current.setOutside(NO_OUTSIDE_FAULTS)
      await world.live()
      await deliver(run)
      if (minutes % END_SWEEPS_EVERY === 0) await guarded(run, () => decideAll(run.hub).then(() => ''))
      await work(run, minutes % END_SWEEPS_EVERY === 0 ? 'end' : 'between')
      if (run.failures.length > 0 && options.stopAtFirst !== false) break
      if (minutes > END_LEAST_HOURS * 60 && world.nextAt() === null && world.post.nextDue() === null) break
    }
    // What the last look left to do is done as well: a sweep may have come after the piece that carries it out.
    await work(run, 'between')
    await check(run, INVARIANTS)
    const { lines, text } = await endState(run.sql.db, world)
    run.hash.update(text)
    if (lines.length > 0 && options.endHours === undefined)
      run.failures.push({ step: run.step, what: 'the books agree', lines })
  }
  tally(run)
  return {
    seed: options.seed,
    steps: options.steps,
    hash: run.hash.digest('hex').slice(0, 24),
    failures: run.failures,
    checks: run.checks,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    counts: {
      ...run.counts,
      ...world.post.counts(),
      orders: world.shops.reduce((sum, { orders }) => sum + orders.size, 0),
      parcels: world.book.parcels().length,
    },
  }
}

function note(run: Run, words: string): void {
  const line = `${run.step} ${run.clock.now().toString()} ${words}`
  run.hash.update(`${line}\n`)
  run.options.say?.(line)
  run.options.trace?.(`== ${line}`)
}
