import { ALARM_STATES, SEVERITIES } from '#/api/alarm-types.ts'
import { INTENT_STATES, JOB_STATES, type MessageFilter } from '#/api/intake-types.ts'
import { CASE_STATES } from '#/api/review-types.ts'
import { LEVEL_SHOWS, type LevelShow, UNLOCK_STATES } from '#/api/stock-types.ts'
import { LOCK_SPANS, TRANSFER_STATES, TRANSFER_VIEWS } from '#/api/transfer-types.ts'
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

export type DrillsPlace = {
  readonly tab?: string
  /** A drill whose debrief is shown. */
  readonly open?: string
  /** A scenario about to be begun. */
  readonly start?: string
  /** Only scenarios that train on this alarm. */
  readonly rule?: string
}
export function drillsSearch(raw: RawSearch): OverlaySearch & DrillsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<DrillsPlace>({
      tab: textParam(raw['tab']),
      open: textParam(raw['open']),
      start: textParam(raw['start']),
      rule: textParam(raw['rule']),
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

/** The workbench's filter as the hub's API takes it; `case` is the opened one, `tab` the rules. */
export type ReviewFilter = {
  readonly rule?: string
  readonly state?: (typeof CASE_STATES)[number]
  readonly severity?: string
  readonly owner?: string
  readonly connection?: string
  readonly overdue?: string
  readonly resolvedToday?: string
  readonly q?: string
  readonly sku?: string
  readonly sort?: string
}
export type ReviewPlace = ReviewFilter & { readonly tab?: 'rules'; readonly case?: string }
export function reviewSearch(raw: RawSearch): OverlaySearch & ReviewPlace {
  return {
    ...overlaySearch(raw),
    ...compact<ReviewPlace>({
      tab: raw['tab'] === 'rules' ? 'rules' : undefined,
      case: textParam(raw['case']),
      rule: textParam(raw['rule']),
      state: CASE_STATES.find((one) => one === raw['state']),
      severity: textParam(raw['severity']),
      owner: textParam(raw['owner']),
      connection: textParam(raw['connection']),
      overdue: textParam(raw['overdue']),
      resolvedToday: textParam(raw['resolvedToday']),
      q: textParam(raw['q']),
      sku: textParam(raw['sku']),
      sort: textParam(raw['sort']),
    }),
  }
}

export const SETTINGS_TABS = ['profile', 'users', 'keys', 'hub', 'freight', 'audit'] as const
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

/** `open` is a connection's id. */
export type OutwardPlace = { readonly open?: string }
export function outwardSearch(raw: RawSearch): OverlaySearch & OutwardPlace {
  return { ...overlaySearch(raw), ...compact<OutwardPlace>({ open: textParam(raw['open']) }) }
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
  readonly tab?: 'mapping' | 'profiles'
  readonly q?: string
  readonly connection?: string
  readonly orderNo?: string
  /** Of the profiles: SKUs with this tag, or those of waiting orders without a weight. */
  readonly tag?: string
  readonly show?: 'no_weight'
}
export function skusSearch(raw: RawSearch): OverlaySearch & SkusPlace {
  return {
    ...overlaySearch(raw),
    ...compact<SkusPlace>({
      tab: raw['tab'] === 'mapping' || raw['tab'] === 'profiles' ? raw['tab'] : undefined,
      q: textParam(raw['q']),
      connection: textParam(raw['connection']),
      orderNo: textParam(raw['orderNo']),
      tag: textParam(raw['tag']),
      show: raw['show'] === 'no_weight' ? 'no_weight' : undefined,
    }),
  }
}

export type PromiseFilter = {
  readonly connection?: string
  readonly keeps?: string
  readonly state?: string
  readonly within?: string
  readonly sort?: string
}
export type PromisesSearch = PromiseFilter & { readonly tab?: 'rules' | 'calendars' }
export function promisesSearch(raw: RawSearch): OverlaySearch & PromisesSearch {
  const { tab } = raw
  return {
    ...overlaySearch(raw),
    ...(tab === 'rules' || tab === 'calendars' ? { tab } : {}),
    ...compact<PromiseFilter>({
      connection: textParam(raw['connection']),
      keeps: textParam(raw['keeps']),
      state: textParam(raw['state']),
      within: textParam(raw['within']),
      sort: textParam(raw['sort']),
    }),
  }
}

/** `lane` is the name of the lane whose drawer is open. */
export type LanesPlace = { readonly lane?: string }
export function lanesSearch(raw: RawSearch): OverlaySearch & LanesPlace {
  return { ...overlaySearch(raw), ...compact<LanesPlace>({ lane: textParam(raw['lane']) }) }
}

export type PollsSearch = {
  readonly tab?: 'asks'
  readonly connection?: string
  readonly outcome?: string
}
/** A link that names a connection is about what was asked of it. */
export function pollsSearch(raw: RawSearch): OverlaySearch & PollsSearch {
  const connection = textParam(raw['connection'])
  return {
    ...overlaySearch(raw),
    ...(raw['tab'] === 'asks' || connection !== undefined ? { tab: 'asks' as const } : {}),
    ...compact<PollsSearch>({ connection, outcome: textParam(raw['outcome']) }),
  }
}

/** `open` is a connection's id. */
export type CallbacksPlace = { readonly open?: string }
export function callbacksSearch(raw: RawSearch): OverlaySearch & CallbacksPlace {
  return { ...overlaySearch(raw), ...compact<CallbacksPlace>({ open: textParam(raw['open']) }) }
}

/** `tab` is the overview where it is not given; `outcome` narrows the receipts. */
export type EmergencyPlace = { readonly tab?: 'conflicts' | 'receipts'; readonly outcome?: string }
export function emergencySearch(raw: RawSearch): OverlaySearch & EmergencyPlace {
  const tab = raw['tab']
  return {
    ...overlaySearch(raw),
    ...compact<EmergencyPlace>({
      tab: tab === 'conflicts' || tab === 'receipts' ? tab : undefined,
      outcome: textParam(raw['outcome']),
    }),
  }
}

export type AlarmFilter = {
  readonly state?: (typeof ALARM_STATES)[number]
  readonly severity?: (typeof SEVERITIES)[number]
  readonly rule?: string
  readonly subject?: string
  readonly q?: string
}
/** `open` is the alarm in the drawer; `sent` and `target` narrow the log. */
export type AlarmsPlace = AlarmFilter & {
  readonly tab?: 'routes' | 'silences' | 'log'
  readonly open?: string
  readonly sent?: string
  readonly target?: string
}
export function alarmsSearch(raw: RawSearch): OverlaySearch & AlarmsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<AlarmsPlace>({
      tab: (['routes', 'silences', 'log'] as const).find((one) => one === raw['tab']),
      open: textParam(raw['open']),
      state: ALARM_STATES.find((one) => one === raw['state']),
      severity: SEVERITIES.find((one) => one === raw['severity']),
      rule: textParam(raw['rule']),
      subject: textParam(raw['subject']),
      q: textParam(raw['q']),
      sent: textParam(raw['sent']),
      target: textParam(raw['target']),
    }),
  }
}

/** `open` and `at` are the SKU and warehouse of the drawer; `tab` is the grid where it is not given. */
export type StockFilter = {
  readonly q?: string
  readonly warehouse?: string
  readonly show?: LevelShow
  readonly channel?: string
  readonly sort?: string
}
export type StockPlace = StockFilter & {
  readonly tab?: 'quotas' | 'ledger'
  readonly open?: string
  readonly at?: string
}
export function stockSearch(raw: RawSearch): OverlaySearch & StockPlace {
  return {
    ...overlaySearch(raw),
    ...compact<StockPlace>({
      tab: raw['tab'] === 'quotas' || raw['tab'] === 'ledger' ? raw['tab'] : undefined,
      open: textParam(raw['open']),
      at: textParam(raw['at']),
      q: textParam(raw['q']),
      warehouse: textParam(raw['warehouse']),
      show: LEVEL_SHOWS.find((one) => one === raw['show']),
      channel: textParam(raw['channel']),
      sort: textParam(raw['sort']),
    }),
  }
}

/** `hold` is the hold in the drawer, `unlock` the request to free one. */
export type HoldFilter = {
  readonly q?: string
  readonly ownerKind?: string
  readonly warehouse?: string
  readonly sku?: string
  readonly state?: (typeof UNLOCK_STATES)[number]
}
export type HoldsPlace = HoldFilter & {
  readonly tab?: 'overdue' | 'unlocks' | 'ended'
  readonly hold?: string
  readonly unlock?: string
}
export function holdsSearch(raw: RawSearch): OverlaySearch & HoldsPlace {
  return {
    ...overlaySearch(raw),
    ...compact<HoldsPlace>({
      tab: (['overdue', 'unlocks', 'ended'] as const).find((one) => one === raw['tab']),
      hold: textParam(raw['hold']),
      unlock: textParam(raw['unlock']),
      q: textParam(raw['q']),
      ownerKind: textParam(raw['ownerKind']),
      warehouse: textParam(raw['warehouse']),
      sku: textParam(raw['sku']),
      state: UNLOCK_STATES.find((one) => one === raw['state']),
    }),
  }
}

/** The heat map: its span, as picture or table, and the picked cell (`warehouse`, and `at`, the begin of its column). */
export type LockHealthPlace = {
  readonly span?: (typeof LOCK_SPANS)[number]
  readonly view?: 'table'
  readonly warehouse?: string
  readonly at?: string
  readonly code?: string
}
export function lockHealthSearch(raw: RawSearch): OverlaySearch & LockHealthPlace {
  return {
    ...overlaySearch(raw),
    ...compact<LockHealthPlace>({
      span: LOCK_SPANS.find((one) => one === raw['span']),
      view: raw['view'] === 'table' ? 'table' : undefined,
      warehouse: textParam(raw['warehouse']),
      at: textParam(raw['at']),
      code: textParam(raw['code']),
    }),
  }
}

/** Transfers as the hub's API filters them; `open` is the opened one, `add` the dialog for a new one. */
export type TransfersPlace = {
  readonly state?: (typeof TRANSFER_STATES)[number]
  readonly view?: (typeof TRANSFER_VIEWS)[number]
  readonly from?: string
  readonly to?: string
  readonly q?: string
  readonly open?: string
  readonly add?: string
  readonly sku?: string
}
export function transfersSearch(raw: RawSearch): OverlaySearch & TransfersPlace {
  return {
    ...overlaySearch(raw),
    ...compact<TransfersPlace>({
      state: TRANSFER_STATES.find((one) => one === raw['state']),
      view: TRANSFER_VIEWS.find((one) => one === raw['view']),
      from: textParam(raw['from']),
      to: textParam(raw['to']),
      q: textParam(raw['q']),
      open: textParam(raw['open']),
      add: textParam(raw['add']),
      sku: textParam(raw['sku']),
    }),
  }
}
