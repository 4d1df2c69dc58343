import type { Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { DryRunItem, RuleModel } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { RulebookDeps } from '../deps.ts'

/** One order that rules of a kind which are not asked per order would change: read from recorded messages, say. */
export type PreviewedChange = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly connection: string
  readonly before: Words | null
  readonly after: Words
  readonly group: string
  readonly figures: Readonly<Record<string, bigint>>
}
export type KindPreview = {
  /** How much was looked at. */
  readonly looked: number
  readonly changes: readonly PreviewedChange[]
  /** What a person has to know before accepting; null: nothing speaks against it. */
  readonly objection: Words | null
}
/** The dry run of a kind whose rules decide something else than orders. Changes nothing. */
export type PreviewKind = (ask: {
  readonly model: RuleModel
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly from: Instant
}) => Promise<Result<KindPreview>>

/** Completes the items of some orders with what their rules are tried on. */
export type ReadGrounds = (
  orders: readonly RuleOrder[],
) => Promise<(order: RuleOrder, item: DryRunItem) => DryRunItem>

export type DryRunDeps = Pick<RulebookDeps, 'db' | 'clock' | 'engine' | 'parts' | 'orders'> & {
  readonly previews: Readonly<Record<string, PreviewKind>>
  /** Kinds whose outcome needs more than the order: what they are tried on, read for a batch of orders at a time. */
  readonly grounds: Readonly<Record<string, ReadGrounds>>
  readonly zone: () => string
  readonly nameOf: (connection: string) => string | null
  /** Told once a run was queued, so that this process's runner takes it at once. */
  readonly onJobQueued: () => void
}
