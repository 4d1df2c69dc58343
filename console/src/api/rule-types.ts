import type {
  RuleCheck,
  RuleDecisionJson,
  RuleFinding,
  RuleInputJson,
  RuleKindWords,
  RuleModel,
  RuleValuesJson,
} from './rule-model-types.ts'
import type { Bilingual } from './types.ts'

/** Rule sets, their versions and what came of them, as the hub sends them; the model itself is in `rule-model-types.ts`. */
export type RuleTemplate = {
  readonly id: string
  readonly name: Bilingual
  readonly description: Bilingual
  /** An example to learn the check with: it cannot be published as it stands. */
  readonly hasGaps: boolean
}
export type GuardTest =
  | { readonly is: 'never' }
  | { readonly is: 'share'; readonly healthyBps: number; readonly brokenBps: number }
  | {
      readonly is: 'mean'
      readonly toleranceBps: number
      readonly atLeast: number
      readonly figure?: 'money' | 'share'
    }
export type RuleKind = RuleKindWords & {
  readonly purpose: Bilingual
  readonly guards: readonly {
    readonly metric: string
    readonly label: Bilingual
    readonly test: GuardTest
  }[]
  /** False where a version goes live for all orders at once. */
  readonly gray: boolean
  readonly templates: readonly RuleTemplate[]
}

export const VERSION_STATES = ['draft', 'checked', 'gray', 'live', 'retired'] as const
export type VersionState = (typeof VERSION_STATES)[number]
export type VersionBrief = {
  readonly id: string
  readonly number: number
  readonly state: VersionState
  readonly hash: string
  readonly note: string
  readonly author: string
  readonly updatedAt: string
  readonly publishedAt: string | null
  readonly retiredAt: string | null
  readonly retiredWords: string | null
  readonly revision: number
  readonly basedOn: number | null
  readonly checked: {
    readonly errors: number
    readonly warnings: number
    readonly tried: number
    readonly complete: boolean
  } | null
  readonly casesPassed: boolean | null
  /** The dry run that passed for this very content. */
  readonly dryRunId: string | null
  readonly approval: 'waiting' | 'approved' | 'rejected' | null
  readonly approvalAskedBy: string | null
  readonly approvalAsks: {
    readonly do: 'gray' | 'live'
    readonly bps: number
    readonly because: string
  } | null
  readonly approvalWords: string | null
  /** Who wrote, changed or asked to publish it, as `user:7`: another person approves. */
  readonly hands: readonly string[]
}
export type RuleVersion = VersionBrief & { readonly model: RuleModel; readonly check: RuleCheck | null }
export type RuleSet = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly note: string
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly connectionName: string | null
  readonly needsApproval: boolean
  readonly active: boolean
  readonly revision: string
  readonly live: VersionBrief | null
  readonly gray: VersionBrief | null
  readonly previous: VersionBrief | null
  readonly grayBps: number
  readonly grayStartedAt: string | null
  readonly grayUntil: string | null
  /** Why it was not promoted when its time was over. */
  readonly grayWaits: string | null
  readonly draft: VersionBrief | null
  readonly updatedAt: string
  readonly createdBy: string
}

export type CaseRun = {
  readonly id: string
  readonly name: string
  readonly passed: boolean
  readonly got: RuleDecisionJson
  readonly expected: CaseExpected
  readonly difference: Bilingual | null
}
export type CaseExpected = {
  readonly outcome: 'decided' | 'review'
  readonly values?: RuleValuesJson
  readonly actions?: readonly { readonly action: string; readonly params: RuleValuesJson }[]
}
export type RuleCase = {
  readonly id: string
  readonly name: string
  readonly input: RuleInputJson
  readonly expected: CaseExpected
  /** `template`, `boundary`, `order` or `person`. */
  readonly origin: string
  readonly createdBy: string
  readonly updatedAt: string
}
export type SavedVersion = {
  readonly version: RuleVersion
  readonly findings: readonly RuleFinding[]
  readonly cases: readonly CaseRun[]
}
export type CheckedVersion = {
  readonly version: RuleVersion
  readonly check: RuleCheck
  readonly cases: readonly CaseRun[]
}
export type VersionDiff = {
  readonly nodes: readonly {
    readonly id: string
    readonly label: string
    readonly change: 'added' | 'removed' | 'changed'
    readonly fields: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[]
  }[]
  readonly tables: readonly unknown[]
  readonly text: readonly { readonly line: string; readonly sign: '+' | '-' | ' ' }[]
}

export type ArmFigures = { readonly n: number; readonly bad: number; readonly mean: number | null }
export type GuardState = {
  readonly metric: string
  readonly label: Bilingual
  readonly test: GuardTest
  readonly live: ArmFigures
  readonly gray: ArmFigures
  readonly verdict: 'watching' | 'healthy' | 'broken'
  readonly words: Bilingual
  readonly currency: string | null
}
export type Guards = {
  readonly watch: {
    readonly startedAt: string
    readonly until: string | null
    readonly bps: number
    readonly waits: string | null
  } | null
  readonly guards: readonly GuardState[]
}
export type RuleEvent = {
  readonly id: string
  readonly at: string
  readonly what: string
  readonly actor: string
  readonly words: Bilingual
  readonly versionNumber: number | null
  readonly detail: Readonly<Record<string, unknown>>
}

/** Whole numbers as text; amounts in the minor unit. */
export type BeforeAfter = { readonly before: string; readonly after: string }
export type DryRun = {
  readonly id: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'stopped'
  readonly versionId: string
  readonly versionNumber: number
  /** Of the content that was tried. */
  readonly hash: string
  readonly againstNumber: number | null
  readonly from: string
  readonly to: string
  readonly done: number
  readonly total: number | null
  readonly changed: number
  readonly same: number
  readonly reviews: { readonly before: number; readonly after: number }
  /** Decided before, for a person after. */
  readonly newlyReview: number
  /** More orders change than rows are kept for. */
  readonly cut: boolean
  readonly groups: readonly {
    readonly group: string
    readonly count: number
    readonly figures: Readonly<Record<string, BeforeAfter>>
  }[]
  readonly figures: Readonly<Record<string, BeforeAfter>>
  readonly passed: boolean | null
  readonly passWords: Bilingual | null
  readonly passedBy: string | null
  readonly error: string | null
  readonly jobId: string
  readonly createdAt: string
  readonly createdBy: string
}
export type DryRunSide = {
  readonly outcome: 'decided' | 'review'
  readonly words: Bilingual
  readonly figures: Readonly<Record<string, string>>
} | null
export type DryRunRow = {
  readonly orderId: string
  readonly orderNo: string
  readonly connection: string
  readonly connectionName: string | null
  readonly before: DryRunSide
  readonly after: DryRunSide
  readonly group: string
}

export type DecisionBrief = {
  readonly id: string
  readonly at: string
  readonly kind: string
  readonly setId: string
  readonly setName: string
  readonly versionId: string
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly orderId: string | null
  readonly orderNo: string
  readonly connection: string
  readonly connectionName: string | null
  readonly outcome: 'decided' | 'review'
  readonly code: string | null
  readonly reason: Bilingual
  readonly words: Bilingual
  readonly nodes: readonly string[]
}
export type DecisionDetail = DecisionBrief & {
  readonly input: RuleInputJson
  readonly decision: RuleDecisionJson
  readonly result: Readonly<Record<string, unknown>>
}
