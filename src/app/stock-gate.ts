import { hostname } from 'node:os'
import type { OnLocked } from '#features/stock/index.ts'
import {
  type GateStatus,
  openStockGate,
  readGate,
  type StockGate,
  watchGate,
} from '#features/stock-gate/index.ts'
import { assert } from '#kernel/assert.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Log } from '#platform/log.ts'
import { parseRedisUrl } from '#platform/redis/address.ts'
import { openRedis } from '#platform/redis/redis.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'

export type GateGround = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly database: OpenedDatabase
}

/** Which engine locks, for the status page and `holdfast status`. */
export type StockEngineStatus = {
  readonly engine: 'postgresql' | 'redis'
  /** How far Redis is believed; null without it. */
  readonly state: GateStatus['state'] | null
  readonly reason: string | null
  readonly seconds: number
  readonly cluster: boolean
}

/** Redis in front of the ledger where `REDIS_URL` names one; null where PostgreSQL decides alone. Never waits for Redis. */
export async function openGate(ground: GateGround, onLocked: OnLocked): Promise<StockGate | null> {
  const { config, log, clock, database } = ground
  if (config.redisUrl === null) return null
  const address = parseRedisUrl(config.redisUrl)
  // The setting's own check has read it before.
  assert(address.ok, 'SG0')
  const { namespace } = await readGate(database.db)
  return openStockGate({
    db: database.db,
    reads: database.stockDb,
    locks: database.locks,
    clock,
    namespace,
    processId: `${hostname()}:${process.pid}:${clock.now().epochMilliseconds}`,
    openRedis: (onChanged) =>
      openRedis({ address: address.value, timeoutMs: config.redisTimeoutMs, onChanged }),
    onLocked,
    onState: (state, reason) =>
      state === 'away'
        ? log.warn({ reason }, 'Redis is not believed for now; PostgreSQL locks stock alone')
        : log.info({ state }, 'Redis in front of the stock ledger'),
    onError: (error) => log.error({ err: error }, 'the copy of the stock in Redis could not be kept up'),
  })
}

export function stockEngineStatus(gate: StockGate | null): StockEngineStatus {
  if (gate === null) return { engine: 'postgresql', state: null, reason: null, seconds: 0, cluster: false }
  const { state, reason, seconds, cluster } = gate.status()
  return { engine: 'redis', state, reason, seconds, cluster }
}

/** Says so when Redis has been away for a while; settles an old alarm where there is no Redis any more. */
export function gateSweeps(deps: {
  readonly config: Config
  readonly alarms: Alarms
  readonly stockParts: { readonly gate: StockGate | null }
}): readonly Sweep[] {
  const { alarms, config, stockParts } = deps
  return [
    {
      name: 'stock-gate',
      everyMs: 5_000,
      run: () => watchGate(alarms, stockParts.gate?.status() ?? null, config.redisAlarmSeconds),
    },
  ]
}
