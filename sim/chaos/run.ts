import { setTimeout as sleep } from 'node:timers/promises'
import type { SimFaults } from '../platform.ts'
import { NO_FAULTS } from '../platform.ts'
import { INVARIANTS } from '../seeded/invariants/index.ts'
import { type Accounts, readAccounts } from './accounts.ts'
import { readBook } from './book.ts'
import { type Contradiction, checkAll } from './check.ts'
import { openCrew } from './crew.ts'
import { type Delivery, readDelivery } from './delivery.ts'
import { checkDelivery } from './delivery-check.ts'
import { carryOut } from './faults.ts'
import type { Parts } from './parts.ts'
import { type FaultKind, faultsOf, planChaos } from './plan.ts'
import type { Diary, Ended } from './processes.ts'
import { brokenPromises } from './promises.ts'
import { acknowledgedAt, type Recovery, recoveriesOf, type Span } from './recovery.ts'
import { openStage, type Stage } from './stage.ts'
import { type Watched, watchHub } from './watch.ts'
import { issuedAt } from './yard.ts'

export type ChaosOptions = {
  readonly seed: number
  readonly minutes: number
  /** Orders per minute. */
  readonly rate: number
  /** What there is beside shops, a print station and carriers. */
  readonly with: Parts
  /** Only these kinds of fault; all that the parts allow unless given. */
  readonly only?: readonly FaultKind[]
  /** Leaves the folder of the run behind. */
  readonly keep: boolean
  readonly log: (line: string) => void
  /** Ends the run early; what was started is ended all the same. */
  readonly signal: AbortSignal
}
export type ChaosResult = {
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  readonly parts: Parts
  /** Null: every kind that the parts allow. */
  readonly only: readonly FaultKind[] | null
  readonly seconds: number
  readonly faults: Readonly<Record<string, number>>
  readonly accounts: Accounts
  readonly delivery: Delivery | null
  readonly recoveries: Readonly<Record<string, Recovery>>
  readonly watched: Watched
  /** The longest time that a fault took until the hub was whole again, in milliseconds, and which. */
  readonly longest: { readonly kind: string; readonly ms: number }
  readonly drainSeconds: number
  readonly notes: readonly string[]
  readonly contradictions: readonly Contradiction[]
  readonly folder: string
}

const MESSAGE_FAULTS: SimFaults = {
  duplicate: 0.1,
  delay: 0.15,
  delayMs: 1_500,
  reorder: 0.1,
  drop: 0.05,
  unknownCode: 0,
  forge: 0.06,
}
/** Without getting any less. However slow the machine, what gets less is on its way. */
const STUCK_AFTER_MS = 240_000
const DRAIN_WITHIN_MS = 1_800_000
const QUIET_LOOKS = 5
const LOOKS_A_LINE = 15

/** Lets everything that the seed says go wrong, waits until all is calm, and compares the world's book with the hub. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const begun = performance.now()
  const notes: string[] = []
  const contradictions: Contradiction[] = []
  const { diary, badLines } = openDiary(contradictions)
  const { log, seed, minutes, signal } = options
  const note = (words: string): void => {
    notes.push(words)
    log(`  note: ${words}`)
  }
  const stage = await openStage({ ...options, diary })
  const watch = watchHub(stage.hubUrl)
  const whole = async (): Promise<ChaosResult> => {
    log(`stage ready after ${seconds(begun)} s in ${stage.dir}`)
    const crew = await openCrew(stage, seed)
    stage.outfit.yard?.setFaults(MESSAGE_FAULTS)
    await stage.world.tell({ trading: true, faults: MESSAGE_FAULTS, mischief: true })
    const { faults, longest, spans } = await letGoWrong(options, { stage, watch, note }, (kind, error) => {
      const words = `${kind} did not end well: ${String(error).slice(0, 1_000)}`
      contradictions.push({ check: 'crash', words })
    })
    const calm = performance.now()
    const calmAtMs = nowMs()
    await stage.world.tell({ trading: false, faults: NO_FAULTS, mischief: false, api: {} })
    stage.outfit.yard?.setFaults(NO_FAULTS)
    await restartAll(stage)
    log(`both hubs are up again after ${seconds(calm)} s`)
    await Promise.all([crew.stop(), crew.fill()])
    log(`everybody has stopped after ${seconds(calm)} s`)
    stage.outfit.yard?.freeze()
    const drained = await drain(stage, log)
    if (drained !== null) contradictions.push({ check: 'stuck', words: drained })
    const drainSeconds = seconds(calm)
    log(`drained after ${drainSeconds} s`)
    const readEntries = () => [...readBook(stage.bookPath), ...readBook(stage.yardBookPath)]
    const accounts = await readAccounts(stage, readEntries)
    const delivery = await readDelivery(stage, crew, accounts)
    const broken = await brokenPromises(stage.database.sql, INVARIANTS)
    contradictions.push(...checkAll(accounts, faults), ...checkDelivery(delivery), ...broken, ...badLines())
    return {
      seed,
      minutes,
      rate: options.rate,
      parts: options.with,
      only: options.only ?? null,
      seconds: seconds(begun),
      faults,
      accounts,
      delivery,
      recoveries: recoveriesOf(spans, {
        acknowledged: acknowledgedAt(readEntries()),
        waybills: stage.outfit.yard === null ? null : issuedAt(stage.outfit.yard),
        calmAtMs,
      }),
      watched: watch.seen(),
      longest,
      drainSeconds,
      notes,
      contradictions,
      folder: stage.dir,
    }
  }
  try {
    return await untilInterrupted(whole(), signal)
  } finally {
    watch.stop()
    await stage.close()
  }
}

/** Whoever interrupts waits for no fault to end: what goes on after this finds its processes gone, and nobody listens to it. */
export function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Interrupted('interrupted'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject)
  })
}

export class Interrupted extends Error {}

type Wrongs = {
  readonly faults: Record<string, number>
  readonly longest: { kind: string; ms: number }
  readonly spans: readonly Span[]
}

async function letGoWrong(
  { seed, minutes, with: parts, only, log, signal }: ChaosOptions,
  deps: Parameters<typeof carryOut>[0],
  trouble: (kind: string, error: unknown) => void,
): Promise<Wrongs> {
  const begun = performance.now()
  const faults: Record<string, number> = {}
  let longest = { kind: 'none', ms: 0 }
  const spans: Span[] = []
  const kinds = faultsOf(parts).filter((kind) => only?.includes(kind) ?? true)
  const plan = planChaos(seed, minutes, kinds)
  for (const [i, fault] of plan.faults.entries()) {
    // The plan knows nothing of how long a start takes here; the first round is whole, then the clock decides.
    const isOver = i >= kinds.length && performance.now() - begun > minutes * 60_000
    if (signal.aborted || isOver) break
    await sleep(fault.pauseMs)
    const from = performance.now()
    const fromMs = nowMs()
    try {
      await carryOut(deps, fault)
    } catch (error) {
      // What was running may be half down now: nothing more can be learned from this run than this.
      trouble(fault.kind, error)
      break
    }
    const ms = performance.now() - from
    spans.push({ kind: fault.kind, from: fromMs, to: nowMs() })
    faults[fault.kind] = (faults[fault.kind] ?? 0) + 1
    if (ms - fault.holdMs > longest.ms) longest = { kind: fault.kind, ms: Math.round(ms - fault.holdMs) }
    log(`${String(seconds(begun)).padStart(6)} s  ${fault.kind} (${Math.round(ms)} ms)`)
  }
  // Buyers come once more after the last of it.
  await sleep(AFTERWARDS_MS)
  return { faults, longest, spans }
}

const AFTERWARDS_MS = 1_500
const nowMs = (): number => Temporal.Now.instant().epochMilliseconds

/**
 * Both hubs anew, and in between the leases of the killed ones are over: 90 s in life, by the clock of whoever took them, which may
 * have been minutes ahead.
 */
export async function restartAll(stage: Stage): Promise<void> {
  await Promise.all([stage.hub('hub').kill(), stage.hub('worker').kill()])
  await stage.database.answers()
  await stage.database.sql`
    update outbox_intent set not_before = now() - interval '1 second' where state = 'sending'`
  await Promise.all([stage.startAgain('hub'), stage.startAgain('worker')])
}

/** Until nothing is on its way any more; answers what is left after the time for it, or null. */
export async function drain(stage: Stage, log: (line: string) => void): Promise<string | null> {
  const until = performance.now() + DRAIN_WITHIN_MS
  let least = { count: Number.POSITIVE_INFINITY, at: performance.now() }
  let quiet = 0
  let looks = 0
  let left = ''
  while (performance.now() < until && performance.now() - least.at < STUCK_AFTER_MS) {
    const open = await openEnds(stage).catch((error: unknown) => ({ trouble: String(error) }))
    left = JSON.stringify(open)
    looks += 1
    if (looks % LOOKS_A_LINE === 0) log(`still open: ${left} ${await openIntents(stage).catch(String)}`)
    const count = Object.values(open).reduce<number>((sum, one) => sum + Number(one), 0)
    if (count < least.count) least = { count, at: performance.now() }
    quiet = Object.values(open).every((count) => count === 0) ? quiet + 1 : 0
    if (quiet >= QUIET_LOOKS) return null
    await hurry(stage).catch(() => undefined)
    await sleep(300)
  }
  return `not drained: ${left}`
}

async function openEnds({
  database,
  world,
  hubUrl,
  outfit,
}: Stage): Promise<Record<string, number | string>> {
  const { openLives, waitingMessages } = await world.ask()
  const [row] = await database.sql<{
    tasks: bigint
    intents: bigint
    jobs: bigint
    waybills: bigint
    unlocked: bigint
  }>`
    select (select count(*) from inbox_task where state = 'pending') as tasks,
      (select count(*) from outbox_intent where state in ('pending', 'sending', 'unknown')) as intents,
      (select count(*) from job where state in ('queued', 'running')) as jobs,
      (select count(*) from waybill where state in ('wanted', 'asking', 'cancelling')) as waybills,
      (select count(*) from order_stock where state = 'short' and code <> 'order_stock.left_unlocked') as unlocked`
  const ready = (await (await fetch(`${hubUrl}/readyz`)).json()) as {
    level: number
    spool: { records: number }
  }
  return {
    openLives,
    waitingMessages,
    tasks: Number(row?.tasks ?? 0n),
    intents: Number(row?.intents ?? 0n),
    jobs: Number(row?.jobs ?? 0n),
    waybills: Number(row?.waybills ?? 0n),
    unlocked: Number(row?.unlocked ?? 0n),
    queued: (await outfit.queue?.waiting()) ?? 0,
    toTell: outfit.yard?.waitingMessages() ?? 0,
    level: ready.level,
    spooled: ready.spool.records,
  }
}

/** What the last intents wait for, for people who wait with them. */
async function openIntents({ database }: Stage): Promise<string> {
  const rows = await database.sql<{ words: string }>`
    select concat_ws(' ', effect, connection_id, state, attempts, last_code, last_detail) as words
    from outbox_intent where state in ('pending', 'sending', 'unknown') order by id limit 3`
  return rows.map((row) => row.words).join(' | ')
}

/** Waits of minutes are made short: those between attempts, breakers that would half-open later. */
async function hurry(stage: Stage): Promise<void> {
  const { sql } = stage.database
  await sql`
    update outbox_intent set not_before = now() - interval '1 second'
    where state in ('unknown', 'pending') and not_before > now()`
  const open = await sql<{ connection_id: string }>`
    select connection_id from breaker where state = 'open' and forced is null`
  for (const { connection_id: id } of open)
    await stage.call('POST', `/api/outward/${id}/force`, {
      state: 'closed',
      minutes: 5,
      reason: 'the outage of the run is over',
    })
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10
}

/** A line like these is a bug wherever it comes from. */
const BUG = /uncaught|unhandled|AssertionError|TypeError|ReferenceError|RangeError|assert(?:ion)? failed/i

export function openDiary(contradictions: Contradiction[]): {
  diary: Omit<Diary, 'onStart'>
  badLines: () => Contradiction[]
} {
  const bad = new Map<string, { line: string; times: number }>()
  const diary = {
    onLine: (name: string, line: string): void => {
      if (!BUG.test(line)) return
      const key = `${name} ${line.replace(/\d+/g, '#').slice(0, 200)}`
      const seen = bad.get(key)
      bad.set(key, { line: `${name}: ${line.slice(0, 600)}`, times: (seen?.times ?? 0) + 1 })
    },
    onCrash: (name: string, { code, signal }: Ended, words: string): void => {
      contradictions.push({
        check: 'crash',
        words: `${name} ended by itself (exit ${code ?? signal}): ${words}`,
      })
    },
  }
  return {
    diary,
    badLines: () =>
      [...bad.values()].map(({ line, times }) => ({ check: 'log', words: `${times} times ${line}` })),
  }
}
