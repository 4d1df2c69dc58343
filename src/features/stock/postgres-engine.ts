import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import { type Database, sqlState } from '#platform/postgres/database.ts'
import { applyBatch, type Batch, idsFrom, SAME_KEY_NOW, type TakeIds } from './apply-stock.ts'
import type { Answered, LockOutcome, StockCommand } from './commands.ts'
import type { AskOptions, LevelChange, OnLocked, StockEngine } from './engine.ts'
import { nextHoldBlock, readLevels } from './store.ts'
import { openWaitingRoom, type Waiter } from './waiting-room.ts'

export type EngineDeps = {
  /** A pool of its own, so that no slow query elsewhere holds up a lock. */
  readonly db: Database
  readonly clock: Clock
  /** What is locked and renewed bears the database's time instead, which all processes share. */
  readonly isClockChecked?: boolean
  /** Most commands in one transaction, 1 to 1,000; 512 unless given. */
  readonly batch?: number
  /** Transactions at the same time; 1 unless given. */
  readonly lanes?: number
  /** Most commands waiting; beyond it callers are told to come back. 8,192 unless given. */
  readonly queueMost?: number
  readonly onLocked?: OnLocked
  /** Awaited after each commit, before the callers are answered; must not throw and not take long. */
  readonly onCommitted?: (changes: readonly LevelChange[]) => Promise<void> | void
  readonly onError?: (error: unknown) => void
  /** For tests that end the process between two steps. */
  readonly step?: (name: 'gathered' | 'decided' | 'written' | 'committed' | 'answered') => Promise<void>
}

export const DEADLINE_MS = 5_000
export const DEADLINE_MOST_MS = 30_000
const BATCH = 512
const QUEUE_MOST = 8_192
const LANES = 1
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 500
const UNLUCKY_MOST = 20
/** Locks whose answer came too late, to be freed when the database is back; beyond it their deadlines bring them up. */
const LATE_MOST = 10_000

/**
 * The engine over PostgreSQL. No wait is added: while one batch commits, the next gathers, so that a hot SKU costs one row update
 * and one flush for all who wanted it meanwhile. A batch that the connection lost is run again until its callers' deadlines; every
 * command is idempotent by its key.
 */
export function openStockEngine(deps: EngineDeps): StockEngine {
  const { batch = BATCH, lanes = LANES, queueMost = QUEUE_MOST } = deps
  const room = openWaitingRoom((waiter) => freeLate(waiter))
  const ids = idPool()
  const running = new Set<Promise<void>>()
  const late = new Set<bigint>()
  let pauseMs = 0
  let rest: NodeJS.Timeout | null = null
  let isStopping = false

  const pump = (): void => {
    while (rest === null && running.size < lanes) {
      const waiters = room.take(batch)
      if (waiters.length === 0) return
      start(runBatch(waiters))
    }
  }
  const start = (work: Promise<void>): void => {
    const run = work
      .catch((error: unknown) => deps.onError?.(error))
      .finally(() => {
        running.delete(run)
        pump()
      })
    running.add(run)
  }

  async function runBatch(waiters: readonly Waiter[]): Promise<void> {
    try {
      await settle(waiters, await decideAll(waiters))
    } catch (error) {
      await failed(waiters, error)
    }
  }

  async function decideAll(waiters: readonly Waiter[]): Promise<Batch> {
    await deps.step?.('gathered')
    const commands = waiters.map(({ command, made }) =>
      command.do === 'lock' && made.length > 0 ? { ...command, made: made.map(({ id }) => id) } : command,
    )
    const done = await deps.db.begin(async (tx) => {
      const isGone = (place: number): boolean => waiters[place]?.isGone === true
      const { step, isClockChecked } = deps
      const batch = await applyBatch(tx, commands, deps.clock.now(), ids, { step, isGone, isClockChecked })
      noteMade(waiters, batch.answers)
      return batch
    })
    await deps.step?.('committed')
    return done
  }

  async function settle(waiters: readonly Waiter[], { answers, changes }: Batch): Promise<void> {
    pauseMs = 0
    await deps.onCommitted?.(changes)
    room.leave(waiters)
    const outcomes: LockOutcome[] = []
    const now = deps.clock.now()
    const ended = performance.now()
    for (const [i, waiter] of waiters.entries()) {
      const answer = answers[i] as Answered
      const { command } = waiter
      if (waiter.isGone) {
        freeLate(waiter)
        continue
      }
      waiter.isGone = true
      if (command.do === 'lock') {
        outcomes.push({ command, answer, at: now, tookMs: ended - waiter.askedAt })
      }
      waiter.answer(answer)
    }
    if (outcomes.length > 0) deps.onLocked?.(outcomes)
    await deps.step?.('answered')
  }

  /**
   * Whoever asked for this lock was told that it did not come. Unless somebody asked again meanwhile, what was made for it goes
   * back, and nothing else under its key.
   */
  function freeLate({ command, made }: Waiter): void {
    const fresh = made.filter(({ id }) => !late.has(id))
    if (fresh.length === 0 || late.size >= LATE_MOST) return
    const takings = { ids: fresh.map(({ id }) => id), places: fresh.flatMap(({ places }) => places) }
    for (const id of takings.ids) late.add(id)
    const forget = (): void => {
      for (const id of takings.ids) late.delete(id)
    }
    enqueue(
      {
        do: 'release',
        key: 'key' in command ? (command.key ?? '') : '',
        unclaimed: takings,
        reason: 'answered after the deadline',
        actor: 'hub',
      },
      Number.POSITIVE_INFINITY,
      forget,
      forget,
    )
  }

  async function failed(waiters: readonly Waiter[], error: unknown): Promise<void> {
    for (const waiter of waiters) {
      waiter.tries += 1
      // The commit may have happened before its word was lost.
      if (waiter.isGone) freeLate(waiter)
    }
    const open = waiters.filter((waiter) => !waiter.isGone)
    room.leave(waiters)
    if (error instanceof Outage && error.code !== SAME_KEY_NOW) {
      room.putBack(open)
      restAWhile()
    } else if (isUnlucky(error) && open.every((waiter) => waiter.tries < UNLUCKY_MOST)) room.putBack(open)
    else if (open.length > 1) {
      // One of them is at fault: each runs by itself, so that the others are served.
      for (const waiter of open) await runBatch([waiter])
    } else {
      deps.onError?.(error)
      for (const waiter of open) {
        waiter.isGone = true
        waiter.fail(error)
      }
    }
  }

  function restAWhile(): void {
    pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2))
    rest ??= setTimeout(() => {
      rest = null
      pump()
    }, pauseMs)
  }

  function enqueue(
    command: StockCommand,
    expiresAt: number,
    answer: (answer: Answered) => void,
    fail: (error: unknown) => void,
  ): void {
    room.add({
      command,
      askedAt: performance.now(),
      expiresAt,
      tries: 0,
      made: [],
      isGone: false,
      answer,
      fail,
    })
    if (running.size < lanes) queueMicrotask(pump)
  }

  const ask = (command: StockCommand, options: AskOptions = {}): Promise<Answered> => {
    if (isStopping)
      return Promise.reject(new Outage('stock.stopping', 'the hub is stopping', { retryAfterMs: 2_000 }))
    if (room.size() >= queueMost) return Promise.resolve(throttled(room.size()))
    const deadlineMs = Math.min(DEADLINE_MOST_MS, Math.max(1, options.deadlineMs ?? DEADLINE_MS))
    return new Promise((resolve, reject) => {
      enqueue(command, performance.now() + deadlineMs, resolve, reject)
    })
  }
  return {
    ask,
    askAll: (commands, options) => Promise.all(commands.map((command) => ask(command, options))),
    levels: async (places) =>
      places.length === 0 ? [] : (await readLevels(deps.db, places)).map((one) => one.level),
    stop: async () => {
      isStopping = true
      // A database that is away is waited for no longer than the callers do; what is late then comes up at its deadline.
      while (running.size > 0 || (room.size() > 0 && rest === null))
        await Promise.race([...running, new Promise((resolve) => setTimeout(resolve, 20))])
      if (rest !== null) clearTimeout(rest)
      room.close()
    },
  }
}

/** Before the commit: afterwards its word may be lost, and with it what was taken for whom. */
function noteMade(waiters: readonly Waiter[], answers: readonly Answered[]): void {
  for (const [i, { command, made }] of waiters.entries()) {
    const answer = answers[i]
    if (command.do !== 'lock' || answer?.ok !== true || answer.value.do !== 'lock' || answer.value.isRepeat)
      continue
    made.push({ id: answer.value.hold.id, places: answer.value.hold.lines })
  }
}

function throttled(waiting: number): Refused {
  return refuse('stock.throttled', `${waiting} commands wait already; come back in a second`, {
    retryAfterSeconds: 1,
  })
}

/** Two transactions in each other's way: nothing is wrong with either. */
function isUnlucky(error: unknown): boolean {
  if (error instanceof Outage) return error.code === SAME_KEY_NOW
  return ['23505', '40001', '40P01'].includes(sqlState(error) ?? '')
}

function idPool(): TakeIds {
  let next = 0n
  let end = 0n
  return async (sql, count) => {
    if (end - next < BigInt(count)) {
      next = await nextHoldBlock(sql)
      end = next + 1_000n
    }
    const start = next
    next += BigInt(count)
    return idsFrom(start, count)
  }
}
