import type { StockLevel, StockPlace } from '#domain/stock.ts'
import type { Answered, LockOutcome, StockCommand } from './commands.ts'

/** Decides stock commands in transactions of its own, gathered: callers of one moment share one transaction. */
export type StockEngine = {
  /**
   * Answers once the decision is durable. `deadlineMs` (1 to 30,000, 5,000 unless given): a lock that cannot be answered within is
   * refused with `INV_LOCK_TIMEOUT` and leaves nothing held.
   */
  readonly ask: (command: StockCommand, options?: { readonly deadlineMs?: number }) => Promise<Answered>
  /** Each command by itself; answers in their order. */
  readonly askAll: (
    commands: readonly StockCommand[],
    options?: { readonly deadlineMs?: number },
  ) => Promise<readonly Answered[]>
  /** Levels as they are now; places without a level are left out. */
  readonly levels: (places: readonly StockPlace[]) => Promise<readonly StockLevel[]>
  readonly stop: () => Promise<void>
}

/** Told of every answered lock, for figures; must not throw. */
export type OnLocked = (outcomes: readonly LockOutcome[]) => void
