import { subjectKey } from '#domain/fact.ts'
import { readTask } from '#features/intake/index.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { rowToTask } from '#platform/inbox/store.ts'
import { factKey } from './core/compare.ts'
import type { LookBackDeps } from './deps.ts'
import { placesOfSubjects, readMessagesOf } from './store.ts'

const MESSAGES = 1_000

/** A fact that a message would take back. */
export type TakenBack = { readonly subject: string; readonly id: string; readonly number: bigint }

/**
 * Which messages prove these facts as today's readers read them, by `factKey`: all that is kept about their subjects is read, in the span
 * of a run or outside it, except `known`, which prove none of them. A stored fact names only the first message that said it.
 */
export async function proversOf(
  deps: Pick<LookBackDeps, 'db' | 'interpret'>,
  facts: readonly TakenBack[],
  known: ReadonlySet<bigint> = new Set(),
): Promise<ReadonlyMap<string, ReadonlySet<bigint>>> {
  const provers = new Map<string, Set<bigint>>(
    facts.map(({ subject, id }) => [factKey(subject, id), new Set()]),
  )
  const places = await placesOfSubjects(deps.db, [...new Set(facts.map(({ subject }) => subject))])
  const wanted = [
    ...new Map(
      places.flatMap((place) => (known.has(place.number) ? [] : [[place.number, place] as const])),
    ).values(),
  ]
  const { find, rulesFor } = deps.interpret
  for (let start = 0; start < wanted.length; start += MESSAGES) {
    const rows = await readMessagesOf(deps.db, wanted.slice(start, start + MESSAGES))
    await mapInTurns(rows, (row) => {
      const read = readTask(rowToTask(row, { replay: true, attempts: 0 }), find, rulesFor)
      if (!read.ok) return
      for (const fact of read.value.contribution.facts)
        provers.get(factKey(subjectKey(fact.subject), fact.id))?.add(row.id)
    })
  }
  return provers
}
