import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RuleGuard } from '#domain/rulebook.ts'
import { closeness, isFor, type Place, widerThan, wouldDecide } from './place.ts'
import {
  addToTally,
  GROUPS_LIMIT,
  groupOf,
  isChanged,
  NO_TALLY,
  OTHER_GROUP,
  type Side,
  type Tally,
} from './tally.ts'
import { decideVerdict } from './verdict.ts'

const side = (outcome: 'decided' | 'review', fee: number | null, group = outcome as string): Side => ({
  outcome,
  group,
  words: { zh: `${outcome} ${fee}`, en: `${outcome} ${fee}` },
  figures: fee === null ? {} : { freight: BigInt(fee) },
})
const order = (before: Side, after: Side) => ({
  before,
  after,
  group: isChanged(before, after) ? groupOf(before, after) : null,
})

test('orders are counted, summed and put into groups of what changed', () => {
  const tally = addToTally(NO_TALLY, [
    order(side('decided', 1_200), side('decided', 1_200)),
    order(side('decided', 1_200), side('decided', 800)),
    order(side('decided', 1_200), side('review', null)),
    order(side('review', null), side('decided', 500)),
    order(null, side('decided', 300)),
  ])
  assert.deepEqual(
    {
      ...tally,
      groups: tally.groups.map(({ group, count }) => [group, count]),
      figures: tally.figures.freight,
    },
    {
      done: 5,
      changed: 4,
      same: 1,
      reviewsBefore: 1,
      reviewsAfter: 1,
      newlyReview: 1,
      figures: { before: 3_600n, after: 2_800n, nBefore: 3n, nAfter: 4n },
      groups: [
        ['decided', 1],
        ['decided→review', 1],
        ['review→decided', 1],
        ['∅→decided', 1],
      ],
    },
  )
})

test('groups beyond the limit are counted together', () => {
  const many = Array.from({ length: GROUPS_LIMIT + 7 }, (_, at) =>
    order(side('decided', 1), side('decided', at + 2, `g${at}`)),
  )
  const { groups } = addToTally(NO_TALLY, many)
  assert.equal(groups.length, GROUPS_LIMIT + 1)
  assert.equal(groups.find((one) => one.group === OTHER_GROUP)?.count, 7)
  assert.equal(
    groups.reduce((sum, one) => sum + one.count, 0),
    GROUPS_LIMIT + 7,
  )
})

const sides = fc.option(
  fc.record({ outcome: fc.constantFrom('decided', 'review'), fee: fc.integer({ min: 0, max: 5 }) }),
)
const pairs = fc.array(fc.tuple(sides, sides), { maxLength: 40 })

test('it makes no difference how the orders are cut into batches', () => {
  fc.assert(
    fc.property(pairs, fc.nat({ max: 40 }), (all, cut) => {
      const orders = all.map(([a, b]) =>
        order(a === null ? null : side(a.outcome, a.fee), b === null ? null : side(b.outcome, b.fee)),
      )
      const whole = addToTally(NO_TALLY, orders)
      const parts = addToTally(addToTally(NO_TALLY, orders.slice(0, cut)), orders.slice(cut))
      assert.deepEqual(parts, whole)
      assert.equal(whole.done, whole.changed + whole.same)
      assert.equal(
        whole.groups.reduce((sum, one) => sum + one.count, 0),
        whole.changed,
      )
    }),
  )
})

const tallyWith = (more: Partial<Tally>): Tally => ({
  ...NO_TALLY,
  done: 100,
  same: 90,
  changed: 10,
  ...more,
})
const passes = (more: Partial<Tally>, guards: readonly RuleGuard[] = []): boolean =>
  decideVerdict(tallyWith(more), guards).passed

test('changes alone pass; orders that go to a person newly, or nothing tried, want a person', () => {
  assert.equal(passes({}), true)
  assert.equal(passes({ newlyReview: 1, reviewsAfter: 1, reviewsBefore: 5 }), false)
  assert.equal(passes({ reviewsBefore: 0, reviewsAfter: 1 }), false, 'nobody decided it before')
  assert.equal(passes({ reviewsBefore: 4, reviewsAfter: 2 }), true)
  assert.equal(decideVerdict({ ...NO_TALLY }, []).passed, false)
  assert.match(decideVerdict(tallyWith({ newlyReview: 3 }), []).words.zh, /^3 单原来能决定，现在要转人工/)
})

const label = { zh: '平均运费', en: 'mean freight' }
const mean: RuleGuard = { metric: 'freight', label, test: { is: 'mean', toleranceBps: 2_000, atLeast: 50 } }
const freight = (before: bigint, after: bigint, n = 100n): Partial<Tally> => ({
  figures: { freight: { before, after, nBefore: n, nAfter: n } },
})

test('a mean within its tolerance passes, the first amount beyond it does not', () => {
  assert.equal(passes(freight(100_000n, 120_000n), [mean]), true)
  assert.equal(passes(freight(100_000n, 120_001n), [mean]), false)
  assert.equal(passes(freight(100_000n, 80_000n), [mean]), true)
  assert.equal(passes(freight(100_000n, 79_999n), [mean]), false)
  assert.equal(passes(freight(100_000n, 200_000n, 49n), [mean]), true, 'too few to say')
})

test('what must never happen, and a share that is broken, want a person; unless it was so before', () => {
  const never: RuleGuard = { metric: 'freight', label, test: { is: 'never' } }
  const share: RuleGuard = {
    metric: 'freight',
    label,
    test: { is: 'share', healthyBps: 100, brokenBps: 1_000 },
  }
  assert.equal(passes(freight(0n, 1n), [never]), false)
  assert.equal(passes(freight(2n, 2n), [never]), true)
  assert.equal(passes(freight(0n, 9n), [share]), true)
  assert.equal(passes(freight(0n, 10n), [share]), false)
  assert.equal(passes(freight(10n, 10n), [share]), true)
})

const ALL: Place = { connectorKind: '*', connectionId: null }
const KIND: Place = { connectorKind: 'douyin', connectionId: null }
const SHOP: Place = { connectorKind: 'douyin', connectionId: 'shop-a' }

test('the closest set decides, the next wider one is what decided before it', () => {
  const inShop = { connection: 'shop-a', connectorKind: 'douyin' }
  const beside = { connection: 'shop-b', connectorKind: 'douyin' }
  const elsewhere = { connection: 'x', connectorKind: 'shopify' }
  assert.deepEqual([ALL, KIND, SHOP].map(closeness), [0, 1, 2])
  assert.equal(isFor(SHOP, beside), false)
  assert.equal(wouldDecide(ALL, [KIND], inShop), false)
  assert.equal(wouldDecide(ALL, [KIND], elsewhere), true)
  assert.equal(wouldDecide(KIND, [SHOP], beside), true)
  assert.equal(wouldDecide(SHOP, [ALL, KIND], inShop), true)
  assert.equal(widerThan(SHOP, [ALL, KIND], inShop), KIND)
  assert.equal(widerThan(SHOP, [ALL], inShop), ALL)
  assert.equal(widerThan(ALL, [KIND], inShop), null)
})
