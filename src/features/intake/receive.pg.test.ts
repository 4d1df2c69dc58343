import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector, InboundRequest } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { sha256 } from '#kernel/hash.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { openTestServer } from '#test-support/server.ts'
import { callbackRoutes } from './callback-route.ts'
import type { Connected } from './ports.ts'
import { receive } from './receive.ts'

let database: FreshDatabase
let intake: Intake

before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, today())
  intake = openIntake({ db: database.sql, maxBatch: 10, maxQueue: 100 })
})
after(async () => await database.close())

const today = (): Temporal.PlainDate => Temporal.Now.plainDateISO('UTC')
const RETRY = { status: 503, contentType: 'application/json', body: '{"code":500,"msg":"later"}' }
const ACK = { status: 200, contentType: 'application/json', body: '{"code":0}' }

/** A platform whose messages say themselves what they are. */
const connector: Connector = {
  kind: 'says',
  role: 'channel',
  zh: '',
  en: '',
  zone: 'UTC',
  fields: [],
  codes: [],
  retryReply: RETRY,
  read: () => {
    throw new Error('nothing reads here')
  },
  receive: (request) => {
    const text = Buffer.from(request.body).toString('utf8')
    if (text === 'break') throw new TypeError('our own mistake')
    if (text === 'check') return { verdict: 'challenge', topic: 'check', reply: ACK }
    if (text.startsWith('forged'))
      return {
        verdict: 'rejected',
        refusal: { code: 'says.signature_wrong', detail: 'the signature\u0000 does not fit' },
        reply: { status: 401, contentType: 'text/plain', body: 'no' },
      }
    return { verdict: 'accepted', topic: 'order', dedupKey: text, orderNo: 'A1', reply: ACK }
  },
}
const connected: Connected = {
  id: connectionId('shop'),
  kind: 'says',
  name: 'shop',
  paused: false,
  settings: {},
  connector,
}

function request(body: string): InboundRequest {
  return {
    method: 'POST',
    path: '/callback/x',
    query: 'a=1',
    headers: { 'x-a': 'b' },
    body: Buffer.from(body),
  }
}

test('every verdict is kept with what was answered and how long it took', async () => {
  const clock = manualClock(Temporal.Now.instant())
  const slow: Connected = {
    ...connected,
    connector: {
      ...connector,
      receive: (inbound, settings, now) => {
        clock.advance({ milliseconds: 7 })
        return connector.receive?.(inbound, settings, now) as never
      },
    },
  }
  const seen: unknown[] = []
  const accepted: number[] = []
  const deps = {
    intake,
    clock,
    onReceived: ({ verdict, code, seconds }: { verdict: string; code: string | null; seconds: number }) =>
      void seen.push([verdict, code, seconds]),
    onAccepted: () => void accepted.push(1),
  }
  const replies: unknown[] = []
  for (const body of ['m1', 'm1', 'check', 'forged', 'break'])
    replies.push((await receive(deps, slow, request(body))).reply.status)
  assert.deepEqual(replies, [200, 200, 200, 401, 503])
  assert.deepEqual(seen, [
    ['accepted', null, 0.007],
    ['duplicate', null, 0.007],
    ['challenge', null, 0.007],
    ['rejected', 'says.signature_wrong', 0.007],
    ['rejected', 'intake.receiver_failed', 0.007],
  ])
  assert.equal(accepted.length, 1, 'only what is new wakes a worker')
  const rows = await database.sql`
    select verdict, topic, dedup_key, order_no, refusal_code, refusal_detail, response_status, response_body, latency_us, headers
    from inbox_message where connection_id = 'shop' order by id`
  assert.deepEqual(rows[0], {
    verdict: 'accepted',
    topic: 'order',
    dedup_key: 'm1',
    order_no: 'A1',
    refusal_code: null,
    refusal_detail: null,
    response_status: 200,
    response_body: '{"code":0}',
    latency_us: 7_000,
    headers: '{"x-a":"b",":method":"POST",":query":"a=1"}',
  })
  assert.deepEqual(
    rows.map((row) => [row.verdict, row.refusal_code, row.response_status]),
    [
      ['accepted', null, 200],
      ['duplicate', null, 200],
      ['challenge', null, 200],
      ['rejected', 'says.signature_wrong', 401],
      ['rejected', 'intake.receiver_failed', 503],
    ],
  )
  assert.equal(rows[3]?.refusal_detail, 'the signature does not fit', 'no NUL reaches the database')
  const tasks = await database.sql`select 1 from inbox_task`
  assert.equal(tasks.length, 1, 'only the accepted one is to be read')
})

test('what cannot be kept is answered in the words that make the platform come back', async () => {
  const clock = manualClock(Temporal.Now.instant())
  const failing = (error: unknown): Intake => ({
    keep: () => Promise.reject(error),
    laneOf: (connection) => connection,
    depth: () => 0,
    drained: async () => undefined,
  })
  const full = new Outage('inbox.full', 'too many', { retryAfterMs: 1_000 })
  const answered = await receive({ intake: failing(full), clock }, connected, request('m2'))
  assert.deepEqual([answered.reply, answered.retryAfterSeconds], [RETRY, 1])
  const away = new Outage('database.unreachable', 'gone')
  const later = await receive({ intake: failing(away), clock }, connected, request('m2'))
  assert.deepEqual([later.reply, later.retryAfterSeconds], [RETRY, 5])
  await assert.rejects(
    receive({ intake: failing(new TypeError('bug')), clock }, connected, request('m2')),
    TypeError,
  )
})

test('a full queue refuses at once and does not grow; a database that is gone refuses all', async () => {
  const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:9/none', connections: 1 })
  const small = openIntake({ db: gone, maxBatch: 2, maxQueue: 3 })
  const arrivals = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      receive({ intake: small, clock: manualClock(Temporal.Now.instant()) }, connected, request(`m${i}`)),
    ),
  )
  assert.deepEqual(arrivals.map(({ refusal }) => refusal?.code).sort(), [
    // Of three places one lane gets two: there is always one left for another.
    ...Array.from({ length: 2 }, () => 'database.unreachable'),
    ...Array.from({ length: 8 }, () => 'lane.full'),
  ])
  assert.ok(arrivals.every(({ reply }) => reply === RETRY))
  await small.drained()
  await gone.end()
})

test('over HTTP: the token finds the connection, a paused one asks to come back, an unknown one is nobody', async () => {
  let paused = false
  const server = await openTestServer((app, { sql }) =>
    callbackRoutes(app, {
      intake: openIntake({ db: sql, maxBatch: 10, maxQueue: 100 }),
      clock: { now: () => Temporal.Now.instant() },
      findByToken: (token) => (token === 'right' ? { ...connected, paused } : null),
    }),
  )
  await ensurePartitions(server.sql, today())
  try {
    const send = (token: string, payload: string) =>
      server.app.inject({
        method: 'POST',
        url: `/callback/${token}?a=1`,
        payload,
        headers: { 'content-type': 'a/b' },
      })
    const taken = await send('right', 'm1')
    assert.deepEqual([taken.statusCode, taken.body], [200, ACK.body])
    assert.equal((await send('wrong', 'm1')).statusCode, 404)
    paused = true
    const waiting = await send('right', 'm2')
    assert.deepEqual(
      [waiting.statusCode, waiting.body, waiting.headers['retry-after']],
      [503, RETRY.body, '60'],
    )
    const kept = await server.sql`select 1 from inbox_message`
    assert.equal(kept.length, 1)
  } finally {
    await server.close()
  }
})

test('an order number that no index takes does not refuse the messages beside it', async () => {
  const clock = manualClock(Temporal.Now.instant())
  // Not compressible, so that it is as long in the index as it looks.
  const long = Array.from({ length: 90 }, (_, i) => Buffer.from(sha256(String(i))).toString('hex')).join('')
  const odd = (orderNo: string): Connected => ({
    ...connected,
    connector: {
      ...connector,
      receive: (inbound) => ({
        verdict: 'accepted',
        topic: `t\u0000${long}`,
        dedupKey: `${Buffer.from(inbound.body).toString('utf8')}\u0000`,
        orderNo,
        reply: ACK,
      }),
    },
  })
  const received = await Promise.all([
    receive({ intake, clock }, odd(long), request('odd1')),
    receive({ intake, clock }, odd('A\u0000B'), request('odd2')),
    receive({ intake, clock }, connected, request('even')),
  ])
  assert.deepEqual(
    received.map(({ reply }) => reply.status),
    [200, 200, 200],
  )
  const kept = await database.sql<{ order_no: string }>`
    select order_no from inbox_message where dedup_key in ('odd1', 'odd2', 'even') order by id`
  assert.deepEqual(
    kept.map((row) => row.order_no),
    [long.slice(0, 200), 'AB', 'A1'],
  )
})

test('a secret that a sender shows in a header is kept by the vault alone', async () => {
  const clock = manualClock(Temporal.Now.instant())
  const field = { name: 'push_value', zh: '', en: '', secret: true, required: false }
  const proving: Connected = {
    ...connected,
    settings: { push_value: 'shared-value-1' },
    connector: { ...connector, fields: [field] },
  }
  const asked = request('proved')
  const headers = { ...asked.headers, 'x-gate': 'shared-value-1', authorization: 'Bearer shared-value-1' }
  await receive({ intake, clock }, proving, { ...asked, headers })
  const [kept] = await database.sql<{ headers: string }>`
    select headers from inbox_message where dedup_key = 'proved'`
  const { 'x-a': other, 'x-gate': gate, authorization } = JSON.parse(kept?.headers ?? '{}')
  assert.deepEqual([other, gate, authorization], ['b', '***', 'Bearer ***'])
})
