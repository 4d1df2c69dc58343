export { arrivalToDocument } from './core/document.ts'
export { OUTCOMES, type Outcome, type Tally } from './core/judge.ts'
export { type Emergency, type RecoveryRoutesDeps, recoveryRoutes } from './http.ts'
export type { DocumentProblem } from './merge-documents.ts'
export {
  type FolderDeps,
  type MergedFolder,
  mergeFolder,
  type Preview,
  previewFolder,
} from './merge-folder.ts'
export { isCovered } from './place-in-file.ts'
export { readFolder, type SpoolFolder, segmentSource } from './read-folder.ts'
export {
  countOpenConflicts,
  pingDatabase,
  probeCommit,
  pruneReceipts,
  type ReceiptRow,
  readReceipts,
} from './store.ts'
