import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RuleOrder } from '#domain/rule-order.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { STANDARD_BOOK } from './book.ts'
import { FREIGHT_KIND } from './core/kind.ts'
import { quoteOf } from './core/quote.ts'
import { freightInputOf } from './part.ts'
import { ORDER } from './testing/order.ts'

function freightBy(id: string): (order: RuleOrder) => bigint | 'review' {
  const template = FREIGHT_KIND.templates.find((one) => one.id === id)
  assert(template !== undefined)
  const rules = compileModel(FREIGHT_KIND, template.model)
  assert(rules.ok)
  return (order) => {
    const decision = rules.value.decide(freightInputOf(order, STANDARD_BOOK, { parcels: 1, merged: 1 }))
    const quote = quoteOf(decision, { currency: order.currency, parcels: 1 })
    if (quote.ok) return quote.value.amountMinor
    assert.equal(quote.refusal.code, 'freight.undecided')
    return 'review'
  }
}

const province = fc.constantFrom('浙江', '广东', '北京', '新疆', '西藏', '海南', '黑龙江')
const earlier = fc.constantFrom(null, 0, 1, 5)
const source = fc.constantFrom('douyin', 'pinduoduo', 'file')
const order = fc.record({ province, earlier, source, amount: fc.bigInt(0n, 30_000n) }).map(
  (one): RuleOrder => ({
    ...ORDER,
    connectorKind: one.source,
    payableMinor: one.amount,
    earlierOrders: one.earlier,
    to: { country: 'CN', province: one.province, city: '', district: '' },
  }),
)

/** The recommended template again, written down by hand as one reads its description. */
function byHand({ connectorKind, payableMinor, earlierOrders, to }: RuleOrder): bigint {
  const region: Record<string, bigint> = {
    浙江: 0n,
    广东: 200n,
    北京: 300n,
    黑龙江: 500n,
    海南: 800n,
    新疆: 1_500n,
    西藏: 1_500n,
  }
  if (connectorKind === 'douyin' && earlierOrders === 0) return 0n
  const isOld = earlierOrders !== null && earlierOrders > 0
  if (payableMinor < 9_900n) return 1_200n + (region[to.province] ?? 0n)
  if (isOld && payableMinor < 19_900n) return 800n + (region[to.province] ?? 0n)
  return to.province === '新疆' ? 1_500n : 0n
}

test('the recommended template says what its description says, for every order on the mainland', () => {
  const freight = freightBy('recommended')
  fc.assert(fc.property(order, (one) => assert.equal(freight(one), byHand(one))))
})

test('whoever buys for more in the same band never pays more freight', () => {
  const freight = freightBy('recommended')
  fc.assert(
    fc.property(order, fc.bigInt(0n, 20_000n), (one, more) => {
      const [less, greater] = [freight(one), freight({ ...one, payableMinor: one.payableMinor + more })]
      assert.ok(less !== 'review' && greater !== 'review' && greater <= less)
    }),
  )
})

test('first and further kilograms: heavier never costs less', () => {
  const freight = freightBy('first_and_further_weight')
  const weighing = (one: RuleOrder, weightG: number): RuleOrder => ({
    ...one,
    lines: ORDER.lines.map((line) => ({ ...line, weightG })),
  })
  fc.assert(
    fc.property(
      order,
      fc.integer({ min: 0, max: 25_000 }),
      fc.integer({ min: 0, max: 25_000 }),
      (one, weight, more) => {
        const [light, heavy] = [freight(weighing(one, weight)), freight(weighing(one, weight + more))]
        assert.ok(light !== 'review' && heavy !== 'review' && light <= heavy)
      },
    ),
  )
})
