export type { Piece } from './core/may-ship.ts'
export { NO_RULES, nonDeliveryProofs, type Proof, type ProofRules } from './core/proof.ts'
export type { ParcelAccount, ReshipmentDeps, ReshipParcel } from './deps.ts'
export { readWaybillOf } from './desk/store.ts'
export { followDuplicates, openDispute } from './duplicates.ts'
export { reshipmentRoutes } from './http.ts'
export {
  askIntercept,
  findInterceptHandler,
  INTERCEPT_EFFECT,
  interceptHandler,
  LOOK_EFFECT,
} from './intercepts.ts'
export { mayShip } from './may-ship.ts'
export { askReship } from './reships.ts'
export { reshipmentReviewRules } from './review-rules.ts'
export { readUpheld } from './store.ts'
export { watchReshipments } from './watch.ts'
