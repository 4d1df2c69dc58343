import type { Buyer, Discount, Notes, OrderLine, OrderTotals, Recipient } from '#domain/order.ts'
import { addMoney, type Money, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { filledAt, textAt } from '../../json.ts'
import type { ShopLine, ShopMoney, ShopOrder, ShopShare } from './schema.ts'

/** An amount in the order's currency. Refused: `shopify.no_currency`, `shopify.mixed_currencies`, the codes of `parseMoney`. */
export function shopMoney(amount: ShopMoney, order: ShopOrder): Result<Money> {
  if (order.currency === null) return refuse('shopify.no_currency', 'the order names no currency')
  if (amount.currency !== null && amount.currency !== order.currency)
    return refuse(
      'shopify.mixed_currencies',
      `an amount in ${amount.currency} in an order in ${order.currency}`,
    )
  return parseMoney(amount.text, order.currency)
}

/**
 * What was sold. Pieces that an edit or refund took away are left out, unless that leaves nothing: a wholly refunded order
 * still shows what it was. Prices are as Shopify lists them, before tax where the shop's prices are without tax. Refused:
 * `shopify.bad_quantity` where any line's pieces cannot be told, the codes of `shopMoney`.
 */
export function readLines(order: ShopOrder): Result<OrderLine[]> {
  for (const line of order.lines)
    if (line.badQuantity !== null) return { ok: false, refusal: line.badQuantity }
  const current = order.lines.filter((line) => line.currentQuantity === null || line.currentQuantity > 0)
  const keep = current.length > 0 ? current : order.lines.map((line) => ({ ...line, currentQuantity: null }))
  const lines: OrderLine[] = []
  for (const line of keep) {
    const read = readLine(line, order)
    if (!read.ok) return read
    if (read.value !== null) lines.push(read.value)
  }
  return ok(lines)
}

function readLine(line: ShopLine, order: ShopOrder): Result<OrderLine | null> {
  const quantity = line.currentQuantity ?? line.quantity
  if (quantity < 1 || line.price === null) return ok(null)
  const unitPrice = shopMoney(line.price, order)
  if (!unitPrice.ok) return unitPrice
  const off = sumOf(
    line.shares.map((share) => share.amount),
    order,
  )
  if (!off.ok) return off
  // After an edit Shopify does not say which part of the discount stayed with the pieces that are left.
  const whole = quantity === line.quantity
  const paid = unitPrice.value.minor * BigInt(quantity) - (off.value?.minor ?? 0n)
  return ok({
    lineId: line.id,
    shopSku: line.sku,
    platformSkuId: line.variantId,
    title: line.title,
    spec: line.variantTitle,
    quantity,
    unitPrice: unitPrice.value,
    paid: whole ? money(unitPrice.value.currency, paid) : null,
    gift: false,
  })
}

/** Null where the payload has no total. All discounts are the merchant's: Shopify funds none. */
export function readTotals(order: ShopOrder): Result<OrderTotals | null> {
  if (order.total === null) return ok(null)
  const payable = shopMoney(order.total, order)
  if (!payable.ok) return payable
  const goods = order.goods === null ? goodsOf(order) : shopMoney(order.goods, order)
  if (!goods.ok) return goods
  const shipping = sumOf(order.shipping === null ? order.shippingLines : [order.shipping], order)
  if (!shipping.ok) return shipping
  const discounts = discountsOf(order)
  if (!discounts.ok) return discounts
  const zero = money(payable.value.currency, 0n)
  const discount =
    order.discounts === null
      ? ok(discounts.value.reduce((sum, one) => addMoney(sum, one.amount), zero))
      : shopMoney(order.discounts, order)
  if (!discount.ok) return discount
  return ok({
    goods: goods.value ?? zero,
    shipping: shipping.value ?? zero,
    discount: discount.value,
    payable: payable.value,
    discounts: discounts.value,
  })
}

function goodsOf(order: ShopOrder): Result<Money | null> {
  let sum: Money | null = null
  for (const line of order.lines) {
    if (line.price === null) continue
    const price = shopMoney(line.price, order)
    if (!price.ok) return price
    const goods = money(price.value.currency, price.value.minor * BigInt(line.quantity))
    sum = sum === null ? goods : addMoney(sum, goods)
  }
  return ok(sum)
}

/** One entry per line and discount: the shares, since a line's own `total_discount` leaves order discounts out. */
function discountsOf(order: ShopOrder): Result<Discount[]> {
  const discounts: Discount[] = []
  const given: { lineId: string | null; share: ShopShare }[] = [
    ...order.lines.flatMap((line) => line.shares.map((share) => ({ lineId: line.id, share }))),
    ...order.shippingShares.map((share) => ({ lineId: null, share })),
  ]
  for (const { lineId, share } of given) {
    const amount = shopMoney(share.amount, order)
    if (!amount.ok) return amount
    const application = order.applications[share.application ?? -1]
    discounts.push({
      bearer: 'merchant',
      label: application?.label ?? '',
      amount: amount.value,
      lineId,
      couponId: application?.code ?? null,
    })
  }
  return ok(discounts)
}

function sumOf(amounts: readonly ShopMoney[], order: ShopOrder): Result<Money | null> {
  let sum: Money | null = null
  for (const amount of amounts) {
    const part = shopMoney(amount, order)
    if (!part.ok) return part
    sum = sum === null ? part.value : addMoney(sum, part.value)
  }
  return ok(sum)
}

export function readRecipient(order: ShopOrder): Recipient | null {
  const { address } = order
  if (address === null) return null
  const full = [textAt(address, 'first_name'), textAt(address, 'last_name')].filter(Boolean).join(' ')
  return {
    name: filledAt(address, 'name') ?? full,
    phone: filledAt(address, 'phone') ?? '',
    country: filledAt(address, 'country_code') ?? filledAt(address, 'country') ?? '',
    province: filledAt(address, 'province') ?? '',
    city: filledAt(address, 'city') ?? '',
    district: '',
    address: [filledAt(address, 'address1'), filledAt(address, 'address2')].filter(Boolean).join(', '),
    postalCode: filledAt(address, 'zip') ?? '',
    ciphertext: false,
  }
}

export function readNotes(order: ShopOrder): Notes | null {
  return order.note === undefined ? null : { buyer: order.note ?? '', seller: '', flag: null }
}

export function readBuyer(order: ShopOrder): Buyer | null {
  return order.customerId === null ? null : { id: order.customerId, nickname: null }
}
