import { filledAt, type JsonObject, objectAt, objectsAt, textAt } from '#connectors/json.ts'
import { piecesAt, versionOf } from '#connectors/source.ts'
import type {
  ContentClaim,
  Discount,
  Notes,
  OrderContent,
  OrderLine,
  OrderTotals,
  Recipient,
} from '#domain/order.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { addMoney, type Money, money, parseMinor } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'

const NOTHING = money('CNY', 0n)

/** A Unix time of the platform, or null where it is absent or 0. */
export function timeAt(value: JsonObject, field: string): SourceTime | null {
  const raw = filledAt(value, field)
  return raw === null || raw === '0' ? null : readTime({ system: 'douyin', raw })
}

/** Fen; null where absent. */
export function fenAt(value: JsonObject, field: string): Result<Money | null> {
  const text = filledAt(value, field)
  return text === null ? ok(null) : parseMinor(text, 'CNY')
}

/** The order's registers under the version of its `update_time`. An amount that cannot be read refuses the message. */
export function readContent(orderNo: string, order: JsonObject): Result<ContentClaim> {
  const lines = readLines(order)
  if (!lines.ok) return lines
  const totals = readTotals(order)
  if (!totals.ok) return totals
  const recipient = readRecipient(order)
  const buyer = filledAt(order, 'doudian_open_id')
  const parts: Partial<OrderContent> = {
    ...(lines.value.length > 0 ? { lines: lines.value } : {}),
    ...(totals.value === null ? {} : { totals: totals.value }),
    ...(recipient === null ? {} : { recipient }),
    notes: readNotes(order),
    promise: { shipBy: timeAt(order, 'exp_ship_time'), deliverBy: null },
    ...(buyer === null ? {} : { buyer: { id: buyer, nickname: null } }),
  }
  return ok({ orderNo, version: versionOf(timeAt(order, 'update_time')?.instant ?? null), parts })
}

function readLines(order: JsonObject): Result<OrderLine[]> {
  const lines: OrderLine[] = []
  for (const item of objectsAt(order, 'sku_order_list')) {
    const lineId = filledAt(item, 'order_id')
    if (lineId === null) return refuse('douyin.no_order_number', 'a line of sku_order_list without order_id')
    const pieces = piecesAt(item, 'item_num', 'douyin.bad_quantity')
    if (!pieces.ok) return pieces
    const quantity = pieces.value ?? 1
    if (quantity < 1) return refuse('douyin.bad_quantity', `line ${lineId} has no pieces`)
    const price = fenAt(item, 'origin_amount')
    if (!price.ok) return price
    const paid = fenAt(item, 'pay_amount')
    if (!paid.ok) return paid
    lines.push({
      lineId,
      shopSku: filledAt(item, 'code') ?? filledAt(item, 'out_sku_id') ?? '',
      platformSkuId: filledAt(item, 'sku_id'),
      title: textAt(item, 'product_name') ?? '',
      spec: specOf(item),
      quantity,
      unitPrice: price.value ?? NOTHING,
      paid: paid.value,
      gift: filledAt(item, 'given_product_type') === 'FREE',
    })
  }
  return ok(lines)
}

function specOf(item: JsonObject): string | null {
  const parts = objectsAt(item, 'spec').flatMap((spec) => {
    const value = filledAt(spec, 'value')
    return value === null ? [] : [value]
  })
  return parts.length === 0 ? null : parts.join(' ')
}

/** Who bears what: given for the order and, exactly, for every line. */
const DISCOUNTS: readonly (readonly [string, Discount['bearer'], string])[] = [
  ['promotion_shop_amount', 'merchant', '店铺优惠'],
  ['promotion_platform_amount', 'platform', '平台优惠'],
  ['promotion_talent_amount', 'talent', '达人优惠'],
  ['promotion_pay_amount', 'payment', '支付优惠'],
]

/**
 * `payable` is the platform's `pay_amount`; a payment discount lies beyond it (the buyer paid `pay_amount` less
 * `promotion_pay_amount`) and is therefore listed, but no part of `discount`.
 */
function readTotals(order: JsonObject): Result<OrderTotals | null> {
  const amounts = ['order_amount', 'post_amount', 'promotion_amount', 'pay_amount'].map((field) =>
    fenAt(order, field),
  )
  for (const amount of amounts) if (!amount.ok) return amount
  const [orderAmount, post, promotion, payable] = amounts.map((amount) => (amount.ok ? amount.value : null))
  if (!payable) return ok(null)
  const goods = sumOfLines(order)
  if (!goods.ok) return goods
  const discounts = readDiscounts(order)
  if (!discounts.ok) return discounts
  return ok({
    goods: goods.value ?? orderAmount ?? payable,
    shipping: post ?? NOTHING,
    discount: promotion ?? sumOf(discounts.value),
    payable,
    discounts: discounts.value,
  })
}

/** `order_amount` is not said to hold or lack the postage; the lines' `sum_amount` is goods only. */
function sumOfLines(order: JsonObject): Result<Money | null> {
  let total: Money | null = null
  for (const item of objectsAt(order, 'sku_order_list')) {
    const sum = fenAt(item, 'sum_amount')
    if (!sum.ok) return sum
    if (sum.value === null) return ok(null)
    total = total === null ? sum.value : addMoney(total, sum.value)
  }
  return ok(total)
}

function readDiscounts(order: JsonObject): Result<Discount[]> {
  const lines = objectsAt(order, 'sku_order_list')
  const discounts: Discount[] = []
  for (const [field, bearer, label] of DISCOUNTS) {
    const whole = fenAt(order, field)
    if (!whole.ok) return whole
    const shares: Discount[] = []
    for (const line of lines) {
      const share = fenAt(line, field)
      if (!share.ok) return share
      if (share.value !== null && share.value.minor !== 0n)
        shares.push({
          bearer,
          label,
          amount: share.value,
          lineId: filledAt(line, 'order_id'),
          couponId: null,
        })
    }
    const total = shares.reduce((sum, { amount }) => sum + amount.minor, 0n)
    if (whole.value === null || whole.value.minor === total) discounts.push(...shares)
    else if (whole.value.minor !== 0n)
      discounts.push({ bearer, label, amount: whole.value, lineId: null, couponId: null })
  }
  return ok(discounts)
}

function sumOf(discounts: readonly Discount[]): Money {
  const beforePayment = discounts.filter(({ bearer }) => bearer !== 'payment')
  return money(
    'CNY',
    beforePayment.reduce((sum, { amount }) => sum + amount.minor, 0n),
  )
}

/** Name, phone and street come encrypted and need a permission; absent they are no claim. */
function readRecipient(order: JsonObject): Recipient | null {
  const post = objectAt(order, 'post_addr') ?? {}
  const name = filledAt(order, 'encrypt_post_receiver') ?? ''
  const phone = filledAt(order, 'encrypt_post_tel') ?? ''
  const address = filledAt(post, 'encrypt_detail') ?? ''
  if (name === '' && phone === '' && address === '') return null
  return {
    name,
    phone,
    country: '中国',
    province: filledAt(post, 'province', 'name') ?? '',
    city: filledAt(post, 'city', 'name') ?? '',
    district: filledAt(post, 'town', 'name') ?? '',
    address,
    postalCode: '',
    ciphertext: true,
  }
}

/** The colours behind `seller_remark_stars` are not published with the API; its number is kept. */
function readNotes(order: JsonObject): Notes {
  const stars = filledAt(order, 'seller_remark_stars')
  return {
    buyer: textAt(order, 'buyer_words') ?? '',
    seller: textAt(order, 'seller_words') ?? '',
    flag: stars === null || stars === '0' ? null : stars,
  }
}
