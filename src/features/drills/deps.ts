import type { DrillScenario, DrillStage } from '#domain/drill.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/** The stage, and its reading of a scenario that is not there yet. */
export type DrillTheatre = DrillStage & {
  /** Refuses `drills.scenario_invalid` with `data.problems`: `{ line, code, words }`. */
  readonly checkScenario: (text: string) => Promise<Result<DrillScenario>>
}

export type DrillDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  readonly stage: DrillTheatre
  /** Where people's own scenarios lie, one YAML file each. */
  readonly scenarioDir: () => string
  /** Sandboxes that may run at once; 0: none, drills are off. */
  readonly atOnce: () => number
  /** This process, unlike any other of now or before. */
  readonly process: string
  /** Whether that process is known to have ended; false where nobody can tell. */
  readonly isGone: (process: string) => boolean
  readonly onError: (error: unknown) => void
}

/** A process that has not looked at its drill for so long has died with it. */
export const SILENT_SECONDS = 60
/** Of one scenario file. */
export const SCENARIO_BYTES = 65_536
export const SCENARIOS_MOST = 100
