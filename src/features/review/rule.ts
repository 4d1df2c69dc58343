import type { Severity, Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { RuleSettings } from './core/settings.ts'

/** What the console offers as a button beside the words; each is something that the API can do or a page that shows it. */
export const NEXT_ACTIONS = [
  'refetch_order',
  'report_again',
  'match_skus',
  'open_mapping',
  'open_messages',
  'retry_intent',
  'open_order',
  'open_emergency',
  'open_parcel',
  'open_reshipments',
] as const
export type NextAction = (typeof NEXT_ACTIONS)[number]

/** One trouble that has no case yet. */
export type Found = {
  /** `order:<id>`, `intent:<id>`: unique within the rule. */
  readonly subject: string
  readonly orderId: bigint | null
  readonly connectionId: string | null
  /** When it began, by its own clock. */
  readonly since: Instant
  /** By when it has to be over, where something outside says so; the case is due no later. */
  readonly deadline: Instant | null
  /** Instead of the rule's own, where this one is worse. */
  readonly severity?: Severity
  readonly words: Words
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
}

/** One kind of trouble: how it is found, how it is known to be over, and what to do first. Later features add theirs to the list. */
export type ReviewRule = {
  /** snake_case, never renamed: cases and settings carry it. */
  readonly id: string
  readonly zh: string
  readonly en: string
  /** Minutes that the trouble may last before it becomes a case; a setting overrides it. */
  readonly minutes: number
  /** Minutes from its opening within which somebody should have acted. */
  readonly dueMinutes: number
  readonly severity: Severity
  readonly next: Words & { readonly action: NextAction }
  /** Once somebody took such a case, only a person closes it: goods are on the road, or two truths are on record. */
  readonly decision?: boolean
  /** It tells of something that happened and is never over by itself. */
  readonly record?: boolean
  /** Due troubles of active channels that have no open case and were not answered, oldest first, `limit` at most. */
  readonly sweep: (sql: Sql, settings: RuleSettings, now: Instant, limit: number) => Promise<readonly Found[]>
  /** Those of the subjects (5,000 at most) whose trouble is still there, by the same settings. */
  readonly stillTrue: (
    sql: Sql,
    settings: RuleSettings,
    now: Instant,
    subjects: readonly string[],
  ) => Promise<ReadonlySet<string>>
}
