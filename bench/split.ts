import type { RuleOrder, RuleOrderLine } from '#domain/rule-order.ts'
import { splitInputOf, splitKind, splitOrder, unitsOf } from '#features/splitting/index.ts'
import { assert } from '#kernel/assert.ts'
import { seededRandom } from '#kernel/random.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { round, summary } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const LINES = 20
const ORDERS = 1_500
const PASSES = 3
const WARMUP = 1_000
/** What the product promises for 20 lines, in milliseconds. */
const PROMISED = 2
const TAGS = [[], [], [], ['frozen'], ['hazmat'], ['presale'], ['fragile']]

/**
 * From an order of 20 lines (bundles, gifts, frozen, dangerous and pre-sale goods, some 60 kg) to its parcels of 20 kg: rules decided with
 * their path, units made, packed. Beside it the same units without any rule: one parcel.
 */
export async function split(say: (line: string) => void): Promise<BenchReport> {
  const startedAt = performance.now()
  const template = splitKind.templates.find(({ id }) => id === 'everything')
  assert(template !== undefined, 'BENCH-SPLIT')
  const compiled = compileModel(splitKind, template.model)
  assert(compiled.ok, 'BENCH-SPLIT', compiled.ok ? '' : compiled.refusal.detail)
  const random = seededRandom(20)
  const orders = Array.from({ length: ORDERS }, (_, index) =>
    orderOf(index, (below) => Math.floor(random.next() * below)),
  )
  let parcels = 0
  const full = timed(orders, (order) => {
    const { actions } = compiled.value.decide(splitInputOf(order))
    const answer = splitOrder({ ...unitsOf(order), actions })
    assert(answer.ok, 'BENCH-SPLIT', answer.ok ? '' : answer.refusal.detail)
    parcels += answer.value.parcels.length
  })
  const empty = timed(orders, (order) => {
    splitOrder({ ...unitsOf(order), actions: [] })
  })
  const [ruled, bare, quiet] = [summary(full.all), summary(empty.all), summary(full.best)]
  say(`with rules p99 ${ruled.p99} ms (promised: ${PROMISED}), without p99 ${bare.p99} ms`)
  return {
    name: 'split',
    rate: Math.round(full.all.length / (full.all.reduce((sum, one) => sum + one, 0) / 1_000)),
    p50: ruled.p50,
    p99: ruled.p99,
    quietP99: quiet.p99,
    limit: bare.p99,
    ratio: round(ruled.p99 / bare.p99),
    promised: PROMISED,
    kept: ruled.p99 <= PROMISED,
    lines: LINES,
    parcels: round(parcels / (ORDERS * PASSES + WARMUP)),
    seconds: round((performance.now() - startedAt) / 1_000),
  }
}

/** Milliseconds of every run, and the best of each order's: what it takes where nothing else interrupts. */
function timed(orders: readonly RuleOrder[], run: (order: RuleOrder) => void) {
  for (const order of orders.slice(0, WARMUP)) run(order)
  const all: number[] = []
  const best = new Float64Array(orders.length).fill(Number.POSITIVE_INFINITY)
  for (let pass = 0; pass < PASSES; pass += 1)
    for (const [index, order] of orders.entries()) {
      const from = performance.now()
      run(order)
      const took = performance.now() - from
      all.push(took)
      best[index] = Math.min(best[index] ?? took, took)
    }
  return { all: Float64Array.from(all), best }
}

type Below = (below: number) => number

function orderOf(index: number, below: Below): RuleOrder {
  const lines = Array.from({ length: LINES }, (_, at) => lineOf(at, below))
  const paid = lines.reduce((sum, line) => sum + (line.paidMinor ?? 0n), 0n)
  return {
    id: BigInt(index + 1),
    connection: 'bench',
    connectorKind: 'douyin',
    orderNo: String(index),
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency: 'CNY',
    payableMinor: paid,
    goodsMinor: paid,
    shippingMinor: 0n,
    discountMinor: 0n,
    promotions: [],
    buyerId: null,
    earlierOrders: null,
    earlierSpentMinor: null,
    to: { country: 'CN', province: '浙江', city: '杭州市', district: '西湖区' },
    recipientKey: null,
    buyerNote: '',
    sellerNote: '',
    flag: null,
    lines,
    gifts: [
      { gift: 'SKU-18', main: 'SKU-0', binding: 'soft' },
      { gift: 'SKU-19', main: 'SKU-1', binding: 'soft' },
    ],
  }
}

function lineOf(at: number, below: Below): RuleOrderLine {
  const gift = at >= 18
  const quantity = gift ? 1 : 1 + below(3)
  const weightG = 200 + below(2_500)
  const part = (name: string, pieces: number) => {
    return { sku: `SKU-${at}-${name}`, quantity: pieces, weightG: 150, volumeCm3: 400, tags: [] }
  }
  const price = gift ? 0n : BigInt(500 + below(20_000))
  return {
    lineId: String(at),
    sku: `SKU-${at}`,
    shopSku: `SKU-${at}`,
    title: `Product ${at}`,
    quantity,
    unitPriceMinor: price,
    paidMinor: price * BigInt(quantity),
    gift,
    weightG,
    volumeCm3: weightG * 4,
    tags: TAGS[below(TAGS.length)] ?? [],
    parts: at % 9 === 5 ? [part('a', 1), part('b', 2)] : null,
  }
}
