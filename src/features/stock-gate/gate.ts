import type { StockLevel, StockPlace } from '#domain/stock.ts'
import { LOCK_TIMEOUT } from '#domain/stock.ts'
import {
  type Answered,
  type AskOptions,
  DEADLINE_MOST_MS,
  DEADLINE_MS,
  type LevelChange,
  type LockCommand,
  type LockOutcome,
  type OnLocked,
  type StockCommand,
  type StockEngine,
} from '#features/stock/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Locks } from '#platform/postgres/locks.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import type { RedisClient } from '#platform/redis/redis.ts'
import { type Bid, bidOf, type Verdict } from './core/bid.ts'
import { type GateState, type HealthEvent, nextHealth, startHealth } from './core/health.ts'
import { gatherer } from './gather.ts'
import { type KeepUp, startKeepUp } from './keep-up.ts'
import { lookAgain } from './look-again.ts'
import { type Mirror, openMirror, type Pending, pendingOf } from './mirror.ts'

export type GateDeps = {
  readonly db: Database
  /** Plans `by_key`: without statistics a look at the newest movements read the whole table (16 ms instead of 0.4); `db` unless given. */
  readonly reads?: Database
  readonly locks: Locks
  readonly clock: Clock
  /** `onChanged` is called when a connection went or another server came. */
  readonly openRedis: (onChanged: () => void) => RedisClient
  /** Part of every key; of this hub's database. */
  readonly namespace: string
  /** Different for every process and start; part of every token. */
  readonly processId: string
  /** Told of locks that were refused without the engine. */
  readonly onLocked?: OnLocked
  readonly onState?: (state: GateState, reason: string | null) => void
  readonly onError?: (error: unknown) => void
  /** Milliseconds between two looks at what others changed; 150 unless given. */
  readonly followMs?: number
  /** Milliseconds after which what is pending is looked into; 5,000 unless given. */
  readonly staleMs?: number
  /** For tests that end the process between two steps. */
  readonly step?: (name: GateStep) => Promise<void>
}
export type GateStep = 'admitted' | 'answered' | 'dropped'

export type GateStatus = {
  readonly state: GateState
  readonly reason: string | null
  /** Seconds since it is so. */
  readonly seconds: number
  readonly epoch: bigint
  readonly cluster: boolean
  /** Locks since the start: admitted, refused for good, left to PostgreSQL because of what is pending, because it found otherwise, or without Redis. */
  readonly locks: Readonly<Record<'admitted' | 'refused' | 'doubted' | 'overruled' | 'bypassed', number>>
}

export type StockGate = {
  /** Puts the gate before an engine whose `onCommitted` is this gate's. */
  readonly wrap: (engine: StockEngine) => StockEngine
  readonly onCommitted: (changes: readonly LevelChange[]) => Promise<void>
  readonly status: () => GateStatus
  readonly stop: () => Promise<void>
}

const GATHER_MOST = 1_024
const LEAST_LEFT_MS = 1

/** Redis in front of the ledger. It may say "no" sooner and answer reads; "yes" comes from PostgreSQL alone, which also stands in when Redis is away. */
export function openStockGate(deps: GateDeps): StockGate {
  const counts = { admitted: 0, refused: 0, doubted: 0, overruled: 0, bypassed: 0 }
  let health = startHealth(performance.now())
  let troubles = 0
  const tell = (event: HealthEvent): void => {
    const before = health
    if (event.kind === 'trouble') troubles += 1
    health = nextHealth(health, event, performance.now())
    if (before.state !== health.state) deps.onState?.(health.state, health.reason)
  }
  const trouble = (error: unknown): void => {
    if (!(error instanceof Outage) || !error.code.startsWith('redis.')) deps.onError?.(error)
    tell({ kind: 'trouble', reason: error instanceof Outage ? error.code : 'redis.failed' })
  }
  const redis = deps.openRedis(() => tell({ kind: 'trouble', reason: 'redis.connection_changed' }))
  const mirror = openMirror(redis, deps.namespace)
  const ways: Ways = { deps, mirror, counts, health: () => health, trouble }
  const keepUp = startKeepUp({
    ...deps,
    redis,
    mirror,
    health: () => health,
    troubles: () => troubles,
    tell,
    trouble,
  })
  return {
    wrap: (engine) => wrapped(engine, ways, keepUp, openLockFirst(engine, ways)),
    onCommitted: async (changes) => {
      if (health.state === 'ready') await keepUp.publish(changes).catch(trouble)
    },
    status: () => ({
      state: health.state,
      reason: health.reason,
      seconds: Math.round((performance.now() - health.since) / 1_000),
      epoch: health.epoch,
      cluster: redis.cluster,
      locks: { ...counts },
    }),
    stop: async () => {
      await keepUp.stop()
      await redis.stop()
    },
  }
}

type Ways = {
  readonly deps: GateDeps
  readonly mirror: Mirror
  readonly counts: { admitted: number; refused: number; doubted: number; overruled: number; bypassed: number }
  readonly health: () => { readonly state: GateState; readonly epoch: bigint }
  readonly trouble: (error: unknown) => void
}

type LockFirst = {
  readonly ask: (command: LockCommand, options: AskOptions) => Promise<Answered>
}

function wrapped(engine: StockEngine, ways: Ways, keepUp: KeepUp, first: LockFirst): StockEngine {
  const ask = (command: StockCommand, options: AskOptions = {}): Promise<Answered> =>
    command.do === 'lock' ? first.ask(command, options) : engine.ask(command, options)
  return {
    ask,
    // Locks among other commands keep their place in the order of the call, so the ledger decides them all.
    askAll: (commands, options) =>
      commands.every((command) => command.do === 'lock')
        ? Promise.all(commands.map((command) => ask(command, options)))
        : engine.askAll(commands, options),
    levels: (places) => readLevelsFirst(engine, ways, keepUp, places),
    stop: engine.stop,
  }
}

type Admission = Verdict | 'bypass'

function openLockFirst(engine: StockEngine, { deps, mirror, counts, health, trouble }: Ways): LockFirst {
  let tokens = 0
  const nextToken = (): string => {
    tokens += 1
    return `${deps.processId}:${tokens}`
  }
  const admit = gatherer<Bid, Admission>(async (bids) => {
    const { state, epoch } = health()
    if (state !== 'ready') return bids.map(() => 'bypass' as const)
    try {
      return await mirror.admit(epoch, bids)
    } catch (error) {
      trouble(error)
      return bids.map(() => 'bypass' as const)
    }
  }, GATHER_MOST)
  const look = gatherer<Bid, Answered | null>((bids) => lookAgain(deps.reads ?? deps.db, bids), GATHER_MOST)
  const drop = gatherer<Pending, void>(async (pending) => {
    const { state, epoch } = health()
    // What stays behind while Redis is away is found by the look at old pending entries.
    if (state === 'ready') await mirror.settle(epoch, pending, []).catch(trouble)
    return []
  }, GATHER_MOST)

  return {
    ask: async (command, options) => {
      const bid = health().state === 'ready' ? bidOf(command, nextToken(), mirror.groups) : null
      if (bid === null) {
        counts.bypassed += 1
        return await engine.ask(command, options)
      }
      const startedAt = performance.now()
      const deadlineMs = Math.min(DEADLINE_MOST_MS, options.deadlineMs ?? DEADLINE_MS)
      const leftMs = (): number =>
        Math.max(LEAST_LEFT_MS, Math.ceil(deadlineMs - (performance.now() - startedAt)))
      const verdict = await admit(bid)
      await deps.step?.('admitted')
      if (verdict === 'no') {
        // A ledger that does not answer here may still do so in time there.
        const refusal = await answersWithin(look(bid), leftMs()).catch(() => null)
        if (refusal !== null) {
          counts.refused += 1
          const tookMs = performance.now() - startedAt
          deps.onLocked?.([{ command, answer: refusal, at: deps.clock.now(), tookMs } satisfies LockOutcome])
          return refusal
        }
      }
      count(counts, verdict)
      const answer = await engine.ask(command, { deadlineMs: leftMs() })
      await deps.step?.('answered')
      // A lock that came too late may stand in the ledger until it is freed: its entry is looked into later.
      if (verdict === 'yes' && (answer.ok || answer.refusal.code !== LOCK_TIMEOUT)) {
        void drop(pendingOf(bid))
          .then(() => deps.step?.('dropped'))
          .catch(trouble)
      }
      return answer
    },
  }
}

function count(counts: Ways['counts'], verdict: Admission): void {
  if (verdict === 'yes') counts.admitted += 1
  else if (verdict === 'no') counts.overruled += 1
  else if (verdict === 'doubt') counts.doubted += 1
  else counts.bypassed += 1
}

/** From Redis where it knows them; a warehouse whose own system counts is asked in PostgreSQL, with what that system said last. */
async function readLevelsFirst(
  engine: StockEngine,
  { mirror, health, trouble }: Ways,
  keepUp: KeepUp,
  places: readonly StockPlace[],
): Promise<readonly StockLevel[]> {
  const { state, epoch } = health()
  if (state !== 'ready' || places.length === 0) return await engine.levels(places)
  const found = await mirror.read(epoch, places).catch((error: unknown) => {
    trouble(error)
    return places.map(() => null)
  })
  const levels = found.map((level): StockLevel | null => {
    const facts = level === null ? undefined : keepUp.warehouse(level.warehouse)
    return level === null || facts === undefined || facts.figures === 'captured'
      ? null
      : { ...level, ...facts }
  })
  const missing = places.filter((_, i) => levels[i] === null)
  const known = levels.filter((level) => level !== null)
  return missing.length === 0 ? known : [...known, ...(await engine.levels(missing))]
}
