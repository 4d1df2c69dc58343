import type { Bilingual } from './types.ts'

export const SEVERITIES = ['critical', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]
export const ALARM_STATES = ['open', 'acknowledged', 'resolved'] as const
export type AlarmState = (typeof ALARM_STATES)[number]

export type Alarm = {
  readonly id: string
  readonly rule: string
  readonly title: Bilingual
  readonly subject: string
  readonly severity: Severity
  readonly state: AlarmState
  readonly words: Bilingual
  readonly evidence: Readonly<Record<string, unknown>>
  readonly link: string | null
  readonly times: number
  readonly openedAt: string
  readonly lastAt: string
  readonly acknowledgedAt: string | null
  readonly acknowledgedBy: string | null
  readonly note: string | null
  readonly resolvedAt: string | null
  readonly resolvedBy: string | null
}

export type AlarmDetail = Alarm & {
  /** The rule's card, Markdown. */
  readonly card: string | null
  readonly deliveries: readonly Delivery[]
  readonly held: readonly { readonly route: string; readonly until: string }[]
  readonly earlier: readonly {
    readonly id: string
    readonly openedAt: string
    readonly resolvedAt: string | null
    readonly times: number
  }[]
}

export type AlarmSummary = {
  readonly open: Readonly<Record<Severity, number>>
  readonly acknowledged: number
  readonly rules: readonly {
    readonly rule: string
    readonly title: Bilingual
    readonly severity: Severity
    readonly count: number
  }[]
}

export const DELIVERY_STATES = ['queued', 'delivered', 'refused', 'failed', 'unknown'] as const
export type Delivery = {
  readonly id: string
  readonly notice: string
  readonly route: { readonly id: string; readonly name: string } | null
  readonly target: { readonly id: string; readonly name: string }
  readonly kind: string
  readonly rule: string
  readonly severity: Severity
  readonly title: string
  readonly alarms: readonly string[]
  readonly direct: boolean
  readonly state: (typeof DELIVERY_STATES)[number]
  readonly words: string | null
  readonly attempts: number
  readonly nextAt: string | null
  readonly createdAt: string
  readonly settledAt: string | null
}

export type AlarmRoute = {
  readonly id: string
  readonly name: string
  readonly rules: readonly string[]
  readonly leastSeverity: Severity
  readonly targets: readonly string[]
  readonly escalateTo: readonly string[]
  readonly escalateAfterMinutes: number | null
  readonly quietFrom: string | null
  readonly quietTo: string | null
  readonly zone: string | null
  readonly groupSeconds: number
  readonly repeatMinutes: number | null
  readonly tellResolved: boolean
  readonly language: 'zh' | 'en' | 'both'
  readonly active: boolean
  readonly updatedBy: string
  readonly updatedAt: string
}
export type RouteDraft = Omit<AlarmRoute, 'id' | 'updatedBy' | 'updatedAt'>

export type AlarmSilence = {
  readonly id: string
  readonly rules: readonly string[]
  readonly subjects: readonly string[]
  readonly reason: string
  readonly until: string
  readonly createdBy: string
  readonly createdAt: string
  readonly endedAt: string | null
  readonly holds: boolean
}

export type AlarmRule = Bilingual & { readonly rule: string; readonly severity: Severity }
