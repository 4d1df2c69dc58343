import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { seedConnection, seedFact } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { inboundRoutes } from './http.ts'
import { replayJob } from './replay-job.ts'

let server: TestServer
const replayed: (readonly string[])[] = []
const ids = new Map<string, string>()

type Seed = {
  name: string
  at: string
  verdict?: string
  orderNo?: string | null
  topic?: string
  park?: string
  pending?: boolean
  body?: Uint8Array
}
const SEEDS: readonly Seed[] = [
  { name: 'first', at: '2026-01-25T10:00:00Z', orderNo: 'A-1', topic: 'orders/create' },
  { name: 'gbk', at: '2026-01-25T23:59:59Z', orderNo: null, body: Uint8Array.of(0xb1, 0xad) },
  { name: 'forged', at: '2026-01-26T00:00:00Z', verdict: 'rejected' },
  { name: 'unknown', at: '2026-01-26T01:00:00Z', park: 'mapping.unknown_code', orderNo: 'A-2' },
  { name: 'fresh', at: '2026-01-26T02:00:00Z', pending: true },
]

before(async () => {
  server = await openTestServer((app, { sql }) =>
    inboundRoutes(app, {
      sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      replay: {
        preview: async (chosen) => ({
          messages: chosen.length,
          factsAdded: 3,
          factsRemoved: 0,
          orders: [{ orderNo: 'A-2', from: 'shipped', to: 'delivered' }],
          stillParked: [{ code: 'mapping.unknown_code', count: 2 }],
        }),
        replay: async (chosen) => {
          replayed.push(chosen)
          return chosen.length
        },
      },
    }),
  )
  const { sql } = server
  for (const day of ['2026-01-25', '2026-01-26']) {
    const next = Temporal.PlainDate.from(day).add({ days: 1 }).toString()
    for (const table of ['inbox_message', 'inbox_subject'])
      await sql`select holdfast_create_partition(${table}, ${`${table}_t${day.replaceAll('-', '')}`}, ${`${day}T00:00:00Z`}::timestamptz, ${`${next}T00:00:00Z`}::timestamptz)`
  }
  await seedConnection(sql, 'shop', '旗舰店', 'shopify')
  for (const seed of SEEDS) await insert(seed)
})
after(async () => await server.close())

async function insert({
  name,
  at,
  verdict = 'accepted',
  orderNo = null,
  topic = 'push',
  park,
  pending,
  body = Buffer.from('{"a":1}'),
}: Seed): Promise<void> {
  const { sql } = server
  const receivedAt = Temporal.Instant.from(at)
  const headers = JSON.stringify({ 'x-shopify-hmac-sha256': 'secret', 'x-shopify-topic': topic })
  const rows = await sql<{ id: bigint }>`
    insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, order_no, headers, body, verdict, refusal_code,
      response_status, response_body, latency_us)
    values (${receivedAt}, 'shop', 'http', ${topic}, ${name}, ${orderNo}, ${headers}, ${body}, ${verdict},
      ${verdict === 'rejected' ? 'shopify.bad_signature' : null}, ${verdict === 'rejected' ? 401 : 200}, 'ok', 1500) returning id`
  const id = rows[0]?.id ?? 0n
  ids.set(name, `${at.slice(0, 10).replaceAll('-', '')}-${id}`)
  if (park !== undefined || pending === true)
    await sql`insert into inbox_task (message_id, received_at, lane, state, park_code) values (${id}, ${receivedAt}, 'shop', ${park === undefined ? 'pending' : 'parked'}, ${park ?? null})`
  if (name === 'gbk') {
    await sql`insert into inbox_subject (subject, message_id, received_at) values ('parcel:SF9', ${id}, ${receivedAt})`
    await seedFact(sql, '00000000-0000-0000-0000-0000000000aa', {
      subject: 'parcel:SF9',
      kind: 'picked_up',
      at: '2026-01-25T23:00:00Z',
      messageId: ids.get('gbk') ?? '',
    })
    await seedFact(sql, '00000000-0000-0000-0000-0000000000ab', {
      subject: 'parcel:SF9',
      kind: 'delivered',
      at: '2026-01-26T23:00:00Z',
      messageId: '20260126-999',
    })
  }
}

async function found(query: string): Promise<string[]> {
  const names = new Map([...ids].map(([name, id]) => [id, name]))
  const shown: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const { status, body } = await server.call(
      'GET',
      `/api/messages?${query}&limit=2${next === '' ? '' : `&cursor=${next}`}`,
    )
    assert.equal(status, 200, JSON.stringify(body))
    const page = body as { items: { id: string }[]; next: string | null }
    shown.push(...page.items.map((item) => names.get(item.id) ?? item.id))
    next = page.next
  }
  return shown
}

test('the log is read newest first across days, by every filter', async () => {
  assert.deepEqual(await found(''), ['fresh', 'unknown', 'forged', 'gbk', 'first'])
  assert.deepEqual(await found('verdict=rejected'), ['forged'])
  assert.deepEqual(await found('topic=orders/create'), ['first'])
  assert.deepEqual(await found('connection=nobody'), [])
  assert.deepEqual(await found('state=interpreted'), ['gbk', 'first'])
  assert.deepEqual(await found('state=pending'), ['fresh'])
  assert.deepEqual(await found('parkCode=mapping.unknown_code'), ['unknown'])
  assert.deepEqual(await found('orderNo=A-1'), ['first'])
  assert.deepEqual(
    await found('orderNo=sf9'),
    ['gbk'],
    'a tracking number finds the message that spoke of it',
  )
  assert.deepEqual(await found('from=2026-01-26T00:00:00Z&to=2026-01-26T02:00:00Z'), ['unknown', 'forged'])
})

test('one message is shown with headers, body, subjects and the facts it proves, without its signature', async () => {
  const { body } = await server.call('GET', `/api/messages/${ids.get('gbk')}`)
  const message = body as {
    headers: Record<string, string>
    body: string
    encoding: string
    subjects: string[]
    facts: { kind: string }[]
    receivedAt: string
    latencyMs: number
  }
  assert.equal(message.receivedAt, '2026-01-26T07:59:59.000+08:00')
  assert.deepEqual([message.body, message.encoding], ['sa0=', 'base64'])
  assert.equal(message.headers['x-shopify-hmac-sha256'], '*** (6 characters)')
  assert.deepEqual(message.subjects, ['parcel:SF9'])
  assert.deepEqual(
    message.facts.map((fact) => fact.kind),
    ['picked_up'],
    'the fact of another message is not its own',
  )
  assert.equal(message.latencyMs, 1.5)
})

test('a message whose headers cannot be read is shown without them', async () => {
  const id = ids.get('gbk') ?? ''
  const [kept] = await server.sql<{ headers: string }>`
    select headers from inbox_message where id = ${BigInt(id.split('-')[1] ?? '0')}`
  const set = async (headers: string) =>
    await server.sql`update inbox_message set headers = ${headers} where id = ${BigInt(id.split('-')[1] ?? '0')}`
  await set('{"x":"a\\"}')
  const { status, body } = await server.call('GET', `/api/messages/${id}`)
  await set(kept?.headers ?? '{}')
  assert.deepEqual([status, (body as { headers: unknown }).headers], [200, {}])
})

test('times that no database knows are refused, not broken at', async () => {
  for (const from of ['0000-01-01', '-271821-04-20T00:00Z', '9999-12-31', '%00'])
    assert.match(String((await server.call('GET', `/api/messages?from=${from}`)).status), /^4/, from)
  assert.equal((await server.call('GET', '/api/messages/99991231-1')).status, 404)
})

test('a message of another day, or of none, is not found', async () => {
  const wrongDay = (ids.get('gbk') ?? '').replace('20260125', '20260126')
  for (const id of [wrongDay, 'nonsense']) {
    const { status, body } = await server.call('GET', `/api/messages/${id}`)
    assert.deepEqual([status, (body as { code: string }).code], [404, 'messages.not_found'])
  }
})

test('what is parked is grouped by reason', async () => {
  const { body } = await server.call('GET', '/api/messages/parked')
  const expected = {
    code: 'mapping.unknown_code',
    kind: 'shopify',
    count: 1,
    oldest: '2026-01-26T09:00:00.000+08:00',
    sample: ids.get('unknown'),
  }
  assert.deepEqual((body as { items: unknown[] }).items, [expected])
})

test('replay takes ids or everything a filter holds, accepted messages only', async () => {
  const preview = await server.call('POST', '/api/messages/replay/preview', {
    filter: { from: '2026-01-26T00:00:00Z' },
  })
  const shown = preview.body as { messages: number; ordersChanged: unknown[]; stillParked: number }
  assert.deepEqual([shown.messages, shown.stillParked], [2, 2])
  assert.deepEqual(shown.ordersChanged, [{ orderNo: 'A-2', from: 'shipped', to: 'delivered' }])
  await server.call('POST', '/api/messages/replay', { filter: { parkCode: 'mapping.unknown_code' } })
  assert.deepEqual(replayed.at(-1), [ids.get('unknown')])
  const wrong = await server.call('POST', '/api/messages/replay', { ids: ['1; drop'] })
  assert.equal((wrong.body as { code: string }).code, 'messages.bad_id')
})

test('searches combine tasks and messages: parked of a connection, of a topic, of an order, within a time', async () => {
  assert.deepEqual(await found('state=parked'), ['unknown'])
  assert.deepEqual(await found('state=parked&connection=shop&topic=push'), ['unknown'])
  assert.deepEqual(await found('state=parked&topic=orders/create'), [])
  assert.deepEqual(await found('state=parked&orderNo=A-2'), ['unknown'])
  assert.deepEqual(await found('state=parked&orderNo=A-1'), [])
  assert.deepEqual(await found('state=parked&to=2026-01-26T01:00:00Z'), [])
  assert.deepEqual(await found('state=parked&verdict=duplicate'), [])
  assert.deepEqual(await found('state=interpreted&topic=orders/create&connection=shop'), ['first'])
  assert.deepEqual(await found('verdict=rejected&connection=shop&from=2026-01-26'), ['forged'])
})

test('a selection of more than 5,000 is counted honestly and goes on as a job, only up to what was there', async () => {
  const { sql } = server
  await sql`
    insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status, response_body, latency_us)
    select '2026-01-25T08:00:00Z', 'shop', 'http', 'flood', 'flood-' || g, '{}', '\\x7b7d', 'accepted', 200, '', 1 from generate_series(1, 5001) g`
  const filter = { topic: 'flood' }
  const preview = await server.call('POST', '/api/messages/replay/preview', { filter })
  const told = preview.body as { messages: number; matching: number; matchingCapped: boolean }
  assert.deepEqual([told.messages, told.matching, told.matchingCapped], [5_000, 5_001, false])
  const before = replayed.length
  const started = await server.call('POST', '/api/messages/replay', { filter })
  const { jobId, queued } = started.body as { jobId: string; queued: number }
  assert.equal(queued, 5_001)
  assert.equal(replayed.length, before, 'nothing was done in the request itself')
  await sql`
    insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status, response_body, latency_us)
    values ('2026-01-25T08:00:01Z', 'shop', 'http', 'flood', 'later', '{}', '\\x7b7d', 'accepted', 200, '', 1)`
  const [job] = await sql<{
    id: bigint
    payload: Record<string, unknown>
  }>`select id, payload from job where id = ${BigInt(jobId)}`
  assert.ok(job)
  const done: string[] = []
  const steps: number[] = []
  const run = replayJob({
    sql,
    replay: async (ids) => {
      done.push(...ids)
      return ids.length
    },
  })
  const shape = {
    id: job.id,
    kind: 'replay',
    payload: job.payload,
    progress: 0n,
    total: null,
    attempts: 1,
    createdBy: 'test',
  }
  const result = await run(shape, async (count) => void steps.push(count))
  assert.deepEqual(result, { ok: true, value: { replayed: 5_001 } })
  assert.equal(new Set(done).size, 5_001)
  assert.deepEqual(steps, [0, 1_000, 2_000, 3_000, 4_000, 5_000, 5_001])
})
