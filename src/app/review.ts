import { listAccounts, recordAudit, SCOPES_OF_ROLE } from '#features/identity/index.ts'
import { stockShortage } from '#features/order-stock/index.ts'
import { reshipmentReviewRules } from '#features/reshipments/index.ts'
import { REVIEW_RULES, type ReviewDeps, type ReviewRule, reviewSweep } from '#features/review/index.ts'
import { parcelReviewRules } from '#features/tracking/index.ts'
import type { Core } from './hub.ts'

/** Every kind of trouble that becomes a case, in the order of the console's tabs. A feature adds its own here. */
export const reviewRules: readonly ReviewRule[] = [
  ...REVIEW_RULES,
  stockShortage,
  ...parcelReviewRules,
  ...reshipmentReviewRules,
]

/** What the workbench's routes and jobs stand on. */
export function reviewDeps(core: Core): ReviewDeps {
  const { clock, settings } = core
  const { db } = core.database
  return {
    sql: db,
    clock,
    zone: () => settings.current().zone,
    rules: reviewRules,
    assignees: async () =>
      (await listAccounts(db))
        .filter((one) => !one.disabled && SCOPES_OF_ROLE[one.role].includes('review:write'))
        .map((one) => ({ id: one.id.toString(), name: one.name, role: one.role })),
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    onJobQueued: core.wakeJobs,
  }
}

/** The look for trouble, every ten seconds. */
export function reviewSweepOf({ database, clock, alarms, log, config }: Core) {
  return {
    name: 'review',
    everyMs: 10_000,
    run: reviewSweep({
      db: database.db,
      clock,
      rules: reviewRules,
      alarms,
      thresholds: { overdue: config.reviewOverdueAlarm, flood: config.reviewFloodAlarm },
      onError: (error, rule) =>
        log.error({ err: error, rule }, 'a review rule failed; tried again at the next sweep'),
    }),
  }
}
