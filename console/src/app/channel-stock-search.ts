import { compact, type OverlaySearch, overlaySearch, type RawSearch, textParam } from './search.ts'

/** `/channel-stock`: which tab, and of the listings which ones. */
export type ChannelStockFilter = {
  readonly tab?: string
  readonly connection?: string
  readonly state?: string
  readonly q?: string
}
export type ChannelStockSearch = OverlaySearch & ChannelStockFilter
export function channelStockSearch(raw: RawSearch): ChannelStockSearch {
  return {
    ...overlaySearch(raw),
    ...compact<ChannelStockFilter>({
      tab: textParam(raw['tab']),
      connection: textParam(raw['connection']),
      state: textParam(raw['state']),
      q: textParam(raw['q']),
    }),
  }
}
