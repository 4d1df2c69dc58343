import type { Random } from '#kernel/random.ts'
import type { SimLine, SimWish } from '../platform.ts'

type Article = {
  readonly sku: string
  readonly title: string
  readonly spec: string
  readonly priceMinor: bigint
}

/** What the simulated domestic shops sell; prices in fen. */
const ARTICLES: readonly Article[] = [
  { sku: 'CAT-LITTER-6L', title: '豆腐猫砂', spec: '原味 6L', priceMinor: 2990n },
  { sku: 'CAT-FOOD-2KG', title: '全价猫粮', spec: '鸡肉 2kg', priceMinor: 8900n },
  { sku: 'TEA-LJ-250', title: '龙井绿茶', spec: '明前 250g', priceMinor: 16800n },
  { sku: 'MUG-WHITE-350', title: '陶瓷马克杯', spec: '白色 350ml', priceMinor: 2580n },
  { sku: 'SOCK-M-5', title: '棉袜五双装', spec: '男款 均码', priceMinor: 1999n },
  { sku: 'LAMP-USB-01', title: 'USB 阅读灯', spec: '暖光', priceMinor: 4950n },
  { sku: 'CAKE-FROZEN-6', title: '冷冻芝士蛋糕', spec: '6 寸', priceMinor: 8800n },
  { sku: 'POWER-20K', title: '充电宝', spec: '20000 mAh', priceMinor: 12900n },
  { sku: 'TEA-SET-3', title: '龙井茶具礼盒', spec: '一茶两杯', priceMinor: 19900n },
  { sku: 'TEA-CLIP', title: '赠品 竹茶夹', spec: '15 cm', priceMinor: 0n },
]
const GIFT = ARTICLES.find(({ priceMinor }) => priceMinor === 0n) as Article
const SOLD = ARTICLES.filter((article) => article !== GIFT)
const WITH_GIFT = 'TEA-LJ-250'

/** A simulated shop's own stock, by the merchant's code, with the ids that its stock call wants. */
export type StockBook = {
  readonly stock: Map<string, number>
  readonly codeOf: (skuId: string) => string | null
  readonly skuIdOf: (code: string) => string | null
  /** Goods in a promotion: the platform does not let their stock go down. */
  readonly promoted: Set<string>
  /** Every figure that was set, in order. */
  readonly told: { readonly code: string; readonly quantity: number }[]
}

/** Every article has 100 pieces, until somebody sets another figure. Ids begin with `prefix`, which keeps them longer than a double. */
export function stockBook(
  prefix: string,
  articles: readonly { readonly sku: string }[] = ARTICLES,
): StockBook {
  const codes = new Map(articles.map((article, place) => [`${prefix}${place + 1}`, article.sku]))
  const ids = new Map([...codes].map(([id, code]) => [code, id]))
  return {
    stock: new Map(articles.map((article) => [article.sku, 100])),
    codeOf: (skuId) => codes.get(skuId) ?? null,
    skuIdOf: (code) => ids.get(code) ?? null,
    promoted: new Set(),
    told: [],
  }
}

/** Sets a figure as its shop would; words of refusal, or null. */
export function setInBook(book: StockBook, code: string | null, quantity: number): string | null {
  if (code === null) return '商品或规格不存在'
  if (!Number.isSafeInteger(quantity) || quantity < 0) return '库存数量不合法'
  if (book.promoted.has(code) && quantity < (book.stock.get(code) ?? 0)) return '商品在活动中，不能减少库存'
  book.stock.set(code, quantity)
  book.told.push({ code, quantity })
  return null
}

export type SimAddress = { readonly province: string; readonly city: string; readonly town: string }
const ADDRESSES: readonly SimAddress[] = [
  { province: '浙江省', city: '杭州市', town: '余杭区' },
  { province: '广东省', city: '深圳市', town: '南山区' },
  { province: '北京市', city: '北京市', town: '朝阳区' },
  { province: '四川省', city: '成都市', town: '武侯区' },
  { province: '湖北省', city: '武汉市', town: '洪山区' },
]

/** Up to `most` different articles, one to three pieces each, and a clip with every tea; `lineId` is given by the platform. */
export function pickLines(
  random: Random,
  most: number,
  lineId: (index: number, sku: string) => string,
  wish?: SimWish,
): SimLine[] {
  if (wish?.lines !== undefined)
    return wish.lines.map((line, index) => ({ ...line, lineId: lineId(index, line.sku) }))
  const first = Math.floor(random.next() * SOLD.length)
  const count = 1 + Math.floor(random.next() * most)
  const wanted = Array.from({ length: count }, (_, index) => ({
    article: SOLD[(first + index) % SOLD.length] as Article,
    quantity: 1 + Math.floor(random.next() * 3),
  }))
  const teas = wanted.find(({ article }) => article.sku === WITH_GIFT)
  const all = teas === undefined ? wanted : [...wanted, { article: GIFT, quantity: teas.quantity }]
  return all.map(({ article: { sku, title, priceMinor }, quantity }, index) => ({
    lineId: lineId(index, sku),
    sku,
    title,
    quantity,
    priceMinor,
  }))
}

export function pickAddress(random: Random, wish?: SimWish): SimAddress {
  const wished = ADDRESSES.find(({ province }) => province === wish?.province)
  if (wished !== undefined) return wished
  return ADDRESSES[Math.floor(random.next() * ADDRESSES.length)] as SimAddress
}

const NOTES = ['麻烦改地址，写错了', '请开发票', '麻烦一起发，不要拆'] as const

/** What one buyer in eight writes beside the order; the same order always says the same. */
export function noteOf(orderNo: string): string {
  return NOTES[Number(orderNo.slice(-3)) % 25] ?? ''
}

/** The buyer wants another address: nobody prints its label before somebody has asked. */
export function isToBeAsked(orderNo: string): boolean {
  return noteOf(orderNo) === NOTES[0]
}

export function specOf(sku: string): string {
  return ARTICLES.find((article) => article.sku === sku)?.spec ?? ''
}

/** Decimal digits, the first one not 0. */
export function digits(random: Random, count: number): string {
  return Array.from({ length: count }, (_, place) =>
    String(place === 0 ? 1 + Math.floor(random.next() * 8) : Math.floor(random.next() * 10)),
  ).join('')
}
