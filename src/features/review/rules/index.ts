import type { ReviewRule } from '../rule.ts'
import { deadIntent } from './dead-intent.ts'
import { cancelledShipped, deliveredDrift } from './drift.ts'
import { noWaybill } from './no-waybill.ts'
import { parkedMessages, parkedUnknownOrder } from './parked.ts'
import { promiseAtRisk } from './promise.ts'
import { reportRefused, reportUnknown } from './report.ts'
import { ruleCase, ruleHold } from './rule-made.ts'
import { spoolConflict } from './spool-conflict.ts'
import { onHold, unmatchedSku } from './waiting-order.ts'

/** The workbench's own rules, in the order of the console's tabs; other features' rules are added in src/app/review.ts. */
export const REVIEW_RULES: readonly ReviewRule[] = [
  noWaybill,
  promiseAtRisk,
  reportRefused,
  reportUnknown,
  cancelledShipped,
  unmatchedSku,
  parkedMessages,
  parkedUnknownOrder,
  deadIntent,
  onHold,
  ruleHold,
  ruleCase,
  deliveredDrift,
  spoolConflict,
]
