import type { DifferenceKind } from './compare.ts'

/** A difference of one subject, as far as other messages can change it. */
export type OpenDifference = {
  readonly id: bigint
  readonly message_number: bigint
  readonly what: DifferenceKind
  readonly before_id: string | null
  readonly after_id: string | null
}

/** What becomes of differences, by id: gone, only what is new, only what is taken back. */
export type Settlement = {
  readonly dropped: readonly bigint[]
  readonly added: readonly bigint[]
  readonly removed: readonly bigint[]
}

/**
 * Settles the differences of one subject against each other and against every other message about it, in or outside the span. A fact that
 * several messages would add is added once, by the one that replaces an old reading, else by the first. A fact that another message still
 * proves (`provers`: fact id to message numbers) is not taken back. Pure; settling what is settled changes nothing.
 */
export function settleSubject(
  rows: readonly OpenDifference[],
  provers: ReadonlyMap<string, ReadonlySet<bigint>>,
): Settlement {
  const owner = new Map<string, OpenDifference>()
  for (const row of rows) {
    if (row.after_id === null) continue
    const known = owner.get(row.after_id)
    if (known === undefined || isBetter(row, known)) owner.set(row.after_id, row)
  }
  const settlement = { dropped: [] as bigint[], added: [] as bigint[], removed: [] as bigint[] }
  for (const row of rows) {
    const adds = row.after_id !== null && owner.get(row.after_id) === row
    if (row.what === 'rekinded') {
      if (!adds) settlement.dropped.push(row.id)
      continue
    }
    const takesBack = row.before_id !== null && !isProvenElsewhere(row, provers)
    if (!adds && !takesBack) settlement.dropped.push(row.id)
    else if (!takesBack && row.what !== 'added') settlement.added.push(row.id)
    else if (!adds && row.what !== 'removed') settlement.removed.push(row.id)
  }
  return settlement
}

function isBetter(row: OpenDifference, known: OpenDifference): boolean {
  const [own, other] = [row.before_id !== null, known.before_id !== null]
  return own === other ? row.id < known.id : own
}

function isProvenElsewhere(row: OpenDifference, provers: ReadonlyMap<string, ReadonlySet<bigint>>): boolean {
  const numbers = provers.get(row.before_id ?? '')
  if (numbers === undefined) return false
  return numbers.size > (numbers.has(row.message_number) ? 1 : 0)
}
