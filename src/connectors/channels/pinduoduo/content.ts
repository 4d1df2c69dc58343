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
import { type Money, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'

const FLAGS: Readonly<Record<string, string>> = { 1: 'red', 2: 'yellow', 3: 'green', 4: 'blue', 5: 'purple' }
const NOTHING = money('CNY', 0n)

/** A China time of the order, or null where the platform left it empty. */
export function timeAt(info: JsonObject, field: string): SourceTime | null {
  const raw = filledAt(info, field)
  return raw === null || raw === '0' ? null : readTime({ system: 'pinduoduo', raw })
}

/** Yuan, written as text or number; null where absent. */
export function yuanAt(info: JsonObject, field: string): Result<Money | null> {
  const text = filledAt(info, field)
  return text === null ? ok(null) : parseMoney(text, 'CNY')
}

/** The order's registers under the version of its `updated_at`. An amount that cannot be read refuses the message. */
export function readContent(orderNo: string, info: JsonObject): Result<ContentClaim> {
  const lines = readLines(info)
  if (!lines.ok) return lines
  const totals = readTotals(info)
  if (!totals.ok) return totals
  const recipient = readRecipient(info)
  const parts: Partial<OrderContent> = {
    ...(lines.value.length > 0 ? { lines: lines.value } : {}),
    ...(totals.value === null ? {} : { totals: totals.value }),
    ...(recipient === null ? {} : { recipient }),
    notes: readNotes(info),
    promise: { shipBy: timeAt(info, 'last_ship_time'), deliverBy: timeAt(info, 'promise_delivery_time') },
  }
  return ok({ orderNo, version: versionOf(timeAt(info, 'updated_at')?.instant ?? null), parts })
}

/** The platform numbers no lines; the SKU id does, with `#2` where one SKU stands twice. Per-line shares are not given. */
function readLines(info: JsonObject): Result<OrderLine[]> {
  const lines: OrderLine[] = []
  const seen = new Map<string, number>()
  for (const [list, gift] of [
    ['item_list', false],
    ['gift_list', true],
  ] as const)
    for (const item of objectsAt(info, list)) {
      const sku = filledAt(item, 'sku_id')
      const name = `${gift ? 'gift:' : ''}${sku ?? filledAt(item, 'goods_id') ?? lines.length + 1}`
      const times = (seen.get(name) ?? 0) + 1
      seen.set(name, times)
      const pieces = piecesAt(item, 'goods_count', 'pinduoduo.bad_quantity')
      if (!pieces.ok) return pieces
      const quantity = pieces.value ?? 1
      if (quantity < 1) return refuse('pinduoduo.bad_quantity', `line ${name} has no pieces`)
      const price = yuanAt(item, 'goods_price')
      if (!price.ok) return price
      lines.push({
        lineId: times === 1 ? name : `${name}#${times}`,
        shopSku: filledAt(item, 'outer_id') ?? '',
        platformSkuId: sku,
        title: textAt(item, 'goods_name') ?? '',
        spec: filledAt(item, 'goods_spec'),
        quantity,
        unitPrice: price.value ?? NOTHING,
        paid: null,
        gift,
      })
    }
  return ok(lines)
}

const DISCOUNTS: readonly (readonly [string, Discount['bearer'], string])[] = [
  ['platform_discount', 'platform', '平台优惠'],
  ['seller_discount', 'merchant', '店铺优惠'],
  ['capital_free_discount', 'unknown', '团长免单'],
]

function readTotals(info: JsonObject): Result<OrderTotals | null> {
  const amounts = ['goods_amount', 'postage', 'discount_amount', 'pay_amount'].map((field) =>
    yuanAt(info, field),
  )
  for (const amount of amounts) if (!amount.ok) return amount
  const [goods, postage, discount, payable] = amounts.map((amount) => (amount.ok ? amount.value : null))
  if (!goods || !payable) return ok(null)
  const discounts: Discount[] = []
  for (const [field, bearer, label] of DISCOUNTS) {
    const amount = yuanAt(info, field)
    if (!amount.ok) return amount
    if (amount.value !== null && amount.value.minor !== 0n)
      discounts.push({ bearer, label, amount: amount.value, lineId: null, couponId: null })
  }
  const sum = discounts.reduce((total, { amount }) => total + amount.minor, 0n)
  return ok({
    goods,
    shipping: postage ?? NOTHING,
    discount: discount ?? money('CNY', sum),
    payable,
    discounts,
  })
}

/**
 * Names arrive as ciphertext, and only while the order waits for shipment; afterwards the fields are empty. An empty
 * address is therefore no claim, or it would wipe out the one we know.
 */
function readRecipient(info: JsonObject): Recipient | null {
  const name = filledAt(info, 'receiver_name') ?? ''
  const phone = filledAt(info, 'receiver_phone') ?? filledAt(info, 'contact_mobile') ?? ''
  const address = filledAt(info, 'receiver_address') ?? filledAt(info, 'address') ?? ''
  if (name === '' && phone === '' && address === '') return null
  return {
    name,
    phone,
    country: filledAt(info, 'country') ?? '中国',
    province: filledAt(info, 'province') ?? '',
    city: filledAt(info, 'city') ?? '',
    district: filledAt(info, 'town') ?? '',
    address,
    postalCode: '',
    ciphertext: true,
  }
}

function readNotes(info: JsonObject): Notes {
  const tag = filledAt(info, 'remark_tag')
  return {
    buyer: textAt(info, 'buyer_memo') ?? '',
    seller: textAt(info, 'remark') ?? '',
    flag: tag === null || tag === '0' ? null : (FLAGS[tag] ?? tag),
  }
}

/** The order inside an API answer, wherever the envelope put it. */
export function orderInfoIn(response: JsonObject): JsonObject | null {
  return objectAt(response, 'order_info')
}
