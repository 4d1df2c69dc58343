import type { ChosenRules, Decision } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { reviewRulingOf } from '../rule-kind.ts'
import { type Mark, replaceMarks } from './store.ts'

/** A decision of review rules on an order; null: none are live for it, and what they left on it goes. */
export type ReviewedOrder = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly connection: string
  readonly ruled: {
    readonly chosen: Pick<ChosenRules, 'setId' | 'versionId'>
    readonly decision: Decision
  } | null
}

/**
 * Writes the tags and cases that review rules ask for, in the transaction in which their decision is recorded; each order is named
 * once. What was asked before and is not now goes, its case with it at the workbench's next look. Holds are the plan's.
 */
export async function saveReviewMarks(
  tx: Sql,
  orders: readonly ReviewedOrder[],
  now: Instant,
): Promise<void> {
  if (orders.length === 0) return
  const marks = orders.flatMap((order) => marksOf(order, now))
  marks.sort((a, b) =>
    a.orderId === b.orderId ? (a.node < b.node ? -1 : 1) : a.orderId < b.orderId ? -1 : 1,
  )
  await replaceMarks(
    tx,
    orders.map((one) => one.orderId),
    marks,
  )
}

function marksOf({ ruled, ...order }: ReviewedOrder, since: Instant): Mark[] {
  if (ruled === null) return []
  const { tags, cases } = reviewRulingOf(ruled.decision)
  const common = { ...order, setId: ruled.chosen.setId, versionId: ruled.chosen.versionId, since }
  return [
    ...tags.map(({ node, name }) => ({ ...common, what: 'tag' as const, node, words: name, severity: null })),
    ...cases.map(({ node, severity, reason }) => ({
      ...common,
      what: 'case' as const,
      node,
      words: reason,
      severity,
    })),
  ]
}
