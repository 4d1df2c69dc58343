import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simFedex } from '#sim/platforms/fedex.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { fedex } from './index.ts'
import { computeVector, isSigned } from './sign.ts'

test('the signature agrees with the vector; base64 and hex are taken, nothing else', () => {
  const rawBody = '{"trackingNumber":"794600000001","eventType":"DL","date":"2026-02-11T18:44:22+01:00"}'
  const inputs = { securityToken: 'fdx-test-token', rawBody }
  const expected = 'd5FAbPMImHlrRNDhaJHRKwiifVoljBZY6HzaVFe8EX4='
  assert.equal(computeVector({ kind: 'webhook.fdx-signature', inputs }), expected)
  const body = new TextEncoder().encode(rawBody)
  assert.equal(isSigned(expected, 'fdx-test-token', body), true)
  assert.equal(isSigned(Buffer.from(expected, 'base64').toString('hex'), 'fdx-test-token', body), true)
  assert.equal(isSigned('', 'fdx-test-token', body), false)
  assert.equal(isSigned(expected, 'another', body), false)
})

test('a token is fetched by the protocol, kept for an hour, and its end is known', async () => {
  const clock = manualClock(Temporal.Instant.from('2026-02-11T10:00:00Z'))
  const world = await simFedex({ clock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    let calls = 0
    const http: typeof fetchCall = (request) => {
      calls += 1
      return fetchCall(request)
    }
    const deps = { http, openTcp: noTcp, clock, random: seededRandom(2) }
    const of = (settings: Readonly<Record<string, string>>) =>
      fedex.calls?.({ ...world.settings, ...settings }, deps)
    const refreshed = await of({})?.refreshCredentials?.()
    assert.ok(refreshed?.ok)
    assert.equal(refreshed.value.expiresAt?.toString(), '2026-02-11T11:00:00Z')
    const kept = refreshed.value.settings
    assert.deepEqual(
      fedex
        .credentialTerms?.({ ...world.settings, ...kept })
        .map(({ field, renewable }) => [field, renewable]),
      [['access_token', true]],
    )
    const query = { trackingNo: trackingNo('794600000001'), carrier: 'FEDEX', phoneTail: null }
    calls = 0
    const asked = await of(kept)?.fetchTracking?.(query)
    assert.ok(asked?.ok === false && asked.refusal.code === 'carrier.unknown_number')
    assert.equal(calls, 1, 'the kept token is used')
    clock.advance({ minutes: 59, seconds: 30 })
    await of(kept)?.fetchTracking?.(query)
    assert.equal(calls, 3, 'in its last minute a new one is fetched first')
    const bad = await of({ client_secret: 'wrong' })?.test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'carrier.credential_refused')
    clock.advance({ hours: 2 })
    const late = await of({ ...kept, access_token_expires_at: '2027-01-01T00:00:00Z' })?.fetchTracking?.(
      query,
    )
    assert.ok(late?.ok === false && late.refusal.code === 'carrier.credential_expired')
  } finally {
    await world.close()
  }
})

test('a scan that FedEx has no better word for is never a delivery', () => {
  const factOf = (code: string) => fedex.codes.find((entry) => entry.code === `event:${code}`)?.fact
  assert.equal(factOf('OD'), 'out_for_delivery')
  assert.equal(factOf('RD'), 'none')
  assert.equal(factOf('CA'), 'waybill_cancelled')
  assert.deepEqual(
    fedex.codes.filter(({ fact }) => fact === 'delivered').map(({ code }) => code),
    ['event:DL'],
  )
})
