export { type RuleAlarmDeps, rulebookSweeps, settleRuleAlarms } from './alarms.ts'
export { caseRoutes } from './cases/http.ts'
export { runCases } from './cases/run-cases.ts'
export { rulebookChecks } from './checks.ts'
export type {
  By,
  CaseRun,
  LiveChange,
  RulebookDeps,
  RuleEngine,
  RuleKindHook,
  RunCases,
  WatchSettings,
} from './deps.ts'
export { openRulebook, type RulebookDirectory } from './directory.ts'
export type { DryRunDeps, PreviewKind } from './dry-runs/deps.ts'
export { dryRunRoutes } from './dry-runs/http.ts'
export { dryRunJobs } from './dry-runs/run-dry-run.ts'
export { passDryRun, startDryRun } from './dry-runs/start-dry-run.ts'
export { addDraft, checkVersion, draftOf, saveDraft } from './edit-draft.ts'
export { addSet, type NewSetText } from './edit-set.ts'
export { type RulebookHttpDeps, rulebookRoutes } from './http.ts'
export { lockMirror, type MirroredVersion, mirrorLive } from './mirror/mirror-version.ts'
export { promote, publishVersion, rollBack, setShare } from './publish-version.ts'
export { recordDecisions } from './record-decisions.ts'
