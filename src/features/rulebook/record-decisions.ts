import type { DecisionRecord } from '#domain/rulebook.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { REVIEW_METRIC } from './core/guards.ts'
import { insertDecisions } from './decisions/store.ts'
import { addObserved, type Observed } from './tally/store.ts'

/**
 * Keeps decisions and adds their figures to what the guards watch, in the caller's transaction: what is rolled back was never decided.
 * The last thing that a transaction does, so that nobody waits long for the tally's rows.
 */
export async function recordDecisions(tx: Sql, records: readonly DecisionRecord[]): Promise<void> {
  const [first] = records
  if (first === undefined) return
  await insertDecisions(tx, records)
  await addObserved(tx, observedOf(records), first.at)
}

function observedOf(records: readonly DecisionRecord[]): Observed[] {
  const sums = new Map<string, Observed>()
  const add = (one: Observed): void => {
    const key = `${one.setId} ${one.versionId} ${one.metric}`
    const sum = sums.get(key)
    sums.set(
      key,
      sum === undefined
        ? one
        : {
            ...sum,
            n: sum.n + one.n,
            bad: sum.bad + one.bad,
            sum: sum.sum + one.sum,
            squares: sum.squares + one.squares,
          },
    )
  }
  for (const { chosen, decision, observations } of records) {
    const of = { setId: chosen.setId, versionId: chosen.versionId }
    const bad = decision.outcome === 'review' ? 1 : 0
    const told = observations.filter((one) => one.n > 0)
    // An order in another currency says nothing of the version: any would leave it to a person.
    const counts = decision.reason?.code !== 'rulebook.other_currency'
    if (counts && told.every((one) => one.metric !== REVIEW_METRIC))
      add({ ...of, metric: REVIEW_METRIC, n: 1, bad, sum: bad, squares: bad })
    // A feature may tell several at once; then only their mean is known, and they count as if all were it.
    for (const { metric, n, bad: times, sum } of told) {
      const figure = Number(sum)
      add({ ...of, metric, n, bad: times, sum: figure, squares: (figure * figure) / n })
    }
  }
  return [...sums.values()]
}
