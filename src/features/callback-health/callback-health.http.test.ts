import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import type { CallDeps, Connector } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { openTlsProbe } from '#platform/http-client/probe-tls.ts'
import { makeCertificate } from '#test-support/certificates.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { countsTransport } from './deps.ts'
import type { CallbackHealthHttpDeps } from './http.ts'
import { callbackHealthRoutes } from './http.ts'
import { learnRhythms } from './learn.ts'
import { addMinutes } from './store.ts'
import { judgeCallbacks, judgeCertificates } from './sweeps.ts'
import { type Counted, openTally } from './tally.ts'

/** Tuesday 2026-03-31, noon in Shanghai. */
const NOON = Temporal.Instant.from('2026-03-31T04:00:00Z')
const clock = manualClock(NOON)
const ca = makeCertificate({ name: 'Test Root', ca: true })
let server: TestServer
let deps: CallbackHealthHttpDeps
let tlsPort = 0
let tls: Server
let told: Result<readonly string[]> | Outage = ok([])

const connector = {
  kind: 'shopify',
  role: 'channel',
  receive: () => ({ verdict: 'rejected' }),
  retryReply: { status: 503, contentType: 'text/plain', body: '' },
  ackDeadlineMs: 5_000,
  calls: () => ({
    callbackAddresses: async () => {
      if (told instanceof Outage) throw told
      return told
    },
  }),
} as unknown as Connector

before(async () => {
  const leaf = makeCertificate({
    name: 'hub',
    names: ['localhost'],
    by: ca,
    notBefore: NOON.subtract({ hours: 24 }),
    notAfter: NOON.add({ hours: 24 * 6 }),
  })
  tls = createServer({ cert: leaf.certificate, key: leaf.key })
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  tlsPort = (tls.address() as AddressInfo).port
  server = await openTestServer((app, { sql }) => {
    const probe = openTlsProbe({ allowLoopback: true, allowPrivate: true }, ca.certificate)
    const publicUrl = `https://localhost:${tlsPort}`
    deps = {
      db: sql,
      clock,
      zone: () => 'Asia/Shanghai',
      connections: () =>
        ['shop', 'quiet'].map((id) => ({
          id,
          kind: 'shopify',
          name: id,
          paused: false,
          settings: {},
          connector,
        })),
      callsFor: () => ({}) as CallDeps,
      publicUrl,
      shownUrl: () => publicUrl,
      rules: {
        leastRequests: 5,
        forgedShare: 0.2,
        lateShare: 0.05,
        unavailableShare: 0.05,
        silence: { probability: 1e-4, leastSeconds: 180 },
        fixedSilenceMinutes: 0,
        daysKept: 42,
        tls: { warnDays: 21, criticalDays: 7 },
      },
      alarms: openAlarms({ db: sql, clock, onUnstored: () => undefined }),
      probe: { own: probe, other: probe },
      startedAt: NOON.subtract({ hours: 48 }),
      audit: async () => undefined,
    }
    callbackHealthRoutes(app, deps)
  })
  for (const id of ['shop', 'quiet']) await seedConnection(server.sql, id, id, 'shopify')
  await server.sql`update connection set updated_at = ${NOON.subtract({ hours: 24 * 60 })}`
})
after(async () => {
  tls.close()
  await server.close()
})
beforeEach(async () => {
  clock.set(NOON)
  await server.sql`truncate callback_minute, callback_rhythm, callback_watch, tls_probe`
  await server.sql`delete from alarm`
})

const ACCEPTED: Counted = {
  connection: 'shop',
  verdict: 'accepted',
  code: null,
  status: 200,
  seconds: 0.01,
  origin: null,
  deadlineMs: 5_000,
}

async function count(...many: readonly [times: number, part: Partial<Counted>][]): Promise<void> {
  const tally = openTally({ db: server.sql, clock, onError: (error) => assert.fail(String(error)) })
  for (const [times, part] of many) for (let i = 0; i < times; i += 1) tally.count({ ...ACCEPTED, ...part })
  await tally.stop()
}

async function alarms(): Promise<string[]> {
  const rows = await server.sql<{ rule: string; subject: string }>`
    select rule, subject from alarm where state <> 'resolved' order by rule, subject`
  return rows.map(({ rule, subject }) => `${rule} ${subject}`)
}

type Item = Record<string, unknown> & {
  connection: { id: string }
  verdict: string
  watch: string
  silence: { minutes: number; silent: boolean } | null
  hour: Record<string, number>
  codes: Record<string, number>
  expectedPerHour: number | null
  address: {
    match: string | null
    registered: string[]
    readBy: string | null
    readProblem: string | null
    observed: { origin: string; match: string }[]
  }
}
async function item(id = 'shop'): Promise<Item> {
  const { status, body } = await server.call('GET', '/api/callbacks')
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { items: Item[] }).items.find((one) => one.connection.id === id) as Item
}

/** Four weeks of 60 messages an hour, the last minute with messages being `last`. */
async function fourWeeks(last: Temporal.Instant): Promise<void> {
  await server.sql`
    insert into callback_minute (connection_id, minute, accepted, last_at)
    select 'shop', at, 1, at from generate_series(${last.subtract({ hours: 24 * 28 })}::timestamptz, ${last}::timestamptz, interval '1 minute') as at`
}

test('counts of two processes add up, and what could not be written comes with the next flush', async () => {
  await Promise.all([
    count([3, {}], [1, { verdict: 'duplicate', seconds: 6 }]),
    count([
      2,
      { verdict: 'rejected', code: 'shopify.signature_wrong', status: 401, origin: 'https://old.example' },
    ]),
  ])
  let fails = true
  const flaky = Object.assign((...args: Parameters<typeof server.sql>) => {
    if (fails) throw new Outage('database.unreachable', 'away')
    return server.sql(...args)
  }, server.sql) as typeof server.sql
  const tally = openTally({ db: flaky, clock, onError: () => undefined })
  tally.count(ACCEPTED)
  await assert.rejects(tally.flush())
  tally.count({ ...ACCEPTED, verdict: 'unavailable', code: 'inbox.full', status: 503 })
  fails = false
  await tally.stop()
  const { hour, codes } = await item()
  assert.deepEqual(
    [
      hour.accepted,
      hour.duplicate,
      hour.rejected,
      hour.forged,
      hour.unavailable,
      hour.late,
      hour.maxLatencyMs,
    ],
    [4, 1, 2, 2, 1, 1, 6000],
  )
  assert.deepEqual(codes, { 'shopify.signature_wrong': 2, 'inbox.full': 1 })
  const [row] = await server.sql<{
    statuses: unknown
  }>`select statuses from callback_minute where connection_id = 'shop'`
  assert.deepEqual(row?.statuses, { 200: 5, 401: 2, 503: 1 })
})

test('nobody fills the table by inventing codes, statuses or hosts', async () => {
  await count(
    ...Array.from({ length: 60 }, (_, i): [number, Partial<Counted>] => [1, { origin: `http://host-${i}` }]),
  )
  const [row] = await server.sql<{ origins: Record<string, number> }>`select origins from callback_minute`
  assert.equal(Object.keys(row?.origins ?? {}).length, 21)
  assert.equal(row?.origins.other, 40)
})

test('the names of a minute are as few after many flushes as after one', async () => {
  const tally = openTally({ db: server.sql, clock, onError: (error) => assert.fail(String(error)) })
  for (let i = 0; i < 60; i += 1) {
    tally.count({ ...ACCEPTED, connection: 'unknown', origin: `http://h${i}.example`, code: `made.up_${i}` })
    if (i % 10 === 9) await tally.flush()
  }
  await tally.stop()
  const [row] = await server.sql<{ origins: Record<string, number>; codes: Record<string, number> }>`
    select origins, codes from callback_minute where connection_id = 'unknown'`
  assert.deepEqual(
    [Object.keys(row?.origins ?? {}).length, row?.origins.other, row?.codes.other],
    [21, 40, 40],
  )
})

test('a name that the database cannot hold blinds nobody, and a minute that it refuses is dropped alone', async () => {
  const errors: unknown[] = []
  const tally = openTally({ db: server.sql, clock, onError: (error) => void errors.push(error) })
  const odd = ['http://x\\u0000', 'http://x\u0000', '\\', '"', '\ud800']
  for (const origin of odd) tally.count({ ...ACCEPTED, connection: 'quiet', origin })
  await tally.flush()
  const kept = await server.sql<{ origins: Record<string, number> }>`
    select origins from callback_minute where connection_id = 'quiet'`
  assert.deepEqual(kept, [{ origins: { 'http://x\\u0000': 1, 'http://x': 1, '\\': 1, '"': 1, '\ufffd': 1 } }])
  for (const connection of ['a', 'b\u0000', 'c', 'd']) tally.count({ ...ACCEPTED, connection })
  await tally.stop()
  const rows = await server.sql<{ id: string }>`
    select connection_id as id from callback_minute where connection_id <> 'quiet' order by 1`
  assert.deepEqual(
    rows.map((row) => row.id),
    ['a', 'c', 'd'],
  )
  assert.equal(errors.length, 1)
  assert.match(String(errors[0]), /cannot be stored/)
})

test('silence is found by the learned rhythm within a sweep, and heals by the next message', async () => {
  await fourWeeks(NOON)
  assert.equal((await item()).watch, 'too_young', 'nothing was learned yet')
  assert.equal(await learnRhythms(deps), 1)
  const learned = await item()
  assert.deepEqual(
    [learned.watch, learned.verdict, Math.round(learned.expectedPerHour ?? 0)],
    ['rhythm', 'ok', 60],
  )
  clock.advance({ minutes: 9 })
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [], 'e^-9 is more than one in ten thousand')
  clock.advance({ minutes: 1 })
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.silent shop'])
  assert.equal((await item()).verdict, 'silent')
  const [{ zh } = { zh: '' }] = await server.sql<{ zh: string }>`select zh from alarm`
  assert.match(zh, /「shop」已 10 分钟没有消息.*约 (10|10\.0) 条/)
  await count([1, { verdict: 'duplicate' }])
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [], 'a repeated message is a sign of life too')
})

test('a promotion is not silence, and what comes after it is judged by the usual rhythm', async () => {
  await fourWeeks(NOON)
  await server.sql`update callback_minute set accepted = 5000 where minute > ${NOON.subtract({ hours: 30 })}`
  await learnRhythms(deps)
  assert.ok(((await item()).expectedPerHour ?? 0) < 61)
})

test('a hub that was away, or a connection just resumed, is given time', async () => {
  await fourWeeks(NOON)
  await learnRhythms(deps)
  clock.advance({ minutes: 30 })
  await judgeCallbacks({ ...deps, startedAt: clock.now().subtract({ minutes: 4 }) })
  assert.deepEqual(await alarms(), [])
  await server.sql`update connection set updated_at = ${clock.now().subtract({ minutes: 5 })} where id = 'shop'`
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [])
  await server.sql`update connection set updated_at = ${NOON.subtract({ hours: 1_000 })} where id = 'shop'`
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.silent shop'])
})

test('all rejected, forged, unavailable and slow are told apart', async () => {
  await count([5, { verdict: 'rejected', code: 'shopify.signature_wrong', status: 401 }])
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.all_rejected shop'])
  await count([6, {}])
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.signature_failures shop'])
  await count(
    [40, {}],
    [10, { seconds: 7 }],
    [10, { verdict: 'unavailable', code: 'inbox.full', status: 503 }],
  )
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.slow shop', 'callback.unavailable shop'])
  clock.advance({ minutes: 11 })
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [], 'ten minutes later it is over')
})

test('a fixed limit watches what has no rhythm; switching off silences every alarm of the connection', async () => {
  await count([1, {}])
  clock.advance({ minutes: 31 })
  assert.equal((await item()).verdict, 'too_young')
  const put = await server.call('PUT', '/api/callbacks/shop', { silenceMinutes: 30 })
  assert.equal(put.status, 200, JSON.stringify(put.body))
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.silent shop'])
  await server.call('PUT', '/api/callbacks/shop', { watched: false })
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [])
  assert.equal((await item()).verdict, 'unwatched')
  assert.equal((await item('quiet')).verdict, 'never')
})

test('addresses: as typed, as the platform tells, and as requests really come', async () => {
  const ours = `https://localhost:${tlsPort}/callback/`
  const [{ callback_token: token } = { callback_token: '' }] = await server.sql<{ callback_token: string }>`
    select callback_token from connection where id = 'shop'`
  await server.call('PUT', '/api/callbacks/shop', {
    registeredUrls: [`http://localhost:${tlsPort}/callback/${token}`],
  })
  assert.equal((await item()).address.match, 'scheme')
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.wrong_address shop'])
  const [alarm] = await server.sql<{ words: string }>`select zh || en || evidence::text as words from alarm`
  assert.equal(alarm?.words.includes(token), false, 'the token never travels to a chat room')
  told = ok([`${ours}${token}`])
  assert.equal((await server.call('POST', '/api/callbacks/shop/check')).status, 200)
  const asked = (await item()).address
  assert.deepEqual([asked.match, asked.readBy, asked.readProblem], ['same', 'platform', null])
  told = refuse('shopify.no_token', 'none')
  const refused = await server.call('POST', '/api/callbacks/shop/check')
  assert.deepEqual([refused.status, (refused.body as { code: string }).code], [422, 'shopify.no_token'])
  told = new Outage('http.timeout', 'late')
  assert.equal(
    ((await server.call('POST', '/api/callbacks/shop/check')).body as { code: string }).code,
    'callbacks.no_answer',
  )
  const kept = (await item()).address
  assert.deepEqual([kept.match, kept.readProblem], ['same', 'http.timeout'], 'what was known is kept')
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), [])
  await count([3, { origin: 'http://10.1.2.3:8686' }])
  await judgeCallbacks(deps)
  assert.deepEqual(await alarms(), ['callback.wrong_address shop'])
})

test('bad input is refused', async () => {
  const code = async (method: 'GET' | 'PUT' | 'POST', path: string, body?: object) => {
    const answer = await server.call(method, path, body)
    return [answer.status, (answer.body as { code: string }).code]
  }
  assert.deepEqual(await code('GET', '/api/callbacks/nobody'), [404, 'callbacks.not_found'])
  assert.deepEqual(await code('PUT', '/api/callbacks/nobody', {}), [404, 'callbacks.not_found'])
  assert.deepEqual(await code('PUT', '/api/callbacks/shop', { silenceMinutes: 0 }), [400, 'http.invalid'])
  assert.deepEqual(await code('PUT', '/api/callbacks/shop', { registeredUrls: ['ftp://x'] }), [
    422,
    'callbacks.bad_address',
  ])
  assert.deepEqual(await code('PUT', '/api/callbacks/shop', { nonsense: 1 }), [400, 'http.invalid'])
  const key = await server.asKey('connections:read')
  const denied = await server.app.inject({ method: 'POST', url: '/api/tls-probe', headers: key })
  assert.equal(denied.statusCode, 403)
})

test('our own certificate is looked at over real TLS; six days left is critical, and a new one heals it', async () => {
  const probed = await server.call('POST', '/api/tls-probe')
  const [look] = (probed.body as { items: Record<string, unknown>[] }).items
  assert.deepEqual(
    [look?.fault, look?.severity, look?.daysLeft, look?.nameFits],
    ['expiring', 'critical', 6, true],
  )
  assert.deepEqual(await alarms(), [`tls.expiring localhost:${tlsPort}`])
  clock.advance({ hours: 24 * 7 })
  await judgeCertificates(deps)
  assert.deepEqual(await alarms(), [`tls.expired localhost:${tlsPort}`])
  const fresh = makeCertificate({
    name: 'hub',
    names: ['localhost'],
    by: ca,
    notBefore: NOON.subtract({ hours: 24 }),
    notAfter: NOON.add({ hours: 24 * 90 }),
  })
  tls.setSecureContext({ cert: fresh.certificate, key: fresh.key })
  await judgeCertificates(deps)
  assert.deepEqual(await alarms(), [])
})

test('the day in steps and the rhythm of the week', async () => {
  await addMinutes(server.sql, [])
  await fourWeeks(NOON)
  await learnRhythms(deps)
  const { body } = await server.call('GET', '/api/callbacks/shop')
  const detail = body as { steps: { accepted: number }[]; rhythm: number[] }
  assert.equal(detail.rhythm.length, 168)
  assert.ok(detail.steps.length >= 288)
  assert.equal(detail.steps[100]?.accepted, 5)
})

test('a stream counts, a poll only where nothing is pushed: it must not hide a push that has stopped', () => {
  const pushed = { connector }
  const streamed = {
    connector: { ...connector, receive: undefined, stream: async () => undefined } as unknown as Connector,
  }
  const polled = { connector: { ...connector, receive: undefined } as unknown as Connector }
  assert.deepEqual(
    [pushed, streamed, polled].map((one) =>
      ['stream', 'poll', 'fetch', 'file'].filter((by) => countsTransport(one, by)),
    ),
    [['stream'], ['stream'], ['stream', 'poll']],
  )
})
