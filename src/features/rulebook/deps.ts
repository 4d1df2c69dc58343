import type { Words } from '#domain/notice.ts'
import type { RuleOrders } from '#domain/rule-order.ts'
import type {
  CompiledRules,
  Decision,
  RuleCaseContent,
  RuleCheck,
  RuleFinding,
  RuleKind,
  RuleKindPart,
  RuleModel,
} from '#domain/rulebook.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { RulebookDirectory } from './directory.ts'

export type By = AuditEvent['actor']

/** Makes models ready to decide, and looks for what is wrong with them (`#platform/rules`). */
export type RuleEngine = {
  readonly parse: (json: unknown) => Result<RuleModel>
  readonly hashOf: (model: RuleModel) => string
  readonly compile: (kind: RuleKind, model: RuleModel) => Result<CompiledRules>
  /** Beside the process, since it may take a second. Refuses with `rulebook.checks_throttled`, `rulebook.check_too_large`. */
  readonly check: (kind: RuleKind, model: RuleModel) => Promise<Result<RuleCheck>>
  /** What is plainly wrong, without looking for gaps and overlaps: quick enough for every save. */
  readonly quickCheck: (kind: RuleKind, model: RuleModel) => readonly RuleFinding[]
}

export type CaseRun = {
  readonly id: bigint
  readonly name: string
  readonly passed: boolean
  readonly got: Decision
  readonly expected: RuleCaseContent['expected']
  /** What is otherwise than expected; null where nothing is. */
  readonly difference: Words | null
}
export type RunCases = (sql: Sql, setId: bigint, rules: CompiledRules) => Promise<readonly CaseRun[]>

/** What decides for everybody has changed; `model` null: nothing is live any more. */
export type LiveChange = {
  readonly setId: bigint
  readonly kind: string
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly versionId: bigint | null
  readonly number: number | null
  readonly model: RuleModel | null
  readonly actor: By
  readonly now: Instant
}
/** Runs in the publishing transaction; a refusal of it refuses the publication. */
export type RuleKindHook = (tx: Sql, change: LiveChange) => Promise<Result<null>>

export type WatchSettings = {
  /** How long a gray version is watched before it is promoted by itself. */
  readonly minutes: number
  /** Decisions of it below which it is not. */
  readonly decisions: number
}

export type RulebookDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly engine: RuleEngine
  readonly directory: RulebookDirectory
  readonly parts: ReadonlyMap<string, RuleKindPart>
  readonly hooks: Readonly<Record<string, RuleKindHook>>
  readonly runCases: RunCases
  readonly watch: WatchSettings
  /** Null where nothing reads orders. */
  readonly orders: RuleOrders | null
  /** Kind of a connection; null where there is none of that id. */
  readonly kindOf: (connection: string) => string | null
  readonly nameOf: (connection: string) => string | null
}
