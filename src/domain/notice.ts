import type { Instant } from '#kernel/clock.ts'

export const SEVERITIES = ['info', 'warning', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A sentence in both languages of the console. */
export type Words = { readonly zh: string; readonly en: string }

/** What a notifier is to tell. One notice may stand for many alarms of one kind. */
export type Notice = {
  /** Stable across retries, new for every notice; receivers drop a repeated one. */
  readonly id: string
  readonly kind: 'opened' | 'reminder' | 'escalated' | 'resolved' | 'test' | 'report'
  /** The alarm's rule, `callback.silent`. */
  readonly rule: string
  readonly severity: Severity
  readonly title: string
  /** Plain paragraphs: what is wrong, the evidence, what to do first. */
  readonly paragraphs: readonly string[]
  /** The page of the console that shows it; null where the hub does not know its own address. */
  readonly url: string | null
  readonly at: Instant
  /** For programs: the alarms themselves. */
  readonly data: unknown
}
