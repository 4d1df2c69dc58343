import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallDeps, Connector, HttpCall } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { refuse } from '#kernel/result.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { withAccount } from './accounted.ts'
import { connectors } from './index.ts'

const clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))
const given = (http: HttpCall): CallDeps => ({ http, openTcp: noTcp, clock, random: seededRandom(1) })
const answer = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: new Uint8Array(),
})

/** Its one call asks, then writes; whatever breaks while it writes it calls unknown, as connectors do. */
const plain = withAccount({
  kind: 'plain',
  calls: (_settings: unknown, { http }: CallDeps) => ({
    test: async () => {
      try {
        const asked = await http({ method: 'GET', url: 'http://a/' })
        if (asked.status === 429) throw new Outage('plain.unavailable', 'HTTP 429', { retryAfterMs: 1 })
        await http({ method: 'POST', url: 'http://a/' })
      } catch (error) {
        if (!(error instanceof Outage)) throw error
        throw new Outage(error.code, error.message, {
          unknown: true,
          ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
        })
      }
      return refuse('plain.no', 'no')
    },
  }),
} as unknown as Connector)

async function outageOf(http: HttpCall): Promise<Outage> {
  const error = await plain
    .calls?.({}, given(http))
    .test()
    .then(
      () => null,
      (reason: unknown) => reason,
    )
  assert.ok(error instanceof Outage)
  return error
}
const held = (): never => {
  throw new Outage('outward.breaker_open', 'wait', { retryAfterMs: 9_000 })
}

test('held back before anything was sent is never doubtful', async () => {
  const outage = await outageOf(async () => held())
  assert.deepEqual([outage.code, outage.unknown, outage.retryAfterMs], ['outward.breaker_open', false, 9_000])
})

test('held back after an answer stays what the connector made of it', async () => {
  const outage = await outageOf(async ({ method }) => (method === 'GET' ? answer(200) : held()))
  assert.equal(outage.unknown, true)
})

test("the platform's Retry-After wins over the connector's own guess, in seconds or as a date", async () => {
  const seconds = await outageOf(async () => answer(429, { 'retry-after': '30' }))
  assert.equal(seconds.retryAfterMs, 30_000)
  const date = await outageOf(async () => answer(429, { 'retry-after': 'Wed, 11 Nov 2026 00:01:00 GMT' }))
  assert.equal(date.retryAfterMs, 60_000)
  assert.equal((await outageOf(async () => answer(429))).retryAfterMs, 1)
})

test('each call goes on its own account, by its name, and how it ended is told', async () => {
  const told: unknown[] = []
  const deps = given(async () => answer(200))
  const calls = plain.calls?.(
    {},
    {
      ...deps,
      forCall: (name) => ({
        deps,
        ended: ({ refusal, error }) => void told.push([name, refusal?.code, error]),
      }),
    },
  )
  await calls?.test()
  assert.deepEqual(told, [['test', 'plain.no', undefined]])
})

/** They call nobody over HTTP: a queue, and numbers of one's own. */
const WITHOUT_HTTP = new Set(['rabbitmq', 'own-numbers'])

for (const { kind, role, calls, rateLimit, accountOf } of connectors) {
  if (calls === undefined) continue
  // A notifier's own words are judged beside it.
  const speaksHttp = (role === 'channel' || role === 'carrier') && !WITHOUT_HTTP.has(kind)
  if (speaksHttp)
    test(`${kind}: Retry-After of a 429 reaches its outage`, async () => {
      const settings = Object.fromEntries(
        [
          'appKey',
          'appSecret',
          'accessToken',
          'clientId',
          'clientSecret',
          'kdtId',
          'customer',
          'key',
          'partner_id',
          'check_word',
          'ebusiness_id',
          'app_key',
          'url_key',
        ].map((name) => [name, 'x1x1']),
      )
      const addresses = {
        shopDomain: 'a.example',
        apiBase: 'http://a.example',
        api_url: 'http://a.example',
        query_url: 'http://a.example',
        track_url: 'http://a.example',
        trace_url: 'http://a.example',
      }
      const error = await calls(
        { ...settings, ...addresses },
        given(async () => answer(429, { 'retry-after': '77' })),
      )
        .test()
        .then(
          () => null,
          (reason: unknown) => reason,
        )
      assert.ok(error instanceof Outage, String(error))
      assert.equal(error.retryAfterMs, 77_000)
    })
  test(`${kind}: its limit is one, and its account no secret`, () => {
    if (rateLimit !== undefined) assert.ok(rateLimit.perSecond > 0 && rateLimit.burst >= 1)
    const shown = accountOf?.({
      appSecret: 'SECRET',
      clientSecret: 'SECRET',
      accessToken: 'SECRET',
      key: 'SECRET',
    })
    assert.ok(!(shown ?? '').includes('SECRET'))
  })
}
