import type { Instant } from '#kernel/clock.ts'

// What a figure of a snapshot means beside what the ledger has of the same place.

/** What the ledger knows of a place; all in pieces. */
export type LedgerFigure = {
  readonly physical: number
  /** What the source said last; null: it never said anything. */
  readonly sourceQuantity: number | null
  readonly sourceVersion: bigint | null
  /** Left by the hub's own knowledge, and not yet counted down by the source. */
  readonly unseenOut: number
  /** The ledger was written after the snapshot began: a change that came by another channel may be newer than the snapshot. */
  readonly isFresh: boolean
}
export type SeenFigure = { readonly quantity: number; readonly version: bigint | null }

export type Comparison =
  /** Nothing was known: the figure is taken over. */
  | 'opening'
  /** Nothing to do. */
  | 'agree'
  /** The source's own version, or what is known to have left, says why it is another figure. */
  | 'explained'
  /** The ledger knows something newer. */
  | 'older'
  /** No change explains it. */
  | 'drift'

/**
 * A newer version of the row explains any figure: the source itself says that it changed since. Without one, only what the hub knows
 * to have left does: from `physical` (all of it counted down) to `physical + unseenOut` (none of it yet).
 */
export function compareFigure(ledger: LedgerFigure | null, seen: SeenFigure): Comparison {
  if (ledger === null || (ledger.sourceQuantity === null && ledger.physical === 0)) return 'opening'
  const isSame =
    ledger.sourceQuantity === seen.quantity && ledger.physical === seen.quantity - ledger.unseenOut
  if (seen.version !== null && ledger.sourceVersion !== null) {
    if (seen.version > ledger.sourceVersion) return 'explained'
    if (isSame) return 'agree'
    return seen.version < ledger.sourceVersion && ledger.isFresh ? 'older' : 'drift'
  }
  if (isSame && (seen.version === null || ledger.sourceVersion !== null)) return 'agree'
  return isWithin(ledger, seen.quantity) ? 'explained' : 'drift'
}

/** Whether the source's figure and the ledger's can both be right. */
export function isWithin(
  { physical, unseenOut }: Pick<LedgerFigure, 'physical' | 'unseenOut'>,
  quantity: number,
): boolean {
  return physical <= quantity && quantity <= physical + unseenOut
}

/** Pieces that the ledger believes in and the source does not: not to be sold until a person has decided. 0 or more. */
export function doubtOf(physical: number, captured: number | null): number {
  return captured === null ? 0 : Math.max(0, physical - Math.max(0, captured))
}

/**
 * How a figure that a person believes is taken over: under its own version, also where that is below the known one, or the source's next
 * words would be passed over as older. Under the known version itself it is taken without, so that it takes effect whatever was said.
 */
export function acceptedFigure(
  { quantity, version }: SeenFigure,
  known: bigint | null,
): { readonly quantity: number; readonly version: bigint | null; readonly over: 'any' } {
  return { quantity, version: version === known ? null : version, over: 'any' }
}

/** How far a statement's own clock may be behind the commit of another: microseconds. */
const SLACK = 5_000_000n

/**
 * Whether a row of the same version may have changed once more after the feed was left: its version is a time in whole seconds, and the feed
 * had not come past that second. `reached`: the newest commit that it told of.
 */
export function isTie(known: bigint | null, seen: bigint | null, reached: Instant | null): boolean {
  if (known === null || seen !== known || reached === null) return false
  const isWholeSecond = seen > 1_000_000_000_000_000n && seen % 1_000_000n === 0n
  return isWholeSecond && reached.epochNanoseconds / 1_000n <= seen + SLACK
}
