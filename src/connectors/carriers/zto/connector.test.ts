import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { simZto } from '#sim/platforms/zto.ts'
import { type CarrierLife, inCarrierLife } from '#test-support/carrier-life.ts'
import { interceptionOf, nameOf, subscriptionTo } from '#test-support/waybill-asks.ts'
import { callZto } from './client.ts'
import { formOf, SETTINGS, trace } from './fixtures/messages.ts'
import { zto } from './index.ts'
import { receivePush } from './receive.ts'
import { computeVector, dataDigest } from './sign.ts'

const inLife = (options: Parameters<typeof inCarrierLife>[2], work: (life: CarrierLife) => Promise<void>) =>
  inCarrierLife(zto, simZto, options, work)

test('the published vector of x-dataDigest, and the other three modes over the same text', () => {
  const inputs = { body: '{"billCode":"75000000000001"}', appSecret: 'zto-test-secret' }
  assert.equal(computeVector({ kind: 'request.x-dataDigest', inputs }), 'lVRQTtoTUSO1hMnNoq5aOA==')
  // The hex of a digest is the same bytes as its Base64.
  const hex = Buffer.from('lVRQTtoTUSO1hMnNoq5aOA==', 'base64').toString('hex')
  assert.equal(dataDigest('md5_hex', inputs.body, inputs.appSecret), hex)
  assert.equal(dataDigest('sha256_hex', 'a', 'bc'), SHA256_OF_ABC)
  assert.equal(dataDigest('sha256_base64', 'a', 'bc'), Buffer.from(SHA256_OF_ABC, 'hex').toString('base64'))
})
/** FIPS 180-2, appendix B.1. */
const SHA256_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('a parcel from waybill to delivery: pushed and queried say the same in different words', async () => {
  await inLife(
    { faults: { duplicate: 0.3, drop: 0.2, forge: 0.8 } },
    async ({ send, pass, pushed, queried, hub }) => {
      const number = await send('P1-1-1', 'self_pickup')
      assert.match(number, /^73\d{12}$/)
      await pass(48)
      const life = ['picked_up', 'in_transit', 'in_transit', 'ready_for_pickup', 'delivered']
      assert.deepEqual(pushed(number), life)
      assert.deepEqual(await queried(number), life)
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'zto.signature'))
    },
  )
})

test('a waybill carries sort code and centre, and the same reference gets the same number', async () => {
  await inLife({}, async ({ calls, ask }) => {
    const made = await calls.createWaybill?.(ask())
    assert.ok(made?.ok)
    assert.match(made.value.routing.sortCode, /^\d{3}-\d{2} \d{3}$/)
    assert.equal(made.value.routing.packageCentre, '杭州市集散')
    const again = await calls.createWaybill?.(ask())
    assert.deepEqual(again, made)
  })
})

test('what ZTO cannot take is refused before anything is sent', async () => {
  await inLife({}, async ({ calls, ask, sim }) => {
    const code = async (given: Parameters<typeof ask>[0]): Promise<string> => {
      const answer = await calls.createWaybill?.(ask(given))
      return answer?.ok === false ? answer.refusal.code : 'made'
    }
    assert.equal(await code({ pieces: 2 }), 'carrier.not_supported')
    assert.equal(await code({ number: trackingNo('73000000000009') }), 'carrier.not_supported')
    assert.equal(await code({ sealedTo: { channel: 'pinduoduo', data: {} } }), 'carrier.not_supported')
    assert.equal(await code({ to: { ...ask().to, address: '' } }), 'carrier.address_invalid')
    assert.equal(await code({ to: { ...ask().to, phone: '' } }), 'carrier.phone_invalid')
    assert.equal(await code({ to: { ...ask().to, country: 'US' } }), 'carrier.address_unserved')
    assert.equal(sim.desk.accounts()[0]?.left, 10_000)
  })
})

test('an empty stock, a wrong password and the gateway’s own codes are told apart', async () => {
  await inLife({ stock: 1 }, async ({ calls, callsWith, ask, sim }) => {
    const refusal = async (asked = ask({ reference: 'P2-1-1' }), by = calls) => {
      const answer = await by.createWaybill?.(asked)
      return answer?.ok === false ? answer.refusal : { code: 'made', detail: '' }
    }
    assert.deepEqual(await calls.waybillBalance?.(sim.account, 'ZTO'), {
      ok: true,
      value: [{ account: 'SIMBRANCH', carrier: 'ZTO', left: 1 }],
    })
    assert.equal((await refusal(ask({ reference: 'P1-1-1' }))).code, 'made')
    assert.deepEqual(await refusal(), { code: 'carrier.pool_empty', detail: '电子面单余额不足' })
    const wrong = ask({ account: { ...sim.account, account_password: 'x' } })
    assert.equal((await refusal(wrong)).code, 'carrier.no_permission')
    const stranger = callsWith({ ...sim.settings, app_secret: 'x' })
    assert.equal((await refusal(ask(), stranger)).code, 'carrier.signature_refused')
    sim.desk.setTrouble('ip_refused')
    assert.deepEqual(await refusal(), { code: 'carrier.ip_refused', detail: 'S212 IP黑白名单限制' })
  })
})

test('a whole-net number is not cancelled by call; a parcel on its way can be stopped, one that arrived cannot', async () => {
  await inLife({}, async ({ calls, ask, send, pass, queried }) => {
    const number = await send('P1-1-1', 'plain')
    const cancelled = await calls.cancelWaybill?.(nameOf(ask(), number), '')
    assert.ok(cancelled?.outcome === 'refused')
    assert.equal(cancelled.refusal.code, 'carrier.not_supported')
    await pass(5)
    const asked = interceptionOf(ask(), number)
    assert.deepEqual(await calls.findIntercept?.(asked), { ok: true, value: null }, 'nothing was asked yet')
    assert.equal((await calls.interceptParcel?.(interceptionOf(ask(), number)))?.outcome, 'accepted')
    const underWay = { ok: true, value: { answer: 'accepted', words: '1 拦截中' } }
    assert.deepEqual(await calls.findIntercept?.(asked), underWay)
    await pass(10)
    assert.deepEqual((await queried(number)).at(-1), 'returning')
    const standing = async () => await calls.findIntercept?.(interceptionOf(ask(), number))
    assert.deepEqual(await standing(), { ok: true, value: { answer: 'back', words: '4 已退回' } })
    const late = await send('P1-1-2', 'plain')
    await pass(48)
    const refused = await calls.interceptParcel?.(interceptionOf(ask(), late))
    assert.deepEqual(refused, {
      outcome: 'refused',
      refusal: { code: 'carrier.refused', detail: 'E2 快件已派送，无法拦截' },
    })
  })
})

test('a subscription, a number that nobody knows, and a parcel of another carrier', async () => {
  await inLife({}, async ({ calls, send }) => {
    const number = await send('P1-1-1', 'plain')
    assert.equal((await calls.subscribeTracking?.(subscriptionTo(number, 'ZTO')))?.outcome, 'accepted')
    const foreign = await calls.subscribeTracking?.(subscriptionTo(number, 'STO'))
    assert.ok(foreign?.outcome === 'refused' && foreign.refusal.code === 'carrier.not_supported')
    const code = async (no: string, carrier: string): Promise<string> => {
      const answer = await calls.fetchTracking?.({ trackingNo: trackingNo(no), carrier, phoneTail: null })
      return answer?.ok === false ? answer.refusal.code : 'answered'
    }
    assert.equal(await code(number, 'ZTO'), 'zto.no_trace')
    assert.equal(await code('73999999999999', 'ZTO'), 'carrier.unknown_number')
    assert.equal(await code(number, 'SF'), 'zto.carrier_unknown')
    assert.equal((await calls.test()).ok, true)
  })
})

test('S200 leaves open whether it was done, S221 waits, what is no JSON is an unexpected answer', async () => {
  const answering = (status: number, body: string) =>
    callZto(
      { ...SETTINGS, api_url: 'http://zto.invalid' },
      {
        http: async () => ({ status, headers: {}, body: new TextEncoder().encode(body) }),
      } as never,
      'x',
      {},
    )
  const outage = (code: string, unknown: boolean) => (error: unknown) =>
    error instanceof Outage && error.code === code && error.unknown === unknown
  const no = (code: string) => JSON.stringify({ statusCode: code, message: 'x', status: false })
  await assert.rejects(answering(200, no('S200')), outage('zto.unavailable', true))
  await assert.rejects(answering(200, no('S203')), outage('zto.unavailable', false))
  await assert.rejects(answering(200, no('S221')), outage('zto.rate_limited', false))
  await assert.rejects(answering(502, ''), outage('zto.unavailable', true))
  const strange = await answering(200, '<html>')
  assert.ok(!strange.ok && strange.refusal.code === 'zto.unexpected_answer')
  const unknown = await answering(200, no('S299'))
  assert.ok(!unknown.ok && unknown.refusal.code === 'carrier.refused')
})

test('the acknowledgement is the connection’s own where it words one', () => {
  const request = postRequest(formOf(trace({})))
  const standard = receivePush(request, SETTINGS)
  assert.deepEqual(JSON.parse(standard.reply.body), {
    status: true,
    statusCode: 'SYS000',
    message: '成功',
    result: null,
  })
  const own = receivePush(request, { ...SETTINGS, push_reply: '{"ok":1}' })
  assert.equal(own.reply.body, '{"ok":1}')
  assert.equal(receivePush(request, { app_key: SETTINGS.app_key }).verdict, 'rejected', 'no secret, no trust')
})
