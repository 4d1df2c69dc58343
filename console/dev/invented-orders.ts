/** Invented but believable orders for looking at pages; nothing here comes from a real shop. Same seed, same orders. */
export const ZONE = 'Asia/Shanghai'
export type Json = Record<string, unknown>

let seed = 20_260_125
export function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 4_294_967_296
}
export function oneOf<T>(all: readonly T[]): T {
  return all[Math.floor(random() * all.length)] as T
}
const digits = (n: number) => Array.from({ length: n }, () => Math.floor(random() * 10)).join('')

const START = Temporal.Now.instant()
export function ago(seconds: number): string {
  return START.subtract({ seconds: Math.round(seconds) }).toString({
    timeZone: ZONE,
    fractionalSecondDigits: 3,
  })
}

export const CONNECTIONS = [
  { id: 'c1', kind: 'pinduoduo', role: 'channel', name: '拼多多·山野良品' },
  { id: 'c2', kind: 'douyin', role: 'channel', name: '抖店·山野良品旗舰' },
  { id: 'c3', kind: 'youzan', role: 'channel', name: '有赞·会员店' },
  { id: 'c4', kind: 'shopify', role: 'channel', name: 'Shopify·Hillside Goods' },
  { id: 'c5', kind: 'file', role: 'channel', name: '线下团购导入' },
  { id: 'c6', kind: 'sf', role: 'carrier', name: '顺丰月结 7550…' },
  { id: 'c7', kind: 'kuaidi100', role: 'carrier', name: '快递100' },
].map((connection) => ({
  ...connection,
  zone: ZONE,
  paused: false,
  settings: {},
  secretsSet: ['secret'],
  callbackUrl: `http://127.0.0.1:4600/callback/${connection.id}`,
  stream: null,
  lastTest: { ok: true, words: '店铺已连通', at: ago(3600) },
  lastMessageAt: ago(12),
  accepted24h: 1200,
  rejected24h: 2,
}))

const GOODS = [
  ['高山乌龙茶 250g 罐装', 'TEA-WL-250', '罐装 250g', 12_800],
  ['手工牛皮小方包', 'BAG-SQ-01', '焦糖棕', 39_900],
  ['新疆灰枣 500g×2', 'DATE-500X2', '2 袋装', 4_590],
  ['儿童防晒渔夫帽', 'HAT-KID-S', '米白 / S', 5_900],
  ['宁夏枸杞原浆 30ml×30', 'GOJI-30', '整盒', 16_800],
  ['不锈钢保温杯 500ml', 'CUP-500-BK', '曜石黑', 8_900],
  ['云南小粒咖啡 挂耳 20 包', 'COF-DRIP-20', '中烘', 6_680],
  ['Linen Throw Pillow Cover', 'PIL-LIN-45', '45×45 / Sage', 7_200],
] as const
const PLACES = [
  '浙江省 杭州市 西湖区',
  '广东省 深圳市 南山区',
  '四川省 成都市 锦江区',
  '北京市 北京市 朝阳区',
  '湖北省 武汉市 洪山区',
]
const NAMES = ['王**', '李*', '陈**', '刘*', '赵**', '黄*']
const STATUS_MIX = [
  ...Array(5).fill('pending_payment'),
  ...Array(24).fill('awaiting_shipment'),
  ...Array(3).fill('on_hold'),
  ...Array(4).fill('partially_shipped'),
  ...Array(16).fill('shipped'),
  ...Array(4).fill('picked_up'),
  ...Array(20).fill('in_transit'),
  ...Array(3).fill('out_for_delivery'),
  ...Array(12).fill('delivered'),
  ...Array(10).fill('completed'),
  'returning',
  'returned',
  'refunded',
  ...Array(2).fill('cancelled'),
] as string[]
const SHIPPED = new Set([
  'partially_shipped',
  'shipped',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'completed',
  'returning',
  'returned',
])

function money(minor: number, currency = 'CNY') {
  const sign = minor < 0 ? '-' : ''
  const whole = Math.abs(minor)
  return { currency, amount: `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}` }
}

function orderNo(kind: string): string {
  if (kind === 'pinduoduo') return `260125-${digits(15)}`
  if (kind === 'douyin') return `69${digits(17)}`
  if (kind === 'youzan') return `E2026012${digits(14)}`
  return kind === 'shopify' ? `#${10_000 + Math.floor(random() * 9000)}` : `TG${digits(10)}`
}

export function inventOrder(index: number, total: number): Json {
  const connection = oneOf(CONNECTIONS.slice(0, 5))
  const currency = connection.kind === 'shopify' ? 'USD' : 'CNY'
  const status = oneOf(STATUS_MIX)
  const age = 40 + (index / total) * 9 * 86_400 + random() * 600
  const shipped = SHIPPED.has(status)
  const lines = Array.from({ length: 1 + Math.floor(random() * random() * 4) }, (_, n) => {
    const [title, sku, spec, price] = oneOf(GOODS)
    const quantity = 1 + Math.floor(random() * 2)
    const gift = n > 0 && random() < 0.3
    return {
      lineId: `L${n + 1}`,
      shopSku: random() < 0.03 ? '' : sku,
      stockSku: random() < 0.07 ? null : `WH-${sku}`,
      title,
      spec,
      quantity,
      unitPrice: money(gift ? 0 : price, currency),
      paid: money(gift ? 0 : Math.round(price * quantity * 0.95), currency),
      gift,
      minor: gift ? 0 : price * quantity,
    }
  })
  const goods = lines.reduce((sum, line) => sum + line.minor, 0)
  const off = Math.round(goods * 0.05)
  const parcels = shipped ? (status === 'partially_shipped' || random() < 0.08 ? 2 : 1) : 0
  const at = (share: number) => ago(age * (1 - share))
  const drift = random() < 0.06 ? 1 : 0
  const report = !shipped
    ? 'none'
    : random() < 0.05
      ? 'refused'
      : random() < 0.04
        ? 'unknown'
        : random() < 0.05
          ? 'due'
          : 'accepted'
  return {
    id: String(9000 - index),
    orderNo: orderNo(connection.kind),
    connection: { id: connection.id, kind: connection.kind, name: connection.name },
    status,
    afterSale:
      status === 'refunded'
        ? 'refunded'
        : random() < 0.04
          ? 'requested'
          : random() < 0.02
            ? 'part_refunded'
            : 'none',
    placedAt: at(0),
    paidAt: status === 'pending_payment' ? null : at(0.01),
    shippedAt: shipped ? at(0.3) : null,
    deliveredAt: ['delivered', 'completed'].includes(status) ? at(0.8) : null,
    shipBy: status === 'pending_payment' ? null : ago(age - 2 * 86_400),
    payable: money(goods - off, currency),
    itemCount: lines.reduce((sum, line) => sum + line.quantity, 0),
    parcelCount: parcels,
    unmatchedLines: lines.filter((line) => line.stockSku === null).length,
    driftCount: drift,
    report,
    region: oneOf(PLACES),
    recipientMasked: oneOf(NAMES),
    buyerNote: random() < 0.08 ? '不要加急，工作日送' : null,
    sellerNote: random() < 0.05 ? '老客户，放一张手写卡' : null,
    firstTitle: lines[0]?.title ?? null,
    trackingNos: Array.from({ length: parcels }, () => `SF${digits(13)}`),
    updatedAt: at(0.95),
    lines,
    totals: {
      goods: money(goods, currency),
      shipping: money(0, currency),
      discount: money(off, currency),
      payable: money(goods - off, currency),
      discounts: [
        {
          bearer: 'merchant',
          label: '店铺满减',
          amount: money(off, currency),
          lineId: null,
          couponId: null,
        },
      ],
    },
  }
}
