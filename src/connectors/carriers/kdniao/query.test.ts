import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls, FetchedMessage, TrackingQuery } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simKdniao } from '#sim/platforms/kdniao.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { kdniao } from './index.ts'

const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
const random = seededRandom(3)
const deps = { http: fetchCall, clock, random, openTcp: noTcp }

async function inWorld(
  options: Parameters<typeof simKdniao>[1],
  work: (world: Awaited<ReturnType<typeof simKdniao>>, calls: Calls) => Promise<void>,
): Promise<void> {
  const world = await simKdniao({ clock, random, faults: NO_FAULTS }, options)
  const calls = kdniao.calls?.(world.settings, deps)
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
  const reading = kdniao.read({ ...message, connection: connectionId('c'), receivedAt: clock.now() }, {})
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims.map(({ code }) => code)
}

const refused = async (asked: Promise<Result<FetchedMessage>>): Promise<string> => {
  const answer = await asked
  return answer.ok ? 'answered' : answer.refusal.code
}

for (const { plan, type, delivered } of [
  { plan: 'paid', type: '8001', delivered: ['Action:1', 'Action:301'] },
  { plan: 'plain', type: '1002', delivered: ['State:3'] },
] as const)
  test(`a queried trace of the ${plan} plan reads as the push does; an unchanged one is the same message`, async () => {
    await inWorld({ plan }, async (world) => {
      const calls = kdniao.calls?.({ ...world.settings, query_type: type }, deps)
      assert.ok(calls !== undefined)
      const { trackingNo: number, carrier } = await world.issue('ORDER-1')
      assert.equal(await refused(ask(calls, query(number, carrier))), 'kdniao.no_trace')
      await world.scan(number, 'picked_up')
      const first = await ask(calls, query(number, carrier))
      const again = await ask(calls, query(number, carrier))
      assert.ok(first.ok && again.ok)
      assert.equal(again.value.dedupKey, first.value.dedupKey)
      assert.equal(first.value.topic, `query.${type}`)
      await world.scan(number, 'delivered')
      const later = await ask(calls, query(number, carrier))
      assert.ok(later.ok)
      // 快递鸟 repeats the order's number where it was told: each node is a claim about the parcel and about the order.
      assert.deepEqual([...new Set(codesOf(later.value))], delivered)
    })
  })

test('a carrier without a code, missing phone digits, too many queries and a wrong key are told apart', async () => {
  await inWorld({ phoneTail: '1234', queriesPerSecond: 2 }, async (world, calls) => {
    assert.equal(await refused(ask(calls, query('X1', 'other:pigeon'))), 'kdniao.carrier_unknown')
    assert.equal(await refused(ask(calls, query('SF0000000000001', 'SF'))), 'kdniao.phone_needed')
    assert.equal(await refused(ask(calls, query('SF0000000000001', 'SF', '1234'))), 'kdniao.no_trace')
    await assert.rejects(
      ask(calls, query('SF0000000000001', 'SF', '1234')),
      (error) => error instanceof Outage && error.code === 'kdniao.rate_limited',
    )
    const wrong = kdniao.calls?.({ ...world.settings, app_key: 'wrong' }, deps)
    assert.ok(wrong !== undefined)
    assert.equal(await refused(ask(wrong, query('YT1', 'YTO'))), 'kdniao.signature_refused')
  })
})
