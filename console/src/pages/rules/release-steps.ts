import type { DryRun, RuleKind, RuleSet, VersionBrief } from '../../api/rule-types.ts'

export type StepId = 'check' | 'cases' | 'dryRun' | 'release'
/** `decide`: it ran, and a person has to accept what changes. */
export type StepState = 'done' | 'todo' | 'failed' | 'running' | 'decide' | 'blocked' | 'waiting'
export type ReleaseStep = { readonly id: StepId; readonly state: StepState; readonly count: number }

/**
 * What a draft still needs before some orders may be decided by it, in order. Each is true of this very content: a save of
 * other content takes the ticks away. The hub decides; this only says the same beforehand.
 */
export function releaseSteps(
  draft: VersionBrief,
  kind: Pick<RuleKind, 'gray'>,
  newestRun: DryRun | undefined,
  caseCount: number | undefined,
): readonly ReleaseStep[] {
  const before: ReleaseStep[] = [checkStep(draft), casesStep(draft, caseCount)]
  if (kind.gray) before.push(dryRunStep(draft, newestRun))
  return [...before, { id: 'release', state: releaseState(draft, before), count: 0 }]
}

function checkStep({ checked }: VersionBrief): ReleaseStep {
  if (checked === null) return { id: 'check', state: 'todo', count: 0 }
  if (checked.errors > 0) return { id: 'check', state: 'failed', count: checked.errors }
  return { id: 'check', state: 'done', count: checked.warnings }
}

function casesStep({ casesPassed, checked }: VersionBrief, count = 0): ReleaseStep {
  // A model with errors decides nothing, so no case can speak for or against it.
  if (checked !== null && checked.errors > 0) return { id: 'cases', state: 'blocked', count }
  return { id: 'cases', state: casesPassed === null ? 'todo' : casesPassed ? 'done' : 'failed', count }
}

function dryRunStep({ dryRunId, hash }: VersionBrief, run: DryRun | undefined): ReleaseStep {
  if (dryRunId !== null) return { id: 'dryRun', state: 'done', count: run?.id === dryRunId ? run.changed : 0 }
  // A run of other content says nothing of the present one.
  if (!run || run.hash !== hash) return { id: 'dryRun', state: 'todo', count: 0 }
  if (run.state === 'queued' || run.state === 'running')
    return { id: 'dryRun', state: 'running', count: run.done }
  if (run.state === 'failed') return { id: 'dryRun', state: 'failed', count: 0 }
  if (run.state === 'done' && run.passed !== true)
    return { id: 'dryRun', state: 'decide', count: run.changed }
  return { id: 'dryRun', state: 'todo', count: 0 }
}

function releaseState(draft: VersionBrief, before: readonly ReleaseStep[]): StepState {
  if (draft.approval === 'waiting') return 'waiting'
  return before.every((step) => step.state === 'done') ? 'todo' : 'blocked'
}

/** The step that is next; null when everything before the release is done. */
export function nextStep(steps: readonly ReleaseStep[]): ReleaseStep | null {
  return steps.find((step) => step.state !== 'done') ?? null
}

/** Parts of ten thousand as percent: `500` is `5`, `50` is `0.5`. */
export function percentText(bps: number): string {
  const hundredths = String(bps).padStart(3, '0')
  const decimals = hundredths.slice(-2).replace(/0+$/, '')
  return decimals === '' ? hundredths.slice(0, -2) : `${hundredths.slice(0, -2)}.${decimals}`
}

/** Whether somebody can go back with one click, and to what. */
export function rollbackTarget(set: Pick<RuleSet, 'gray' | 'live' | 'previous'>): VersionBrief | null {
  if (set.gray) return set.live
  return set.live ? set.previous : null
}
export function canRollBack(set: Pick<RuleSet, 'gray' | 'live' | 'previous'>): boolean {
  return set.gray !== null || (set.live !== null && set.previous !== null)
}
