import {
  type LevelChange,
  type LockOutcome,
  openStockEngine,
  type StockEngine,
} from '#features/stock/index.ts'
import type { StockGate } from '#features/stock-gate/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Log } from '#platform/log.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'
import { openGate } from './stock-gate.ts'

/** The ledger's engine, and who is told of what it did. */
export type StockParts = {
  readonly stock: StockEngine
  /** Every answered lock, for figures. */
  readonly onLocked: (listener: (outcomes: readonly LockOutcome[]) => void) => void
  /** Redis in front of it; null without. */
  readonly gate: StockGate | null
  readonly stop: () => Promise<void>
}

export type StockGround = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly database: OpenedDatabase
}

/** Opens the engine over PostgreSQL, which all that locks, commits or counts goes through. */
export async function openStock({ config, log, clock, database }: StockGround): Promise<StockParts> {
  const listeners: ((outcomes: readonly LockOutcome[]) => void)[] = []
  const committed: ((changes: readonly LevelChange[]) => Promise<void> | void)[] = []
  const tell = (outcomes: readonly LockOutcome[]): void => {
    for (const listener of listeners) listener(outcomes)
  }
  const gate = await openGate({ config, log, clock, database }, tell)
  if (gate !== null) committed.push(gate.onCommitted)
  const engine = openStockEngine({
    db: database.stockDb,
    clock,
    isClockChecked: true,
    lanes: config.stockLanes,
    onLocked: tell,
    onCommitted: async (changes) => {
      for (const one of committed) await one(changes)
    },
    onError: (error) => log.error({ err: error }, 'a stock command failed'),
  })
  return {
    stock: gate === null ? engine : gate.wrap(engine),
    onLocked: (listener) => void listeners.push(listener),
    gate,
    stop: async () => {
      await engine.stop()
      await gate?.stop()
    },
  }
}
