import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { applyStock } from '#features/stock/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { json } from '#platform/postgres/database.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { unlockRoutes } from './http.ts'
import { watchUnlocks } from './watch-unlocks.ts'

let server: TestServer
type Headers = Record<string, string>
let asker: Headers
let approver: Headers
let admin: Headers
const clock = systemClock

before(async () => {
  server = await openTestServer((app, { sql }) =>
    unlockRoutes(app, {
      db: sql,
      clock,
      zone: () => 'UTC',
      audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
      twoPeople: true,
    }),
  )
  await server.sql`insert into warehouse (code, name, updated_by) values ('HZ', '杭州仓', 't')`
  await seedConnection(server.sql, 'shop', '旗舰店')
  const changes = [{ sku: 'CUP', warehouse: 'HZ', setPhysical: 100 }]
  await server.sql.begin((tx) =>
    applyStock(
      tx,
      [{ do: 'adjust', key: null, changes, cause: 'count', actor: 't', evidence: {} }],
      clock.now(),
    ),
  )
  asker = await server.asUser('warehouse')
  approver = await server.asUser('operator')
  admin = await server.asUser('admin')
})
after(async () => await server.close())

async function hold(
  key: string,
  quantity = 2,
  owner: { kind: 'order' | 'api' | 'transfer'; id: string; reference: string } = {
    kind: 'api',
    id: 'erp',
    reference: 'ERP',
  },
): Promise<string> {
  const lines = [{ sku: 'CUP', warehouse: 'HZ', quantity }]
  const [answer] = await server.sql.begin((tx) =>
    applyStock(
      tx,
      [
        {
          do: 'lock',
          key,
          kind: 'lock',
          owner,
          channel: null,
          lines,
          candidates: [],
          spread: 'never',
          drawSafety: true,
          reason: 'sale',
          actor: 'erp',
          ttlSeconds: 900,
          onDeadline: 'ask',
        },
      ],
      clock.now(),
    ),
  )
  assert.ok(answer?.ok && 'hold' in answer.value)
  return answer.value.hold.id.toString()
}

async function orderHold(
  key: string,
  orderNo: string,
  status: string,
  record: Record<string, unknown> = {},
): Promise<string> {
  const id = await seedOrder(server.sql, { orderNo, status, record })
  await server.sql`insert into order_promise (order_id, source, connection_id, keeps, due_at, warn_at, state, penalty_minor, currency, updated_at)
    values (${id}, 'rule:1', 'shop', 'dispatched', ${clock.now().add({ minutes: 90 })}, ${clock.now()}, 'running', 500, 'CNY', now())`
  return await hold(key, 3, { kind: 'order', id: id.toString(), reference: orderNo })
}

async function call(
  headers: Headers,
  path: string,
  payload?: object,
): Promise<{ status: number; body: never }> {
  const url = `/api/stock/${path}`
  const answer = await server.app.inject(
    payload === undefined ? { method: 'GET', url, headers } : { method: 'POST', url, headers, payload },
  )
  return { status: answer.statusCode, body: answer.json() as never }
}

const codeOf = ({ body }: { body: unknown }): string => (body as { code: string }).code
async function ask(id: string, by = asker): Promise<string> {
  const answer = await call(by, 'unlocks', { holds: [id], reason: '买家失联，别的单等货' })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return (answer.body as { asked: { id: string }[] }).asked[0]?.id ?? ''
}
const decide = (by: Headers, id: string, more: object = {}, request: object = {}) =>
  call(by, 'unlocks/decide', { requests: [{ id, ...request }], decision: 'approve', ...more })

async function figures(): Promise<[number, number]> {
  const [row] = await server.sql<{
    locked: number
    available: number
  }>`select locked, available from stock_level where sku = 'CUP'`
  return [row?.locked ?? -1, row?.available ?? -1]
}
const stateOf = async (id: string): Promise<string> =>
  ((await call(asker, `unlocks/${id}`)).body as { request: { state: string } }).request.state

test('the asker sees what it frees and endangers; another person approves; both and the release are one', async () => {
  const id = await orderHold('o1', 'S-1', 'awaiting_shipment')
  const shortId = await seedOrder(server.sql, { orderNo: 'SHORT-1' })
  await server.sql`insert into order_stock (order_id, connection_id, state, shortage, since, updated_at)
    values (${shortId}, 'shop', 'short', ${json([{ sku: 'CUP', wanted: 99 }])}::jsonb, now(), now())`
  type Shown = {
    items: {
      frees: { pieces: number; serves: { first: { orderNo: string }[] } }
      endangers: { warnings: string[]; order: { penalty: unknown } }
    }[]
  }
  const { items } = (await call(asker, 'unlocks/preview', { holds: [id] })).body as Shown
  assert.deepEqual(items[0]?.frees.pieces, 3)
  // 97 are there and 3 come free: the order that wants 99 could be served.
  assert.deepEqual(
    items[0]?.frees.serves.first.map((one) => one.orderNo),
    ['SHORT-1'],
  )
  assert.deepEqual(items[0]?.endangers.warnings, ['order_alive', 'promise_close', 'renewed'])
  assert.deepEqual(items[0]?.endangers.order.penalty, { currency: 'CNY', amount: '5.00' })
  const request = await ask(id)
  assert.equal(
    codeOf(await call(approver, 'unlocks', { holds: [id], reason: 'me too' })),
    'unlocks.asked_exists',
  )
  assert.equal((await decide(asker, request)).status, 403)
  assert.deepEqual(await figures(), [3, 97])
  const done = await decide(approver, request, { words: '同意' })
  assert.deepEqual((done.body as { outcomes: unknown[] }).outcomes, [
    { id: request, state: 'approved', pieces: 3, refusal: null },
  ])
  assert.deepEqual(await figures(), [0, 100])
  const [audit] = await server.sql<{
    detail: Record<string, unknown>
  }>`select detail from audit_entry where action = 'unlocks.approved'`
  assert.deepEqual(
    [audit?.detail.request, audit?.detail.reason, audit?.detail.words],
    [request, '买家失联，别的单等货', '同意'],
  )
  assert.ok(JSON.stringify(audit?.detail.endangers).includes('S-1'))
  assert.equal(codeOf(await decide(approver, request)), 'unlocks.decided_conflict')
})

test('whoever asked does not approve, not even with every right', async () => {
  const request = await ask(await hold('h1'), admin)
  const answer = await decide(admin, request)
  assert.deepEqual([answer.status, codeOf(answer)], [403, 'unlocks.same_person_forbidden'])
  assert.equal((await decide(approver, request)).status, 200)
})

test('a key may ask and not approve, unless it was given that', async () => {
  const key = await server.asKey('stock:write', 'stock:read')
  const request = await ask(await hold('h2'), key)
  assert.equal((await decide(key, request)).status, 403)
  assert.equal((await decide(await server.asKey('stock:approve'), request)).status, 200)
})

test('a printed label wants an administrator; goods that left are never freed', async () => {
  const parcels = [{ trackingNo: 'YT1', status: 'issued' }]
  const request = await ask(await orderHold('o2', 'S-2', 'shipped', { parcels }))
  const refused = await decide(approver, request)
  assert.deepEqual([refused.status, codeOf(refused)], [403, 'unlocks.waybill_printed_forbidden'])
  assert.equal((await decide(admin, request)).status, 200)
  const left = await orderHold('o3', 'S-3', 'in_transit')
  assert.equal(
    codeOf(await call(asker, 'unlocks', { holds: [left], reason: 'please' })),
    'unlocks.goods_left',
  )
})

test('what the approver saw must still hold', async () => {
  const id = await hold('h3', 5)
  const request = await ask(id)
  const { now } = (await call(approver, `unlocks/${request}`)).body as {
    now: { digest: string; frees: { pieces: number } }
  }
  assert.equal(now.frees.pieces, 5)
  await server.sql.begin((tx) =>
    applyStock(
      tx,
      [
        {
          do: 'release',
          key: 'h3',
          lines: [{ sku: 'CUP', warehouse: 'HZ', quantity: 2 }],
          reason: 'part',
          actor: 'erp',
        },
      ],
      clock.now(),
    ),
  )
  assert.equal(codeOf(await decide(approver, request, {}, { seen: now.digest })), 'unlocks.changed_conflict')
  const fresh = (await call(approver, `unlocks/${request}`)).body as { now: { digest: string } }
  const done = await decide(approver, request, {}, { seen: fresh.now.digest })
  assert.deepEqual((done.body as { outcomes: { pieces: number }[] }).outcomes[0]?.pieces, 3)
})

test('a hold that ended meanwhile makes its request moot, by decision and by sweep', async () => {
  const [one, two] = [await ask(await hold('h4')), await ask(await hold('h5'))]
  await server.sql.begin((tx) =>
    applyStock(
      tx,
      ['h4', 'h5'].map((key) => ({ do: 'release', key, reason: 'cancelled', actor: 'erp' })),
      clock.now(),
    ),
  )
  const done = await decide(approver, one)
  assert.equal((done.body as { outcomes: { state: string }[] }).outcomes[0]?.state, 'moot')
  await watch()
  assert.equal(await stateOf(two), 'moot')
})

test('rejected with a reason, withdrawn by the asker only; the hold stands', async () => {
  const before = await figures()
  const [one, two] = [await ask(await hold('h6')), await ask(await hold('h7'))]
  assert.equal(codeOf(await decide(approver, one, { decision: 'reject' })), 'unlocks.words_needed')
  assert.equal((await decide(approver, one, { decision: 'reject', words: '订单还要' })).status, 200)
  assert.equal(
    codeOf(await call(await server.asKey('stock:write'), 'unlocks/withdraw', { ids: [two] })),
    'unlocks.not_yours_forbidden',
  )
  assert.equal((await call(asker, 'unlocks/withdraw', { ids: [two], words: '弄错了' })).status, 200)
  assert.deepEqual([await stateOf(one), await stateOf(two)], ['rejected', 'withdrawn'])
  assert.deepEqual(await figures(), [before[0] + 4, before[1] - 4])
})

test('many at once: what cannot be is skipped and named, the rest is done', async () => {
  const ids = [
    await hold('b1'),
    await hold('b2'),
    await hold('b3', 1, { kind: 'transfer', id: '7', reference: 'T-7' }),
    '424242',
  ]
  const asked = (await call(asker, 'unlocks', { holds: ids, reason: '清理超时锁' })).body as {
    asked: { id: string }[]
    skipped: { code: string }[]
  }
  assert.deepEqual(
    [asked.asked.length, asked.skipped.map((one) => one.code)],
    [2, ['unlocks.other_way', 'stock.hold_not_found']],
  )
  const requests = [...asked.asked, { id: '999' }].map(({ id }) => ({ id }))
  const done = (await call(approver, 'unlocks/decide', { requests, decision: 'approve' })).body as {
    outcomes: { state: string | null; refusal: { code: string } | null }[]
  }
  assert.deepEqual(done.outcomes.map((one) => one.state ?? one.refusal?.code).sort(), [
    'approved',
    'approved',
    'unlocks.not_found',
  ])
})

test('two approvers at one moment free once', async () => {
  const request = await ask(await hold('race', 4))
  const before = await figures()
  const answers = await Promise.all([decide(approver, request), decide(admin, request)])
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
  assert.deepEqual(await figures(), [before[0] - 4, before[1] + 4])
})

test('renewing by hand moves the deadline; what has ended is refused', async () => {
  const id = await hold('n1')
  await server.sql`update stock_hold set deadline_at = now() - interval '1 hour' where id = ${BigInt(id)}`
  assert.equal(
    (await call(asker, 'holds/renew', { holds: [id], minutes: 30, reason: '客户付款中' })).status,
    200,
  )
  const [row] = await server.sql<{
    left: number
  }>`select extract(epoch from deadline_at - now())::int as left from stock_hold where id = ${BigInt(id)}`
  assert.ok(Math.abs((row?.left ?? 0) - 1_800) < 30, String(row?.left))
  await server.sql.begin((tx) =>
    applyStock(tx, [{ do: 'release', key: 'n1', reason: 'x', actor: 'erp' }], clock.now()),
  )
  assert.equal(
    codeOf(await call(asker, 'holds/renew', { holds: [id], minutes: 30, reason: 'again' })),
    'stock.hold_ended',
  )
})

async function watch(): Promise<Map<string, string>> {
  const alarms = openAlarms({ db: server.sql, clock, onUnstored: () => undefined })
  await watchUnlocks({ db: server.sql, clock, alarms, thresholds: { overdue: 1, waitingMinutes: 30 } })
  const rows = await server.sql<{
    rule: string
    zh: string
  }>`select rule, zh from alarm where state <> 'resolved'`
  return new Map(rows.map((row) => [row.rule, row.zh]))
}

test('old locks and requests are alarms that name their figures and heal themselves', async () => {
  assert.deepEqual([...(await watch()).keys()], [])
  const id = await hold('old', 6)
  const request = await ask(id)
  await server.sql`update stock_hold set deadline_at = now() - interval '20 minutes' where key = 'old'`
  await server.sql`update unlock_request set asked_at = now() - interval '45 minutes' where id = ${BigInt(request)}`
  const raised = await watch()
  assert.match(raised.get('stock.locks_overdue') ?? '', /1 笔.*6 件.*20 分钟/)
  assert.match(raised.get('stock.unlock_waiting') ?? '', /1 个.*45 分钟/)
  await decide(approver, request)
  assert.deepEqual([...(await watch()).keys()], [])
})
