import type { Bilingual } from './types.ts'

export const CASE_STATES = ['open', 'snoozed', 'resolved'] as const
export const OUTCOMES = ['fixed', 'contacted_buyer', 'cancelled', 'no_action', 'other'] as const
export const SEVERITIES = ['critical', 'warning', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

export type RuleName = Bilingual & { readonly id: string; readonly decision: boolean }
export type ReviewCase = Bilingual & {
  readonly id: string
  readonly rule: RuleName
  readonly subject: string
  readonly order: {
    readonly id: string
    readonly orderNo: string
    readonly status: string
    readonly shipBy: string | null
    readonly title: string | null
    readonly pieces: number
    readonly skus: readonly { readonly code: string; readonly matched: boolean; readonly quantity: number }[]
  } | null
  readonly orderNo: string | null
  readonly connection: { readonly id: string; readonly kind: string; readonly name: string } | null
  readonly state: (typeof CASE_STATES)[number]
  readonly severity: Severity
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  readonly next: Bilingual & { readonly action: string }
  readonly owner: { readonly id: string; readonly name: string } | null
  readonly heat: number
  readonly since: string
  readonly dueAt: string
  readonly snoozedUntil: string | null
  readonly note: string | null
  readonly outcome: string | null
  readonly resolvedBy: string | null
  readonly resolvedAt: string | null
  readonly kept: boolean
  readonly goneAt: string | null
  readonly revision: number
  readonly openedAt: string
  readonly updatedAt: string
}
export type ReviewCaseDetail = ReviewCase & {
  readonly events: readonly {
    readonly id: string
    readonly at: string
    readonly actor: string
    readonly kind: string
    readonly words: string
  }[]
  readonly others: readonly {
    readonly id: string
    readonly rule: RuleName
    readonly state: (typeof CASE_STATES)[number]
    readonly outcome: string | null
    readonly openedAt: string
    readonly resolvedAt: string | null
  }[]
}

type RuleCount = Bilingual & {
  readonly id: string
  readonly open: number
  readonly snoozed: number
  readonly overdue: number
}
export type ReviewSummary = {
  readonly open: number
  readonly snoozed: number
  readonly overdue: number
  readonly critical: number
  readonly mine: number
  readonly unowned: number
  readonly resolvedToday: number
  readonly rules: readonly RuleCount[]
  readonly owners: readonly {
    readonly id: string
    readonly name: string
    readonly open: number
    readonly overdue: number
  }[]
  readonly skus: readonly {
    readonly sku: string
    readonly title: string
    readonly heat: number
    readonly orders: number
  }[]
}

export type Assignee = { readonly id: string; readonly name: string; readonly role: string }
export type ReviewChanged = {
  readonly changed: number
  readonly skipped: readonly {
    readonly id: string
    readonly orderNo: string | null
    readonly code: string
    readonly detail: string
  }[]
  readonly skippedTotal: number
  readonly jobId: string | null
}
export type ReviewPreview = Omit<ReviewChanged, 'changed' | 'jobId'> & { readonly willChange: number }

export type RuleSetting = {
  readonly connection: string
  readonly active: boolean | null
  readonly minutes: number | null
  readonly severity: Severity | null
  readonly dueMinutes: number | null
  readonly owner: string | null
}
export type ReviewRule = RuleName & {
  readonly next: Bilingual & { readonly action: string }
  readonly standard: { readonly minutes: number; readonly severity: Severity; readonly dueMinutes: number }
  readonly effective: {
    readonly active: boolean
    readonly minutes: number
    readonly severity: Severity
    readonly dueMinutes: number
    readonly owner: string | null
  }
  readonly settings: readonly (RuleSetting & { readonly updatedBy: string; readonly updatedAt: string })[]
}
