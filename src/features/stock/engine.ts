import type { StockLevel, StockPlace } from '#domain/stock.ts'
import type { Answered, LockOutcome, StockCommand } from './commands.ts'

/** Decides stock commands in transactions of its own, gathered: callers of one moment share one transaction. */
export type StockEngine = {
  /**
   * Answers once the decision is durable. `deadlineMs` (1 to 30,000, 5,000 unless given): a lock that cannot be answered within is
   * refused with `INV_LOCK_TIMEOUT` and leaves nothing held; another command is refused with `stock.answer_late`, and may be asked again.
   */
  readonly ask: (command: StockCommand, options?: AskOptions) => Promise<Answered>
  /** Each command by itself; answers in their order. */
  readonly askAll: (commands: readonly StockCommand[], options?: AskOptions) => Promise<readonly Answered[]>
  /** Levels as they are now; places without a level are left out. */
  readonly levels: (places: readonly StockPlace[]) => Promise<readonly StockLevel[]>
  /** Resolves when what was asked is answered; afterwards everything is refused. */
  readonly stop: () => Promise<void>
}
export type AskOptions = { readonly deadlineMs?: number }

/** Told of every answered lock, for figures; must not throw. */
export type OnLocked = (outcomes: readonly LockOutcome[]) => void

/** A level as a transaction left it. */
export type LevelChange = {
  readonly level: StockLevel
  /** Of two changes of one place the one with the greater version is newer. */
  readonly version: bigint
  /** All quotas of the place; null where the transaction had no need to know them. */
  readonly quotas: readonly { readonly channel: string; readonly leftOver: number }[] | null
}
