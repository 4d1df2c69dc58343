import type { RuleOrder, RuleOrderLine } from './rule-order.ts'
import type { RuleInput, RuleValue, RuleVariable } from './rulebook.ts'

const MONEY = { least: 0n, most: 100_000_000n }

/** What every kind of rule may ask of an order. A kind takes them all, or those that mean something to it, and adds its own. */
export const ORDER_VARIABLES: readonly RuleVariable[] = [
  {
    name: 'order_source',
    label: { zh: '订单来源', en: 'order source' },
    type: 'text',
    examples: ['pinduoduo', 'douyin', 'shopify', 'youzan', 'file'],
  },
  { name: 'shop', label: { zh: '店铺', en: 'shop' }, type: 'text' },
  {
    name: 'customer_level',
    label: { zh: '客户等级', en: 'customer level' },
    maybeUnknown: true,
    type: 'text',
    examples: ['new', 'old'],
  },
  {
    name: 'order_count',
    label: { zh: '历史订单数', en: 'earlier orders' },
    maybeUnknown: true,
    type: 'int',
    bounds: { least: 0n, most: 1_000_000n },
    unit: '单',
  },
  { name: 'order_amount', label: { zh: '订单金额', en: 'order amount' }, type: 'money', bounds: MONEY },
  { name: 'goods_amount', label: { zh: '商品金额', en: 'goods amount' }, type: 'money', bounds: MONEY },
  { name: 'shipping_paid', label: { zh: '已付运费', en: 'shipping paid' }, type: 'money', bounds: MONEY },
  { name: 'discount_amount', label: { zh: '优惠金额', en: 'discounts' }, type: 'money', bounds: MONEY },
  {
    name: 'weight',
    label: { zh: '重量', en: 'weight' },
    maybeUnknown: true,
    type: 'int',
    bounds: { least: 0n, most: 10_000_000n },
    unit: 'g',
  },
  {
    name: 'volume',
    label: { zh: '体积', en: 'volume' },
    maybeUnknown: true,
    type: 'int',
    bounds: { least: 0n, most: 1_000_000_000n },
    unit: 'cm3',
  },
  {
    name: 'pieces',
    label: { zh: '件数', en: 'pieces' },
    type: 'int',
    bounds: { least: 0n, most: 1_000_000n },
  },
  { name: 'country', label: { zh: '国家', en: 'country' }, type: 'text', examples: ['CN'] },
  {
    name: 'province',
    label: { zh: '省份', en: 'province' },
    type: 'text',
    examples: ['浙江', '广东', '北京', '上海', '新疆', '西藏', '内蒙古', '青海', '海南', ''],
  },
  { name: 'city', label: { zh: '城市', en: 'city' }, type: 'text' },
  { name: 'district', label: { zh: '区县', en: 'district' }, type: 'text' },
  { name: 'items', label: { zh: '商品编码', en: 'SKUs' }, type: 'texts' },
  {
    name: 'tags',
    label: { zh: '商品标签', en: 'SKU tags' },
    type: 'texts',
    examples: ['frozen', 'hazmat', 'fragile'],
  },
  { name: 'promotions', label: { zh: '促销', en: 'promotions' }, type: 'texts' },
  { name: 'has_gift', label: { zh: '含赠品', en: 'has a gift' }, type: 'bool' },
  { name: 'buyer_note', label: { zh: '买家备注', en: "buyer's note" }, type: 'text' },
  { name: 'seller_note', label: { zh: '商家备注', en: "seller's note" }, type: 'text' },
  { name: 'flag', label: { zh: '旗帜', en: 'flag' }, type: 'text' },
]

/** Of one line. */
export const LINE_VARIABLES: readonly RuleVariable[] = [
  { name: 'sku', label: { zh: '商品编码', en: 'SKU' }, type: 'text' },
  { name: 'title', label: { zh: '商品名称', en: 'title' }, type: 'text' },
  {
    name: 'quantity',
    label: { zh: '数量', en: 'quantity' },
    type: 'int',
    bounds: { least: 1n, most: 1_000_000n },
  },
  { name: 'unit_price', label: { zh: '单价', en: 'unit price' }, type: 'money', bounds: MONEY },
  { name: 'line_amount', label: { zh: '行金额', en: 'line amount' }, type: 'money', bounds: MONEY },
  { name: 'gift', label: { zh: '是赠品', en: 'is a gift' }, type: 'bool' },
  { name: 'bundle', label: { zh: '是组合装', en: 'is a bundle' }, type: 'bool' },
  {
    name: 'piece_weight',
    label: { zh: '单件重量', en: 'weight of a piece' },
    maybeUnknown: true,
    type: 'int',
    bounds: { least: 0n, most: 10_000_000n },
    unit: 'g',
  },
  {
    name: 'sku_tags',
    label: { zh: '商品标签', en: 'SKU tags' },
    type: 'texts',
    examples: ['frozen', 'hazmat', 'fragile'],
  },
]

/** The values of `ORDER_VARIABLES` and `LINE_VARIABLES` for an order; what nobody knows is null, never a guess. */
export function ruleInputOf(order: RuleOrder, customerLevel: string | null): RuleInput {
  return {
    currency: order.currency,
    values: {
      order_source: order.connectorKind,
      shop: order.connection,
      customer_level: customerLevel,
      order_count: order.earlierOrders === null ? null : BigInt(order.earlierOrders),
      order_amount: order.payableMinor,
      goods_amount: order.goodsMinor,
      shipping_paid: order.shippingMinor,
      discount_amount: order.discountMinor,
      weight: total(order.lines, weightOf),
      volume: total(order.lines, volumeOf),
      pieces: BigInt(order.lines.reduce((sum, line) => sum + line.quantity, 0)),
      country: order.to.country,
      province: order.to.province,
      city: order.to.city,
      district: order.to.district,
      items: order.lines.map((line) => line.sku ?? line.shopSku),
      tags: [...new Set(order.lines.flatMap(tagsOf))].sort(),
      promotions: order.promotions,
      has_gift: order.lines.some((line) => line.gift),
      buyer_note: order.buyerNote,
      seller_note: order.sellerNote,
      flag: order.flag ?? '',
    },
    lines: order.lines.map((line) => ({ id: line.lineId, values: lineValues(line) })),
  }
}

function lineValues(line: RuleOrderLine): Record<string, RuleValue> {
  return {
    sku: line.sku ?? line.shopSku,
    title: line.title,
    quantity: BigInt(line.quantity),
    unit_price: line.unitPriceMinor,
    line_amount: line.paidMinor ?? line.unitPriceMinor * BigInt(line.quantity),
    gift: line.gift,
    bundle: line.parts !== null,
    piece_weight: whole(weightOf(line)),
    sku_tags: tagsOf(line),
  }
}

function tagsOf(line: RuleOrderLine): readonly string[] {
  return line.parts === null
    ? line.tags
    : [...new Set([...line.tags, ...line.parts.flatMap((one) => one.tags)])]
}

/** Of one piece of the line; a bundle without a figure of its own is the sum of its parts. */
function weightOf(line: RuleOrderLine): number | null {
  return line.weightG ?? sumOfParts(line, (part) => part.weightG)
}
function volumeOf(line: RuleOrderLine): number | null {
  return line.volumeCm3 ?? sumOfParts(line, (part) => part.volumeCm3)
}

type Part = NonNullable<RuleOrderLine['parts']>[number]
function sumOfParts(line: RuleOrderLine, of: (part: Part) => number | null): number | null {
  if (line.parts === null) return null
  let sum = 0
  for (const part of line.parts) {
    const one = of(part)
    if (one === null) return null
    sum += one * part.quantity
  }
  return sum
}

/** One unknown weight makes the whole unknown: a sum that leaves it out would be a guess. */
function total(lines: readonly RuleOrderLine[], of: (line: RuleOrderLine) => number | null): bigint | null {
  let sum = 0n
  for (const line of lines) {
    const one = of(line)
    if (one === null) return null
    sum += BigInt(one) * BigInt(line.quantity)
  }
  return sum
}

function whole(figure: number | null): bigint | null {
  return figure === null ? null : BigInt(figure)
}
