import type { Words } from '#domain/notice.ts'
import type { RuleObservation } from '#domain/rulebook.ts'
import {
  apportionQuote,
  observationsOf,
  quoteOf,
  type SavedQuote,
  saveQuotes,
  withdrawQuotes,
} from '#features/freight/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { formatMoney, money } from '#kernel/money.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { PlanDeps } from '../deps.ts'
import { type Decided, decideKind, reasonOf } from './decide-kind.ts'
import type { Owner } from './owners.ts'
import { PLAN_FAILED, type WorkedOut } from './work-out.ts'

/** Freight of a plan: one quote for all that travels together, shared over its orders by what their buyers pay. */
export type Freight = {
  /** Null where no freight rules are live. */
  readonly decided: Decided | null
  readonly quotes: readonly SavedQuote[]
  /** Orders whose quote no longer holds. */
  readonly withdrawn: readonly bigint[]
  readonly observations: readonly RuleObservation[]
  readonly result: Readonly<Record<string, unknown>>
  /** Why a person must decide; null where there is a quote or nothing to quote by. */
  readonly stuck: { readonly code: string; readonly words: Words } | null
}

export function rateFreight(deps: PlanDeps, owner: Owner, worked: WorkedOut): Freight {
  try {
    return rate(deps, owner, worked)
  } catch (error) {
    deps.onProblem?.(error, owner.order.orderNo)
    const withdrawn = owner.members.map(({ order }) => order.id)
    return { decided: null, quotes: [], withdrawn, observations: [], result: {}, stuck: PLAN_FAILED }
  }
}

function rate(deps: PlanDeps, owner: Owner, worked: WorkedOut): Freight {
  const parcels = worked.parcels.length
  const decided = decideKind(deps, 'freight', owner.order, {
    pinned: owner.plan?.pins.freight ?? null,
    values: { parcel_count: BigInt(parcels), merged_orders: BigInt(owner.members.length) },
  })
  const nothing = { decided, quotes: [], withdrawn: [], observations: [], result: {}, stuck: null }
  if (decided === null) return nothing
  const { decision } = decided
  const quote = quoteOf(decision, { currency: owner.order.currency, parcels })
  const observations = observationsOf(decision, quote)
  if (!quote.ok) {
    const { code, detail } = quote.refusal
    const stuck =
      decision.outcome === 'review' ? reasonOf(decision) : { code, words: { zh: detail, en: detail } }
    const withdrawn = owner.members.map(({ order }) => order.id)
    return { ...nothing, withdrawn, observations, result: { ...stuck }, stuck }
  }
  const amount = formatMoney(money(quote.value.currency, quote.value.amountMinor))
  return {
    ...nothing,
    quotes: quotesOf(owner, decided, quote.value, parcels),
    observations,
    result: {
      words: { zh: `运费 ${amount}`, en: `freight ${amount}` },
      amount,
      carrier: quote.value.carrier,
    },
  }
}

function quotesOf(
  { members }: Owner,
  { chosen }: Decided,
  quote: SavedQuote['quote'],
  parcels: number,
): SavedQuote[] {
  const shares = apportionQuote(
    quote,
    members.map(({ order }) => (order.payableMinor > 0n ? order.payableMinor : 0n)),
  )
  return members.map(({ order }, i) => ({
    orderId: order.id,
    orderNo: order.orderNo,
    connection: order.connection,
    quote: shares[i] ?? quote,
    setId: chosen.setId,
    versionId: chosen.versionId,
    number: chosen.number,
    arm: chosen.arm,
    parcels,
    jointWith: members.filter((one) => one.order.id !== order.id).map((one) => one.order.orderNo),
  }))
}

/** `stale`: orders that are not what they were when they were quoted, and have no new quote. */
export async function saveFreight(
  tx: Sql,
  freights: readonly Freight[],
  stale: readonly bigint[],
  now: Instant,
): Promise<void> {
  const withdrawn = [...new Set([...stale, ...freights.flatMap((one) => one.withdrawn)])]
  if (withdrawn.length > 0) await withdrawQuotes(tx, withdrawn)
  const quotes = freights.flatMap((one) => one.quotes)
  if (quotes.length > 0) await saveQuotes(tx, quotes, now)
}
