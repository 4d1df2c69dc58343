import type { Database } from '#platform/postgres/database.ts'
import type { Invariant, Look } from '../invariant.ts'

/** Rows that break a promise; `words` names one so that a person finds it. */
export type Breach = { readonly words: string }

/** An invariant that reads its breaches from the database, at most 20 of them: `where` and `limit` are the query's own. */
export function invariant(
  feature: string,
  id: string,
  says: string,
  ask: (look: Look) => Promise<readonly Breach[]>,
): Invariant {
  return { id, feature, says, check: async (look) => (await ask(look)).map(({ words }) => words) }
}

/**
 * One that only looks at rows which were written since it last held, by this database object (`age`: how many transactions ago that
 * was at most, to be compared with `age(xmin)`). An inbox of a long run, read whole, costs more than everything else together.
 */
export function ofNewRows(
  feature: string,
  id: string,
  says: string,
  ask: (look: Look, age: number) => Promise<readonly Breach[]>,
): Invariant {
  const held = new WeakMap<Database, bigint>()
  return {
    id,
    feature,
    says,
    check: async (look) => {
      const [at] = await look.db<{ oldest: bigint; next: bigint }>`
        select pg_snapshot_xmin(s)::text::bigint as oldest, pg_snapshot_xmax(s)::text::bigint as next from pg_current_snapshot() s`
      const before = held.get(look.db)
      const age = before === undefined || at === undefined ? EVER : Number(at.next - before) + SPARE
      const words = (await ask(look, age)).map((breach) => breach.words)
      if (words.length === 0 && at !== undefined) held.set(look.db, at.oldest)
      return words
    },
  }
}

/** The age of rows that were frozen: all of them. */
const EVER = 2_147_483_647
/** Transactions that began since the look did; a row that is looked at twice costs nothing. */
const SPARE = 50

/** How many breaches of one promise are named; what is broken a thousand times is broken. */
export const NAMED_MOST = 20
