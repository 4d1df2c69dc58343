import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Calls, HttpCall, Settings } from '#domain/connector.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { type SimPartner, simPartnerWarehouse } from '#sim/platforms/partner-warehouse.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { BACK, SECRET, signed } from './fixtures/messages.ts'
import { partnerWarehouse } from './index.ts'

let sim: SimPartner
before(async () => {
  sim = await simPartnerWarehouse(
    { clock: systemClock, random: seededRandom(3), faults: NO_FAULTS },
    {
      decide: (no) => (no.startsWith('LATE') ? 'too_late' : no.startsWith('OTHER') ? 'refused' : 'accepted'),
    },
  )
})
after(async () => await sim.close())

/** As the hub's own way out: a connection that broke off has an unknown outcome. */
const wire: HttpCall = (request) =>
  fetchCall(request).catch((error: unknown) => {
    throw new Outage('http.broken', String(error), { unknown: true })
  })
function callsWith(settings: Settings, http: HttpCall = wire, clock = systemClock): Calls {
  const calls = partnerWarehouse.calls?.(settings, { http, openTcp: noTcp, clock, random: seededRandom(5) })
  assert.ok(calls)
  return calls
}
const instruction = (no: string) => ({
  requestId: `IC-${no}`,
  trackingNo: trackingNo(no),
  carrier: 'DHL',
  account: {},
  what: 'return' as const,
  to: null,
  reason: '重复发货',
})

test('an instruction is signed, taken once under its id, and answered in three ways', async () => {
  const calls = callsWith(sim.settings)
  assert.equal((await calls.test()).ok, true)
  assert.deepEqual(await calls.interceptParcel?.(instruction('CN1')), {
    outcome: 'accepted',
    words: 'told the dock to hold it',
  })
  await calls.interceptParcel?.(instruction('CN1'))
  assert.deepEqual(
    sim.instructions().map(({ requestId, carrier, what, reason }) => [requestId, carrier, what, reason]),
    [['IC-CN1', 'DHL', 'return', '重复发货']],
  )
  const codeOf = async (no: string): Promise<string> => {
    const answer = await calls.interceptParcel?.(instruction(no))
    return answer?.outcome === 'refused' ? answer.refusal.code : 'accepted'
  }
  assert.equal(await codeOf('LATE1'), 'carrier.too_late')
  assert.equal(await codeOf('OTHER1'), 'carrier.refused')
})

test('what became of it can be asked; what never arrived is told apart', async () => {
  const calls = callsWith(sim.settings)
  sim.loseAnswers(1)
  await assert.rejects(
    async () => await calls.interceptParcel?.(instruction('CN2')),
    (error: unknown) => error instanceof Outage && error.unknown,
  )
  assert.deepEqual(await calls.findIntercept?.(instruction('CN2')), {
    ok: true,
    value: { answer: 'accepted', words: 'told the dock to hold it' },
  })
  assert.deepEqual(await calls.findIntercept?.(instruction('CN3')), { ok: true, value: null })
  assert.equal(callsWith({ ...sim.settings, query_url: '' }).findIntercept, undefined)
})

test('a wrong secret, a wrong address and a stranger’s page are no promise', async () => {
  const refusal = async (settings: Settings): Promise<string> => {
    const answer = await callsWith(settings).interceptParcel?.(instruction('CN4'))
    return answer?.outcome === 'refused' ? answer.refusal.code : 'accepted'
  }
  const secret = 'whsec_d3JvbmctYnV0LWxvbmctZW5vdWdo'
  assert.equal(await refusal({ ...sim.settings, secret }), 'carrier.signature_refused')
  assert.equal(await refusal({ ...sim.settings, secret: 'short' }), 'partner_warehouse.settings')
  assert.equal(await refusal({ ...sim.settings, url: 'nowhere' }), 'partner_warehouse.settings')
  const page: HttpCall = async () => ({ status: 200, headers: {}, body: Buffer.from('<html>welcome</html>') })
  await assert.rejects(
    async () => await callsWith(sim.settings, page).interceptParcel?.(instruction('CN5')),
    (error: unknown) => error instanceof Outage && error.unknown,
  )
  const asked = await callsWith(sim.settings, page).findIntercept?.(instruction('CN5'))
  assert.equal(asked?.ok === false && asked.refusal.code, 'partner_warehouse.unexpected_answer')
  const gone: HttpCall = async () => ({ status: 404, headers: {}, body: Buffer.from('<html>404</html>') })
  const lost = await callsWith(sim.settings, gone).findIntercept?.(instruction('CN5'))
  assert.equal(lost?.ok, false, 'a page that is not there says nothing about the instruction')
})

test('the bytes on the wire, worked out by hand', async () => {
  let sent: { body: string; headers: Readonly<Record<string, string>> } | null = null
  const clock = manualClock(Temporal.Instant.from('2026-02-11T17:44:22Z'))
  const http: HttpCall = async ({ body, headers }) => {
    sent = { body: String(body), headers: headers ?? {} }
    return { status: 202, headers: {}, body: Buffer.from('{"status":"accepted"}') }
  }
  await callsWith({ url: 'https://partner.test/x', secret: SECRET }, http, clock).interceptParcel?.(
    instruction('CN6'),
  )
  const body =
    '{"type":"parcel.intercept","timestamp":"2026-02-11T17:44:22.000Z","data":{"requestId":"IC-CN6","trackingNo":"CN6",' +
    '"carrier":"DHL","what":"return","reason":"重复发货","to":null}}'
  const { headers } = sent ?? assert.fail('nothing was sent')
  assert.equal((sent as { body: string } | null)?.body, body)
  assert.equal(headers['webhook-id'], 'IC-CN6')
  assert.equal(headers['webhook-timestamp'], '1770831862')
  assert.equal(
    headers['webhook-signature'],
    `v1,${await hmacOf('partner-secret-of-32-bytes-12345', `IC-CN6.1770831862.${body}`)}`,
  )
})

/** By another implementation than the connector's. */
async function hmacOf(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', Buffer.from(key), algorithm, false, ['sign'])
  return Buffer.from(await crypto.subtle.sign('HMAC', imported, Buffer.from(text))).toString('base64')
}

test('reports come signed, twice or forged, and say what they answer', async () => {
  const end = await receivingEnd(partnerWarehouse, sim.settings)
  try {
    sim.pushTo(end.url)
    await callsWith(sim.settings).interceptParcel?.(instruction('CN7'))
    end.failNext(1)
    sim.report('IC-CN7', 'returning')
    sim.report('IC-CN7', 'back')
    await sim.settled()
    const answers = end.stored.map((message) => partnerWarehouse.interceptReports?.read(message)?.answer)
    assert.deepEqual(answers.toSorted(), ['back', 'returning'])
    assert.deepEqual(
      end
        .claims()
        .map(({ code }) => code)
        .toSorted(),
      ['intercept:back', 'intercept:returning'],
    )
  } finally {
    await end.close()
  }
  const parked = { ...BACK, data: { ...BACK.data, status: 'parked' } }
  assert.equal(partnerWarehouse.interceptReports?.read({ body: Buffer.from(JSON.stringify(parked)) }), null)
})

test('a secret in rotation still verifies what comes in', () => {
  const body = JSON.stringify(BACK)
  const now = Temporal.Instant.from('2026-02-11T17:45:00Z')
  const request = {
    method: 'POST',
    path: '/callback/t',
    query: '',
    headers: signed(body, now),
    body: Buffer.from(body),
  }
  const verdict = (settings: Settings): string =>
    partnerWarehouse.receive?.(request, settings, now).verdict ?? ''
  assert.equal(verdict({ secret: 'another-secret-of-ours', previous_secret: SECRET }), 'accepted')
  assert.equal(verdict({ secret: 'another-secret-of-ours' }), 'rejected')
})
