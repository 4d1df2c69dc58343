import type { RuleOrder, RuleOrderLine, ShipTo } from '#domain/rule-order.ts'
import { formatMoney, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** An order as a program describes it; amounts in the major unit, `99.00`. */
export type FreightAsk = {
  readonly ref?: string
  readonly source?: string
  readonly shop?: string
  readonly currency?: string
  readonly amount: string
  readonly goodsAmount?: string
  readonly shippingPaid?: string
  readonly discount?: string
  readonly customer?: {
    readonly level?: string | null
    readonly orderCount?: number | null
    readonly spent?: string | null
  }
  readonly items?: readonly FreightAskItem[]
  readonly promotions?: readonly string[]
  readonly buyerNote?: string
  readonly sellerNote?: string
}
export type FreightAskItem = {
  readonly sku: string
  readonly quantity: number
  readonly title?: string
  readonly unitPrice?: string
  /** Of one piece. */
  readonly weightG?: number
  readonly volumeCm3?: number
  readonly tags?: readonly string[]
  readonly gift?: boolean
}
/** What the hub knows of a SKU where the program does not say. */
export type SkuFigures = {
  readonly weightG: number | null
  readonly volumeCm3: number | null
  readonly tags: readonly string[]
}

/** No order is worth more: 10,000,000,000,000.00. What is above it is a mistake, and would leave 64 bits when it is multiplied. */
const AMOUNT_MOST = 1_000_000_000_000_000n

/**
 * The order that the freight rules are asked about. Refused: `money.not_a_decimal`, `money.too_many_decimals` (an amount would have to be
 * rounded), `freight.bad_ask` (below zero, or beyond any order), `freight.region_unknown` (no province can be read off the address).
 */
export function orderOfAsk(
  ask: FreightAsk,
  to: ShipTo,
  known: ReadonlyMap<string, SkuFigures>,
): Result<RuleOrder> {
  const currency = ask.currency ?? 'CNY'
  if (to.province === '' && (to.country === '' || to.country === 'CN'))
    return refuse('freight.region_unknown', 'no province can be read off the address', { to })
  const amounts = readAmounts(ask, currency)
  if (!amounts.ok) return amounts
  const lines = readLines(ask.items ?? [], currency, known)
  if (!lines.ok) return lines
  const { amount, goods, shipping, discount, spent } = amounts.value
  const goodsOfLines = lines.value.reduce(
    (sum, line) => sum + line.unitPriceMinor * BigInt(line.quantity),
    0n,
  )
  return ok({
    id: 0n,
    connection: ask.shop ?? '',
    connectorKind: ask.source ?? '',
    orderNo: ask.ref ?? '',
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency,
    payableMinor: amount,
    goodsMinor: goods ?? (lines.value.length > 0 ? goodsOfLines : amount),
    shippingMinor: shipping ?? 0n,
    discountMinor: discount ?? 0n,
    promotions: ask.promotions ?? [],
    buyerId: null,
    earlierOrders: ask.customer?.orderCount ?? null,
    earlierSpentMinor: spent,
    to,
    recipientKey: null,
    buyerNote: ask.buyerNote ?? '',
    sellerNote: ask.sellerNote ?? '',
    flag: null,
    lines: lines.value,
    gifts: [],
  })
}

function readAmounts(ask: FreightAsk, currency: string) {
  const amount = readAmount('amount', ask.amount, currency)
  if (!amount.ok) return amount
  const goods = readAmount('goodsAmount', ask.goodsAmount, currency)
  if (!goods.ok) return goods
  const shipping = readAmount('shippingPaid', ask.shippingPaid, currency)
  if (!shipping.ok) return shipping
  const discount = readAmount('discount', ask.discount, currency)
  if (!discount.ok) return discount
  const spent = readAmount('customer.spent', ask.customer?.spent ?? undefined, currency)
  if (!spent.ok) return spent
  return ok({
    amount: amount.value ?? 0n,
    goods: goods.value,
    shipping: shipping.value,
    discount: discount.value,
    spent: spent.value,
  })
}

function readAmount(field: string, text: string | undefined, currency: string): Result<bigint | null> {
  if (text === undefined) return ok(null)
  const read = parseMoney(text, currency)
  if (!read.ok) return refuse(read.refusal.code, `${field}: ${read.refusal.detail}`, { field })
  const { minor } = read.value
  if (minor < 0n || minor > AMOUNT_MOST)
    return refuse(
      'freight.bad_ask',
      `${field}: ${text} is not between 0 and ${formatMoney(money(currency, AMOUNT_MOST))}`,
      { field },
    )
  return ok(minor)
}

function readLines(
  items: readonly FreightAskItem[],
  currency: string,
  known: ReadonlyMap<string, SkuFigures>,
): Result<readonly RuleOrderLine[]> {
  const lines: RuleOrderLine[] = []
  for (const [index, item] of items.entries()) {
    const price = readAmount(`items[${index}].unitPrice`, item.unitPrice, currency)
    if (!price.ok) return price
    const figures = known.get(item.sku)
    lines.push({
      lineId: String(index + 1),
      sku: item.sku,
      shopSku: item.sku,
      title: item.title ?? '',
      quantity: item.quantity,
      unitPriceMinor: price.value ?? 0n,
      paidMinor: null,
      gift: item.gift ?? false,
      weightG: item.weightG ?? figures?.weightG ?? null,
      volumeCm3: item.volumeCm3 ?? figures?.volumeCm3 ?? null,
      tags: item.tags ?? figures?.tags ?? [],
      parts: null,
    })
  }
  return ok(lines)
}
