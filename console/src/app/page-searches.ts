import { INTENT_STATES, JOB_STATES, type MessageFilter } from '#/api/intake-types.ts'
import type { OrderFilter } from '#/api/types.ts'
import { compact, listParam, type OverlaySearch, overlaySearch, type RawSearch, textParam } from './search.ts'

/** Which search parameters each page keeps in its URL. Names are those of the hub's own query strings. */
export type OrdersSearch = OverlaySearch & OrderFilter
export function ordersSearch(raw: RawSearch): OrdersSearch {
  return {
    ...overlaySearch(raw),
    ...compact<OrderFilter>({
      view: textParam(raw['view']),
      status: listParam(raw['status']),
      connection: listParam(raw['connection']),
      q: textParam(raw['q']),
      from: textParam(raw['from']),
      to: textParam(raw['to']),
      report: textParam(raw['report']),
      drift: textParam(raw['drift']),
      unmatched: textParam(raw['unmatched']),
      afterSale: textParam(raw['afterSale']),
      overdue: textParam(raw['overdue']),
      sort: textParam(raw['sort']),
    }),
  }
}

export type DriftFilter = {
  readonly open?: string
  readonly field?: string
  readonly cause?: string
  readonly from?: string
  readonly to?: string
  readonly sort?: string
}
export function driftSearch(raw: RawSearch): OverlaySearch & DriftFilter {
  return {
    ...overlaySearch(raw),
    ...compact<DriftFilter>({
      open: textParam(raw['open']),
      field: textParam(raw['field']),
      cause: textParam(raw['cause']),
      from: textParam(raw['from']),
      to: textParam(raw['to']),
      sort: textParam(raw['sort']),
    }),
  }
}

export const SETTINGS_TABS = ['profile', 'users', 'keys', 'hub', 'audit'] as const
export type SettingsTab = (typeof SETTINGS_TABS)[number]
export function settingsSearch(raw: RawSearch): OverlaySearch & { readonly tab?: SettingsTab } {
  const tab = SETTINGS_TABS.find((one) => one === raw['tab'])
  return { ...overlaySearch(raw), ...(tab ? { tab } : {}) }
}

export type MessagesSearch = OverlaySearch & MessageFilter
export function messagesSearch(raw: RawSearch): MessagesSearch {
  return {
    ...overlaySearch(raw),
    ...compact<MessageFilter>({
      orderNo: textParam(raw['orderNo']),
      topic: textParam(raw['topic']),
      connection: textParam(raw['connection']),
      verdict: textParam(raw['verdict']),
      state: textParam(raw['state']),
      parkCode: textParam(raw['parkCode']),
      from: textParam(raw['from']),
      to: textParam(raw['to']),
    }),
  }
}

/** `draft` is the id of the draft being edited; `review` opens its review. */
export type MappingPlace = {
  readonly kind?: string
  readonly connection?: string
  readonly draft?: string
  readonly review?: string
  readonly q?: string
  readonly changed?: string
}
export function mappingSearch(raw: RawSearch): OverlaySearch & MappingPlace {
  return {
    ...overlaySearch(raw),
    ...compact<MappingPlace>({
      kind: textParam(raw['kind']),
      connection: textParam(raw['connection']),
      draft: textParam(raw['draft']),
      review: textParam(raw['review']),
      q: textParam(raw['q']),
      changed: textParam(raw['changed']),
    }),
  }
}

/** `open` is a connection's id; `add` is `1` for the catalogue, or the kind that is being added. */
export type ConnectionsPlace = { readonly open?: string; readonly add?: string; readonly q?: string }
export function connectionsSearch(raw: RawSearch): OverlaySearch & ConnectionsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<ConnectionsPlace>({
      open: textParam(raw['open']),
      add: textParam(raw['add']),
      q: textParam(raw['q']),
    }),
  }
}

export type OutboxFilter = {
  readonly state?: (typeof INTENT_STATES)[number]
  readonly effect?: string
  readonly connection?: string
  readonly code?: string
}
export function outboxSearch(raw: RawSearch): OverlaySearch & OutboxFilter {
  return {
    ...overlaySearch(raw),
    ...compact<OutboxFilter>({
      state: INTENT_STATES.find((one) => one === raw['state']),
      effect: textParam(raw['effect']),
      connection: textParam(raw['connection']),
      code: textParam(raw['code']),
    }),
  }
}

export type JobsPlace = {
  readonly kind?: string
  readonly state?: (typeof JOB_STATES)[number]
  readonly job?: string
}
export function jobsSearch(raw: RawSearch): OverlaySearch & JobsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<JobsPlace>({
      kind: textParam(raw['kind']),
      state: JOB_STATES.find((one) => one === raw['state']),
      job: textParam(raw['job']),
    }),
  }
}

/** `run` is the job of the import being looked at. */
export type ImportsPlace = { readonly run?: string }
export function importsSearch(raw: RawSearch): OverlaySearch & ImportsPlace {
  return { ...overlaySearch(raw), ...compact<ImportsPlace>({ run: textParam(raw['run']) }) }
}

/** `orderNo` narrows the queue to what that order waits for. */
export type SkusPlace = {
  readonly tab?: 'mapping'
  readonly q?: string
  readonly connection?: string
  readonly orderNo?: string
}
export function skusSearch(raw: RawSearch): OverlaySearch & SkusPlace {
  return {
    ...overlaySearch(raw),
    ...compact<SkusPlace>({
      tab: raw['tab'] === 'mapping' ? 'mapping' : undefined,
      q: textParam(raw['q']),
      connection: textParam(raw['connection']),
      orderNo: textParam(raw['orderNo']),
    }),
  }
}
