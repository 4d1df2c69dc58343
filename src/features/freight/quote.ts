import type { FreightQuote } from '#domain/fulfilment.ts'
import type { RuleOrder, RuleOrders } from '#domain/rule-order.ts'
import type { ChosenRules, Decision, Rulebook } from '#domain/rulebook.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import { ok, type Refusal, type Result, refuse } from '#kernel/result.ts'
import { normaliseShipTo, type PlaceText } from '#platform/regions/regions.ts'
import type { FreightBook } from './book.ts'
import { type FreightAsk, orderOfAsk, type SkuFigures } from './core/ask.ts'
import { apportionQuote, jointOrder, quoteOf } from './core/quote.ts'
import { freightInputOf } from './part.ts'

export type QuoteDeps = {
  readonly rulebook: () => Rulebook
  readonly book: () => FreightBook
  readonly orders: () => RuleOrders
  /** Weights and tags of SKUs that the program left out. */
  readonly skuFigures: (skus: readonly string[]) => Promise<ReadonlyMap<string, SkuFigures>>
}

export type QuoteAsk =
  | (FreightAsk & {
      readonly to: Partial<PlaceText>
      readonly parcels?: number
      /** Of everything; wins over the lines' sum. */
      readonly weightG?: number
      readonly volumeCm3?: number
    })
  | StoredAsk
type StoredAsk = {
  readonly ref?: string
  /** One order of the hub, or several that leave together. */
  readonly orderNos: readonly string[]
  readonly shop?: string
  readonly parcels?: number
}

export type QuoteAnswer = {
  readonly ref: string | null
  readonly outcome: 'quoted' | 'review' | 'no_rules' | 'refused'
  readonly quote: FreightQuote | null
  /** Of merged orders: what falls to each. */
  readonly shares: readonly { readonly orderNo: string; readonly quote: FreightQuote }[]
  readonly decision: Decision | null
  readonly chosen: ChosenRules | null
  readonly refusal: Refusal | null
}

/** Quotes in the order of the asks. Reads, and changes nothing; what the rules cannot decide is `review`, with their reason. */
export async function quoteFreight(deps: QuoteDeps, asks: readonly QuoteAsk[]): Promise<QuoteAnswer[]> {
  const figures = await figuresFor(deps, asks)
  const stored = await storedFor(deps, asks)
  return asks.map((ask) => quoteOne(deps, ask, figures, stored))
}

/** All orders that are named, by number: read at once, since 200 questions of 20 numbers each would be 4,000 reads. */
async function storedFor(deps: QuoteDeps, asks: readonly QuoteAsk[]): Promise<Stored> {
  const numbers = new Set(asks.flatMap((ask) => ('to' in ask ? [] : ask.orderNos)))
  if (numbers.size === 0) return new Map()
  return Map.groupBy(await deps.orders().byNumber(...numbers), (order) => order.orderNo)
}

type Stored = ReadonlyMap<string, readonly RuleOrder[]>

async function figuresFor(deps: QuoteDeps, asks: readonly QuoteAsk[]) {
  const skus = new Set<string>()
  for (const ask of asks)
    if ('to' in ask)
      for (const item of ask.items ?? [])
        if (item.weightG === undefined || item.tags === undefined) skus.add(item.sku)
  return skus.size === 0 ? new Map<string, SkuFigures>() : await deps.skuFigures([...skus])
}

type Asked = {
  readonly order: RuleOrder
  readonly members: readonly RuleOrder[]
  readonly key: string
  readonly values: Readonly<Record<string, bigint>>
  readonly level: string | null | undefined
}

function quoteOne(
  deps: QuoteDeps,
  ask: QuoteAsk,
  figures: ReadonlyMap<string, SkuFigures>,
  stored: Stored,
): QuoteAnswer {
  const ref = ask.ref ?? null
  const asked = 'to' in ask ? readDescribed(ask, figures) : readStored(stored, ask)
  if (!asked.ok) return { ...NOTHING, ref, outcome: 'refused', refusal: asked.refusal }
  const { order, members, key, values, level } = asked.value
  const chosen = deps.rulebook().choose('freight', {
    connection: order.connection,
    connectorKind: order.connectorKind,
    key,
  })
  if (chosen === null) return { ...NOTHING, ref, outcome: 'no_rules' }
  const parcels = ask.parcels ?? 1
  const input = freightInputOf(order, deps.book(), {
    parcels,
    merged: members.length,
    ...(level === undefined ? {} : { level }),
  })
  const decision = chosen.rules.decide({ ...input, values: { ...input.values, ...values } })
  const quote = quoteOf(decision, { currency: order.currency, parcels })
  const rest = { ...NOTHING, ref, decision, chosen }
  if (!quote.ok) return { ...rest, ...refusedOrReview(quote.refusal, decision) }
  return { ...rest, outcome: 'quoted', quote: quote.value, shares: sharesOf(quote.value, members) }
}

const NOTHING: Omit<QuoteAnswer, 'outcome'> = {
  ref: null,
  quote: null,
  shares: [],
  decision: null,
  chosen: null,
  refusal: null,
}

function refusedOrReview(refusal: Refusal, decision: Decision): Pick<QuoteAnswer, 'outcome' | 'refusal'> {
  if (decision.reason?.code === 'rulebook.other_currency')
    return {
      outcome: 'refused',
      refusal: { code: 'freight.other_currency', detail: decision.reason.words.en },
    }
  return { outcome: 'review', refusal }
}

function sharesOf(quote: FreightQuote, members: readonly RuleOrder[]): QuoteAnswer['shares'] {
  if (members.length < 2) return []
  const shares = apportionQuote(
    quote,
    members.map((member) => member.payableMinor),
  )
  return shares.map((share, index) => ({ orderNo: members[index]?.orderNo ?? '', quote: share }))
}

function readDescribed(
  ask: Extract<QuoteAsk, { to: unknown }>,
  figures: ReadonlyMap<string, SkuFigures>,
): Result<Asked> {
  const { country = 'CN', province = '', city = '', district = '', address = '' } = ask.to
  const order = orderOfAsk(ask, normaliseShipTo({ country, province, city, district, address }), figures)
  if (!order.ok) return order
  return ok({
    order: order.value,
    members: [order.value],
    // Without a reference the content stands for it, so that the same question always meets the same version.
    key: ask.ref ?? sha256(canonicalJson(ask)).toString('hex'),
    values: {
      ...(ask.weightG === undefined ? {} : { weight: BigInt(ask.weightG) }),
      ...(ask.volumeCm3 === undefined ? {} : { volume: BigInt(ask.volumeCm3) }),
    },
    level: ask.customer?.level,
  })
}

function readStored(stored: Stored, ask: StoredAsk): Result<Asked> {
  const members: RuleOrder[] = []
  for (const orderNo of ask.orderNos) {
    const found = (stored.get(orderNo) ?? []).filter(
      (order) => ask.shop === undefined || order.connection === ask.shop,
    )
    const [order] = found
    if (order === undefined) return refuse('freight.order_not_found', `there is no order ${orderNo}`)
    if (found.length > 1)
      return refuse('freight.order_ambiguous', `${orderNo} is the number of several orders: name the shop`, {
        shops: found.map((one) => one.connection),
      })
    if (!members.some((one) => one.id === order.id)) members.push(order)
  }
  const joint = jointOrder(members)
  if (!joint.ok) return joint
  const { province, country } = joint.value.to
  if (province === '' && (country === '' || country === 'CN'))
    return refuse('freight.region_unknown', 'the province of the order is not known', { to: joint.value.to })
  return ok({ order: joint.value, members, key: joint.value.orderNo, values: {}, level: undefined })
}
