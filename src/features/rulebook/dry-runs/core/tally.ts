import type { DryRunOutcome } from '#domain/rulebook.ts'

/** What one version comes to for one order; null: nothing decides. */
export type Side = (DryRunOutcome & { readonly outcome: 'decided' | 'review' }) | null

/** Summed on both sides, and over how many orders that had the figure. */
export type Figure = {
  readonly before: bigint
  readonly after: bigint
  readonly nBefore: bigint
  readonly nAfter: bigint
}
export type Figures = Readonly<Record<string, Figure>>
export type Group = { readonly group: string; readonly count: number; readonly figures: Figures }

export type Tally = {
  readonly done: number
  readonly changed: number
  readonly same: number
  readonly reviewsBefore: number
  readonly reviewsAfter: number
  /** Decided before, a person's work after. */
  readonly newlyReview: number
  readonly figures: Figures
  readonly groups: readonly Group[]
}

export const NO_TALLY: Tally = {
  done: 0,
  changed: 0,
  same: 0,
  reviewsBefore: 0,
  reviewsAfter: 0,
  newlyReview: 0,
  figures: {},
  groups: [],
}

/** So many groups are told apart; orders of later ones go to the last. */
export const GROUPS_LIMIT = 200
export const OTHER_GROUP = '…'

/** Two outcomes are the same when a person reads the same words. */
export function isChanged(before: Side, after: Side): boolean {
  if (before === null || after === null) return before !== after
  return (
    before.outcome !== after.outcome ||
    before.words.zh !== after.words.zh ||
    before.words.en !== after.words.en
  )
}

/** `decided→review`, `1 parcel→2 parcels`; the group itself where both sides are of the same. */
export function groupOf(before: Side, after: Side): string {
  const from = before?.group ?? '∅'
  const to = after?.group ?? '∅'
  return from === to ? from : `${from}→${to}`
}

/** Adds orders to what was counted before; does not change what it is given. */
export function addToTally(
  tally: Tally,
  orders: readonly { readonly before: Side; readonly after: Side; readonly group: string | null }[],
): Tally {
  const count = { ...tally }
  const figures = { ...tally.figures }
  const groups = new Map(tally.groups.map((one) => [one.group, { ...one, figures: { ...one.figures } }]))
  for (const { before, after, group } of orders) {
    count.done += 1
    if (before?.outcome === 'review') count.reviewsBefore += 1
    if (after?.outcome === 'review') count.reviewsAfter += 1
    if (before?.outcome === 'decided' && after?.outcome === 'review') count.newlyReview += 1
    addFigures(figures, before, after)
    if (group === null) {
      count.same += 1
      continue
    }
    count.changed += 1
    const name = groups.has(group) || groups.size < GROUPS_LIMIT ? group : OTHER_GROUP
    const one = groups.get(name) ?? { group: name, count: 0, figures: {} as Record<string, Figure> }
    const sums = { ...one.figures }
    addFigures(sums, before, after)
    groups.set(name, { group: name, count: one.count + 1, figures: sums })
  }
  return {
    ...count,
    figures,
    groups: [...groups.values()].sort((a, b) => b.count - a.count || (a.group < b.group ? -1 : 1)),
  }
}

const NO_FIGURE: Figure = { before: 0n, after: 0n, nBefore: 0n, nAfter: 0n }

function addFigures(sums: Record<string, Figure>, before: Side, after: Side): void {
  for (const [name, value] of Object.entries(before?.figures ?? {})) {
    const sum = sums[name] ?? NO_FIGURE
    sums[name] = { ...sum, before: sum.before + value, nBefore: sum.nBefore + 1n }
  }
  for (const [name, value] of Object.entries(after?.figures ?? {})) {
    const sum = sums[name] ?? NO_FIGURE
    sums[name] = { ...sum, after: sum.after + value, nAfter: sum.nAfter + 1n }
  }
}
