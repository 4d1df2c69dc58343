import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isPlannedReference } from '#domain/waybill.ts'
import { type Account, type AccountAsk, chooseAccount, type PoolStanding } from './choose-account.ts'
import { type OrderPiece, ordersOf } from './orders-of.ts'
import { referenceOf } from './reference.ts'

const ACCOUNT: Account = {
  id: 1n,
  connectionId: 'c',
  carrier: 'ZTO',
  name: '一号',
  service: 'standard',
  warehouses: [],
  priority: 10,
  mode: 'auto',
  active: true,
  blockedCode: null,
  isAway: false,
  opens: [],
}
const ASK: AccountAsk = {
  warehouse: 'SH',
  carrier: null,
  prefers: null,
  service: null,
  accountId: null,
  sealedBy: null,
  tried: [],
  byHand: false,
}
const account = (id: bigint, more: Partial<Account> = {}): Account => ({
  ...ACCOUNT,
  id,
  name: `a${id}`,
  ...more,
})
const NO_POOLS = new Map<string, PoolStanding>()

function chosen(accounts: readonly Account[], ask: Partial<AccountAsk> = {}, pools = NO_POOLS): string {
  const choice = chooseAccount(accounts, pools, { ...ASK, ...ask })
  return choice.is === 'chosen' ? choice.account.name : choice.is === 'none' ? choice.code : choice.is
}

test('the smaller priority wins, of equal ones the older account; warehouse and carrier have to fit', () => {
  assert.equal(chosen([account(1n, { priority: 20 }), account(2n)]), 'a2')
  assert.equal(chosen([account(2n), account(1n)]), 'a1')
  assert.equal(chosen([account(1n, { warehouses: ['GZ'] }), account(2n, { warehouses: ['GZ', 'SH'] })]), 'a2')
  assert.equal(chosen([account(1n), account(2n, { carrier: 'SF' })], { carrier: 'SF' }), 'a2')
  assert.equal(chosen([account(1n)], { carrier: 'SF' }), 'waybills.no_account')
})

test('where no account serves a warehouse by itself, waybills are made elsewhere; by hand it is a refusal', () => {
  assert.equal(chosen([]), 'elsewhere')
  assert.equal(chosen([account(1n, { mode: 'by_hand' })]), 'elsewhere')
  assert.equal(chosen([account(1n, { mode: 'by_hand' })], { byHand: true }), 'a1')
  assert.equal(chosen([], { byHand: true }), 'waybills.no_account')
})

test('blocked, paused and tried accounts are passed over, and named where none is left', () => {
  const blocked = account(1n, { blockedCode: 'carrier.ip_refused' })
  assert.equal(chosen([blocked, account(2n, { priority: 99 })]), 'a2')
  assert.equal(chosen([blocked, account(2n)], { tried: [2n] }), 'waybills.accounts_blocked')
  assert.equal(chosen([blocked], { accountId: 1n }), 'a1', 'a person may insist')
  const choice = chooseAccount([blocked], NO_POOLS, ASK)
  assert.ok(choice.is === 'none' && choice.words.zh.includes('carrier.ip_refused'))
})

test('an empty pool is passed over, a low one gives way to its stand-in; a person’s word is kept to', () => {
  const both = [account(1n), account(2n, { priority: 99 })]
  const empty = new Map([['1', { left: 0, isLow: true, failOverTo: null }]])
  assert.equal(chosen(both, {}, empty), 'a2')
  const low = new Map([['1', { left: 400, isLow: true, failOverTo: '2' }]])
  assert.equal(chosen(both, {}, low), 'a2')
  assert.equal(chosen(both, { accountId: 1n }, low), 'a1')
  assert.equal(chosen([account(1n)], {}, empty), 'waybills.pool_empty')
})

test('the carrier that freight was worked out with is taken where it can be, and does not stand in the way', () => {
  const both = [account(1n), account(2n, { carrier: 'SF', priority: 99 })]
  assert.equal(chosen(both, { prefers: 'SF' }), 'a2')
  assert.equal(chosen(both, { prefers: 'EMS' }), 'a1')
  const opener = account(3n, { opens: ['pinduoduo'] })
  assert.equal(chosen([...both, opener], { prefers: 'SF', sealedBy: 'pinduoduo' }), 'a3')
})

test('a recipient that only its platform opens goes to an account that can', () => {
  const opener = account(2n, { priority: 99, opens: ['pinduoduo'] })
  assert.equal(chosen([account(1n), opener], { sealedBy: 'pinduoduo' }), 'a2')
  assert.equal(chosen([account(1n)], { sealedBy: 'pinduoduo' }), 'elsewhere', 'its platform prints it')
  assert.equal(chosen([account(1n)], { sealedBy: 'pinduoduo', byHand: true }), 'waybills.recipient_sealed')
  const strict = { sealedBy: 'pinduoduo', carrier: 'SF' }
  assert.equal(chosen([account(1n, { carrier: 'SF' }), opener], strict), 'waybills.recipient_sealed')
})

test('references never repeat and stay within 32 characters', () => {
  assert.equal(referenceOf('P12-3-1', 1), 'P12-3-1')
  assert.equal(referenceOf('P12-3-1', 2), 'P12-3-1-R2')
  assert.ok(referenceOf('P9999999999-999-99', 99).length <= 32)
})

const piece = (lineId: string, quantity: number, sku = 'A'): OrderPiece => ({
  orderId: 1n,
  lineId,
  unit: `1/${lineId}/${sku}`,
  quantity,
})
const ORDER = { id: 1n, connection: 'shop', orderNo: 'T1' }

test('an order that is all in one parcel is named without lines, a part by its lines', () => {
  const all = [piece('a', 3), piece('b', 1)]
  assert.deepEqual(
    ordersOf([ORDER], all, all, () => null),
    [{ connection: 'shop', orderNo: 'T1', lines: [] }],
  )
  assert.deepEqual(
    ordersOf([ORDER], [piece('a', 2)], all, () => 3),
    [{ connection: 'shop', orderNo: 'T1', lines: [{ lineId: 'a', quantity: 2 }] }],
  )
})

test('of a bundle the part that is there the least counts', () => {
  // Two sets of one A and two B each.
  const plan = [piece('set', 2, 'A'), piece('set', 4, 'B')]
  const inside = [piece('set', 1, 'A'), piece('set', 3, 'B')]
  assert.deepEqual(ordersOf([ORDER], inside, plan, () => 2)[0]?.lines, [{ lineId: 'set', quantity: 1 }])
  assert.deepEqual(ordersOf([ORDER], [piece('set', 4, 'B')], plan, () => 2)[0]?.lines, [])
})

test('over all parcels of a plan no line is named more often than it was sold', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (lines) => {
        const parcels = [0, 1].map((which) =>
          lines.flatMap(([total, first], i) => {
            const there = which === 0 ? Math.min(total, first) : total - Math.min(total, first)
            return there === 0 ? [] : [piece(`l${i}`, there)]
          }),
        )
        const plan = parcels.flat()
        const sold = (_: bigint, lineId: string): number => lines[Number(lineId.slice(1))]?.[0] ?? 0
        const named = parcels.flatMap((inside) => ordersOf([ORDER], inside, plan, sold))
        const sums = new Map<string, number>()
        for (const order of named) {
          const listed =
            order.lines.length > 0 || named.length > 1
              ? order.lines
              : lines.map(([total], i) => ({ lineId: `l${i}`, quantity: total }))
          for (const { lineId, quantity } of listed) sums.set(lineId, (sums.get(lineId) ?? 0) + quantity)
        }
        return [...sums].every(([lineId, sum]) => sum <= sold(1n, lineId))
      },
    ),
  )
})

test('every reference of a planned parcel is known again when a carrier quotes it', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
      fc.integer({ min: 1, max: 999 }),
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 1, max: 9 }),
      (lead, revision, n, generation) => {
        const reference = referenceOf(`P${lead}-${revision}-${n}`, generation)
        assert.ok(isPlannedReference(reference), reference)
      },
    ),
  )
})
