export { claimsToFacts, type MappingRules } from './core/claims-to-facts.ts'
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
export { matchWaitingLines, unmatchLines } from './records/store.ts'
export { lockOrdersById } from './store.ts'
