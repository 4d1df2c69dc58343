import { compact, type OverlaySearch, overlaySearch, type RawSearch, textParam } from './search.ts'

/** The list of rule sets; `add` the dialog for a new one. */
export type RulesPlace = { readonly kind?: string; readonly q?: string; readonly add?: string }
export function rulesSearch(raw: RawSearch): OverlaySearch & RulesPlace {
  return {
    ...overlaySearch(raw),
    ...compact<RulesPlace>({
      kind: textParam(raw['kind']),
      q: textParam(raw['q']),
      add: textParam(raw['add']),
    }),
  }
}

export const RULE_SET_TABS = ['canvas', 'versions', 'release', 'dry-runs', 'cases', 'history'] as const
/** One rule set; `decision` shows its canvas with the path of that decision lit, `against` the version to compare with. */
export type RuleSetPlace = {
  readonly tab?: (typeof RULE_SET_TABS)[number]
  readonly version?: string
  readonly against?: string
  readonly decision?: string
  readonly node?: string
}
export function ruleSetSearch(raw: RawSearch): OverlaySearch & RuleSetPlace {
  return {
    ...overlaySearch(raw),
    ...compact<RuleSetPlace>({
      tab: RULE_SET_TABS.find((one) => one === raw['tab']),
      version: textParam(raw['version']),
      against: textParam(raw['against']),
      decision: textParam(raw['decision']),
      node: textParam(raw['node']),
    }),
  }
}

/** Decisions, by order number first of all; `open` the opened one. */
export type DecisionsPlace = {
  readonly orderNo?: string
  readonly kind?: string
  readonly set?: string
  readonly version?: string
  readonly outcome?: string
  readonly arm?: string
  readonly node?: string
  readonly from?: string
  readonly to?: string
  readonly open?: string
}
export function decisionsSearch(raw: RawSearch): OverlaySearch & DecisionsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<DecisionsPlace>({
      orderNo: textParam(raw['orderNo']),
      kind: textParam(raw['kind']),
      set: textParam(raw['set']),
      version: textParam(raw['version']),
      outcome: textParam(raw['outcome']),
      arm: textParam(raw['arm']),
      node: textParam(raw['node']),
      from: textParam(raw['from']),
      to: textParam(raw['to']),
      open: textParam(raw['open']),
    }),
  }
}

/** Fulfilment plans; `open` the opened one (an order's id), `tab` merges or plans. */
export type FulfilmentPlace = {
  readonly tab?: 'plans' | 'merge' | 'resource'
  readonly state?: string
  readonly warehouse?: string
  readonly q?: string
  readonly open?: string
}
export function fulfilmentSearch(raw: RawSearch): OverlaySearch & FulfilmentPlace {
  return {
    ...overlaySearch(raw),
    ...compact<FulfilmentPlace>({
      tab: (['plans', 'merge', 'resource'] as const).find((one) => one === raw['tab']),
      state: textParam(raw['state']),
      warehouse: textParam(raw['warehouse']),
      q: textParam(raw['q']),
      open: textParam(raw['open']),
    }),
  }
}
