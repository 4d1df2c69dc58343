import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls, FetchedMessage, TrackingQuery } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simSf } from '#sim/platforms/sf.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { sf } from './index.ts'

const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
const random = seededRandom(3)
const deps = { http: fetchCall, clock, random, openTcp: noTcp }

async function inWorld(
  options: Parameters<typeof simSf>[1],
  work: (world: Awaited<ReturnType<typeof simSf>>, calls: Calls) => Promise<void>,
): Promise<void> {
  const world = await simSf({ clock, random, faults: NO_FAULTS }, options)
  const calls = sf.calls?.(world.settings, deps)
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
  const reading = sf.read({ ...message, connection: connectionId('c'), receivedAt: clock.now() }, {})
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims.map(({ code }) => code)
}

const refused = async (asked: Promise<Result<FetchedMessage>>): Promise<string> => {
  const answer = await asked
  return answer.ok ? 'answered' : answer.refusal.code
}

test('a queried route reads as the push does, and an unchanged answer is the same message', async () => {
  await inWorld({ phoneTail: '1234' }, async (world, calls) => {
    const { trackingNo: number } = await world.issue('ORDER-1')
    assert.equal(await refused(ask(calls, query(number, 'SF', '1234'))), 'sf.no_trace', 'nothing scanned yet')
    await world.scan(number, 'picked_up')
    const first = await ask(calls, query(number, 'SF', '1234'))
    assert.ok(first.ok)
    assert.deepEqual(codesOf(first.value), ['opCode:50'])
    const again = await ask(calls, query(number, 'SF', '1234'))
    assert.ok(again.ok)
    assert.equal(again.value.dedupKey, first.value.dedupKey)
    await world.scan(number, 'delivered')
    const later = await ask(calls, query(number, 'SF', '1234'))
    assert.ok(later.ok)
    assert.notEqual(later.value.dedupKey, first.value.dedupKey)
    assert.deepEqual(codesOf(later.value), ['opCode:50', 'opCode:80', 'opCode:8000'])
  })
})

test('without the phone’s digits SF shows nothing; a parcel of another carrier is not asked for', async () => {
  await inWorld({ phoneTail: '1234' }, async (world, calls) => {
    const { trackingNo: number } = await world.issue('ORDER-1')
    await world.scan(number, 'picked_up')
    assert.equal(await refused(ask(calls, query(number, 'SF'))), 'sf.no_trace')
    assert.equal(await refused(ask(calls, query(number, 'SF', '9999'))), 'sf.no_trace')
    assert.equal(await refused(ask(calls, query('YT0000000000001', 'YTO'))), 'sf.carrier_unknown')
  })
})

test('too many queries and a wrong check word are told apart', async () => {
  await inWorld({ queriesPerSecond: 2 }, async (world, calls) => {
    const { trackingNo: number } = await world.issue('ORDER-1')
    await world.scan(number, 'picked_up')
    assert.equal(await refused(ask(calls, query(number, 'SF'))), 'answered')
    assert.equal(await refused(ask(calls, query(number, 'SF'))), 'answered')
    await assert.rejects(
      ask(calls, query(number, 'SF')),
      (error) => error instanceof Outage && error.code === 'sf.rate_limited' && error.retryAfterMs === 60_000,
    )
    clock.advance({ seconds: 2 })
    const wrong = sf.calls?.({ ...world.settings, check_word: 'wrong' }, deps)
    assert.ok(wrong !== undefined)
    assert.equal(await refused(ask(wrong, query(number, 'SF'))), 'sf.signature_refused')
  })
})
