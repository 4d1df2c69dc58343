import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contradiction } from '../chaos/check.ts'
import { openDiary, untilInterrupted } from '../chaos/run.ts'
import type { Entry } from './book.ts'
import { buy, type Market } from './buyers.ts'
import { type Compared, compareStock, type StockContradiction } from './check.ts'
import { carryOutStock } from './faults.ts'
import { readLedger, type StockLedger, sampleLedger } from './ledger.ts'
import { type PlannedStockFault, planStockChaos, type RedisKind, stockFaults } from './plan.ts'
import { openStockStage, type StockStage } from './stage.ts'
import { type Move, type Receipt, receive, transfer } from './yard.ts'

export type StockChaosOptions = {
  readonly seed: number
  readonly minutes: number
  readonly redis: RedisKind
  readonly buyers: number
  readonly keep: boolean
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}
export type Recovery = {
  times: number
  fromBeginMs: number
  fromEndMs: number
  /** So many times the next fault came before the first lock. */
  overtaken: number
}
export type StockChaosResult = {
  readonly seed: number
  readonly minutes: number
  readonly redis: RedisKind
  readonly seconds: number
  /** Of each kind how many, and the longest time until a lock asked for after its begin, and after its end, was acknowledged. */
  readonly faults: Readonly<Record<string, Recovery>>
  /** The longest time in which no lock at all was acknowledged, in milliseconds, and during or after what. */
  readonly longestSilence: { readonly ms: number; readonly during: string }
  readonly counts: Compared['counts']
  readonly asked: Readonly<Record<string, number>>
  readonly sold: number
  readonly orders: number
  readonly receipts: number
  readonly transfers: number
  readonly samples: number
  readonly commitsLost: number
  readonly settledSeconds: number
  readonly notes: readonly string[]
  readonly contradictions: readonly StockContradiction[]
  readonly folder: string
}

const SETTLE_WITHIN_MS = 75_000
const CLOSE_WITHIN_MS = 60_000
const SAMPLE_EVERY_MS = 400

/** Buyers, receivers and transfers on two hubs while everything goes wrong; then their book against the ledger. */
export async function runStockChaos(options: StockChaosOptions): Promise<StockChaosResult> {
  const crashes: Contradiction[] = []
  const { diary, badLines } = openDiary(crashes)
  const begun = performance.now()
  const stage = await openStockStage({ ...options, diary })
  try {
    options.log(`stage ready after ${secondsSince(begun)} s in ${stage.dir}`)
    const whole = trade(options, stage, begun)
    const result = await untilInterrupted(whole, options.signal)
    return { ...result, contradictions: [...result.contradictions, ...crashes, ...badLines()] }
  } finally {
    await stage.close()
  }
}

type Day = {
  readonly entries: Entry[]
  readonly receipts: Receipt[]
  readonly moves: Move[]
  readonly wrongs: StockContradiction[]
  readonly asked: Record<string, number>
  /** When each acknowledged lock was asked for and heard of. */
  readonly locks: { readonly sentAt: number; readonly heardAt: number }[]
  readonly notes: string[]
  isOpen: boolean
  isOver: boolean
  samples: number
}

async function trade(
  { seed, minutes, redis, buyers, keep, log, signal }: StockChaosOptions,
  stage: StockStage,
  begun: number,
): Promise<StockChaosResult> {
  const day: Day = {
    entries: [],
    receipts: [],
    moves: [],
    wrongs: [],
    asked: {},
    locks: [],
    notes: [],
    isOpen: true,
    isOver: false,
    samples: 0,
  }
  const note = (words: string): void => {
    day.notes.push(words)
    log(`  note: ${words}`)
  }
  const people = openMarket(day, stage, seed, buyers, log)
  const sampling = sampleOn(day, stage)
  const wrongs = await letGoWrong({ seed, minutes, redis, log, signal }, day, { stage, note })
  day.isOpen = false
  log(`closing after ${secondsSince(begun)} s`)
  const closed = await Promise.race([people.then(() => true), sleep(CLOSE_WITHIN_MS, false)])
  if (!closed)
    day.wrongs.push({
      check: 'stuck',
      words: 'somebody still waits for an answer a minute after all was mended',
    })
  const calm = performance.now()
  const { ledger, compared } = await settle(day, stage, log)
  const settledSeconds = secondsSince(calm)
  day.isOver = true
  await sampling
  const balance = await checkBalance(stage)
  if (keep)
    writeFileSync(
      join(stage.dir, 'book.json'),
      JSON.stringify(day.entries, (_, value) => (value instanceof Map ? [...value] : value)),
    )
  const sold = ledger.holds
    .filter((hold) => !hold.key.startsWith('hub:'))
    .reduce((sum, hold) => sum + hold.lines.reduce((all, line) => all + line.committed, 0), 0)
  return {
    seed,
    minutes,
    redis,
    seconds: secondsSince(begun),
    faults: recoveriesOf(wrongs, day.locks),
    longestSilence: silenceOf(wrongs, day.locks),
    counts: compared.counts,
    asked: day.asked,
    sold,
    orders: day.entries.length,
    receipts: day.receipts.length,
    transfers: day.moves.length,
    samples: day.samples,
    commitsLost: stage.databaseLine.lost(),
    settledSeconds,
    notes: day.notes,
    contradictions: [...day.wrongs, ...deadAfter(wrongs, day.locks), ...compared.contradictions, ...balance],
    folder: stage.dir,
  }
}

function openMarket(
  day: Day,
  { callers }: StockStage,
  seed: number,
  buyers: number,
  log: (line: string) => void,
): Promise<unknown> {
  const onWrong = (check: string, words: string): void => {
    log(`  WRONG ${check}: ${words}`)
    day.wrongs.push({ check, words })
  }
  const count = (what: string): void => {
    day.asked[what] = (day.asked[what] ?? 0) + 1
  }
  const isOpen = (): boolean => day.isOpen
  const market: Market = {
    callers,
    book: day.entries,
    isOpen,
    onWrong,
    count,
    onLocked: (_hub, sentAt, heardAt) => void day.locks.push({ sentAt, heardAt }),
  }
  const yard = { callers, receipts: day.receipts, moves: day.moves, isOpen, onWrong, count }
  return Promise.all([
    ...Array.from({ length: buyers }, (_, i) => buy(market, seed * 1_000 + i, `b${i}`)),
    receive(yard, seed * 1_000 + 901),
    receive(yard, seed * 1_000 + 902),
    transfer(yard, seed * 1_000 + 903),
    transfer(yard, seed * 1_000 + 904),
  ])
}

async function sampleOn(day: Day, { database }: StockStage): Promise<void> {
  while (!day.isOver) {
    const seen = await sampleLedger(database.sql).catch(() => null)
    if (seen !== null) day.samples += 1
    if (seen?.negative != null)
      day.wrongs.push({ check: 'oversold', words: `during the run: ${seen.negative}` })
    if (seen?.uneven != null) day.wrongs.push({ check: 'counter', words: `during the run: ${seen.uneven}` })
    await sleep(SAMPLE_EVERY_MS)
  }
}

type Wrong = { readonly kind: string; readonly from: number; readonly to: number }

async function letGoWrong(
  {
    seed,
    minutes,
    redis,
    log,
    signal,
  }: Pick<StockChaosOptions, 'seed' | 'minutes' | 'redis' | 'log' | 'signal'>,
  day: Day,
  deps: Pick<Parameters<typeof carryOutStock>[0], 'stage' | 'note'>,
): Promise<Wrong[]> {
  const begun = performance.now()
  const done: Wrong[] = []
  const round = stockFaults(redis).length
  for (const [i, fault] of planStockChaos(seed, minutes, redis).entries()) {
    // The plan knows nothing of how long a start takes here; the first round is whole, then the clock decides.
    if (signal.aborted || (i >= round && performance.now() - begun > minutes * 60_000)) break
    await sleep(fault.pauseMs)
    const from = performance.now()
    const failure = await carryOutStock(deps, fault).then(() => null, String)
    done.push({ kind: fault.kind, from, to: performance.now() })
    log(lineOf(begun, fault, performance.now() - from, day))
    if (failure === null) continue
    day.wrongs.push({ check: 'crash', words: `${fault.kind} did not end well: ${failure.slice(0, 1_000)}` })
    break
  }
  // Buyers come once more after the last of it.
  await sleep(1_500)
  return done
}

function lineOf(begun: number, { kind }: PlannedStockFault, ms: number, { locks, wrongs }: Day): string {
  return `${String(secondsSince(begun)).padStart(6)} s  ${kind} (${Math.round(ms)} ms), ${locks.length} locks, ${wrongs.length} wrong`
}

/** Looks until nothing contradicts the book any more: what came too late is given back within moments of the mending. */
async function settle(
  day: Day,
  { database, deaths }: StockStage,
  log: (line: string) => void,
): Promise<{ readonly ledger: StockLedger; readonly compared: Compared }> {
  const until = performance.now() + SETTLE_WITHIN_MS
  for (;;) {
    const ledger = await readLedger(database.sql)
    const { entries, receipts, moves } = day
    const compared = compareStock({ entries, receipts, moves, deaths }, ledger)
    const heals = compared.contradictions.length > 0 && compared.contradictions.every(isPassing)
    if (!heals || performance.now() > until) return { ledger, compared }
    log(`  not yet: ${compared.contradictions.length}, ${compared.contradictions[0]?.words}`)
    await sleep(2_000)
  }
}

/** What moments may still mend; all else stays as wrong as it is. */
const isPassing = ({ check }: StockContradiction): boolean => check === 'left' || check === 'deadline'

/** After the last fault, nobody is locked any more: the hub did not come back. */
function deadAfter(wrongs: readonly Wrong[], locks: Day['locks']): StockContradiction[] {
  const last = wrongs.at(-1)
  if (last === undefined || firstAfter(locks, last.to) < Number.POSITIVE_INFINITY) return []
  return [{ check: 'stuck', words: `no lock was acknowledged after the last fault, ${last.kind}` }]
}

/** The hub's own look at its balance. */
async function checkBalance({ callers }: StockStage): Promise<StockContradiction[]> {
  const heard = await callers[0]?.call('POST', '/api/stock/ledger-checks', null, 30_000)
  const faults = heard?.kind === 'body' ? (heard.body as { faults?: { en: string }[] }).faults : undefined
  if (faults === undefined)
    return [{ check: 'ledger', words: `no check of the balance: ${JSON.stringify(heard)}` }]
  return faults.map(({ en }) => ({ check: 'ledger', words: en }))
}

function recoveriesOf(wrongs: readonly Wrong[], locks: Day['locks']): Record<string, Recovery> {
  const found: Record<string, Recovery> = {}
  for (const [i, { kind, from, to }] of wrongs.entries()) {
    const one = found[kind] ?? { times: 0, fromBeginMs: 0, fromEndMs: 0, overtaken: 0 }
    const next = wrongs[i + 1]?.from ?? Number.POSITIVE_INFINITY
    const fromEndMs = firstAfter(locks, to)
    const isOvertaken = to + fromEndMs > next
    found[kind] = {
      times: one.times + 1,
      fromBeginMs: Math.max(one.fromBeginMs, Math.min(firstAfter(locks, from), Math.round(next - from))),
      fromEndMs: isOvertaken ? one.fromEndMs : Math.max(one.fromEndMs, fromEndMs),
      overtaken: one.overtaken + (isOvertaken ? 1 : 0),
    }
  }
  return found
}

/** Milliseconds until the first lock that was asked for after that moment was acknowledged; endless where none was. */
function firstAfter(locks: Day['locks'], at: number): number {
  let first = Number.POSITIVE_INFINITY
  for (const { sentAt, heardAt } of locks) if (sentAt >= at && heardAt < first) first = heardAt
  return Math.round(first - at)
}

function silenceOf(wrongs: readonly Wrong[], locks: Day['locks']): StockChaosResult['longestSilence'] {
  const times = locks.map((one) => one.heardAt).sort((a, b) => a - b)
  let longest = { ms: 0, during: 'none' }
  for (const [i, at] of times.entries()) {
    const ms = Math.round(at - (times[i - 1] ?? at))
    if (ms > longest.ms) longest = { ms, during: wrongs.findLast((one) => one.from <= at)?.kind ?? 'none' }
  }
  return longest
}

function secondsSince(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10
}
