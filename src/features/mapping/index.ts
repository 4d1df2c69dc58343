export { compileRules, type Reading, type Rules } from './core/rules.ts'
export type { MappingDeps } from './deps.ts'
export { type MappingDirectory, mappingDirectory } from './directory.ts'
export { addDraft, changeDraft, dropDraft, previewDraft } from './edit-draft.ts'
export { type MappingHttpDeps, mappingRoutes } from './http.ts'
export type {
  MappingPreview,
  PreviewedOrder,
  PreviewMessages,
  RecordedFilter,
  ReplayMessages,
  RulesFor,
} from './preview-port.ts'
export { type Published, publishDraft, replayDecided, rollBack } from './publish-version.ts'
