import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#kernel/assert.ts'
import { type Accounts, readAccounts } from '../chaos/accounts.ts'
import { readBook } from '../chaos/book.ts'
import { type Contradiction, checkAll } from '../chaos/check.ts'
import { drain, openDiary, restartAll, untilInterrupted } from '../chaos/run.ts'
import { administratorKey, openStage, type Stage } from '../chaos/stage.ts'
import { type Watch, watchHub } from '../chaos/watch.ts'
import type { Entry } from '../chaos-stock/book.ts'
import { buy } from '../chaos-stock/buyers.ts'
import { type Caller, openCaller } from '../chaos-stock/caller.ts'
import { compareStock, type StockContradiction } from '../chaos-stock/check.ts'
import { readLedger } from '../chaos-stock/ledger.ts'
import { fillShelves } from '../chaos-stock/stage.ts'
import { type Move, type Receipt, receive } from '../chaos-stock/yard.ts'
import { NO_FAULTS } from '../platform.ts'
import type { Cluster, Promotion } from './cluster.ts'
import { carryOutFailover } from './faults.ts'
import { bytesLost, type Marks, missingMarks, writeMarks } from './marks.ts'
import { type FailoverKind, type PlannedFailover, planFailovers } from './plan.ts'
import { openClusterDatabase } from './stage.ts'

export type FailoverOptions = {
  readonly seed: number
  readonly minutes: number
  readonly kinds: readonly FailoverKind[]
  /** Orders per minute. */
  readonly rate: number
  readonly buyers: number
  /** Milliseconds of peace before each loss, beside what the plan says. */
  readonly apartMs: number
  readonly keep: boolean
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

/** What one loss did to those who use the hub; milliseconds. */
export type Felt = {
  readonly kind: FailoverKind
  /** From the first look that missed the primary to the first write of the new one; null where nobody was promoted. */
  readonly promotedMs: number | null
  /** The longest time in which no message of a sender was acknowledged. */
  readonly messageSilenceMs: number
  /** The longest time in which no lock was acknowledged. */
  readonly lockSilenceMs: number
  /** In which the hub said level 1. */
  readonly levelOneMs: number
  readonly bytesLost: bigint
}
export type FailoverResult = {
  readonly seed: number
  readonly minutes: number
  readonly apartMs: number
  readonly seconds: number
  readonly version: string
  readonly felt: readonly Felt[]
  readonly promotions: number
  readonly accounts: Accounts
  readonly locks: { readonly asked: number; readonly acknowledged: number; readonly asAcknowledged: number }
  readonly receipts: number
  readonly marks: { readonly attempts: number; readonly acknowledged: number; readonly missing: number }
  readonly spooledAtMost: number
  readonly notes: readonly string[]
  readonly contradictions: readonly (Contradiction | StockContradiction)[]
  readonly folder: string
}

const WHOLE_WITHIN_MS = 90_000
const SETTLE_WITHIN_MS = 75_000
const CLOSE_WITHIN_MS = 60_000
const MESSAGE_FAULTS = { ...NO_FAULTS, duplicate: 0.05 }

type Day = {
  readonly entries: Entry[]
  readonly receipts: Receipt[]
  readonly moves: Move[]
  readonly wrongs: StockContradiction[]
  readonly notes: string[]
  /** When each acknowledged lock was asked for and heard of. */
  readonly locks: { readonly sentAt: number; readonly heardAt: number }[]
  isOpen: boolean
}
type Loss = PlannedFailover & {
  readonly from: number
  readonly to: number
  readonly levelOneMs: number
  readonly promotion: Promotion | null
  readonly bytesLost: bigint
}

/** Two hubs over a primary and its synchronous standby, of which one after the other is lost; then the books against the hub. */
export async function runFailover(options: FailoverOptions): Promise<FailoverResult> {
  const { log } = options
  const begun = performance.now()
  const contradictions: Contradiction[] = []
  const { diary, badLines } = openDiary(contradictions)
  const opened: { cluster: Cluster; version: string }[] = []
  const stage = await openStage({
    ...options,
    diary,
    with: new Set(),
    workerRoles: 'api,worker',
    openDatabase: async (dir, say) => {
      const { cluster, database, version } = await openClusterDatabase(dir, say)
      opened.push({ cluster, version })
      return database
    },
  })
  const watch = watchHub(stage.hubUrl)
  try {
    const [ground] = opened
    assert(ground !== undefined, 'FO5')
    log(`stage ready after ${seconds(begun)} s in ${stage.dir}`)
    const result = await untilInterrupted(live(options, { ...ground, stage, watch, begun }), options.signal)
    return { ...result, contradictions: [...result.contradictions, ...contradictions, ...badLines()] }
  } finally {
    watch.stop()
    await stage.close()
  }
}

type Ground = {
  readonly cluster: Cluster
  readonly version: string
  readonly stage: Stage
  readonly watch: Watch
  readonly begun: number
}

async function live(options: FailoverOptions, ground: Ground): Promise<FailoverResult> {
  const { cluster, stage, watch } = ground
  const { seed, minutes, apartMs, log } = options
  const key = await administratorKey(stage.database)
  const workerUrl = `http://127.0.0.1:${stage.environmentOf('worker').PORT}`
  const callers = [openCaller('hub', stage.hubUrl, key), openCaller('worker', workerUrl, key)]
  await fillShelves(stage.database, callers[0] as Caller)
  const marks = await writeMarks(cluster.url('marks'))
  const day: Day = {
    entries: [],
    receipts: [],
    moves: [],
    wrongs: [],
    notes: [],
    locks: [],
    isOpen: true,
  }
  const people = openMarket(day, callers, options)
  await stage.world.tell({ trading: true, faults: MESSAGE_FAULTS })
  const losses = await loseThem(options, day, { cluster, watch, marks })
  await sleep(1_500)
  day.isOpen = false
  const closed = await Promise.race([people.then(() => true), sleep(CLOSE_WITHIN_MS, false)])
  if (!closed) day.wrongs.push({ check: 'stuck', words: 'a buyer still waits a minute after all was mended' })
  await marks.stop()
  await stage.world.tell({ trading: false, faults: NO_FAULTS })
  log(`settling after ${seconds(ground.begun)} s`)
  const compared = await settle(day, stage)
  await restartAll(stage)
  const left = await drain(stage, log)
  if (left !== null) day.wrongs.push({ check: 'stuck', words: left })
  const entries = readBook(stage.bookPath)
  const accounts = await readAccounts(stage, () => readBook(stage.bookPath))
  const missing = await missingMarks(cluster.url('marks'), marks.acknowledged)
  const messages = entries.flatMap((one) =>
    one.t === 'attempt' && one.acknowledged ? [steadyOf(one.at)] : [],
  )
  return {
    seed,
    minutes,
    apartMs,
    seconds: seconds(ground.begun),
    version: ground.version,
    felt: losses.map((loss) => feltOf(loss, messages, day.locks)),
    promotions: cluster.promotions.length,
    accounts,
    locks: {
      asked: day.entries.length,
      acknowledged: compared.counts.acknowledged,
      asAcknowledged: compared.counts.heldAsAcknowledged + compared.counts.stepsFound,
    },
    receipts: day.receipts.filter((one) => one.state === 'done').length,
    marks: {
      attempts: marks.attempts(),
      acknowledged: marks.acknowledged.length,
      missing: missing.length,
    },
    spooledAtMost: watch.seen().spooledAtMost,
    notes: day.notes,
    contradictions: [
      ...day.wrongs,
      ...compared.contradictions,
      ...checkAll(accounts, {}),
      ...lossesOf(losses, missing),
    ],
    folder: stage.dir,
  }
}

function lossesOf(losses: readonly Loss[], missing: readonly number[]): StockContradiction[] {
  const bytes = losses.filter((loss) => loss.bytesLost > 0n)
  return [
    ...missing.slice(0, 5).map((n) => ({ check: 'lost', words: `mark ${n} was acknowledged and is gone` })),
    ...bytes.map(({ kind, bytesLost: lost }) => ({
      check: 'lost',
      words: `${kind}: ${lost} bytes of acknowledged WAL are gone`,
    })),
  ]
}

function openMarket(
  day: Day,
  callers: readonly Caller[],
  { seed, buyers, log }: FailoverOptions,
): Promise<unknown> {
  const onWrong = (check: string, words: string): void => {
    log(`  WRONG ${check}: ${words}`)
    day.wrongs.push({ check, words })
  }
  const isOpen = (): boolean => day.isOpen
  const count = (): void => undefined
  const market = {
    callers,
    book: day.entries,
    isOpen,
    onWrong,
    count,
    onLocked: (_hub: string, sentAt: number, heardAt: number) => void day.locks.push({ sentAt, heardAt }),
  }
  const yard = { callers, receipts: day.receipts, moves: day.moves, isOpen, onWrong, count }
  return Promise.all([
    ...Array.from({ length: buyers }, (_, i) => buy(market, seed * 1_000 + i, `b${i}`)),
    receive(yard, seed * 1_000 + 901),
  ])
}

async function loseThem(
  { seed, minutes, apartMs, kinds, log, signal }: FailoverOptions,
  day: Day,
  { cluster, watch, marks }: { cluster: Cluster; watch: Watch; marks: Marks },
): Promise<Loss[]> {
  const begun = performance.now()
  const losses: Loss[] = []
  const note = (words: string): void => {
    day.notes.push(words)
    log(`  note: ${words}`)
  }
  const onWrong = (words: string): void => {
    log(`  WRONG: ${words}`)
    day.wrongs.push({ check: 'standby', words })
  }
  for (const [i, fault] of planFailovers(seed, minutes, kinds).entries()) {
    if (signal.aborted || (i >= kinds.length && performance.now() - begun > minutes * 60_000)) break
    await sleep(fault.pauseMs + apartMs)
    const [from, level] = [performance.now(), watch.seen().levelOneMs]
    const before = cluster.promotions.at(-1)?.at ?? 0
    const promotion = await carryOutFailover({ cluster, onWrong, note }, fault)
    log(`  ${fault.kind}: ${Math.round(performance.now() - from)} ms until the servers were mended`)
    await untilWhole(day, watch, performance.now())
    const oldPort = promotion === null ? 0 : cluster.server(promotion.from).port
    const bytes = promotion === null ? 0n : bytesLost(marks.acknowledged, promotion, oldPort, before)
    const to = performance.now()
    const levelOneMs = watch.seen().levelOneMs - level
    losses.push({ ...fault, from, to, levelOneMs, promotion, bytesLost: bytes })
    log(`${String(seconds(begun)).padStart(6)} s  ${fault.kind} (${Math.round(to - from)} ms)`)
  }
  return losses
}

/** At level 0, and a lock that was asked for after all was mended is acknowledged. */
async function untilWhole({ locks }: Day, watch: Watch, since: number): Promise<void> {
  for (const until = performance.now() + WHOLE_WITHIN_MS; performance.now() < until; await sleep(50))
    if (watch.now()?.level === 0 && locks.some((lock) => lock.sentAt >= since)) return
  throw new Error(`the hub is not whole again after ${WHOLE_WITHIN_MS / 1_000} s`)
}

/** What came too late is given back within moments of the mending. */
async function settle(day: Day, stage: Stage): Promise<ReturnType<typeof compareStock>> {
  const { entries, receipts, moves } = day
  for (const until = performance.now() + SETTLE_WITHIN_MS; ; await sleep(1_000)) {
    const compared = compareStock(
      { entries, receipts, moves, deaths: [] },
      await readLedger(stage.database.sql),
    )
    const heals = compared.contradictions.some(({ check }) => check === 'left' || check === 'deadline')
    if (!heals || performance.now() > until) return compared
  }
}

function feltOf(loss: Loss, messages: readonly number[], locks: Day['locks']): Felt {
  return {
    kind: loss.kind,
    promotedMs: loss.promotion?.tookMs ?? null,
    messageSilenceMs: longestSilence(messages, loss),
    lockSilenceMs: longestSilence(
      locks.map((one) => one.heardAt),
      loss,
    ),
    levelOneMs: Math.round(loss.levelOneMs),
    bytesLost: loss.bytesLost,
  }
}

/** The longest time between two of these that has a part in the loss. */
export function longestSilence(
  times: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const all = [...times].sort((a, b) => a - b)
  let longest = 0
  for (const [i, at] of all.entries()) {
    const before = all[i - 1] ?? at
    if (at >= from && before <= to) longest = Math.max(longest, at - before)
  }
  return Math.round(longest)
}

/** A time of the world's book on the steady clock of this process. */
function steadyOf(at: string): number {
  return Temporal.Instant.from(at).epochMilliseconds - performance.timeOrigin
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 100) / 10
}
