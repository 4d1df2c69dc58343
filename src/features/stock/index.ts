export { applyStock } from './apply-stock.ts'
export type {
  AdjustCommand,
  Answered,
  CommitCommand,
  LockCommand,
  LockOutcome,
  QuotaCommand,
  ReleaseCommand,
  RenewCommand,
  StockAnswer,
  StockCommand,
} from './commands.ts'
export type { OnLocked, StockEngine } from './engine.ts'
