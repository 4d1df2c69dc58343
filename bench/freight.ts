import type { Decision, RuleInput, RuleModel, RuleValue } from '#domain/rulebook.ts'
import { FREIGHT_KIND } from '#features/freight/index.ts'
import { assert } from '#kernel/assert.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import type { BenchReport } from './lib/report.ts'

const ORDERS = 20_000
const RUN_MS = 3_000
const ROUNDS = 3

type Say = (line: string) => void

/**
 * Freight decisions with their path on one core, by the template that is shipped: 20,000 different orders over all provinces, bands and kinds
 * of customers, one after another. Limit of the same run: the same template written by hand as a function that keeps no path and builds no
 * decision, only the amount.
 */
export async function freight(say: Say): Promise<BenchReport> {
  const startedAt = performance.now()
  const template = FREIGHT_KIND.templates.find((one) => one.id === 'recommended')
  assert(template !== undefined, 'B1')
  const compiling = performance.now()
  const rules = compileModel(FREIGHT_KIND, template.model)
  assert(rules.ok, 'B2')
  const compileMs = performance.now() - compiling
  const checking = performance.now()
  const check = checkModel(FREIGHT_KIND, template.model)
  const checkMs = performance.now() - checking
  const orders = madeOrders(provincesOf(template.model))
  const byHand = handWritten(template.model)
  const { decide } = rules.value
  const shares = countOutcomes(orders, decide)
  assert(
    orders.every((order) => byHand(order) === amountOf(decide(order))),
    'B3',
    'both say the same',
  )
  say(
    `${template.model.nodes.length} nodes compiled in ${round(compileMs)} ms, checked in ${round(checkMs)} ms`,
  )
  const rates: number[] = []
  const limits: number[] = []
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    rates.push(rateOf(orders, decide))
    limits.push(rateOf(orders, byHand))
    say(`${Math.round(rates[turn] ?? 0)} decisions/s with path; by hand ${Math.round(limits[turn] ?? 0)}/s`)
  }
  const [rate, limit] = [median(rates), median(limits)]
  return {
    name: 'freight',
    rate: Math.round(rate),
    limit: Math.round(limit),
    ratio: round(rate / limit),
    p99: p99Of(orders, decide),
    seconds: round((performance.now() - startedAt) / 1_000),
    ...shares,
    nodes: template.model.nodes.length,
    compileMs: round(compileMs),
    checkMs: round(checkMs),
    checked: check.tried,
  }
}

function provincesOf(model: RuleModel): string[] {
  return model.tables.flatMap((table) => table.rows.map((row) => row[0] ?? '')).filter((one) => one !== '*')
}

/** Different ones each, the same ones every time. */
function madeOrders(provinces: readonly string[]): RuleInput[] {
  const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % list.length]
  return Array.from({ length: ORDERS }, (_, at) => {
    const province = pick([...provinces, '新疆', ''], at) ?? ''
    const level = pick(['old', 'new', 'old', null], Math.floor(at / 3)) ?? null
    const values: Record<string, RuleValue> = {
      order_source: pick(['douyin', 'pinduoduo', 'shopify'], at) ?? '',
      shop: 'demo',
      customer_level: level,
      order_count: level === 'new' ? 0n : BigInt(at % 30),
      order_amount: BigInt((at * 7_919) % 40_000),
      goods_amount: BigInt((at * 7_919) % 40_000),
      shipping_paid: 0n,
      discount_amount: 0n,
      weight: BigInt(200 + ((at * 31) % 9_000)),
      volume: 1_000n,
      pieces: 2n,
      country: 'CN',
      province,
      city: '',
      district: '',
      items: ['A-1', 'B-2'],
      tags: [],
      promotions: [],
      has_gift: false,
      buyer_note: '',
      seller_note: '',
      flag: '',
      is_remote: province === '新疆',
      region_class: province === '' ? null : province === '新疆' ? 'remote' : 'mainland',
      parcel_count: 1n,
      merged_orders: 1n,
    }
    return { currency: 'CNY', values, lines: [] }
  })
}

/** What the template charges, as somebody would write it for these orders; null for those that go to a person. */
function handWritten(model: RuleModel): (order: RuleInput) => bigint | null {
  const surcharges = new Map(
    model.tables.flatMap((table) =>
      table.rows.map(([province, fee]) => [province ?? '', BigInt((fee ?? '0').replace('.', ''))] as const),
    ),
  )
  return ({ values, currency }) => {
    const province = values.province as string
    if (currency !== 'CNY' || province === '') return null
    const amount = values.order_amount as bigint
    if (values.order_source === 'douyin' && values.customer_level === 'new' && values.order_count === 0n)
      return 0n
    const old = values.customer_level === 'old'
    const base = amount < 9_900n ? 1_200n : old && amount < 19_900n ? 800n : 0n
    if (base === 0n) return province === '新疆' ? 1_500n : 0n
    const surcharge = surcharges.get(province)
    return surcharge === undefined ? null : base + surcharge
  }
}

function amountOf({ outcome, actions }: Decision): bigint | null {
  if (outcome === 'review') return null
  return actions.reduce((sum, { action, params }) => {
    assert(action === 'charge' && typeof params.amount === 'bigint', 'B4', action)
    return sum + params.amount
  }, 0n)
}

function countOutcomes(orders: readonly RuleInput[], decide: (order: RuleInput) => Decision) {
  const decisions = orders.map(decide)
  const ways = new Set(decisions.map(({ path }) => path.map(({ node, way }) => `${node} ${way}`).join('>')))
  const steps = decisions.reduce((sum, { path }) => sum + path.length, 0)
  return {
    ways: ways.size,
    steps: round(steps / orders.length),
    review: round(decisions.filter((one) => one.outcome === 'review').length / orders.length),
  }
}

/** Decisions a second; the answers are kept, as the caller keeps them for the trace. */
function rateOf(orders: readonly RuleInput[], decide: (order: RuleInput) => unknown): number {
  const kept: unknown[] = new Array(orders.length)
  const until = performance.now() + RUN_MS / 2
  const from = performance.now()
  let done = 0
  do {
    for (let at = 0; at < orders.length; at += 1) {
      const order = orders[at]
      if (order !== undefined) kept[at] = decide(order)
    }
    done += orders.length
  } while (performance.now() < until)
  assert(kept.length === orders.length, 'B5')
  return (done / (performance.now() - from)) * 1_000
}

/** Milliseconds of the slowest in a hundred, one by one. */
function p99Of(orders: readonly RuleInput[], decide: (order: RuleInput) => Decision): number {
  const times = orders.map((order) => {
    const from = performance.now()
    decide(order)
    return performance.now() - from
  })
  return Math.round((times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0) * 10_000) / 10_000
}

function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0
}

function round(figure: number): number {
  return Math.round(figure * 100) / 100
}
