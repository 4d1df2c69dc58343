import { compact, type OverlaySearch, overlaySearch, type RawSearch, textParam } from './search.ts'

export type ParcelsPlace = {
  readonly tab?: string
  readonly q?: string
  readonly state?: string
  readonly carrier?: string
  readonly warehouse?: string
  readonly find?: string
  readonly connection?: string
  readonly open?: string
}
export function parcelsSearch(raw: RawSearch): OverlaySearch & ParcelsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<ParcelsPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      carrier: textParam(raw['carrier']),
      warehouse: textParam(raw['warehouse']),
      find: textParam(raw['find']),
      connection: textParam(raw['connection']),
      open: textParam(raw['open']),
    }),
  }
}

export type WaybillsPlace = {
  readonly tab?: string
  readonly q?: string
  readonly state?: string
  readonly carrier?: string
  readonly warehouse?: string
  readonly account?: string
  readonly open?: string
  readonly add?: string
}
export function waybillsSearch(raw: RawSearch): OverlaySearch & WaybillsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<WaybillsPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      carrier: textParam(raw['carrier']),
      warehouse: textParam(raw['warehouse']),
      account: textParam(raw['account']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}

export type LabelsPlace = {
  readonly tab?: string
  readonly q?: string
  readonly state?: string
  readonly batch?: string
  readonly template?: string
  readonly open?: string
  readonly add?: string
}
export function labelsSearch(raw: RawSearch): OverlaySearch & LabelsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<LabelsPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      batch: textParam(raw['batch']),
      template: textParam(raw['template']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}

export type NumberPoolsPlace = {
  readonly tab?: string
  readonly q?: string
  readonly open?: string
  readonly add?: string
}
export function numberPoolsSearch(raw: RawSearch): OverlaySearch & NumberPoolsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<NumberPoolsPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}

export type ReshipmentsPlace = {
  readonly tab?: string
  readonly q?: string
  readonly state?: string
  readonly kind?: string
  readonly open?: string
  readonly add?: string
}
export function reshipmentsSearch(raw: RawSearch): OverlaySearch & ReshipmentsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<ReshipmentsPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      kind: textParam(raw['kind']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}

export type LookBackPlace = {
  readonly tab?: string
  readonly state?: string
  readonly open?: string
  readonly add?: string
}
export function lookBackSearch(raw: RawSearch): OverlaySearch & LookBackPlace {
  return {
    ...overlaySearch(raw),
    ...compact<LookBackPlace>({
      tab: textParam(raw['tab']),
      state: textParam(raw['state']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}

export type CredentialsPlace = { readonly q?: string; readonly state?: string; readonly open?: string }
export function credentialsSearch(raw: RawSearch): OverlaySearch & CredentialsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<CredentialsPlace>({
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      open: textParam(raw['open']),
    }),
  }
}

export type WebhooksPlace = {
  readonly tab?: string
  readonly q?: string
  readonly state?: string
  readonly endpoint?: string
  readonly type?: string
  readonly open?: string
  readonly add?: string
}
export function webhooksSearch(raw: RawSearch): OverlaySearch & WebhooksPlace {
  return {
    ...overlaySearch(raw),
    ...compact<WebhooksPlace>({
      tab: textParam(raw['tab']),
      q: textParam(raw['q']),
      state: textParam(raw['state']),
      endpoint: textParam(raw['endpoint']),
      type: textParam(raw['type']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
    }),
  }
}
