import type { ConnectionRef, Money } from './types.ts'

export const PROMISES = '/api/promises'
export const KEEPS = ['waybill_issued', 'dispatched', 'picked_up', 'delivered'] as const
export const STARTS = ['placed', 'paid', 'waybill_issued', 'dispatched'] as const
export const PROMISE_STATES = ['running', 'breached', 'kept', 'late', 'void'] as const
export const BUCKETS = ['breached', 'hour', 'four_hours', 'day', 'later'] as const
export type Bucket = (typeof BUCKETS)[number]

/** The open promise of an order that falls due first. */
export type NextPromise = {
  readonly dueAt: string
  readonly warnAt: string
  readonly keeps: string
  readonly state: string
  readonly penalty: Money | null
}
export type OrderPromise = NextPromise & {
  readonly source: string
  readonly ruleName: string | null
  readonly startsAt: string | null
  readonly keptAt: string | null
}
export type QueueItem = OrderPromise & {
  readonly orderId: string
  readonly orderNo: string
  readonly connection: ConnectionRef
  readonly status: string
  readonly firstTitle: string | null
  readonly itemCount: number
  readonly region: string | null
}
export type PromiseSummary = {
  readonly buckets: readonly {
    readonly bucket: Bucket
    readonly count: number
    readonly penalties: readonly Money[]
  }[]
}
export type RuleDraft = {
  readonly name: string
  readonly kind: string
  readonly connectionId: string | null
  readonly starts: string
  readonly keeps: string
  readonly minutes: number
  readonly calendarId: string | null
  readonly cutoff: string | null
  readonly platformFirst: boolean
  readonly warnMinutes: number
  readonly penaltyCurrency: string
  readonly penaltyFixed: string | null
  readonly penaltyBps: number | null
  readonly penaltyCap: string | null
  readonly active: boolean
}
export type PromiseRule = RuleDraft & {
  readonly id: string
  readonly connectionName: string | null
  readonly calendarName: string | null
  readonly updatedBy: string
  readonly updatedAt: string
}
export type RuleTemplate = Pick<
  RuleDraft,
  'kind' | 'starts' | 'keeps' | 'minutes' | 'platformFirst' | 'warnMinutes'
> & { readonly id: string; readonly zh: string; readonly en: string }
export type RulePreview = {
  readonly orders: number
  readonly capped: boolean
  readonly changed: number
  readonly breachedNow: number
}
export type Hours = { readonly from: string; readonly to: string }
export type CalendarDraft = {
  readonly name: string
  readonly zone: string
  readonly week: readonly (Hours | null)[]
  readonly exceptions: readonly {
    readonly date: string
    readonly open: boolean
    readonly hours: Hours | null
    readonly name: string
  }[]
}
export type BusinessCalendar = CalendarDraft & {
  readonly id: string
  readonly updatedBy: string
  readonly updatedAt: string
}
