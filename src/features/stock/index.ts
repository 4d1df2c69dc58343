export { type LockRoutesDeps, lockRoutes } from './api/http.ts'
export { applyStock, shortOf } from './apply-stock.ts'
export { checkLedger, watchLedger } from './check/check-ledger.ts'
export { type LedgerRoutesDeps, ledgerRoutes } from './check/http.ts'
export type {
  AdjustChange,
  AdjustCommand,
  Adjusted,
  Answered,
  CommitCommand,
  LockCommand,
  LockOutcome,
  QuotaCommand,
  ReleaseCommand,
  RenewCommand,
  SourceFigure,
  StockAnswer,
  StockCommand,
} from './commands.ts'
export { notAvailable } from './core/decide-lock.ts'
export { explainRepair } from './core/repair.ts'
export { freeExpired, pruneHolds } from './deadlines/free-expired.ts'
export type { AskOptions, LevelChange, OnLocked, StockEngine } from './engine.ts'
export {
  type FollowMovementsDeps,
  followMovements,
  type MovementFollower,
  movementReader,
} from './follow/follow-movements.ts'
export { endOfMovements, type MovementPlace, type MovementRow, readMovementsAfter } from './follow/store.ts'
export { DEADLINE_MOST_MS, DEADLINE_MS, type EngineDeps, openStockEngine } from './postgres-engine.ts'
export { readHolds, readLevels, readLevelsOfSkus, readOwnersHolds, type VersionedLevel } from './store.ts'
export { noteActive, switchFigures, switchTransit } from './switch/switch-warehouse.ts'
