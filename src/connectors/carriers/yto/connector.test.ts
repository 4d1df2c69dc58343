import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { simYto } from '#sim/platforms/yto.ts'
import { type CarrierLife, inCarrierLife } from '#test-support/carrier-life.ts'
import { interceptionOf, nameOf, subscriptionTo } from '#test-support/waybill-asks.ts'
import { callYto, credentialsFor, credentialsOfAccount } from './client.ts'
import { formOf, SETTINGS, update } from './fixtures/messages.ts'
import { yto } from './index.ts'
import { readTraces } from './read.ts'
import { receivePush } from './receive.ts'
import { computeVector, openSign } from './sign.ts'

const inLife = (options: Parameters<typeof inCarrierLife>[2], work: (life: CarrierLife) => Promise<void>) =>
  inCarrierLife(yto, simYto, options, work)

test('the published vector of data_digest, and the open platform’s sign over its four parts', () => {
  const inputs = {
    logistics_interface: '<RequestOrder><txLogisticID>T1</txLogisticID></RequestOrder>',
    partnerId: 'PARTNER',
  }
  assert.equal(computeVector({ kind: 'legacy.data_digest', inputs }), '4sYv02iBF177G3aCSZvQcA==')
  // The parts are joined without anything between them, so that RFC 1321's MD5 of "abc" must come out.
  const abc = Buffer.from('900150983cd24fb0d6963f7d28e17f72', 'hex').toString('base64')
  assert.equal(openSign({ param: 'a', method: 'b', version: '', secret: 'c' }), abc)
  assert.equal(openSign({ param: '', method: 'a', version: 'b', secret: 'c' }), abc)
})

test('credentials are those of the interface, each empty part that of orders; an account has its own', () => {
  const settings = {
    customer_code: 'K1',
    secret: 's1',
    url_key: 'u1',
    query_customer_code: 'Q1',
    query_secret: 'q',
  }
  assert.deepEqual(credentialsFor(settings, 'query'), { code: 'Q1', secret: 'q', urlKey: 'u1' })
  assert.deepEqual(credentialsFor(settings, 'subscribe'), { code: 'K1', secret: 's1', urlKey: 'u1' })
  assert.deepEqual(credentialsOfAccount(settings, { customer_code: 'K2', secret: 's2', url_key: '' }), {
    code: 'K2',
    secret: 's2',
    urlKey: 'u1',
  })
})

test('a parcel from waybill to delivery: a failed attempt in between, pushed and queried alike', async () => {
  await inLife(
    { faults: { duplicate: 0.3, drop: 0.2, forge: 0.8 } },
    async ({ send, pass, pushed, queried, hub }) => {
      const number = await send('P1001-1-1', 'failed_once')
      assert.match(number, /^YT\d{13}$/)
      await pass(72)
      const life = [
        'picked_up',
        'in_transit',
        'in_transit',
        'out_for_delivery',
        'delivery_failed',
        'out_for_delivery',
        'delivered',
      ]
      assert.deepEqual(pushed(number), life)
      assert.deepEqual(await queried(number), life)
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'yto.signature'))
    },
  )
})

test('one order for one reference, a sort code, a balance that goes down, an empty segment as S14', async () => {
  await inLife({ stock: 1 }, async ({ calls, ask, sim }) => {
    const made = await calls.createWaybill?.(ask())
    assert.ok(made?.ok)
    assert.match(made.value.routing.sortCode, /^\d{3}-\d{2} \d{3}$/)
    assert.deepEqual(await calls.createWaybill?.(ask()), made)
    assert.deepEqual(await calls.waybillBalance?.(sim.account, 'YTO'), {
      ok: true,
      value: [{ account: 'SIMBRANCH', carrier: 'YTO', left: 0 }],
    })
    const empty = await calls.createWaybill?.(ask({ reference: 'P1001-1-2' }))
    assert.deepEqual(empty?.ok === false && empty.refusal, {
      code: 'carrier.pool_empty',
      detail: 'S14 运单号段错误（号段已使用完或还未发放）',
    })
    const short = await calls.createWaybill?.(ask({ reference: 'P1' }))
    assert.ok(short?.ok === false && short.refusal.code === 'carrier.bad_request')
  })
})

test('cancelled before the pick-up, too late after it (S12), and once more is accepted', async () => {
  await inLife({}, async ({ calls, ask, send, pass }) => {
    await send('P1001-1-1', 'plain')
    const first = nameOf(ask({ reference: 'P1001-1-1' }))
    assert.equal((await calls.cancelWaybill?.(first, '买家取消'))?.outcome, 'accepted')
    assert.equal((await calls.cancelWaybill?.(first, '买家取消'))?.outcome, 'accepted')
    await send('P1001-1-2', 'plain')
    await pass(3)
    const late = await calls.cancelWaybill?.(nameOf(ask({ reference: 'P1001-1-2' })), '')
    assert.ok(late?.outcome === 'refused' && late.refusal.code === 'carrier.too_late')
    const none = await calls.cancelWaybill?.(nameOf(ask({ reference: 'P9999-9-9' })), '')
    assert.ok(none?.outcome === 'refused' && none.refusal.code === 'carrier.unknown_reference')
  })
})

test('a parcel is called back to its sender; another address is not documented', async () => {
  await inLife({}, async ({ calls, ask, send, pass, pushed }) => {
    const number = await send('P1001-1-1', 'plain')
    await pass(5)
    const redirect = { ...interceptionOf(ask(), number), what: 'redirect' as const }
    const refused = await calls.interceptParcel?.(redirect)
    assert.ok(refused?.outcome === 'refused' && refused.refusal.code === 'carrier.not_supported')
    assert.equal((await calls.interceptParcel?.(interceptionOf(ask(), number)))?.outcome, 'accepted')
    await pass(12)
    assert.equal(pushed(number).at(-1), 'returning')
  })
})

test('wrong secrets, an address list and a subscription', async () => {
  await inLife({}, async ({ calls, callsWith, sim, send, ask }) => {
    const number = await send('P1001-1-1', 'plain')
    assert.equal((await calls.test()).ok, true)
    const wrong = await callsWith({ ...sim.settings, query_secret: 'x' }).test()
    assert.ok(!wrong.ok && wrong.refusal.code === 'carrier.signature_refused')
    assert.equal((await calls.subscribeTracking?.(subscriptionTo(number, 'YTO')))?.outcome, 'accepted')
    const early = await calls.fetchTracking?.({
      trackingNo: trackingNo(number),
      carrier: 'YTO',
      phoneTail: null,
    })
    assert.ok(early?.ok === false && early.refusal.code === 'yto.no_trace')
    sim.desk.setTrouble('ip_refused')
    const away = await calls.createWaybill?.(ask({ reference: 'P1001-1-2' }))
    assert.deepEqual(away?.ok === false && away.refusal, {
      code: 'carrier.ip_refused',
      detail: 'S200 IP禁止访问',
    })
  })
})

test('the newer platform’s own codes come from the settings; S06 and S07 leave it open', async () => {
  const answering = (body: unknown, own = '') =>
    callYto(
      { ...SETTINGS, api_url: 'http://yto.invalid', own_codes: own },
      {
        http: async () => ({
          status: 200,
          headers: {},
          body: new TextEncoder().encode(JSON.stringify(body)),
        }),
        clock: { now: () => Temporal.Instant.from('2026-11-11T02:00:00Z') },
      } as never,
      credentialsFor(SETTINGS, null),
      'x',
      {},
    )
  const code = async (answer: ReturnType<typeof answering>): Promise<string> => {
    const result = await answer
    return result.ok ? 'ok' : result.refusal.code
  }
  assert.equal(await code(answering({ success: false, code: '1001', message: '签名' })), 'carrier.refused')
  assert.equal(
    await code(answering({ success: false, code: '1001', message: '签名' }, '1001=signature_refused')),
    'carrier.signature_refused',
  )
  assert.equal(await code(answering({ success: 'false', reason: 'S10' })), 'carrier.reference_taken')
  assert.equal(await code(answering({ mailNo: 'YT1', logisticsNo: 'P' })), 'ok')
  assert.equal(await code(answering([])), 'ok')
  for (const open of ['S06', 'S07'])
    await assert.rejects(
      answering({ success: false, code: open }),
      (error) => error instanceof Outage && error.unknown && error.code === 'yto.unavailable',
    )
  await assert.rejects(
    answering({ success: false, code: 'S112' }),
    (error) => error instanceof Outage && error.code === 'yto.rate_limited' && error.retryAfterMs === 60_000,
  )
})

test('the acknowledgement repeats the order, harmless even where the order is not', () => {
  const content = update({ txLogisticID: 'A&lt;b&gt;' })
  const receipt = receivePush(postRequest(formOf(content)), SETTINGS)
  assert.equal(receipt.verdict, 'accepted')
  assert.equal(
    receipt.reply.body,
    '<Response><logisticProviderID>YTO</logisticProviderID><txLogisticID>A&lt;b&gt;</txLogisticID>' +
      '<success>true</success></Response>',
  )
  const own = receivePush(postRequest(formOf(content)), { ...SETTINGS, push_reply: '<ok/>' })
  assert.deepEqual(own.reply, { status: 200, contentType: 'text/xml; charset=utf-8', body: '<ok/>' })
})

test('a notice of another kind is parked, an XML that declares entities is not read', () => {
  const read = (content: string): string => {
    const reading = readTraces({ topic: 'push', body: new TextEncoder().encode(formOf(content)) })
    return reading.ok ? 'read' : reading.refusal.code
  }
  assert.equal(read(update({ infoType: 'INSTRUCTION' })), 'yto.unknown_push')
  assert.equal(read(`<!DOCTYPE x [<!ENTITY a "b">]>${update()}`), 'yto.unreadable')
  assert.equal(read(update({ infoContent: '' })), 'yto.incomplete')
  assert.equal(read(update({ mailNo: '', txLogisticID: '' })), 'yto.incomplete')
})
