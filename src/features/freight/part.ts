import type { RuleOrder } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type { Decision, DryRunItem, DryRunOutcome, RuleInput, RuleKindPart } from '#domain/rulebook.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { regionClassOf } from '#platform/regions/remote.ts'
import type { FreightBook } from './book.ts'
import { FREIGHT_KIND } from './core/kind.ts'
import { quoteOf } from './core/quote.ts'
import { levelOf } from './core/tiers.ts'

export type FreightInputs = {
  /** Of the plan; 1 where none is made yet. */
  readonly parcels: number
  /** Orders that leave together; 1 for one alone. */
  readonly merged: number
  /** Where a program says the customer's level itself. */
  readonly level?: string | null
}

/** What freight rules see of an order. */
export function freightInputOf(order: RuleOrder, book: FreightBook, more: FreightInputs): RuleInput {
  const level = more.level === undefined ? levelOf(order, book.tiers) : more.level
  const input = ruleInputOf(order, level)
  const regionClass = regionClassOf(order.to, book.areas)
  return {
    ...input,
    values: {
      ...input.values,
      is_remote: regionClass === null ? null : regionClass === 'remote',
      region_class: regionClass,
      parcel_count: BigInt(more.parcels),
      merged_orders: BigInt(more.merged),
    },
  }
}

/** Freight's side of the rulebook: its vocabulary, and what a decision comes to in a dry run. */
export function freightPart(deps: { readonly book: () => FreightBook }): RuleKindPart {
  return {
    kind: FREIGHT_KIND,
    item: (order) => ({
      orderId: order.id,
      orderNo: order.orderNo,
      connection: order.connection,
      connectorKind: order.connectorKind,
      input: freightInputOf(order, deps.book(), { parcels: 1, merged: 1 }),
      context: null,
    }),
    outcome,
  }
}

function outcome(decision: Decision, item: DryRunItem): DryRunOutcome {
  const { currency, values } = item.input
  const parcels = typeof values.parcel_count === 'bigint' ? Number(values.parcel_count) : 1
  const quote = quoteOf(decision, { currency, parcels })
  if (!quote.ok) {
    const reason = decision.reason?.words ?? { zh: quote.refusal.detail, en: quote.refusal.detail }
    return {
      words: { zh: `转人工：${reason.zh}`, en: `review: ${reason.en}` },
      group: 'review',
      figures: { review: 1n },
    }
  }
  const { amountMinor, carrier } = quote.value
  const amount = formatMoney(money(currency, amountMinor))
  const by = carrier === null ? '' : ` ${carrier}`
  return {
    words: { zh: `运费 ${amount}${by}`, en: `freight ${amount}${by}` },
    group: amountMinor === 0n ? 'free' : 'charged',
    figures: { freight: amountMinor, free: amountMinor === 0n ? 1n : 0n },
  }
}
