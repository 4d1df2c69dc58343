import { readFeedRow } from '#domain/read-feed-row.ts'
import type { FeedChange, FeedFault, FeedMapping } from '#domain/stock-feed.ts'
import type { FeedWarehouse } from './mapping.ts'
import { matchWarehouse, type SampleRow } from './suggest-mapping.ts'

export type PreviewRow = {
  readonly row: SampleRow
  readonly change: FeedChange | null
  readonly fault: { readonly code: string; readonly detail: string } | null
  /** The hub's warehouse; null where the source's code is not mapped. */
  readonly warehouse: string | null
  readonly isKnownSku: boolean
}
export type SourceWarehouse = {
  readonly sourceCode: string
  readonly rows: number
  /** As it is mapped, else as it is proposed. */
  readonly warehouse: string | null
  readonly isProposed: boolean
}
export type RowsPreview = {
  readonly rows: readonly PreviewRow[]
  readonly good: number
  readonly faults: readonly { readonly code: string; readonly count: number; readonly example: FeedFault }[]
  readonly unknownSkus: readonly string[]
  readonly warehouses: readonly SourceWarehouse[]
}
type Known = {
  readonly skus: ReadonlySet<string>
  readonly warehouses: readonly { readonly code: string; readonly name: string }[]
}

/** What these rows would say, by the same reader that the feed itself uses. */
export function previewRows(
  mapping: FeedMapping,
  list: readonly FeedWarehouse[],
  rows: readonly SampleRow[],
  known: Known,
): RowsPreview {
  const homes = new Map(list.map((one) => [one.sourceCode, one.warehouse]))
  const read = rows.map((row): PreviewRow & { readonly whole: FeedFault | null } => {
    const { change, fault } = readFeedRow(mapping, row)
    return {
      row,
      change,
      fault: fault === null ? null : { code: fault.code, detail: fault.detail },
      whole: fault,
      warehouse: change === null ? null : (homes.get(change.warehouse) ?? null),
      isKnownSku: change !== null && known.skus.has(change.sku),
    }
  })
  const changes = read.flatMap(({ change }) => (change === null ? [] : [change]))
  const faulty = Map.groupBy(
    read.flatMap(({ whole }) => (whole === null ? [] : [whole])),
    (fault) => fault.code,
  )
  const codes = Map.groupBy(changes, (change) => change.warehouse)
  return {
    rows: read.map(({ whole: _, ...row }) => row),
    good: changes.length,
    faults: [...faulty].map(([code, all]) => ({ code, count: all.length, example: all[0] as FeedFault })),
    unknownSkus: [...new Set(changes.map(({ sku }) => sku))].filter((sku) => !known.skus.has(sku)),
    warehouses: [...codes]
      .map(([sourceCode, all]) => {
        const mapped = homes.get(sourceCode) ?? null
        const warehouse = mapped ?? proposed(sourceCode, known.warehouses)
        return { sourceCode, rows: all.length, warehouse, isProposed: mapped === null && warehouse !== null }
      })
      .toSorted((a, b) => b.rows - a.rows || (a.sourceCode < b.sourceCode ? -1 : 1)),
  }
}

/** A source without codes is the only warehouse that there is; where there are several, a person says. */
function proposed(sourceCode: string, warehouses: Known['warehouses']): string | null {
  if (sourceCode === '') return warehouses.length === 1 ? (warehouses[0]?.code ?? null) : null
  return matchWarehouse(sourceCode, warehouses)
}
