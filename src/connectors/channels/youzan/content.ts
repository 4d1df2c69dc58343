import type { Buyer, Discount, Notes, OrderLine, OrderTotals, Recipient } from '#domain/order.ts'
import { addMoney, type Money, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result } from '#kernel/result.ts'
import { filledAt, textAt } from '../../json.ts'
import type { YouzanTrade } from './schema.ts'

const CNY = 'CNY'

/** `payment` of a line is what the buyer pays for it after every discount, the order's own share included. */
export function readLines(trade: YouzanTrade): Result<OrderLine[]> {
  const lines: OrderLine[] = []
  for (const line of trade.lines) {
    if (line.badQuantity !== null) return { ok: false, refusal: line.badQuantity }
    if (line.num < 1 || line.price === null) continue
    const unitPrice = parseMoney(line.price, CNY)
    if (!unitPrice.ok) return unitPrice
    const paid = line.payment === null ? null : parseMoney(line.payment, CNY)
    if (paid !== null && !paid.ok) return paid
    lines.push({
      lineId: line.oid,
      shopSku: line.sku,
      platformSkuId: line.skuId,
      title: line.title,
      spec: line.spec,
      quantity: line.num,
      unitPrice: unitPrice.value,
      paid: paid?.value ?? null,
      gift: line.present,
    })
  }
  return ok(lines)
}

/** Null where the payload has no payment. Who bears a discount is not expressed: the merchant, as far as is known. */
export function readTotals(trade: YouzanTrade, lines: readonly OrderLine[]): Result<OrderTotals | null> {
  if (trade.payment === null) return ok(null)
  const payable = parseMoney(trade.payment, CNY)
  if (!payable.ok) return payable
  const shipping = trade.postFee === null ? ok(money(CNY, 0n)) : parseMoney(trade.postFee, CNY)
  if (!shipping.ok) return shipping
  const goods = trade.goods === null ? ok(goodsOf(lines)) : parseMoney(trade.goods, CNY)
  if (!goods.ok) return goods
  const discounts: Discount[] = []
  for (const promotion of trade.promotions) {
    const amount = parseMoney(promotion.fee, CNY)
    if (!amount.ok) return amount
    const { label, couponId, oid } = promotion
    discounts.push({ bearer: 'merchant', label, amount: amount.value, lineId: oid, couponId })
  }
  const fees =
    trade.promotionFees.length > 0
      ? trade.promotionFees.map((fee) => parseMoney(fee, CNY))
      : discounts.map((one) => ok(one.amount))
  let discount = money(CNY, 0n)
  for (const fee of fees) {
    if (!fee.ok) return fee
    discount = addMoney(discount, fee.value)
  }
  return ok({ goods: goods.value, shipping: shipping.value, discount, payable: payable.value, discounts })
}

function goodsOf(lines: readonly OrderLine[]): Money {
  return money(
    CNY,
    lines.reduce((sum, line) => sum + line.unitPrice.minor * BigInt(line.quantity), 0n),
  )
}

const PLAIN_PHONE = /^\+?[\d\- ]{5,20}$/

/** Name, telephone and address come as ciphertext that only the shop's key opens; a telephone in digits shows plain text. */
export function readRecipient(trade: YouzanTrade): Recipient | null {
  const { address } = trade
  if (address === null) return null
  const phone = filledAt(address, 'receiver_tel') ?? ''
  return {
    name: filledAt(address, 'receiver_name') ?? '',
    phone,
    country: 'CN',
    province: filledAt(address, 'delivery_province') ?? '',
    city: filledAt(address, 'delivery_city') ?? '',
    district: filledAt(address, 'delivery_district') ?? '',
    address: filledAt(address, 'delivery_address') ?? '',
    postalCode: filledAt(address, 'delivery_postal_code') ?? '',
    ciphertext: phone !== '' && !PLAIN_PHONE.test(phone),
  }
}

export function readNotes(trade: YouzanTrade): Notes | null {
  const { remark } = trade
  if (remark === null) return null
  const star = filledAt(remark, 'star')
  return {
    buyer: textAt(remark, 'buyer_message') ?? '',
    seller: textAt(remark, 'trade_memo') ?? '',
    flag: star === null || star === '0' ? null : star,
  }
}

export function readBuyer(trade: YouzanTrade): Buyer | null {
  if (trade.buyer === null) return null
  const id = filledAt(trade.buyer, 'yz_open_id') ?? filledAt(trade.buyer, 'buyer_id')
  const nickname = filledAt(trade.buyer, 'fans_nickname')
  return id === null && nickname === null ? null : { id, nickname }
}
