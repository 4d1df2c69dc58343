import type { SkuStock, StockLevel } from '#/api/stock-types.ts'

/** A line of the grid: a SKU over its warehouses, or one of them below it. */
export type StockRow =
  | { readonly kind: 'sku'; readonly key: string; readonly one: SkuStock }
  | { readonly kind: 'place'; readonly key: string; readonly one: SkuStock; readonly level: StockLevel }

/** SKUs with the warehouses of those that are open below them. */
export function stockRows(items: readonly SkuStock[], open: ReadonlySet<string>): StockRow[] {
  return items.flatMap((one) => [
    { kind: 'sku' as const, key: one.sku, one },
    ...(open.has(one.sku) && one.places.length > 1
      ? one.places.map((level) => ({
          kind: 'place' as const,
          key: placeKey(one.sku, level.warehouse.code),
          one,
          level,
        }))
      : []),
  ])
}

/** No SKU or code holds a line feed. */
export function placeKey(sku: string, warehouse: string): string {
  return `${sku}\n${warehouse}`
}
