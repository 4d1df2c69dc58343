import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simJt } from '#sim/platforms/jt.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { jt } from './index.ts'
import { readTraces } from './read.ts'
import { computeVector } from './sign.ts'

test('digest agrees with the vector', () => {
  const inputs = { bizContent: '{"billCodes":"JT0000000000001"}', privateKey: 'jt-test-key' }
  assert.equal(computeVector({ kind: 'digest', inputs }), 'dwvaiu+ileAGSeQN9Nh7fg==')
})

test('taken out of a locker is on its way again; a problem says which', () => {
  const factOf = (code: string) => jt.codes.find((entry) => entry.code === code)?.fact
  assert.equal(factOf('scan:8'), 'out_for_delivery')
  assert.equal(factOf('scan:6'), 'ready_for_pickup')
  assert.equal(factOf('problem:A26'), 'waybill_cancelled')
  assert.equal(factOf('problem:A21'), 'ready_for_pickup')
  assert.equal(factOf('problem:A99'), undefined)
})

test('a node without a scan type waits for a person; its neighbours are read', () => {
  const details = [
    { scanTime: '2026-02-11 08:00:00', scanType: '10', desc: '已签收' },
    { scanTime: '2026-02-11 07:00:00', desc: '?' },
  ]
  const body = new TextEncoder().encode(JSON.stringify([{ billCode: 'JT1', details }]))
  const reading = readTraces({ topic: 'query', body }, {})
  assert.deepEqual(reading.ok && reading.value.claims.map(({ code }) => code), ['scan:10', 'scan:missing'])
})

test('an emptied answer to pushes is the connector’s own again', () => {
  const bizContent = '{"billCode":"JT1","details":[]}'
  const settings = { private_key: 'jt-test-key', api_account: 'A1', ack: '' }
  const digest = String(computeVector({ kind: 'digest', inputs: { bizContent, privateKey: 'jt-test-key' } }))
  const request = postRequest(new URLSearchParams({ bizContent }).toString(), { digest })
  const receipt = jt.receive?.(request, settings, Temporal.Instant.from('2026-02-11T12:00:00Z'))
  assert.equal(receipt?.verdict, 'accepted')
  assert.match(receipt?.reply.body ?? '', /SUCCESS/)
})

test('without the address of the query nothing is asked; with a wrong key it is refused', async () => {
  const world = await simJt({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = { http: fetchCall, openTcp: noTcp, clock: systemClock, random: seededRandom(2) }
    const codeOf = async (settings: Readonly<Record<string, string>>) => {
      const answer = await jt.calls?.({ ...world.settings, ...settings }, deps).test()
      return answer?.ok === false ? answer.refusal.code : 'ok'
    }
    assert.equal(await codeOf({}), 'ok')
    assert.equal(await codeOf({ trace_url: '' }), 'carrier.not_supported')
    assert.equal(await codeOf({ private_key: 'wrong' }), 'carrier.refused')
  } finally {
    await world.close()
  }
})
