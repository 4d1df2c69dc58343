import type { StockPlace } from '#domain/stock.ts'
import { type LevelChange, readLevels } from '#features/stock/index.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Locks } from '#platform/postgres/locks.ts'
import type { RedisClient } from '#platform/redis/redis.ts'
import { type Found, type Health, type HealthEvent, whyRebuild } from './core/health.ts'
import type { Mirror, Pending, VersionedLevel } from './mirror.ts'
import {
  type GateRow,
  markBuilt,
  nextEpoch,
  placesAfter,
  placesMovedSince,
  readGate,
  readQuotasLeft,
  readWarehouseFacts,
  saveFollowed,
  snapshotNow,
} from './store.ts'

export type WarehouseFacts = { readonly figures: 'own' | 'captured'; readonly active: boolean }

/** Keeps what Redis holds as PostgreSQL has it. */
export type KeepUp = {
  /** Tells Redis of levels as a transaction left them. */
  readonly publish: (changes: readonly LevelChange[]) => Promise<void>
  /** As of the last second; undefined for one that is not known yet. */
  readonly warehouse: (code: string) => WarehouseFacts | undefined
  readonly stop: () => Promise<void>
}

export type KeepUpDeps = {
  readonly db: Database
  /** Finds rows by their keys whatever the statistics say; `db` unless given. */
  readonly reads?: Database
  readonly locks: Locks
  readonly redis: RedisClient
  readonly mirror: Mirror
  readonly health: () => Health
  /** How many there were; one that comes while Redis is looked at makes the look worthless. */
  readonly troubles: () => number
  readonly tell: (event: HealthEvent) => void
  readonly trouble: (error: unknown) => void
  readonly onError?: (error: unknown) => void
  readonly followMs?: number
  readonly staleMs?: number
}

const FOLLOW_MS = 150
const STALE_MS = 5_000
const LOOK_EVERY_MS = 1_000
const FILL_AT_ONCE = 1_000
const KNOWN_MOST = 50_000
const SAVE_EVERY_MS = 1_000
const PAUSE_TIMES = 3
/** A process that hangs keeps the lead; what it does not follow is not believed for long. */
const SILENT_MOST_SECONDS = 10
const BUILD_LOCK = 'holdfast.stock-gate.build'
const FOLLOW_LOCK = 'holdfast.stock-gate.follow'

export function startKeepUp(deps: KeepUpDeps): KeepUp {
  const { db, mirror, redis, health, tell, trouble, followMs = FOLLOW_MS, staleMs = STALE_MS } = deps
  const reads = deps.reads ?? db
  const published = versionsKnown(KNOWN_MOST)
  const lead = openLead(deps)
  let warehouses = new Map<string, WarehouseFacts>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let isStopping = false

  const look = async (): Promise<void> => {
    const troubles = deps.troubles()
    const row = await readGate(db)
    const facts = await readWarehouseFacts(db)
    warehouses = new Map(facts.map(({ code, figures, active }) => [code, { figures, active }]))
    const found = await findIn(row, redis, mirror, staleMs)
    lookedAt = performance.now()
    if (whyRebuild(found) !== null) return await rebuild()
    if (found.pending.length > 0) await reclaim(row.epoch, found.pending)
    await lead.seek(row)
    if (lead.since() === null && row.silentSeconds > SILENT_MOST_SECONDS)
      throw new Outage('redis.not_followed', 'the process that keeps Redis up to date says nothing')
    if (deps.troubles() !== troubles) return
    if (health().state !== 'ready' || health().epoch !== row.epoch) tell({ kind: 'ready', epoch: row.epoch })
  }

  /** One process builds, the others wait and go on with PostgreSQL alone. */
  const rebuild = async (): Promise<void> => {
    tell({ kind: 'building' })
    let isLost = false
    const release = await deps.locks.tryHold(BUILD_LOCK, () => {
      isLost = true
    })
    if (release === null) return
    try {
      await rebuildAlone(() => isLost || isStopping)
    } finally {
      await release()
    }
  }

  const rebuildAlone = async (isOver: () => boolean): Promise<void> => {
    const startedAt = performance.now()
    const troubles = deps.troubles()
    const before = await findIn(await readGate(db), redis, mirror, staleMs)
    // Whoever had the lock before may have done it.
    if (whyRebuild(before) === null) return
    const epoch = await nextEpoch(db)
    await mirror.close()
    const from = await snapshotNow(db)
    const write = (levels: readonly VersionedLevel[]) => mirror.settle(epoch, [], levels, 'build')
    const places = await fill(write, isOver)
    const moved = await placesMovedSince(reads, from)
    await inParts(moved.places, async (part) => write(await readVersioned(reads, part)))
    if (isOver() || (await serversOf(redis, before.database)) !== before.servers) return
    await mirror.open(epoch)
    const tookMs = Math.round(performance.now() - startedAt)
    const { servers } = before
    if (!(await markBuilt(db, { epoch, servers, followed: moved.snapshot, places, tookMs }))) return
    if (deps.troubles() === troubles) tell({ kind: 'ready', epoch })
  }

  const fill = async (
    write: (levels: readonly VersionedLevel[]) => Promise<void>,
    isOver: () => boolean,
  ): Promise<number> => {
    let after: StockPlace | null = null
    let count = 0
    for (;;) {
      const places: readonly StockPlace[] = await placesAfter(db, after, FILL_AT_ONCE)
      const last = places.at(-1)
      if (last === undefined || isOver()) return count
      await write(await readVersioned(reads, places))
      count += places.length
      after = last
    }
  }

  /** Changes that went past every gate: within somebody's own transaction, or made while Redis was away. */
  const follow = async (): Promise<void> => {
    const since = lead.since()
    if (since === null) return
    const { epoch } = health()
    const moved = await placesMovedSince(reads, since)
    await inParts(moved.places, async (part) => {
      const news = (await readVersioned(reads, part)).filter((one) => published.isNews(one))
      if (news.length > 0) await mirror.settle(epoch, [], news)
    })
    await lead.moveOn(epoch, moved.snapshot)
  }

  /** Their process is gone, or Redis was when they should have been dropped: the ledger says what became of them. */
  const reclaim = async (epoch: bigint, pending: readonly Pending[]): Promise<void> => {
    const levels = await readVersioned(
      db,
      pending.flatMap((one) => one.lines),
    )
    await mirror.settle(epoch, pending, levels)
  }

  const turn = async (): Promise<void> => {
    const now = performance.now()
    const { state, lookAt } = health()
    // Somebody who reaches Redis shall follow.
    if (state === 'away') await lead.leave()
    if (state === 'away' && now < lookAt) return
    if (state !== 'ready' || now - lookedAt >= LOOK_EVERY_MS) await look()
    if (health().state === 'ready') await follow()
  }
  // While PostgreSQL is away nobody is locked, and what Redis holds stays as true as it was.
  const failed = (error: unknown): void => {
    if (error instanceof Outage && !error.code.startsWith('redis.')) deps.onError?.(error)
    else trouble(error)
  }
  const loop = repeat(turn, followMs, failed)
  return {
    publish: async (changes) => {
      const levels = changes.map(({ level, version, quotas }) => ({ level, version, quotas: quotas ?? [] }))
      await mirror.settle(health().epoch, [], levels)
      for (const one of levels) published.note(one)
    },
    warehouse: (code) => warehouses.get(code),
    stop: async () => {
      isStopping = true
      await loop.stop()
      await lead.leave()
    },
  }
}

type FoundIn = Found & { readonly pending: readonly Pending[]; readonly database: string }

async function findIn(row: GateRow, redis: RedisClient, mirror: Mirror, staleMs: number): Promise<FoundIn> {
  const [servers, { epochs, pending }] = await Promise.all([
    serversOf(redis, row.database),
    mirror.look(staleMs),
  ])
  const { epoch, isBuilt, database } = row
  return { epoch, isBuilt, builtIn: row.servers, servers, epochs, pending, database }
}

async function serversOf(redis: RedisClient, database: string): Promise<string> {
  return `${database}@${await redis.servers()}`
}

/**
 * One process follows the movements for all, because each would read what every other has published already. Its place is in the
 * database, so that whoever comes after it misses nothing.
 */
function openLead({ db, locks }: KeepUpDeps) {
  let release: (() => Promise<void>) | null = null
  let place: { epoch: bigint; since: string } | null = null
  let savedAt = Number.NEGATIVE_INFINITY
  return {
    since: (): string | null => place?.since ?? null,
    seek: async (row: GateRow): Promise<void> => {
      if (place !== null && place.epoch === row.epoch) return
      release ??= await locks.tryHold(FOLLOW_LOCK, () => {
        release = null
        place = null
      })
      if (release === null) return
      // Read again: the one before may have moved on between the look and the lock.
      const { epoch, followed } = await readGate(db)
      place = followed === null ? null : { epoch, since: followed }
    },
    moveOn: async (epoch: bigint, since: string): Promise<void> => {
      if (place === null || place.epoch !== epoch) return
      place = { epoch, since }
      if (performance.now() - savedAt < SAVE_EVERY_MS) return
      savedAt = performance.now()
      await saveFollowed(db, epoch, since)
    },
    leave: async (): Promise<void> => {
      const last = place
      place = null
      if (last !== null) await saveFollowed(db, last.epoch, last.since).catch(() => undefined)
      const held = release
      release = null
      await held?.()
    },
  }
}

/** Pauses at least three times as long as the turn took, so that following never takes more than a quarter of a connection. */
function repeat(
  turn: () => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void,
): { readonly stop: () => Promise<void> } {
  let timer: NodeJS.Timeout | null = null
  let isOver = false
  let running: Promise<void> = Promise.resolve()
  const go = (): void => {
    const startedAt = performance.now()
    running = turn()
      .catch(onError)
      .then(() => {
        const took = performance.now() - startedAt
        if (!isOver) timer = setTimeout(go, Math.max(everyMs, took * PAUSE_TIMES))
      })
  }
  go()
  return {
    stop: async () => {
      isOver = true
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }
}

/** Levels first, quotas after them: what is left of a quota is never older than its level. */
async function readVersioned(sql: Sql, places: readonly StockPlace[]): Promise<VersionedLevel[]> {
  if (places.length === 0) return []
  const levels = await readLevels(sql, places)
  const quotas = Map.groupBy(await readQuotasLeft(sql, places), (quota) => `${quota.sku}\n${quota.warehouse}`)
  return levels.map(({ level, version }) => ({
    level,
    version,
    quotas: quotas.get(`${level.sku}\n${level.warehouse}`) ?? [],
  }))
}

async function inParts(
  places: readonly StockPlace[],
  work: (part: readonly StockPlace[]) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < places.length; i += FILL_AT_ONCE) await work(places.slice(i, i + FILL_AT_ONCE))
}

/** The versions that this process wrote last, so that its own changes are not written a second time; the oldest are forgotten. */
function versionsKnown(most: number) {
  const versions = new Map<string, bigint>()
  const keyOf = ({ level }: VersionedLevel): string => `${level.sku}\n${level.warehouse}`
  return {
    isNews: (one: VersionedLevel): boolean => (versions.get(keyOf(one)) ?? -1n) < one.version,
    note: (one: VersionedLevel): void => {
      const key = keyOf(one)
      versions.delete(key)
      versions.set(key, one.version)
      if (versions.size > most) {
        const [oldest] = versions.keys()
        if (oldest !== undefined) versions.delete(oldest)
      }
    },
  }
}
