import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { readUndecided, readUnplanned } from './views/store.ts'

export type PlanSweepDeps = {
  readonly db: Database
  readonly settle: (tx: Sql, ids: readonly bigint[], actor: string) => Promise<void>
  /** Raised whenever what decides changed. */
  readonly rulesRevision: () => bigint
}

const BATCH = 200
const BATCHES_AT_ONCE = 25
/** A minute. */
const TURNS_WITHOUT_NEWS = 30

/** What planning looks for by itself: orders that no plan was made for, and such as other rules may decide now. */
export function fulfilmentSweeps(deps: PlanSweepDeps): readonly Sweep[] {
  let looked: bigint | null = null
  let turns = 0
  let undecided = 0n
  let after = 0n
  return [
    {
      name: 'fulfilment.undecided',
      everyMs: 2_000,
      run: async () => {
        const revision = deps.rulesRevision()
        turns += 1
        // Profiles, levels and areas that were missing come without a word: now and then all are looked at.
        const isDue = revision !== looked || undecided > 0n || turns % TURNS_WITHOUT_NEWS === 0
        if (!isDue) return
        const from = revision === looked ? undecided : 0n
        undecided = await eachBatch(deps, (place) => readUndecided(deps.db, place, BATCH), from)
        looked = revision
      },
    },
    {
      name: 'fulfilment.unplanned',
      everyMs: 30_000,
      run: async () => {
        // Goes round: what cannot be planned yet is not looked at before all others.
        after = await eachBatch(deps, (from) => readUnplanned(deps.db, from, BATCH), after)
      },
    },
  ]
}

async function eachBatch(
  { db, settle }: PlanSweepDeps,
  read: (after: bigint) => Promise<bigint[]>,
  from: bigint,
): Promise<bigint> {
  let after = from
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch += 1) {
    const ids = await read(after)
    const last = ids.at(-1)
    if (last === undefined) return 0n
    await db.begin((tx) => settle(tx, ids, 'hub'))
    after = last
  }
  return after
}
