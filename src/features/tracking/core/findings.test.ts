import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fact, FactKind } from '#domain/fact.ts'
import { DAY, fact } from '#test-support/facts.ts'
import { type Beside, findingOf } from './findings.ts'
import { standingOf, timeline } from './standing.ts'

const at = (kind: FactKind, minute: number, words = '', place = ''): Fact =>
  fact(kind, minute, {
    on: 'parcel',
    parcel: 'T1',
    source: 'sf',
    detail: { ...(words === '' ? {} : { words }), ...(place === '' ? {} : { place }) },
  })

const NOTHING: Beside = {
  destination: null,
  provinceOf: (place) => ({ 深圳: '广东', 广州: '广东', 杭州: '浙江', 上海: '上海' })[place] ?? null,
  refundAskedAt: null,
  refunded: false,
  disputedAt: null,
}

function found(facts: readonly Fact[], beside: Partial<Beside> = {}) {
  const standing = standingOf('T1', facts)
  assert.ok(standing !== null)
  const finding = findingOf(standing, timeline(facts), { ...NOTHING, ...beside })
  return finding === null ? null : `${finding.finding}@${finding.since.since(DAY).total('minutes')}`
}

test('a delivery is disputed by the buyer, by a refund asked afterwards, by its revocation', () => {
  const delivered = [at('in_transit', 1), at('delivered', 9)]
  assert.equal(found(delivered), null)
  assert.equal(found(delivered, { disputedAt: DAY.add({ minutes: 20 }) }), 'disputed@20')
  assert.equal(found(delivered, { refundAskedAt: DAY.add({ minutes: 30 }) }), 'disputed@30')
  assert.equal(found([...delivered, at('delivery_revoked', 12)]), 'disputed@12')
  assert.equal(found([...delivered, at('delivery_revoked', 12), at('delivered', 15)]), null)
})

test('held at the customs, and let go', () => {
  assert.equal(
    found([at('in_transit', 3, 'Customs clearance event: held, additional documents required')]),
    'customs@3',
  )
  assert.equal(found([at('exception', 3, '包裹被海关扣留查验')]), 'customs@3')
  assert.equal(
    found([at('in_transit', 3, '清关中')]),
    null,
    'on its way through: only the clock may say more',
  )
  assert.equal(found([at('in_transit', 3, '海关查验'), at('in_transit', 5, '海关放行')]), null)
  assert.equal(
    found([at('in_transit', 3, '包裹已到达，等待扣件')]),
    null,
    'held, but nobody speaks of customs',
  )
})

test('wrong direction only with evidence', () => {
  const way = (...places: string[]) => places.map((place, i) => at('in_transit', i + 1, '', place))
  const to = { destination: '广东' }
  assert.equal(found(way('杭州', '广州', '上海'), to), 'wrong_way@3')
  assert.equal(found(way('杭州', '上海', '广州'), to), null)
  assert.equal(found(way('杭州', '上海'), to), null, 'a detour before it arrived proves nothing')
  assert.equal(found(way('广州', '深圳', '上海'), to), null, 'it set out from the province itself')
  assert.equal(found(way('杭州', '广州', 'Nowhere'), to), null, 'a place that names no province says nothing')
  assert.equal(found(way('杭州', '广州', '上海')), null, 'where it goes to is not known')
  assert.equal(found([...way('杭州', '广州'), at('in_transit', 5, '快件错分，正在转回')]), 'wrong_way@5')
  assert.equal(found([...way('杭州', '广州', '上海'), at('returning', 9)], { ...to, refunded: true }), null)
})

test('failed twice, in trouble, coming back', () => {
  assert.equal(found([at('out_for_delivery', 1), at('delivery_failed', 2)]), null)
  assert.equal(
    found([at('delivery_failed', 2), at('out_for_delivery', 3), at('delivery_failed', 4)]),
    'delivery_failed@4',
  )
  assert.equal(found([at('delivery_failed', 2), at('delivery_failed', 4), at('delivered', 6)]), null)
  assert.equal(found([at('exception', 2, '面单脱落')]), 'exception@2')
  assert.equal(found([at('returning', 2)]), 'returning@2')
  assert.equal(found([at('returning', 2)], { refunded: true }), null)
})
