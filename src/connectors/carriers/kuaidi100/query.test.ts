import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls, FetchedMessage, TrackingQuery } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simKuaidi100 } from '#sim/platforms/kuaidi100.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { kuaidi100 } from './index.ts'

const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
const random = seededRandom(3)
const deps = { http: fetchCall, clock, random, openTcp: noTcp }

async function inWorld(
  options: Parameters<typeof simKuaidi100>[1],
  work: (world: Awaited<ReturnType<typeof simKuaidi100>>, calls: Calls) => Promise<void>,
): Promise<void> {
  const world = await simKuaidi100({ clock, random, faults: NO_FAULTS }, options)
  const calls = kuaidi100.calls?.(world.settings, deps)
  assert.ok(calls !== undefined)
  try {
    await work(world, calls)
  } finally {
    await world.close()
  }
}

const query = (number: string, carrier: string, phoneTail: string | null = null): TrackingQuery => ({
  trackingNo: trackingNo(number),
  carrier,
  phoneTail,
})

async function ask(calls: Calls, asked: TrackingQuery): Promise<Result<FetchedMessage>> {
  assert.ok(calls.fetchTracking !== undefined)
  return await calls.fetchTracking(asked)
}

function codesOf(message: FetchedMessage): readonly string[] {
  const reading = kuaidi100.read({ ...message, connection: connectionId('c'), receivedAt: clock.now() }, {})
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims.map(({ code }) => code)
}

const refused = async (asked: Promise<Result<FetchedMessage>>): Promise<string> => {
  const answer = await asked
  return answer.ok ? 'answered' : answer.refusal.code
}

test('a queried trace reads as the push does, and an unchanged answer is the same message', async () => {
  await inWorld({ lockMs: 0 }, async (world, calls) => {
    const { trackingNo: number, carrier } = await world.issue('ORDER-1')
    assert.equal(await refused(ask(calls, query(number, carrier))), 'kuaidi100.no_trace')
    await world.scan(number, 'picked_up')
    const first = await ask(calls, query(number, carrier))
    assert.ok(first.ok)
    assert.deepEqual(codesOf(first.value), ['statusCode:103'])
    const again = await ask(calls, query(number, carrier))
    assert.ok(again.ok)
    assert.equal(again.value.dedupKey, first.value.dedupKey)
    await world.scan(number, 'delivered')
    const later = await ask(calls, query(number, carrier))
    assert.ok(later.ok)
    assert.deepEqual(codesOf(later.value).toSorted(), ['statusCode:103', 'statusCode:301'])
  })
})

test('a number asked for twice in half an hour is locked: the connector says how far apart to ask', async () => {
  await inWorld({}, async (world, calls) => {
    const { trackingNo: number, carrier } = await world.issue('ORDER-1')
    await world.scan(number, 'picked_up')
    assert.equal(await refused(ask(calls, query(number, carrier))), 'answered')
    assert.equal(await refused(ask(calls, query(number, carrier))), 'kuaidi100.locked')
    clock.advance({ seconds: kuaidi100.trackingEverySeconds ?? 0 })
    assert.equal(await refused(ask(calls, query(number, carrier))), 'answered')
  })
})

test('a carrier without a code, missing phone digits, too many queries and a wrong key are told apart', async () => {
  await inWorld({ lockMs: 0, phoneTail: '1234', queriesPerSecond: 3 }, async (world, calls) => {
    assert.equal(await refused(ask(calls, query('X1', 'other:pigeon'))), 'kuaidi100.carrier_unknown')
    await world.scan('SF0000000000001', 'picked_up')
    assert.equal(await refused(ask(calls, query('SF0000000000001', 'SF'))), 'kuaidi100.phone_needed')
    assert.equal(await refused(ask(calls, query('SF0000000000001', 'SF', '1234'))), 'answered')
    assert.equal(await refused(ask(calls, query('SF0000000000001', 'YTO'))), 'kuaidi100.no_trace')
    await assert.rejects(
      ask(calls, query('SF0000000000001', 'SF')),
      (error) => error instanceof Outage && error.code === 'kuaidi100.rate_limited',
    )
    const wrong = kuaidi100.calls?.({ ...world.settings, key: 'wrong' }, deps)
    assert.ok(wrong !== undefined)
    assert.equal(await refused(ask(wrong, query('YT1', 'YTO'))), 'kuaidi100.signature_refused')
  })
})
