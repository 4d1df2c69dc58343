import type { RuleOrder, RuleOrderLine } from '#domain/rule-order.ts'
import type { RuleInput, RuleValue } from '#domain/rulebook.ts'

type Values = RuleInput['values']
type Gifts = RuleOrder['gifts']

/**
 * An order as the features see it, made of an input for rules that somebody wrote by hand: what the input does not say is not known, never
 * guessed. Lines without a quantity count as one piece.
 */
export function orderOfInput(
  input: RuleInput,
  from: { readonly orderNo: string; readonly connection: string; readonly gifts: Gifts },
): RuleOrder {
  const { values, currency } = input
  return {
    id: 0n,
    connection: from.connection,
    connectorKind: text(values, 'order_source'),
    orderNo: from.orderNo,
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency,
    payableMinor: whole(values, 'order_amount') ?? 0n,
    goodsMinor: whole(values, 'goods_amount') ?? 0n,
    shippingMinor: whole(values, 'shipping_paid') ?? 0n,
    discountMinor: whole(values, 'discount_amount') ?? 0n,
    promotions: texts(values, 'promotions'),
    buyerId: null,
    earlierOrders: figure(values, 'order_count'),
    earlierSpentMinor: null,
    to: {
      country: text(values, 'country'),
      province: text(values, 'province'),
      city: text(values, 'city'),
      district: text(values, 'district'),
    },
    recipientKey: null,
    buyerNote: text(values, 'buyer_note'),
    sellerNote: text(values, 'seller_note'),
    flag: text(values, 'flag') === '' ? null : text(values, 'flag'),
    lines: input.lines.map(lineOf),
    gifts: from.gifts,
  }
}

function lineOf({ id, values }: RuleInput['lines'][number]): RuleOrderLine {
  const sku = text(values, 'sku')
  return {
    lineId: id,
    sku: sku === '' ? null : sku,
    shopSku: sku,
    title: text(values, 'title'),
    quantity: Math.max(1, figure(values, 'quantity') ?? 1),
    unitPriceMinor: whole(values, 'unit_price') ?? 0n,
    paidMinor: whole(values, 'line_amount'),
    gift: values.gift === true,
    weightG: figure(values, 'piece_weight'),
    volumeCm3: figure(values, 'piece_volume'),
    tags: texts(values, 'sku_tags'),
    parts: null,
  }
}

function text(values: Values, name: string): string {
  const value = values[name]
  return typeof value === 'string' ? value : ''
}

function texts(values: Values, name: string): readonly string[] {
  const value: RuleValue | undefined = values[name]
  return Array.isArray(value) ? value : []
}

function whole(values: Values, name: string): bigint | null {
  const value = values[name]
  return typeof value === 'bigint' ? value : null
}

/** Pieces and grams: beyond what a number holds exactly nothing is known. */
function figure(values: Values, name: string): number | null {
  const value = whole(values, name)
  return value !== null && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null
}
