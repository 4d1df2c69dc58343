import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineDeps, openStockEngine, type StockEngine } from '#features/stock/index.ts'
import { openStockGate, readGate, type StockGate } from '#features/stock-gate/index.ts'
import { openMirror } from '#features/stock-gate/mirror.ts'
import { type Clock, manualClock } from '#kernel/clock.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import { parseRedisUrl } from '#platform/redis/address.ts'
import { openRedis } from '#platform/redis/redis.ts'
import { freshDatabase } from '#test-support/postgres.ts'

/** One engine as a process of the hub has it. */
export type OpenEngine = {
  readonly engine: StockEngine
  readonly gate: StockGate | null
  readonly stop: () => Promise<void>
}

export type World = {
  readonly db: Database
  readonly databaseUrl: string
  /** Null: PostgreSQL alone. */
  readonly redisUrl: string | null
  readonly clock: ReturnType<typeof manualClock>
  readonly first: OpenEngine
  /** Another process over the same stores. */
  readonly second: OpenEngine
  /** Redis says what the ledger says; at once where there is no Redis. */
  readonly settled: () => Promise<void>
  readonly close: () => Promise<void>
}

export const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
export const WAREHOUSES = ['SH', 'GZ', 'BJ', 'CAP', 'DRY']

/** Warehouses: three plain ones, one whose own system counts, one that does not sell what is on its way. */
export async function openWorld(redisUrl: string | null): Promise<World> {
  const database = await freshDatabase()
  const db = database.sql
  await db`
    insert into warehouse (code, name, figures, counts_in_transit, active, updated_by) values
      ('SH', '上海', 'own', true, true, 't'), ('GZ', '广州', 'own', true, true, 't'), ('BJ', '北京', 'own', true, true, 't'),
      ('CAP', '云仓', 'captured', true, true, 't'), ('DRY', '干仓', 'own', false, true, 't'), ('OFF', '停用', 'own', true, false, 't')`
  const clock = manualClock(START)
  const open = () => openEngine({ databaseUrl: database.url, redisUrl, clock })
  const [first, second] = [await open(), await open()]
  return {
    db,
    databaseUrl: database.url,
    redisUrl,
    clock,
    first,
    second,
    settled: async () => {
      for (const { gate } of [first, second]) if (gate !== null) await ready(gate)
    },
    close: async () => {
      await first.stop()
      await second.stop()
      await database.close()
    },
  }
}

/** Two lanes, so that batches of one process meet each other too. */
export async function openEngine(options: {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly clock: Clock
  readonly engineStep?: NonNullable<EngineDeps['step']>
  readonly gateStep?: (name: string) => Promise<void>
}): Promise<OpenEngine> {
  const { databaseUrl, redisUrl, clock, engineStep, gateStep } = options
  const db = openDatabase({ url: databaseUrl, connections: 6, keepOpen: true })
  const reads = openDatabase({ url: databaseUrl, connections: 3, plans: 'by_key', keepOpen: true })
  const deps = { db, clock, lanes: 2, ...(engineStep === undefined ? {} : { step: engineStep }) }
  if (redisUrl === null) {
    const engine = openStockEngine(deps)
    const stop = async () => {
      await engine.stop()
      await Promise.all([db.end(), reads.end()])
    }
    return { engine, gate: null, stop }
  }
  const address = parseRedisUrl(redisUrl)
  if (!address.ok) throw new Error(address.refusal.detail)
  const locks = openLocks(databaseUrl)
  const { namespace } = await readGate(db)
  const gate = openStockGate({
    db,
    reads,
    locks,
    clock,
    namespace,
    processId: randomBytes(6).toString('hex'),
    // Long enough for a machine that eight others use; a dead server refuses at once.
    openRedis: (onChanged) => openRedis({ address: address.value, timeoutMs: 1_000, onChanged }),
    followMs: 50,
    staleMs: 1_000,
    ...(gateStep === undefined ? {} : { step: gateStep }),
  })
  const inner = openStockEngine({ ...deps, onCommitted: gate.onCommitted })
  await ready(gate)
  return {
    engine: gate.wrap(inner),
    gate,
    stop: async () => {
      await inner.stop()
      await gate.stop()
      await locks.end()
      await Promise.all([db.end(), reads.end()])
    },
  }
}

export async function ready(gate: StockGate): Promise<void> {
  await eventually(
    async () => gate.status().state === 'ready',
    () => `the gate is ${gate.status().state} (${gate.status().reason})`,
  )
}

/** Polls; fails with what `words` tells after `seconds`. */
export async function eventually(
  done: () => Promise<boolean>,
  words: () => string,
  seconds = 20,
): Promise<void> {
  for (let waited = 0; !(await done()); waited += 20) {
    if (waited > seconds * 1_000) throw new Error(`not within ${seconds} s: ${words()}`)
    await sleep(20)
  }
}

/** How many entries wait in Redis; 0 without it, null when it does not say. */
export async function pendingIn({ db, redisUrl }: World): Promise<number | null> {
  if (redisUrl === null) return 0
  const address = parseRedisUrl(redisUrl)
  if (!address.ok) throw new Error(address.refusal.detail)
  const redis = openRedis({ address: address.value, timeoutMs: 2_000, onChanged: () => undefined })
  try {
    const mirror = openMirror(redis, (await readGate(db)).namespace)
    for (let tries = 0; tries < 100; tries += 1) {
      const found = await mirror.look(-1_000).catch(() => null)
      if (found !== null) return found.pending.length
      await sleep(20)
    }
    return null
  } finally {
    await redis.stop()
  }
}
