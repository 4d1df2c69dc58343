/** One product of a plan and how many of its pieces each parcel gets. */
export type Row = {
  readonly unit: string
  readonly sku: string
  readonly title: string
  readonly total: number
  readonly counts: readonly number[]
}

type Parcel = {
  readonly pieces: readonly {
    readonly unit: string
    readonly sku: string
    readonly title: string
    readonly quantity: number
  }[]
}

/** The plan as rows of products and columns of parcels. */
export function arrangementOf(parcels: readonly Parcel[]): readonly Row[] {
  const rows = new Map<
    string,
    { unit: string; sku: string; title: string; total: number; counts: number[] }
  >()
  for (const [i, parcel] of parcels.entries())
    for (const { unit, sku, title, quantity } of parcel.pieces) {
      const row = rows.get(unit) ?? { unit, sku, title, total: 0, counts: parcels.map(() => 0) }
      row.total += quantity
      row.counts[i] = (row.counts[i] ?? 0) + quantity
      rows.set(unit, row)
    }
  return [...rows.values()]
}

/** Pieces that are in no parcel yet; below zero where there are too many. */
export function restOf({ total, counts }: Row): number {
  return total - counts.reduce((sum, count) => sum + count, 0)
}

/** Sets a cell; null takes the whole parcel away. */
export function movePieces(row: Row, parcel: number, quantity: number | null): Row {
  if (quantity === null) return { ...row, counts: row.counts.filter((_, i) => i !== parcel) }
  const counts = [...row.counts]
  while (counts.length <= parcel) counts.push(0)
  counts[parcel] = quantity
  return { ...row, counts }
}
