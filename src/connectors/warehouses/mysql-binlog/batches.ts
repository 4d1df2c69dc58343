import type { FeedChange, FeedFault } from '#domain/stock-feed.ts'
import type { Position } from './position.ts'

/** Most changes and faults handed over at once. */
export const BATCH_MOST = 1_000

/** Changes of one transaction, or of the part of a large one; `position` is always the end of a whole transaction. */
export type Piece = {
  readonly changes: readonly FeedChange[]
  readonly faults: readonly FeedFault[]
  readonly position: Position
  /** Seconds since 1970, the server's clock; null for a piece that only moves the position. */
  readonly at: number | null
}

/**
 * The pieces that go together next, in order, 1,000 rows at most unless the first alone has more. Never reorders; the position is
 * that of the last piece taken.
 */
export function takePieces(
  waiting: readonly Piece[],
): { readonly taken: number; readonly batch: Piece } | null {
  const [first] = waiting
  if (first === undefined) return null
  let taken = 1
  let rows = sizeOf(first)
  for (; taken < waiting.length; taken += 1) {
    const next = waiting[taken]
    if (next === undefined || rows + sizeOf(next) > BATCH_MOST) break
    rows += sizeOf(next)
  }
  const pieces = waiting.slice(0, taken)
  const last = pieces.at(-1) ?? first
  return {
    taken,
    batch: {
      changes: taken === 1 ? first.changes : pieces.flatMap(({ changes }) => changes),
      faults: taken === 1 ? first.faults : pieces.flatMap(({ faults }) => faults),
      position: last.position,
      at: pieces.findLast(({ at }) => at !== null)?.at ?? null,
    },
  }
}

export function sizeOf({ changes, faults }: Pick<Piece, 'changes' | 'faults'>): number {
  return changes.length + faults.length
}
