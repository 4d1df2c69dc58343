export type { GateState } from './core/health.ts'
export { type GateDeps, type GateStatus, type GateStep, openStockGate, type StockGate } from './gate.ts'
export { readGate } from './store.ts'
export { watchGate } from './watch-gate.ts'
