import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { withAccount } from '#connectors/accounted.ts'
import type { CallDeps, Connector, Settings } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok } from '#kernel/result.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { until } from '#test-support/hub.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { closedSince } from './core/breaker.ts'
import { evaluateBreakers } from './evaluate-breakers.ts'
import { accountOf, type Outward, openOutward } from './open-outward.ts'
import { connectionProber } from './probe-connections.ts'
import { routeFor } from './route-for.ts'
import { addCounts, readBreakers, readEvents, readMinutes, saveBreaker } from './store.ts'

let database: FreshDatabase
let clock: ReturnType<typeof manualClock>
let answer: RequestListener
const opened: Outward[] = []
const server = createServer((request, response) => answer(request, response))
const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

before(async () => {
  database = await freshDatabase({ connections: 12 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
beforeEach(async () => {
  clock = manualClock(START)
  answer = (_request, response) => void response.end('{}')
  for (const table of [
    'breaker',
    'breaker_bucket',
    'breaker_second',
    'breaker_event',
    'rate_budget',
    'route_decision',
  ])
    await database.sql.raw(`delete from ${table}`)
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop()))
})
after(async () => {
  server.closeAllConnections()
  server.close()
  await database.close()
})

/** A connector whose calls are one GET each; its body `busy` is its way of saying "too many". */
const plain = withAccount({
  kind: 'plain',
  role: 'carrier',
  calls: (settings: Settings, { http }: CallDeps) => {
    const ask = async (path: string) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}?${settings.name ?? ''}`
      const { status, body } = await http({ method: 'GET', url, timeoutMs: 8_000 })
      if (status >= 500 || status === 429) throw new Outage('plain.unavailable', `HTTP ${status}`)
      if (Buffer.from(body).toString() === 'busy')
        throw new Outage('plain.throttled', 'busy', { retryAfterMs: 30_000 })
      return ok({ words: Buffer.from(body).toString() })
    }
    return {
      test: () => ask('/test'),
      fetchTracking: async () => {
        await ask('/track')
        return ok({ topic: 't', dedupKey: 'k', orderNo: null, headers: {}, body: new Uint8Array() })
      },
    }
  },
} as unknown as Connector)
const silent = { ...plain, kind: 'silent', calls: undefined } as unknown as Connector

const withLimit = (rateLimit: { perSecond: number; burst: number }): Connector => ({ ...plain, rateLimit })
const connected = (id: string, connector: Connector = plain) => ({
  id,
  connector,
  settings: { name: id },
  paused: false,
})

function openOne(id: string, db = database.sql): Outward {
  const outward = openOutward({
    db,
    clock,
    random: seededRandom(7),
    http: openHttp({ allowLoopback: true, allowPrivate: true }),
    openTcp: noTcp,
    processId: id,
    cautious: { perSecond: 5_000, burst: 5_000 },
    onError: (error) => assert.fail(String(error)),
  })
  opened.push(outward)
  return outward
}
const callsOf = (outward: Outward, id: string) => {
  const calls = plain.calls?.({ name: id }, outward.callsFor(connected(id)))
  assert.ok(calls?.fetchTracking !== undefined)
  const query = { trackingNo: 'SF1' as never, carrier: 'sf', phoneTail: null }
  const track = calls.fetchTracking
  return { test: calls.test, track: () => track(query) }
}
const evaluate = () => evaluateBreakers({ db: database.sql, clock, random: seededRandom(1) })
const flushed = async (outward: Outward): Promise<void> => {
  await outward.stop()
  opened.splice(opened.indexOf(outward), 1)
}
async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'ok',
    (error: unknown) => (error instanceof Outage ? error.code : String(error)),
  )
}
async function retryAfterOf(call: Promise<unknown>): Promise<number | null> {
  return await call.then(
    () => null,
    (error: unknown) => (error as Outage).retryAfterMs,
  )
}
/** Opens the breaker of `id` by an outage that two processes saw half each. */
async function bringDown(id: string): Promise<void> {
  answer = (_request, response) => void response.writeHead(502).end()
  const [one, other] = [openOne('p1'), openOne('p2')]
  for (const outward of [one, other])
    await Promise.all(Array.from({ length: 10 }, () => codeOf(callsOf(outward, id).track())))
  await flushed(one)
  await evaluate()
  assert.deepEqual(await readBreakers(database.sql), [], 'ten of twenty calls are not enough')
  await flushed(other)
  await evaluate()
}

test('counts of two processes add up to one decision; then no call goes out, and its code and wait are told', async () => {
  await bringDown('dhl')
  const third = openOne('p3')
  await third.breakers.refresh()
  let seen = 0
  answer = (_request, response) => {
    seen += 1
    response.end('{}')
  }
  const refused = callsOf(third, 'dhl').track()
  assert.equal(await codeOf(refused), 'outward.breaker_open')
  const wait = (await retryAfterOf(refused)) ?? 0
  assert.ok(wait >= 30_000 && wait <= 36_000, `${wait}`)
  assert.equal(await codeOf(callsOf(third, 'ups').track()), 'ok', 'others are not concerned')
  assert.equal(seen, 1)
  assert.deepEqual(third.breakers.open(), ['dhl'])
  const [event] = await readEvents(database.sql, 'dhl', null, 10)
  assert.deepEqual([event?.from_state, event?.to_state, event?.cause], ['closed', 'open', 'outage'])
  assert.deepEqual(event?.evidence, { calls: 20, errors: 20, seconds: 10 })
})

test('the test button looks through an open breaker, and a good answer brings the probes forward', async () => {
  await bringDown('dhl')
  const outward = openOne('p3')
  await outward.breakers.refresh()
  assert.equal(await codeOf(callsOf(outward, 'dhl').test()), 'plain.unavailable')
  await evaluate()
  assert.equal((await readBreakers(database.sql))[0]?.state, 'open')
  answer = (_request, response) => void response.end('{}')
  assert.equal(await codeOf(callsOf(outward, 'dhl').test()), 'ok')
  await evaluate()
  assert.equal((await readBreakers(database.sql))[0]?.state, 'half_open')
})

test('half open lets ten calls of all processes through; ten good ones close it', async () => {
  await bringDown('dhl')
  clock.advance({ seconds: 40 })
  await evaluate()
  let release: (() => void)[] = []
  answer = (_request, response) => void release.push(() => response.end('{}'))
  const [one, other] = [openOne('p3'), openOne('p4')]
  await Promise.all([one.breakers.refresh(), other.breakers.refresh()])
  const calls = [one, other].flatMap((outward) =>
    Array.from({ length: 9 }, () => codeOf(callsOf(outward, 'dhl').track())),
  )
  while (release.length < 10) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.equal(release.length, 10)
  for (const go of release) go()
  release = []
  const codes = await Promise.all(calls)
  assert.deepEqual(
    [
      codes.filter((code) => code === 'ok').length,
      codes.filter((code) => code === 'outward.breaker_open').length,
    ],
    [10, 8],
  )
  await evaluate()
  assert.equal((await readBreakers(database.sql))[0]?.state, 'closed')
})

test('without any traffic the prober closes what has come back, and leaves paused ones alone', async () => {
  await bringDown('dhl')
  clock.advance({ seconds: 40 })
  await evaluate()
  const outward = openOne('p3')
  await outward.breakers.refresh()
  let tests = 0
  answer = (request, response) => {
    if (request.url?.startsWith('/test') === true) tests += 1
    response.end('{}')
  }
  let paused = true
  const probe = connectionProber({
    db: database.sql,
    clock,
    breakers: outward.breakers,
    callsFor: outward.callsFor,
    connections: () => [{ ...connected('dhl'), paused }],
  })
  clock.advance({ seconds: 3 })
  await probe()
  assert.equal(tests, 0)
  paused = false
  await probe()
  assert.equal(tests, 10)
  await evaluate()
  assert.equal((await readBreakers(database.sql))[0]?.state, 'closed')
})

test('a quiet connection that fails is asked by test calls, so that its outage is known within about a minute', async () => {
  answer = (_request, response) => void response.writeHead(502).end()
  const first = openOne('p1')
  await codeOf(callsOf(first, 'quiet').track())
  await flushed(first)
  let second = 0
  for (; second < 180 && (await readBreakers(database.sql)).length === 0; second += 5) {
    clock.advance({ seconds: 5 })
    const outward = openOne(`p${second}`)
    const probe = connectionProber({
      db: database.sql,
      clock,
      breakers: outward.breakers,
      callsFor: outward.callsFor,
      connections: () => [connected('quiet')],
    })
    if (second % 15 === 0) await probe()
    await flushed(outward)
    await evaluate()
  }
  assert.equal((await readBreakers(database.sql))[0]?.cause, 'no_success')
  assert.ok(second >= 60 && second <= 80, `${second} s`)
})

test('with the database away a process goes by its own counts, probes by itself and closes again', async () => {
  const away = { is: false }
  const gone = async (): Promise<never> => {
    throw new Outage('database.unreachable', 'away')
  }
  const flaky = Object.assign(
    ((...given: Parameters<typeof database.sql>) =>
      away.is ? gone() : database.sql(...given)) as typeof database.sql,
    database.sql,
    { begin: (run: never) => (away.is ? gone() : database.sql.begin(run)) },
  )
  const outward = openOne('p1', flaky as typeof database.sql)
  await outward.start()
  away.is = true
  answer = (_request, response) => void response.writeHead(502).end()
  clock.advance({ seconds: 60 })
  await Promise.all(Array.from({ length: 20 }, () => codeOf(callsOf(outward, 'dhl').track())))
  await until(
    async () => outward.breakers.isOpen('dhl'),
    () => 'still closed',
    5,
  )
  assert.equal(await codeOf(callsOf(outward, 'dhl').track()), 'outward.breaker_open')
  answer = (_request, response) => void response.end('{}')
  clock.advance({ seconds: 40 })
  await until(
    async () => outward.breakers.stateOf('dhl').state === 'half_open',
    () => 'still open',
    5,
  )
  const codes = await Promise.all(Array.from({ length: 12 }, () => codeOf(callsOf(outward, 'dhl').track())))
  assert.equal(codes.filter((code) => code === 'ok').length, 10)
  await until(
    async () => outward.breakers.stateOf('dhl').state === 'closed',
    () => 'not closed again',
    5,
  )
  away.is = false
  await until(
    async () => (await readMinutes(database.sql, START)).length > 0,
    () => 'what was counted meanwhile was not written',
    5,
  )
})

test('"too many" in a body slows the account and is no error at first; a Retry-After header reaches the outage', async () => {
  const outward = openOne('p1')
  answer = (_request, response) => void response.end('busy')
  assert.equal(await retryAfterOf(callsOf(outward, 'shop').track()), 30_000)
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await codeOf(callsOf(outward, 'shop').track()), 'outward.rate_limited')
  answer = (_request, response) => void response.writeHead(429, { 'retry-after': '90' }).end()
  assert.equal(await retryAfterOf(callsOf(outward, 'other').track()), 90_000)
  answer = (_request, response) =>
    void response.writeHead(503, { 'retry-after': 'Wed, 11 Nov 2026 00:02:00 GMT' }).end()
  assert.equal(await retryAfterOf(callsOf(outward, 'third').track()), 120_000)
  await flushed(outward)
  const minutes = await readMinutes(database.sql, START)
  const figures = minutes.map(({ connection_id, calls, errors, codes }) => [
    connection_id,
    calls,
    errors,
    codes,
  ])
  assert.deepEqual(figures, [
    ['other', 1, 0, { http_429: 1 }],
    ['shop', 1, 0, { 'plain.throttled': 1 }],
    ['third', 1, 1, { http_503: 1 }],
  ])
})

test('a platform that hangs costs the others nothing: they are counted, not timed', async () => {
  const outward = openOne('p1')
  const hanging: (() => void)[] = []
  answer = (request, response) => {
    if (request.url?.includes('hung') === true) hanging.push(() => response.destroy())
    else response.end('{}')
  }
  const stuck = Array.from({ length: 40 }, () => codeOf(callsOf(outward, 'hung').track()))
  const codes = await Promise.all(
    Array.from({ length: 100 }, (_, i) => codeOf(callsOf(outward, `well${i % 5}`).track())),
  )
  assert.deepEqual([...new Set(codes)], ['ok'])
  for (const end of hanging) end()
  await Promise.all(stuck)
})

test('a person holds it open or closed; a forced one is not moved by what the rules do', async () => {
  await bringDown('dhl')
  const outward = openOne('p3')
  const until = clock.now().add({ minutes: 5 })
  await database.sql`update breaker set forced = 'closed', forced_until = ${until}, forced_by = 'ops', forced_reason = 'x'`
  await outward.breakers.refresh()
  assert.equal(await codeOf(callsOf(outward, 'dhl').track()), 'plain.unavailable')
  clock.advance({ minutes: 6 })
  await evaluate()
  const row = (await readBreakers(database.sql))[0]
  assert.equal(row?.forced, null)
  assert.ok((await readEvents(database.sql, 'dhl', null, 10)).some(({ cause }) => cause === 'force_expired'))
})

test('the backup is taken while the breaker is open, if it is fit, and the decision is written down', async () => {
  await bringDown('dhl')
  const outward = openOne('p3')
  await outward.breakers.refresh()
  const known = [connected('dhl'), connected('ups'), connected('gls', silent)]
  const route = routeFor({
    db: database.sql,
    clock,
    breakers: outward.breakers,
    callsFor: outward.callsFor,
    find: (id) => known.find((one) => one.id === id) ?? null,
  })
  const wish = { capability: 'fetchTracking', wanted: 'dhl', orderId: 7n, subject: 'SF1' } as const
  assert.deepEqual(await route(wish), { taken: 'dhl', reason: 'no_backup' })
  const backup = async (id: string) =>
    await database.sql`
      insert into outward_backup values ('dhl', 'fetchTracking', ${id}, 'ops') on conflict (connection_id, capability)
      do update set backup_id = excluded.backup_id`
  await backup('gls')
  assert.deepEqual(await route(wish), { taken: 'dhl', reason: 'backup_cannot' })
  await backup('ups')
  assert.deepEqual(await route(wish), { taken: 'ups', reason: 'breaker_open' })
  assert.deepEqual(await route({ ...wish, wanted: 'ups' }), { taken: 'ups', reason: 'usual' })
  const rows = await database.sql`select wanted, taken, order_id, subject, reason from route_decision`
  assert.deepEqual(rows, [
    { wanted: 'dhl', taken: 'ups', order_id: 7n, subject: 'SF1', reason: 'breaker_open' },
  ])
})

test('a probe that our own budget held back is given back, and does not reopen the breaker', async () => {
  const outward = openOne('p1')
  const half = { ...closedSince(START), state: 'half_open' as const }
  await saveBreaker(database.sql, 'thin', 'closed', half, 'probe_due', START)
  await outward.breakers.refresh()
  const thin = withLimit({ perSecond: 0.001, burst: 1 })
  const track = (): Promise<unknown> => {
    const calls = thin.calls?.({ name: 'thin' }, outward.callsFor({ ...connected('thin', thin) }))
    return calls?.test() ?? Promise.resolve()
  }
  assert.equal(await codeOf(track()), 'ok')
  assert.equal(await codeOf(track()), 'outward.rate_limited')
  const [row] = await readBreakers(database.sql)
  assert.deepEqual([row?.state, row?.probesSent, row?.probesOk, row?.probesFailed], ['half_open', 1, 1, 0])
})

test('a notice that the budget held back may go by the backup although the breaker is closed', async () => {
  const outward = openOne('p1')
  const known = [connected('dhl'), connected('ups')]
  const find = (id: string) => known.find((one) => one.id === id) ?? null
  const route = routeFor({
    db: database.sql,
    clock,
    breakers: outward.breakers,
    callsFor: outward.callsFor,
    find,
  })
  await database.sql`
    insert into outward_backup values ('dhl', 'fetchTracking', 'ups', 'ops') on conflict (connection_id, capability)
    do update set backup_id = excluded.backup_id`
  const wish = { capability: 'fetchTracking', wanted: 'dhl' } as const
  assert.deepEqual(await route(wish), { taken: 'dhl', reason: 'usual' })
  assert.deepEqual(await route({ ...wish, isHeld: true }), { taken: 'ups', reason: 'held_back' })
  assert.deepEqual(await database.sql`select reason from route_decision`, [{ reason: 'held_back' }])
})

test('connections of one application share its budget', () => {
  const shared = { ...plain, accountOf: () => 'app1' }
  assert.equal(accountOf(connected('a', shared)), accountOf(connected('b', shared)))
  assert.equal(accountOf(connected('a', { ...plain, accountOf: () => '' })), 'a')
})

test('two processes that write one second at the same time lose nothing', async () => {
  const draft = (code: string) => ({
    connection: 'c',
    at: START,
    calls: 3,
    errors: 1,
    slow: 1,
    codes: { [code]: 1 },
  })
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      database.sql.begin((tx) => addCounts(tx, [draft(i % 2 === 0 ? 'a' : 'b')])),
    ),
  )
  const [minute] = await readMinutes(database.sql, START)
  assert.deepEqual(
    [minute?.calls, minute?.errors, minute?.slow, minute?.codes],
    [60, 20, 20, { a: 10, b: 10 }],
  )
})
