import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkPattern, choosePusher, fits, type Pusher, routeOf } from './route.ts'

test('a pattern fits whole numbers, sign by sign', () => {
  assert.equal(fits('SF#############', 'SF1234567890123'), true)
  assert.equal(fits('SF#############', 'sf1234567890123'), true)
  assert.equal(fits('SF#############', 'SF123456789012'), false)
  assert.equal(fits('SF*', 'SF1'), true)
  assert.equal(fits('@@#########CN', 'EA123456789CN'), true)
  assert.equal(fits('@@#########CN', 'E1123456789CN'), false)
  assert.equal(fits('7?#*', '7A1ZZ'), true)
  assert.equal(routeOf('7812', [{ pattern: 'SF*', carrier: 'SF', connection: null }]), null)
})

test('it fits what a regular expression of the same meaning fits', () => {
  const sign = fc.constantFrom('#', '@', '?', 'A', '7', '-')
  const text = fc.string({ unit: fc.constantFrom('A', 'B', '7', '8', '-', 'a'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(sign, { minLength: 1, maxLength: 5 }), fc.boolean(), text, (signs, open, number) => {
      const meaning: Readonly<Record<string, string>> = { '#': '[0-9]', '@': '[A-Z]', '?': '[A-Z0-9]' }
      const oracle = new RegExp(`^${signs.map((one) => meaning[one] ?? one).join('')}${open ? '.*' : ''}$`)
      const pattern = `${signs.join('')}${open ? '*' : ''}`
      assert.equal(fits(pattern, number), oracle.test(number.toUpperCase()))
    }),
  )
})

test('what is no pattern is refused', () => {
  for (const bad of ['', '*', '???', '?*', 'A*B', '中通', 'A'.repeat(41), 'A B'])
    assert.equal(checkPattern(bad).ok, false, bad)
  assert.deepEqual(checkPattern(' sf* '), { ok: true, value: 'SF*' })
})

const pusher = (id: string, kind: string, more: Partial<Pusher> = {}): Pusher => ({
  id,
  kind,
  carriers: null,
  subscribes: true,
  pushes: true,
  ...more,
})
const SF = pusher('my-sf', 'sf', { carriers: ['SF'], subscribes: false })
const ZTO = pusher('my-zto', 'zto', { carriers: ['ZTO'] })
const KD100 = pusher('kd100', 'kuaidi100')
const KDN = pusher('kdn', 'kdniao')
const ALL = [KDN, SF, ZTO, KD100]

function chosen(
  carrier: string,
  more: {
    madeBy?: string
    tried?: string[]
    routes?: { pattern: string; connection: string }[]
    order?: string[]
  } = {},
) {
  const choice = choosePusher(
    { number: 'N100', carrier, madeBy: more.madeBy ?? null, tried: more.tried ?? [] },
    (more.routes ?? []).map((route) => ({ ...route, carrier: null })),
    ALL,
    more.order ?? [],
  )
  return choice === null ? null : `${choice.connection} ${choice.how} ${choice.because}`
}

test('the carrier itself before aggregators, those in the order set', () => {
  assert.equal(chosen('ZTO'), 'my-zto subscribe own')
  assert.equal(chosen('ZTO', { tried: ['my-zto'] }), 'kd100 subscribe aggregator')
  assert.equal(chosen('YTO', { order: ['kdn'] }), 'kdn subscribe aggregator')
  assert.equal(chosen('YTO', { order: ['kdn'], tried: ['kdn'] }), 'kd100 subscribe aggregator')
  assert.equal(chosen('YTO', { tried: ['kdn', 'kd100'] }), null)
})

test('a carrier that pushes by account is relied on for its own waybills; of others an aggregator is asked', () => {
  assert.equal(chosen('SF', { madeBy: 'my-sf' }), 'my-sf account waybill')
  assert.equal(chosen('SF'), 'kd100 subscribe aggregator')
  assert.equal(chosen('SF', { madeBy: 'my-sf', tried: ['my-sf'] }), 'kd100 subscribe aggregator')
  assert.equal(chosen('SF', { tried: ['kd100', 'kdn'] }), 'my-sf account own')
})

test('a route goes before all, unless it was tried or takes no subscriptions', () => {
  const routes = [{ pattern: 'N1*', connection: 'kdn' }]
  assert.equal(chosen('ZTO', { routes }), 'kdn subscribe route')
  assert.equal(chosen('ZTO', { routes, tried: ['kdn'] }), 'my-zto subscribe own')
  assert.equal(chosen('ZTO', { routes: [{ pattern: 'N*', connection: 'my-sf' }] }), 'my-zto subscribe own')
})
