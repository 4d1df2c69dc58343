import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { simSto } from '#sim/platforms/sto.ts'
import { type CarrierLife, inCarrierLife } from '#test-support/carrier-life.ts'
import { nameOf, subscriptionTo } from '#test-support/waybill-asks.ts'
import { formOf, SETTINGS, scan } from './fixtures/messages.ts'
import { sto } from './index.ts'
import { isRedelivery, receivePush } from './receive.ts'
import { computeVector } from './sign.ts'

const inLife = (options: Parameters<typeof inCarrierLife>[2], work: (life: CarrierLife) => Promise<void>) =>
  inCarrierLife(sto, simSto, options, work)

test('the published vector of data_digest', () => {
  const inputs = {
    content: '{"order":"desc","waybillNoList":["773000000000001"]}',
    secretKey: 'sto-test-secret',
  }
  assert.equal(computeVector({ kind: 'link.data_digest', inputs }), 'uHSA7utX8JBQCeiQu3YaCg==')
})

test('a scan pushed again is one message by its outBizCode, whatever else changed around it', () => {
  const receipt = (content: string) => receivePush(postRequest(formOf(content)), SETTINGS)
  const key = (content: string): string => {
    const taken = receipt(content)
    assert.ok(taken.verdict === 'accepted')
    return taken.dedupKey
  }
  assert.equal(key(scan()), 'push:773000000000001:BIZ-1')
  assert.equal(key(scan({ memo: '再次推送' })), key(scan()))
  assert.notEqual(key(scan({ outBizCode: 'BIZ-2' })), key(scan()))
  const body = (content: string) => new TextEncoder().encode(formOf(content))
  assert.ok(isRedelivery(body(scan()), body(scan({ memo: '再次推送' }))))
  assert.ok(!isRedelivery(body(scan()), body(scan({ scanType: '签收' }))), 'another scan is no redelivery')
  assert.ok(!isRedelivery(body(scan({ outBizCode: '' })), body(scan({ outBizCode: '' }))))
})

test('a parcel from waybill to the station and out of it: pushed and queried alike', async () => {
  await inLife(
    { faults: { duplicate: 0.7, drop: 0.2, forge: 0.8 } },
    async ({ send, pass, pushed, queried, hub }) => {
      const number = await send('P1-1-1', 'self_pickup')
      assert.match(number, /^77\d{13}$/)
      await pass(48)
      const life = ['picked_up', 'in_transit', 'in_transit', 'ready_for_pickup', 'delivered']
      assert.deepEqual(pushed(number), life)
      assert.deepEqual(await queried(number), life)
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'sto.signature'))
      assert.ok(hub.duplicates() > 0)
    },
  )
})

test('sort code and centre, the same number for the same reference, an empty stock in words', async () => {
  await inLife({ stock: 1 }, async ({ calls, callsWith, ask, sim }) => {
    const made = await calls.createWaybill?.(ask())
    assert.ok(made?.ok)
    assert.match(made.value.routing.sortCode, /^\d{3}-\d{2} \d{3}$/)
    assert.equal(made.value.routing.packageCentre, '杭州市集包')
    assert.deepEqual(await calls.createWaybill?.(ask()), made)
    const second = ask({ reference: 'P2-1-1' })
    const empty = await calls.createWaybill?.(second)
    assert.deepEqual(empty?.ok === false && empty.refusal, {
      code: 'carrier.pool_empty',
      detail: 'SIM-STOCK 网点电子面单余额不足',
    })
    // Without a table of its own the words alone tell it, and nothing else is told from words.
    const bare = callsWith({ ...sim.settings, own_codes: '' })
    const inWords = await bare.createWaybill?.(second)
    assert.ok(inWords?.ok === false && inWords.refusal.code === 'carrier.pool_empty')
    const account = { ...sim.account, site_pwd: 'x' }
    const wrong = await bare.createWaybill?.(ask({ reference: 'P3-1-1', account }))
    assert.ok(wrong?.ok === false && wrong.refusal.code === 'carrier.refused')
    const named = await calls.createWaybill?.(ask({ reference: 'P3-1-1', account }))
    assert.ok(named?.ok === false && named.refusal.code === 'carrier.credential_refused')
  })
})

test('errors in XML are read too: a wrong secret, an address list', async () => {
  await inLife({}, async ({ calls, callsWith, sim }) => {
    assert.equal((await calls.test()).ok, true)
    const wrong = await callsWith({ ...sim.settings, secret_key: 'x' }).test()
    assert.deepEqual(!wrong.ok && wrong.refusal, {
      code: 'carrier.signature_refused',
      detail: 'SIM-SIGN 签名错误',
    })
    sim.desk.setTrouble('ip_refused')
    const away = await calls.test()
    assert.ok(!away.ok && away.refusal.code === 'carrier.ip_refused')
  })
})

test('cancelled by number or by reference until it is picked up; a subscription; no interception', async () => {
  await inLife({}, async ({ calls, ask, send, pass }) => {
    const first = await send('P1-1-1', 'plain')
    assert.equal(
      (await calls.cancelWaybill?.(nameOf(ask({ reference: 'P1-1-1' }), first), ''))?.outcome,
      'accepted',
    )
    await send('P1-1-2', 'plain')
    const byReference = nameOf(ask({ reference: 'P1-1-2' }))
    assert.equal((await calls.cancelWaybill?.(byReference, ''))?.outcome, 'accepted')
    const third = await send('P1-1-3', 'plain')
    assert.equal((await calls.subscribeTracking?.(subscriptionTo(third, 'STO')))?.outcome, 'accepted')
    await pass(3)
    const late = await calls.cancelWaybill?.(nameOf(ask({ reference: 'P1-1-3' }), third), '')
    assert.ok(late?.outcome === 'refused' && late.refusal.code === 'carrier.too_late')
    assert.equal(calls.interceptParcel, undefined)
    assert.equal(calls.waybillBalance, undefined)
    const foreign = await calls.fetchTracking?.({
      trackingNo: trackingNo(third),
      carrier: 'ZTO',
      phoneTail: null,
    })
    assert.ok(foreign?.ok === false && foreign.refusal.code === 'sto.carrier_unknown')
  })
})

test('a tz that nobody documents leaves the time open, until a setting names it', () => {
  const trace = { scanType: '签收', opTime: '2026-02-11 10:00:00', tz: '8' }
  const content = JSON.stringify({ waybillNo: '770000000000001', trace })
  const body = new TextEncoder().encode(new URLSearchParams({ content }).toString())
  const instantOf = (tz_zones: string): string | undefined => {
    const reading = sto.read(
      { connection: connectionId('sto'), topic: 'push', headers: {}, body, receivedAt: systemClock.now() },
      { tz_zones },
    )
    assert.ok(reading.ok)
    return reading.value.claims[0]?.at.instant?.toString()
  }
  assert.equal(instantOf(''), undefined)
  assert.equal(instantOf('7=Asia/Bangkok, 8=Asia/Shanghai'), '2026-02-11T02:00:00Z')
  assert.equal(instantOf('8=Nowhere/Land'), undefined)
})
