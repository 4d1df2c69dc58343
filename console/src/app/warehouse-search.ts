import { compact, type OverlaySearch, overlaySearch, type RawSearch, textParam } from './search.ts'

/** `/warehouses`: filled by the page. */
export type WarehousesSearch = OverlaySearch & {
  readonly tab?: string
  readonly open?: string
  /** Findings of one warehouse. */
  readonly warehouse?: string
}
export function warehousesSearch(raw: RawSearch): WarehousesSearch {
  return {
    ...overlaySearch(raw),
    ...compact<{ tab?: string; open?: string; warehouse?: string }>({
      tab: textParam(raw['tab']),
      open: textParam(raw['open']),
      warehouse: textParam(raw['warehouse']),
    }),
  }
}
