export { claimsToFacts, type MappingRules } from './core/claims-to-facts.ts'
export { deriveParcels, type Parcel } from './core/parcels.ts'
export {
  type Contribution,
  commitFacts,
  deriveOrders,
  deriveTouched,
  type JoinDeps,
  joinHubFact,
  type ReadOrder,
  readOrder,
  subjectKeysOf,
} from './join-facts.ts'
export { type JoinPreview, type PreviewedOrder, previewJoin } from './preview-join.ts'
export { type KnownOrder, readOrderFacts } from './read-facts.ts'
export { matchWaitingLines, unmatchLines } from './records/store.ts'
export { lockOrdersById, parseSubject, readShopOf } from './store.ts'
export { type FactChange, ordersOfSubjects, type WeighedOrder, weighFacts } from './weigh-facts.ts'
