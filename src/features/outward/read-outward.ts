import type { CallsFor } from '#domain/connector.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { readHeldForBudget, readWaiting, type Waiting } from '#platform/outbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type Breakers, calm, effectiveState } from './breakers.ts'
import { type BudgetRow, type LimitRow, readBudgets, readLimits } from './budget/store.ts'
import type { Budgets } from './budgets.ts'
import { depthOf, factorNow, type Limit, limitNow } from './core/budget.ts'
import { BACKUP_CAPABILITIES, type BackupCapability } from './core/route.ts'
import { accountOf, type Connected } from './open-outward.ts'
import { type BackupRow, readBackups } from './route/store.ts'
import { canCall } from './route-for.ts'
import { type BreakerRow, type MinuteRow, readBreakers, readMinutes } from './store.ts'

export type Listed = Connected & { readonly name: string; readonly paused: boolean }
export type ReadDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly breakers: Breakers
  readonly budgets: Budgets
  readonly callsFor: CallsFor
  readonly limitOf: (connected: Connected) => Limit
  readonly connections: () => readonly Listed[]
}

export type WayOfOne = {
  readonly connected: Listed
  readonly row: BreakerRow
  readonly state: BreakerRow['state']
  readonly minutes: readonly MinuteRow[]
  readonly waiting: Waiting | null
  readonly account: string
  readonly capabilities: readonly BackupCapability[]
  readonly backups: readonly BackupRow[]
}
export type AccountNow = {
  readonly account: string
  readonly kind: string
  readonly connections: readonly string[]
  readonly limit: Limit
  readonly source: 'operator' | 'platform' | 'cautious'
  readonly set: LimitRow | null
  readonly factor: number
  readonly available: number
  readonly waiting: number
  /** Intents of its connections that were put back because the budget was used up; null: none. */
  readonly held: Waiting | null
  readonly waited: bigint
  readonly refused: bigint
  readonly blockedUntil: Instant | null
}

const SHOWN_MINUTES = 30

/** How every connection that is called stands, and every account. */
export async function readOutward(
  deps: ReadDeps,
): Promise<{ connections: readonly WayOfOne[]; accounts: readonly AccountNow[] }> {
  const now = deps.clock.now()
  const [rows, minutes, waiting, backups, budgets, limits, held] = await Promise.all([
    readBreakers(deps.db),
    readMinutes(deps.db, now.subtract({ minutes: SHOWN_MINUTES })),
    readWaiting(deps.db),
    readBackups(deps.db),
    readBudgets(deps.db),
    readLimits(deps.db),
    readHeldForBudget(deps.db),
  ])
  const called = deps.connections().filter(({ connector }) => connector.calls !== undefined)
  return {
    connections: called.map((connected) => {
      const row = rows.find(({ connection }) => connection === connected.id) ?? calm(connected.id)
      return {
        connected,
        row,
        state: effectiveState(row, now),
        minutes: minutes.filter(({ connection_id }) => connection_id === connected.id),
        waiting: waiting.get(connected.id) ?? null,
        account: accountOf(connected),
        capabilities: BACKUP_CAPABILITIES.filter((one) => canCall(connected, one, deps.callsFor)),
        backups: backups.filter(({ connection_id }) => connection_id === connected.id),
      }
    }),
    accounts: accountsNow(deps, called, budgets, limits, held),
  }
}

function accountsNow(
  deps: ReadDeps,
  called: readonly Listed[],
  budgets: ReadonlyMap<string, BudgetRow>,
  limits: ReadonlyMap<string, LimitRow>,
  held: ReadonlyMap<string, Waiting>,
): AccountNow[] {
  const names = [...new Set(called.map(accountOf))].sort()
  return names.map((account) => {
    const members = called.filter((one) => accountOf(one) === account)
    const [first] = members
    const set = limits.get(account) ?? null
    const limit = set ?? (first === undefined ? { perSecond: 1, burst: 1 } : deps.limitOf(first))
    const row = budgets.get(account)
    const figures = row === undefined ? null : spendable(row, limit)
    return {
      account,
      kind: first?.connector.kind ?? '',
      connections: members.map(({ id }) => id),
      limit,
      source: set !== null ? 'operator' : first?.connector.rateLimit === undefined ? 'cautious' : 'platform',
      set,
      factor: figures?.factor ?? 1,
      available: figures?.available ?? Math.floor(depthOf(limit)),
      waiting: deps.budgets.view(account).waiting,
      held: sumOf(members.flatMap(({ id }) => held.get(id) ?? [])),
      waited: row?.waited ?? 0n,
      refused: row?.refused ?? 0n,
      blockedUntil: figures?.blockedUntil ?? null,
    }
  })
}

function sumOf(parts: readonly Waiting[]): Waiting | null {
  return parts.reduce<Waiting | null>(
    (sum, { count, oldest }) => ({
      count: count + (sum?.count ?? 0n),
      oldest: sum !== null && Temporal.Instant.compare(sum.oldest, oldest) < 0 ? sum.oldest : oldest,
    }),
    null,
  )
}

function spendable(row: BudgetRow, limit: Limit) {
  const now = row.now.epochMilliseconds
  const factor = factorNow({ factor: row.factor, factorAt: row.factor_at.epochMilliseconds }, now)
  const allowed = limitNow(limit, factor)
  const used = (Math.max(0, row.tat.epochMilliseconds - now) / 1_000) * allowed.perSecond
  const isBlocked = row.blocked_until !== null && row.blocked_until.epochMilliseconds > now
  return {
    factor,
    available: isBlocked ? 0 : Math.max(0, Math.floor(depthOf(allowed) - used)),
    blockedUntil: isBlocked ? row.blocked_until : null,
  }
}
