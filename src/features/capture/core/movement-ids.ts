import type { FeedChange } from '#domain/stock-feed.ts'

const NUMERIC = /^\d{1,30}$/

/** The highest numeric id of movements, as text; ids that are no numbers tell no order. */
export function highestId(changes: readonly FeedChange[], before: string | null): string | null {
  let high = before === null ? null : BigInt(before)
  for (const change of changes) {
    if (change.kind !== 'movement' || !NUMERIC.test(change.id)) continue
    const id = BigInt(change.id)
    if (high === null || id > high) high = id
  }
  return high?.toString() ?? null
}

/** Movements above a mark. One whose id is no number may be old or new: it is left out, as nobody can say. */
export function newerThan(changes: readonly FeedChange[], mark: string): FeedChange[] {
  const low = BigInt(mark)
  return changes.filter(
    (change) => change.kind === 'movement' && NUMERIC.test(change.id) && BigInt(change.id) > low,
  )
}
