import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { simYunda } from '#sim/platforms/yunda.ts'
import { type CarrierLife, inCarrierLife } from '#test-support/carrier-life.ts'
import { nameOf, subscriptionTo } from '#test-support/waybill-asks.ts'
import { callYunda } from './client.ts'
import { SETTINGS, signed, TRACE } from './fixtures/messages.ts'
import { yunda } from './index.ts'
import { readSteps } from './read.ts'
import { receivePush } from './receive.ts'
import { computeVector } from './sign.ts'
import { waybillBalance } from './waybill.ts'

const inLife = (options: Parameters<typeof inCarrierLife>[2], work: (life: CarrierLife) => Promise<void>) =>
  inCarrierLife(yunda, simYunda, options, work)

test('the published vector of sign', () => {
  const inputs = { body: '{"mailno":"4300000000001"}', appSecret: 'yunda-test-secret' }
  assert.equal(computeVector({ kind: 'openapi.sign', inputs }), '7b6ca8751ea72b5c46cc014387834a65')
})

test('a parcel from waybill to delivery, pushed once it was subscribed, queried alike', async () => {
  await inLife({ faults: { duplicate: 0.3, drop: 0.2, forge: 0.8 } }, async (life) => {
    const { calls, send, pass, pushed, queried, hub } = life
    const number = await send('P1-1-1', 'failed_once')
    assert.match(number, /^43\d{13}$/)
    const early = await calls.fetchTracking?.({
      trackingNo: trackingNo(number),
      carrier: 'YUNDA',
      phoneTail: null,
    })
    assert.deepEqual(early?.ok === false && early.refusal, {
      code: 'carrier.refused',
      detail: '9001 运单未订阅',
    })
    await pass(6)
    assert.deepEqual(pushed(number), [], 'nobody subscribed it')
    assert.equal((await calls.subscribeTracking?.(subscriptionTo(number, 'YUNDA')))?.outcome, 'accepted')
    await pass(72)
    const facts = [
      'picked_up',
      'in_transit',
      'in_transit',
      'out_for_delivery',
      'delivery_failed',
      'out_for_delivery',
      'delivered',
    ]
    assert.deepEqual(pushed(number), facts)
    assert.deepEqual(await queried(number), facts)
    assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'yunda.signature'))
    const references = hub.claims().filter(({ subject }) => subject.by === 'reference')
    assert.deepEqual(references, [], 'the order that our subscription names is the number again')
  })
})

test('a reference that has its order gets the same number from the updating interface', async () => {
  await inLife({ stock: 1 }, async ({ calls, ask, sim }) => {
    const made = await calls.createWaybill?.(ask({ reference: 'P1-1-1' }))
    assert.ok(made?.ok)
    assert.equal(made.value.waybillId, 'P1_1_1')
    assert.match(made.value.routing.sortCode, /^\d{3}-\d{2} \d{3}$/)
    assert.equal(made.value.routing.packageCentre, '杭州市集包')
    assert.deepEqual(await calls.createWaybill?.(ask({ reference: 'P1-1-1' })), made)
    assert.deepEqual(await calls.waybillBalance?.(sim.account, 'YUNDA'), {
      ok: true,
      value: [{ account: 'SIMBRANCH', carrier: 'YUNDA', left: 0 }],
    })
    const empty = await calls.createWaybill?.(ask({ reference: 'P1-1-2' }))
    assert.deepEqual(empty?.ok === false && empty.refusal, {
      code: 'carrier.pool_empty',
      detail: '电子面单余量不足',
    })
  })
})

test('an order refused inside an accepted batch is refused', async () => {
  await inLife({}, async ({ calls, ask }) => {
    const landline = ask({ to: { ...ask().to, phone: '0571-88880000' } })
    const refused = await calls.createWaybill?.(landline)
    assert.deepEqual(refused?.ok === false && refused.refusal, {
      code: 'carrier.refused',
      detail: '收件人手机号不能为空',
    })
  })
})

test('cancelled until it is picked up; each order of the batch answers for itself', async () => {
  await inLife({}, async ({ calls, ask, send, pass }) => {
    const first = await send('P1-1-1', 'plain')
    assert.equal(
      (await calls.cancelWaybill?.(nameOf(ask({ reference: 'P1-1-1' }), first), ''))?.outcome,
      'accepted',
    )
    const second = await send('P1-1-2', 'plain')
    await pass(3)
    const late = await calls.cancelWaybill?.(nameOf(ask({ reference: 'P1-1-2' }), second), '')
    assert.deepEqual(late, {
      outcome: 'refused',
      refusal: { code: 'carrier.refused', detail: 'ERROR:已揽收，不能取消' },
    })
    const nameless = await calls.cancelWaybill?.(nameOf(ask()), '')
    assert.ok(nameless?.outcome === 'refused' && nameless.refusal.code === 'carrier.unknown_reference')
  })
})

test('wrong secrets, accounts and addresses are told apart', async () => {
  await inLife({}, async ({ calls, callsWith, ask, sim }) => {
    assert.equal((await calls.test()).ok, true)
    const wrong = await callsWith({ ...sim.settings, app_secret: 'x' }).test()
    assert.ok(!wrong.ok && wrong.refusal.code === 'carrier.signature_refused')
    const stranger = await calls.createWaybill?.(ask({ account: { ...sim.account, secret: 'x' } }))
    assert.ok(stranger?.ok === false && stranger.refusal.code === 'carrier.no_permission')
    sim.desk.setTrouble('ip_refused')
    const away = await calls.test()
    assert.deepEqual(!away.ok && away.refusal, { code: 'carrier.ip_refused', detail: '7300 IP无权限' })
  })
})

const answering = (body: unknown) => ({
  http: async () => ({ status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) }),
  clock: { now: () => Temporal.Instant.from('2026-11-11T02:00:00Z') },
})
const AT = { ...SETTINGS, api_url: 'http://yunda.invalid' }

test('limits of a second and of a day wait differently; 7777 leaves it open', async () => {
  const fails = async (code: string): Promise<Outage> => {
    try {
      await callYunda(AT, answering({ result: false, code, message: 'x' }) as never, '/x', {})
    } catch (error) {
      assert.ok(error instanceof Outage)
      return error
    }
    return assert.fail(`${code} is no outage`)
  }
  assert.equal((await fails('7503')).retryAfterMs, 60_000)
  assert.equal((await fails('7501')).retryAfterMs, 3_600_000)
  assert.equal((await fails('7777')).unknown, true)
})

test('the balance is a bare figure or the named field, and nothing else is taken for one', async () => {
  const left = async (data: unknown, settings = AT) => {
    const deps = answering({ result: true, code: '0000', data }) as never
    const answer = await waybillBalance(settings, deps, { partner_id: 'B', secret: 's' })
    return answer.ok ? answer.value[0]?.left : answer.refusal.code
  }
  assert.equal(await left(499), 499)
  assert.equal(await left('499'), 499)
  assert.equal(await left({ count: 12 }), 12)
  assert.equal(await left([{ surplus: '7' }], { ...AT, balance_field: 'surplus' } as never), 7)
  for (const odd of [null, -1, 'many', {}, []]) assert.equal(await left(odd), 'yunda.unexpected_answer')
})

test('with an agreed header pushes are taken by it alone', () => {
  const settings = { ...SETTINGS, push_header: 'X-Shared' }
  const verdict = (headers: Readonly<Record<string, string>>): string => {
    const receipt = receivePush(postRequest(TRACE, headers), settings)
    return receipt.verdict === 'rejected' ? receipt.refusal.code : receipt.verdict
  }
  assert.equal(verdict({ 'x-shared': SETTINGS.push_header_value }), 'accepted')
  assert.equal(verdict({ 'x-shared': 'x' }), 'yunda.header_refused')
  assert.equal(verdict(signed(TRACE)), 'yunda.header_refused')
  const unset = receivePush(postRequest(TRACE, { 'x-shared': '' }), { ...settings, push_header_value: '' })
  assert.equal(unset.verdict, 'rejected', 'a header without a value would let everybody in')
})

test('a message without number or step is parked with its reason', () => {
  const read = (body: unknown): string => {
    const reading = readSteps({ body: new TextEncoder().encode(JSON.stringify(body)) })
    return reading.ok ? 'read' : reading.refusal.code
  }
  assert.equal(read({ steps: [] }), 'yunda.incomplete')
  assert.equal(read({ mailno: '1', steps: [] }), 'yunda.incomplete')
  assert.equal(read({ mailno: '1', steps: [{ time: 'x' }] }), 'yunda.incomplete')
  assert.equal(
    read({ mailno: '1', steps: Array.from({ length: 1001 }, () => ({ action: 'GOT' })) }),
    'yunda.too_many_nodes',
  )
})
