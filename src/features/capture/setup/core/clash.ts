import type { FeedMapping } from '#domain/stock-feed.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type FeedBeside = {
  readonly name: string
  readonly mapping: Pick<FeedMapping, 'mode' | 'version'>
  readonly warehouse: string
}

/**
 * Whether a feed may tell of its warehouses beside those that do already. Figures and movements would count one change twice; figures
 * without a version on two channels undo one another. Refused: `capture.mode_conflict`.
 */
export function checkBeside(
  mapping: Pick<FeedMapping, 'mode' | 'version'>,
  others: readonly FeedBeside[],
): Result<null> {
  const other = others.find(
    (one) =>
      one.mapping.mode !== mapping.mode ||
      (mapping.mode === 'levels' && (mapping.version === null || one.mapping.version === null)),
  )
  if (other === undefined) return ok(null)
  const why =
    other.mapping.mode === mapping.mode
      ? 'figures by two channels need a version in both'
      : `it tells ${other.mapping.mode}, this one ${mapping.mode}`
  return refuse(
    'capture.mode_conflict',
    `feed "${other.name}" already tells of warehouse ${other.warehouse}; ${why}`,
  )
}
