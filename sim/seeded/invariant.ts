import type { Instant } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'

/** What an invariant may look at after a step: the hub's database as it is committed, and the virtual time. */
export type Look = { readonly db: Database; readonly now: Instant }

/** A promise of a feature's README or of a spec that can be seen in the database at any moment. */
export type Invariant = {
  /** As the README or spec calls it: "ST-1", "OS4". Where two features use one id, with the feature's name before it: "labels/LB1". */
  readonly id: string
  /** The feature's folder, or the spec's file name without its ending. */
  readonly feature: string
  /** In one sentence. */
  readonly says: string
  /** Empty where it holds, else up to 20 lines that name what breaks it. */
  readonly check: (look: Look) => Promise<readonly string[]>
}
