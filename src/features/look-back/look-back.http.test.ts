import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readXlsx } from 'hucre/xlsx'
import { recordAudit } from '#features/identity/index.ts'
import { nonDeliveryProofs } from '#features/reshipments/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { claimJob, endJob } from '#platform/jobs/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { type LookBackDeps, lookBackJobs, lookBackRoutes } from './index.ts'

// Three orders whose carrier's reader missed the deliveries: the mended one reads them.

const CODES = { picked: 'picked_up', ok: 'delivered' } as const
const whole = testConnector('carrier', 'carrier', CODES)
const blind: typeof whole = {
  ...whole,
  read: (message, settings) => {
    const read = whole.read(message, settings)
    return read.ok
      ? ok({ ...read.value, claims: read.value.claims.filter((claim) => claim.code !== 'ok') })
      : read
  },
}
let server: TestServer
let deps: LookBackDeps
let jobsQueued = 0

before(async () => {
  server = await openTestServer((app, { sql }) => {
    deps = {
      db: sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
      interpret: testHub(sql, { carrier: whole }).deps(),
      reshipProofs: async () => (_order, facts) => nonDeliveryProofs(facts),
      onJobQueued: () => {
        jobsQueued += 1
      },
    }
    lookBackRoutes(app, deps)
  })
  await ensurePartitions(server.sql, Temporal.Now.plainDateISO('UTC'))
  const hub = testHub(server.sql, {
    shop: testConnector('shop', 'channel', { paid: 'paid' }),
    station: testConnector('station', 'warehouse', { printed: 'waybill_issued' }),
    carrier: blind,
  })
  for (const no of ['=1', 'B2', 'B3']) {
    await hub.send('shop', { key: no, claims: [{ by: 'order', no, code: 'paid', minute: 0 }] })
    const printed = { by: 'reference', no, code: 'printed', minute: 1, parcel: `T${no}` } as const
    await hub.send('station', { key: `w${no}`, claims: [printed] })
    const scan = (code: string, minute: number) => ({ by: 'parcel', no: `T${no}`, code, minute }) as const
    await hub.send('carrier', { key: `c${no}`, claims: [scan('picked', 2), scan('ok', 60)] })
  }
  await hub.drain(1)
})
after(async () => await server.close())

type Run = { id: string; state: string; error: string | null; changedMessages: number; orders: number }
const ASK = { connections: ['carrier'], reason: 'reader missed deliveries' }
const post = (path: string, body?: object) => server.call('POST', `/api/look-back${path}`, body)
const get = (path: string) => server.call('GET', `/api/look-back${path}`)
const codeOf = (answer: { status: number; body: unknown }) => [
  answer.status,
  (answer.body as { code?: string }).code,
]

/** What the hub's runner does with the next queued job. */
async function workOne(): Promise<void> {
  const handlers = lookBackJobs(deps)
  const now = systemClock.now()
  const claim = { silentSince: now.subtract({ seconds: 60 }), maxAttempts: 5 }
  const job = await claimJob(server.sql, Object.keys(handlers), now, claim)
  assert.ok(job !== null)
  const done = await handlers[job.kind]?.(job, async () => undefined)
  assert.ok(done?.ok)
  await endJob(server.sql, job, { state: 'done', result: null, error: null }, now)
}
async function started(): Promise<string> {
  const answer = await post('', ASK)
  assert.equal(answer.status, 200)
  return (answer.body as Run).id
}

test('a job that failed for good shows as failed, blocks no other run, and goes on once it is resumed', async () => {
  const first = await started()
  await server.sql`update job set state = 'failed', error = 'disk full' where kind = 'look_back'`
  const broken = (await get(`/${first}`)).body as { run: Run }
  assert.deepEqual([broken.run.state, broken.run.error], ['failed', 'disk full'])
  const second = await started()
  assert.deepEqual(codeOf(await post(`/${first}/resume`)), [409, 'look_back.running_conflict'])
  assert.deepEqual(codeOf(await post(`/${second}/resume`)), [409, 'look_back.not_failed_conflict'])
  assert.equal(((await post(`/${second}/cancel`)).body as Run).state, 'cancelled')
  assert.deepEqual(codeOf(await post(`/${second}/cancel`)), [409, 'look_back.ended_conflict'])
  const queued = jobsQueued
  const resumed = await post(`/${first}/resume`)
  assert.deepEqual([resumed.status, (resumed.body as Run).state, jobsQueued], [200, 'reading', queued + 1])
  await workOne()
  assert.equal(((await get(`/${first}`)).body as { run: Run }).run.state, 'ready')
  const list = (await get('?limit=1')).body as { items: Run[]; next: string | null }
  assert.deepEqual([list.items.map((run) => run.state), list.next !== null], [['cancelled'], true])
  const rest = (await get(`?limit=1&cursor=${list.next}`)).body as { items: Run[]; next: string | null }
  assert.deepEqual([rest.items.map((run) => run.id), rest.next], [[first], null])
})

test('what was found is shown by cause, order and event, paged and exported; chosen orders are applied, then the rest', async () => {
  const id = await started()
  await workOne()
  const { run, causes } = (await get(`/${id}`)).body as {
    run: Run
    causes: { cause: string; differences: number }[]
  }
  assert.deepEqual([run.state, run.changedMessages, run.orders], ['ready', 3, 3])
  assert.deepEqual(
    causes.map(({ cause, differences }) => [cause, differences]),
    [['added ok', 3]],
  )
  type Orders = { items: { orderId: string; orderNo: string; statusAfter: string }[]; next: string | null }
  const page = (await get(`/${id}/orders?limit=2`)).body as Orders
  const last = (await get(`/${id}/orders?limit=2&cursor=${page.next}`)).body as Orders
  assert.deepEqual(
    [...page.items, ...last.items].map((row) => [row.orderNo, row.statusAfter]),
    ['=1', 'B2', 'B3'].map((no) => [no, 'delivered']),
  )
  assert.equal(last.next, null)
  const first = page.items[0]?.orderId
  const events = (await get(`/${id}/differences?order=${first}`)).body as {
    items: { what: string; code: string; subject: string; after: { at: string | null } }[]
  }
  assert.deepEqual(
    events.items.map((one) => [one.what, one.code, one.subject, one.after.at]),
    [['added', 'ok', 'parcel:T=1', '2026-11-11T09:00:00.000+08:00']],
  )
  const csv = await server.app.inject({
    url: `/api/look-back/${id}/export?format=csv&lang=zh`,
    headers: await server.asKey('messages:read'),
  })
  const lines = csv.body.replace('\uFEFF', '').trim().split('\r\n')
  assert.equal(lines.length, 4)
  assert.match(lines[0] ?? '', /^订单号,店铺连接,原状态,新状态/)
  assert.match(lines[1] ?? '', /^'=1,shop,picked_up,delivered,.*2026-11-11 09:00:00/, 'no cell is a formula')
  const xlsx = await server.app.inject({
    url: `/api/look-back/${id}/export`,
    headers: await server.asKey('messages:read'),
  })
  const book = await readXlsx(xlsx.rawPayload)
  assert.deepEqual(
    book.sheets[0]?.rows.map((cells) => cells[0]),
    ['订单号', '=1', 'B2', 'B3'],
  )
  const wrong = { orders: [first], accept: { reports: 0, reships: 1 } }
  assert.deepEqual(codeOf(await post(`/${id}/apply`, wrong)), [422, 'look_back.effects_unconfirmed'])
  assert.equal((await post(`/${id}/apply`, { orders: [first] })).status, 200)
  await workOne()
  const statuses = async () =>
    (await server.sql<{ status: string }>`select status from sales_order order by order_no`).map(
      (one) => one.status,
    )
  assert.deepEqual(await statuses(), ['delivered', 'picked_up', 'picked_up'])
  assert.equal(((await get(`/${id}`)).body as { run: Run }).run.state, 'ready')
  assert.equal((await post(`/${id}/apply`, {})).status, 200)
  await workOne()
  assert.deepEqual(await statuses(), ['delivered', 'delivered', 'delivered'])
  assert.equal(((await get(`/${id}`)).body as { run: Run }).run.state, 'applied')
})

test('bad input is refused with its code', async () => {
  assert.deepEqual(codeOf(await get('/999')), [404, 'look_back.not_found'])
  assert.deepEqual(codeOf(await post('/999/cancel')), [404, 'look_back.not_found'])
  assert.deepEqual(codeOf(await post('/999/resume')), [404, 'look_back.not_found'])
  assert.deepEqual(codeOf(await post('', { ...ASK, connections: ['gone'] })), [
    404,
    'look_back.connection_not_found',
  ])
  const back = { ...ASK, from: '2026-02-02T00:00:00Z', to: '2026-02-01T00:00:00Z' }
  assert.deepEqual(codeOf(await post('', back)), [422, 'look_back.bad_span'])
  for (const body of [
    { ...ASK, reason: '  ' },
    { ...ASK, from: '2026-02-30T00:00:00' },
    { ...ASK, connections: [] },
    { ...ASK, days: 7 },
  ])
    assert.ok([400, 422].includes((await post('', body)).status), JSON.stringify(body))
  assert.equal((await get('/1e3')).status, 400)
  assert.equal((await get('?cursor=nonsense')).status, 400)
  const denied = await server.app.inject({
    method: 'POST',
    url: '/api/look-back',
    payload: ASK,
    headers: await server.asKey('messages:read'),
  })
  assert.equal(denied.statusCode, 403)
})
