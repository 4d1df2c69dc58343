import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { addWaited, type Granted, slowBudget, takeFromBudget } from './budget/store.ts'
import {
  type Ask,
  afterThrottle,
  type Budget,
  factorNow,
  type Limit,
  leaseMs,
  limitNow,
  ownShare,
  takeTokens,
} from './core/budget.ts'
import type { Urgency } from './core/judge.ts'
import { within } from './within.ts'

/** Calls of one account that wait in one process; beyond it they are sent away at once. */
export const MOST_WAITING = 1_000
/** A call waits this long at most, so that three of them still fit into an intent's lease with their time-outs. */
export const LONGEST_WAIT_MS = 10_000
/** A platform that says "too many" without a time is left alone this long. */
const PAUSE_MS = 1_000
const LEAST_SLEEP_MS = 5
/** After this the process goes on alone; what the database grants later is lost, and so on the safe side. */
const DATABASE_MS = 1_000
/** A call that got its token sooner did not queue: it asked the database. */
const QUEUED_MS = 100

export type BudgetDeps = {
  readonly db: Database
  readonly random: Random
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
  /** Processes that share the accounts, as last known. */
  readonly processes: () => number
  /** Milliseconds that a call waited for its token. */
  readonly onWaited?: (waitedMs: number) => void
}

export type BudgetView = { readonly waiting: number; readonly alone: boolean }

export type Budgets = {
  /** Resolves when the call may go out; throws `outward.rate_limited` when that is not within `withinMs`. */
  readonly take: (account: string, usual: Limit, urgency: Urgency, withinMs: number) => Promise<void>
  /**
   * The platform said "too many" to a call that went out at `sentAt` (`nowMs`). Answers whether it had said so, within the minute
   * before, when that call went out: those that were under way together are one lesson.
   */
  readonly throttled: (account: string, retryAfterMs: number | null, sentAt?: number) => Promise<boolean>
  /** What waits in this process. */
  readonly view: (account: string) => BudgetView
  readonly stop: () => void
}

type Waiter = {
  readonly since: number
  readonly until: number
  readonly go: () => void
  readonly fail: (error: Outage) => void
}
type Stock = { count: number; until: number }
type Account = {
  readonly name: string
  usual: Limit
  readonly waiting: Record<Urgency, Waiter[]>
  readonly stock: Record<Urgency, Stock>
  pumping: boolean
  /** Calls a millisecond lately, so that an ask may bring tokens for the next ones. */
  pace: number
  pacedAt: number
  /** What the database said last, and the budget that stands in for it while it is away. */
  last: { limit: Limit; factor: number } | null
  own: Budget | null
  throttledAt: number | null
  waited: number
}

/** The token buckets of all accounts, as this process sees them. Tokens come from the database in small leases. */
export function openBudgets(deps: BudgetDeps): Budgets {
  const accounts = new Map<string, Account>()
  let stopped = false
  const accountOf = (name: string, usual: Limit): Account => {
    const known = accounts.get(name) ?? newAccount(name, usual, deps.nowMs())
    known.usual = usual
    accounts.set(name, known)
    return known
  }
  return {
    take: async (name, usual, urgency, withinMs) => {
      const account = accountOf(name, usual)
      notePace(account, deps.nowMs())
      if (isCalm(account) && takeFromStock(account, urgency, deps.nowMs())) return
      if (account.waiting.urgent.length + account.waiting.routine.length >= MOST_WAITING)
        throw rateLimited(name, 1_000, `${MOST_WAITING} calls wait already`)
      await new Promise<void>((resolve, reject) => {
        const since = deps.nowMs()
        const until = since + Math.min(withinMs, LONGEST_WAIT_MS)
        account.waiting[urgency].push({ since, until, go: resolve, fail: reject })
        void pump(deps, account, () => stopped)
      })
    },
    throttled: async (name, retryAfterMs, sentAt = deps.nowMs()) => {
      const now = deps.nowMs()
      const account = accounts.get(name)
      const before = account?.throttledAt ?? null
      const isRecent = before !== null && now - before < 60_000
      const again = isRecent && sentAt > before
      const isSameLesson = isRecent && !again
      if (account !== undefined) {
        if (!isSameLesson) account.throttledAt = now
        // What lies here was granted before the platform said no.
        account.stock.urgent.count = 0
        account.stock.routine.count = 0
        if (account.own !== null)
          account.own = afterThrottle(account.own, retryAfterMs ?? PAUSE_MS, now, !isSameLesson)
      }
      const pauseMs = retryAfterMs ?? PAUSE_MS
      await within(DATABASE_MS, slowBudget(deps.db, name, pauseMs, !isSameLesson)).catch(ignoreOutage)
      return again
    },
    view: (name) => {
      const account = accounts.get(name)
      return {
        waiting: account === undefined ? 0 : account.waiting.urgent.length + account.waiting.routine.length,
        alone: account !== undefined && account.own !== null,
      }
    },
    stop: () => {
      stopped = true
      for (const account of accounts.values())
        for (const waiter of [...account.waiting.urgent.splice(0), ...account.waiting.routine.splice(0)])
          waiter.fail(rateLimited(account.name, 1_000, 'the hub is stopping'))
    },
  }
}

function newAccount(name: string, usual: Limit, now: number): Account {
  return {
    name,
    usual,
    waiting: { urgent: [], routine: [] },
    stock: { urgent: { count: 0, until: 0 }, routine: { count: 0, until: 0 } },
    pumping: false,
    pace: 0,
    pacedAt: now,
    last: null,
    own: null,
    throttledAt: null,
    waited: 0,
  }
}

/** Nobody waits who came before. */
function isCalm(account: Account): boolean {
  return account.waiting.urgent.length + account.waiting.routine.length === 0
}

function takeFromStock(account: Account, urgency: Urgency, now: number): boolean {
  const stocks =
    urgency === 'urgent' ? [account.stock.urgent, account.stock.routine] : [account.stock.routine]
  const stock = stocks.find(({ count, until }) => count > 0 && until >= now)
  if (stock === undefined) return false
  stock.count -= 1
  return true
}

/** A running mean over about half a second. */
function notePace(account: Account, now: number): void {
  const gap = Math.max(0.01, now - account.pacedAt)
  const weight = Math.min(1, gap / 500)
  account.pace = account.pace * (1 - weight) + weight / gap
  account.pacedAt = now
}

/** Asks for tokens until nobody waits; one at a time per account. */
async function pump(deps: BudgetDeps, account: Account, isStopped: () => boolean): Promise<void> {
  if (account.pumping) return
  account.pumping = true
  try {
    while (!isCalm(account) && !isStopped()) {
      dropLate(account, deps.nowMs())
      if (isCalm(account)) break
      const sentAt = deps.nowMs()
      const want = wantOf(account)
      const granted = await askFor(deps, account, want)
      handOut(deps, account, granted, sentAt)
      turnAway(account, granted, deps.nowMs())
      if (!isCalm(account)) await pause(sleepMs(deps, account, granted))
    }
    if (account.waited > 0) {
      const waited = account.waited
      account.waited = 0
      await within(DATABASE_MS, addWaited(deps.db, account.name, waited)).catch(ignoreOutage)
    }
  } catch (error) {
    const fault =
      error instanceof Outage ? error : new Outage('outward.budget', String(error), { cause: error })
    for (const waiter of [...account.waiting.urgent.splice(0), ...account.waiting.routine.splice(0)])
      waiter.fail(fault)
  } finally {
    account.pumping = false
    // Somebody may have come while the last sum was written.
    if (!isCalm(account) && !isStopped()) void pump(deps, account, isStopped)
  }
}

/** Those who wait, and about as many more as will come before the lease ends. */
function wantOf(account: Account): Ask {
  const limit = limitNow(account.last?.limit ?? account.usual, account.last?.factor ?? 1)
  const ahead = Math.floor(account.pace * Math.max(0, leaseMs(limit)))
  const { urgent, routine } = account.waiting
  return urgent.length >= routine.length
    ? { urgent: urgent.length + ahead, routine: routine.length }
    : { urgent: urgent.length, routine: routine.length + ahead }
}

async function askFor(deps: BudgetDeps, account: Account, want: Ask): Promise<Granted> {
  try {
    const granted = await within(DATABASE_MS, takeFromBudget(deps.db, account.name, account.usual, want))
    account.last = { limit: granted.limit, factor: granted.factor }
    account.own = null
    return granted
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return askOneself(deps, account, want)
  }
}

/** The database is away: this process's share of what was last known, so that all of them together stay within it. */
function askOneself(deps: BudgetDeps, account: Account, want: Ask): Granted {
  const now = deps.nowMs()
  const known = account.last ?? { limit: account.usual, factor: 1 }
  account.own ??= { tat: 0, factor: known.factor, factorAt: now, blockedUntil: null }
  const share = ownShare(known.limit, deps.processes())
  const { grant, tat } = takeTokens(account.own, share, want, now)
  account.own = { ...account.own, tat }
  return {
    ...grant,
    limit: known.limit,
    factor: factorNow(account.own, now),
    blockedMs: Math.max(0, (account.own.blockedUntil ?? now) - now),
  }
}

function handOut(deps: BudgetDeps, account: Account, granted: Granted, sentAt: number): void {
  const now = deps.nowMs()
  for (const urgency of ['urgent', 'routine'] as const) {
    const going = account.waiting[urgency].splice(0, granted[urgency])
    for (const waiter of going) {
      if (now - waiter.since > QUEUED_MS) account.waited += 1
      deps.onWaited?.(now - waiter.since)
      waiter.go()
    }
    const left = granted[urgency] - going.length
    if (left > 0) {
      const until = sentAt + leaseMs(limitNow(granted.limit, granted.factor))
      account.stock[urgency] = { count: left, until }
    }
  }
}

/** A call whose turn cannot come in time is told so now instead of at its deadline. */
function turnAway(account: Account, granted: Granted, now: number): void {
  const perMs = (granted.limit.perSecond * granted.factor) / 1_000
  let ahead = 0
  for (const urgency of ['urgent', 'routine'] as const) {
    const staying: Waiter[] = []
    for (const waiter of account.waiting[urgency]) {
      const expected = granted.waitMs + ahead / perMs
      if (now + expected > waiter.until) waiter.fail(rateLimited(account.name, expected))
      else {
        staying.push(waiter)
        ahead += 1
      }
    }
    account.waiting[urgency] = staying
  }
}

function dropLate(account: Account, now: number): void {
  for (const urgency of ['urgent', 'routine'] as const) {
    const [staying, late] = [
      account.waiting[urgency].filter((waiter) => waiter.until > now),
      account.waiting[urgency].filter((waiter) => waiter.until <= now),
    ]
    account.waiting[urgency] = staying
    for (const waiter of late) waiter.fail(rateLimited(account.name, 1_000))
  }
}

/** Until the next token; a little more, so that processes do not all ask at once. */
function sleepMs(deps: BudgetDeps, account: Account, granted: Granted): number {
  const first = Math.min(
    ...[...account.waiting.urgent, ...account.waiting.routine].map((waiter) => waiter.until),
  )
  const wait = Math.max(granted.waitMs, LEAST_SLEEP_MS) + deps.random.next() * LEAST_SLEEP_MS
  return Math.max(LEAST_SLEEP_MS, Math.min(wait, first - deps.nowMs()))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function rateLimited(account: string, retryAfterMs: number, why = 'its calls wait too long'): Outage {
  return new Outage('outward.rate_limited', `the budget of ${account} is used up: ${why}`, {
    retryAfterMs: Math.max(100, Math.ceil(retryAfterMs)),
  })
}

function ignoreOutage(error: unknown): void {
  if (!(error instanceof Outage)) throw error
}
