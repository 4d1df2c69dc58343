export { compileRules, type Reading, type Rules } from './core/rules.ts'
export type { MappingDeps, MappingMirror } from './deps.ts'
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
export { mappingKind, mappingPart } from './rulebook/kind.ts'
export { mirrorLiveMappings } from './rulebook/mirror-live.ts'
export { modelOfRules } from './rulebook/model.ts'
export { previewModel, publishModel, rereadJobs } from './rulebook/publish-model.ts'
export type { Scope } from './store.ts'
