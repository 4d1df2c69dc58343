import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readXlsx } from 'hucre/xlsx'
import { listAccounts, recordAudit } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import { until } from '#test-support/hub.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { REVIEW_RULES, type ReviewDeps, reviewJobs, reviewRoutes, reviewSweep } from './index.ts'

type Case = {
  id: string
  rule: { id: string }
  orderNo: string
  state: string
  owner: { id: string; name: string } | null
  heat: number
  dueAt: string
  outcome: string | null
  goneAt: string | null
  revision: number
  zh: string
  next: { action: string }
}
type Page = { items: Case[]; next: string | null }
type Changed = { changed: number; skipped: { code: string }[]; skippedTotal: number; jobId: string | null }

const NOW = Temporal.Instant.from('2026-11-11T04:00:00Z')
const clock = manualClock(NOW)
let server: TestServer
let deps: ReviewDeps
let sweep: () => Promise<void>
let ana = ''
let bo = ''

before(async () => {
  server = await openTestServer(
    (app, { sql }) => {
      deps = {
        sql,
        clock,
        zone: () => 'Asia/Shanghai',
        rules: REVIEW_RULES,
        assignees: async () =>
          (await listAccounts(sql)).map((one) => ({ id: one.id.toString(), name: one.name, role: one.role })),
        audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
        onJobQueued: () => undefined,
      }
      reviewRoutes(app, deps)
    },
    { clock },
  )
  sweep = reviewSweep({
    db: server.sql,
    clock,
    rules: REVIEW_RULES,
    alarms: openAlarms({ db: server.sql, clock, onUnstored: () => undefined }),
    thresholds: { overdue: 1, flood: 3 },
    onError: (error) => {
      throw error
    },
  })
  await seedConnection(server.sql, 'shop', '旗舰店')
  await server.asUser('warehouse')
  await server.asUser('operator')
  const [first, second] = await listAccounts(server.sql)
  ana = first?.id.toString() ?? ''
  bo = second?.id.toString() ?? ''
})
after(async () => await server.close())

/** An order paid so many minutes ago, of so many pieces of one SKU. */
async function waiting(orderNo: string, minutesAgo: number, sku: string, pieces: number, title = '保温杯') {
  const placedAt = clock.now().subtract({ minutes: minutesAgo }).toString()
  const id = await seedOrder(server.sql, { orderNo, placedAt, title })
  await server.sql`insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift)
    values (${id}, '1', 'shop', ${sku}, ${sku}, ${title}, ${pieces}, false)`
  return id
}

const list = async (query = ''): Promise<Case[]> =>
  ((await server.call('GET', `/api/review${query}`)).body as Page).items
const numbers = async (query = ''): Promise<string[]> => (await list(query)).map((one) => one.orderNo)
const post = async (path: string, body: object) => {
  const answer = await server.call('POST', `/api/review/${path}`, body)
  return { ...answer, changed: answer.body as Changed, code: (answer.body as { code?: string }).code }
}
async function only(orderNo: string, query = ''): Promise<Case> {
  const found = (await list(query)).find((one) => one.orderNo === orderNo)
  assert.ok(found, `a case of ${orderNo}`)
  return found
}

test('what is due is listed by due time, by heat and by opening; cursors give each case once', async () => {
  await waiting('A-1', 130, 'CUP', 2)
  await waiting('A-2', 300, 'MUG', 1)
  await waiting('A-3', 140, 'CUP', 3)
  await waiting('A-4', 100, 'CUP', 9)
  await sweep()
  // A-4 is not due yet: its pieces heat nothing. CUP 2 + 3, MUG 1.
  assert.deepEqual(
    (await list('?sort=heat')).map((one) => [one.orderNo, one.heat]),
    [
      ['A-3', 5],
      ['A-1', 5],
      ['A-2', 1],
    ],
  )
  const first = (await server.call('GET', '/api/review?sort=heat&limit=2')).body as Page
  const rest = (await server.call('GET', `/api/review?sort=heat&limit=2&cursor=${first.next}`)).body as Page
  assert.deepEqual(
    [...first.items, ...rest.items].map((one) => one.orderNo),
    ['A-3', 'A-1', 'A-2'],
  )
  assert.equal(rest.next, null)
  const [one] = await list('?q=A-2')
  assert.equal(one?.zh, '付款已超过 2 小时，仍没有面单')
  assert.equal(one?.next.action, 'refetch_order')
  // Due an hour after it opened, on the hub's clock.
  assert.equal(one?.dueAt, '2026-11-11T13:00:00.000+08:00')
  assert.deepEqual(await numbers('?sku=MUG'), ['A-2'])
  assert.deepEqual(await numbers('?rule=on_hold'), [])
  assert.deepEqual((await numbers('?q=A-')).sort(), ['A-1', 'A-2', 'A-3'])
  assert.deepEqual(await numbers('?q=A-2,A-404'), ['A-2'])
  assert.deepEqual(await numbers('?q=%25'), [], 'a percent sign is no wildcard')
  assert.deepEqual((await server.call('GET', '/api/review/count?sku=CUP')).body, { count: 2, capped: false })
})

test('a case has its history, and a change of a stale view is refused', async () => {
  const one = await only('A-1')
  assert.equal(
    (await post('assign', { ids: [one.id], revisions: [one.revision], to: ana })).changed.changed,
    1,
  )
  const late = await post('resolve', { ids: [one.id], revisions: [one.revision], outcome: 'fixed' })
  assert.deepEqual([late.status, late.code], [409, 'review.changed_conflict'])
  const { body } = await server.call('GET', `/api/review/${one.id}`)
  const shown = body as Case & { events: { kind: string; actor: string }[] }
  assert.equal(shown.owner?.id, ana)
  assert.deepEqual(
    shown.events.map((event) => event.kind),
    ['assigned', 'opened'],
  )
  const audited = await server.sql<{ detail: { ids: string[]; to: string } }>`
    select detail from audit_entry where action = 'review.assigned'`
  assert.deepEqual(
    audited.map((row) => row.detail),
    [{ ids: [one.id], to: ana }],
  )
})

test('two changes of one revision at once: one of them wins', async () => {
  const one = await only('A-2')
  const seen = { ids: [one.id], revisions: [one.revision] }
  const answers = await Promise.all([
    post('assign', { ...seen, to: ana }),
    post('assign', { ...seen, to: bo }),
  ])
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
  assert.equal((await only('A-2')).revision, one.revision + 1)
})

test('two processes that sweep at once open one case each', async () => {
  for (let i = 0; i < 20; i += 1) await waiting(`T-${i}`, 125, 'TWO', 1)
  await Promise.all([sweep(), sweep()])
  const rows = await server.sql<{ count: bigint; told: bigint }>`
    select count(*) as count, (select count(*) from review_event e join review_case c on c.id = e.case_id
      where e.kind = 'opened' and c.evidence ->> 'orderNo' like 'T-%') as told
    from review_case where evidence ->> 'orderNo' like 'T-%'`
  assert.deepEqual(rows, [{ count: 20n, told: 20n }])
  await server.sql`update sales_order set status = 'shipped' where order_no like 'T-%'`
  await Promise.all([sweep(), sweep()])
  assert.deepEqual(await numbers('?q=T-'), [])
})

test('bad wishes are refused with their codes', async () => {
  const one = await only('A-1')
  const ids = [one.id]
  const cases: [string, object, number, string][] = [
    ['assign', { ids, to: '4711' }, 422, 'review.unknown_person'],
    ['assign', { ids }, 422, 'review.nobody_chosen'],
    ['assign', { ids, to: 'me' }, 422, 'review.unknown_person'],
    ['assign', { to: ana }, 422, 'review.no_choice'],
    ['snooze', { ids, until: '2026-11-11T03:00:00Z' }, 422, 'review.bad_until'],
    ['snooze', { ids, until: 'tomorrow' }, 422, 'review.bad_until'],
    ['resolve', { ids, outcome: 'other' }, 422, 'review.note_needed'],
    ['resolve', { ids, outcome: 'gone' }, 400, 'http.invalid'],
    ['reopen', { ids }, 409, 'review.still_open_conflict'],
    ['note', { ids: ['999999'], note: 'x' }, 404, 'review.not_found'],
    ['assign', { ids, revisions: [1, 2], to: ana }, 422, 'review.revisions_wrong'],
    ['export', { filter: { state: 'lost' } }, 422, 'review.unknown_state'],
  ]
  for (const [path, body, status, code] of cases) {
    const answer = await post(path, body)
    assert.deepEqual([answer.status, answer.code], [status, code], `${path} ${JSON.stringify(body)}`)
  }
  assert.equal((await server.call('GET', '/api/review?sort=due&cursor=x')).status, 400)
  assert.equal(
    ((await server.call('GET', '/api/review?severity=bad')).body as { code: string }).code,
    'review.unknown_severity',
  )
})

test('snoozed cases leave the list, wake by themselves, and go when their trouble does', async () => {
  const one = await only('A-3')
  await post('snooze', { ids: [one.id], until: clock.now().add({ minutes: 30 }).toString() })
  assert.ok(!(await numbers()).includes('A-3'))
  assert.deepEqual(await numbers('?state=snoozed'), ['A-3'])
  clock.advance({ minutes: 31 })
  await sweep()
  assert.ok((await numbers()).includes('A-3'))
  await server.sql`update sales_order set status = 'shipped' where order_no = 'A-3'`
  await sweep()
  assert.deepEqual(
    (await list('?resolvedToday=1&q=A-3')).map((row) => [row.orderNo, row.outcome]),
    [['A-3', 'gone']],
  )
})

test('trouble that comes back is a new case; one that a person answered is not asked again before it was gone', async () => {
  await server.sql`update sales_order set status = 'awaiting_shipment' where order_no = 'A-3'`
  await sweep()
  const again = await only('A-3')
  await post('resolve', { ids: [again.id], outcome: 'no_action', note: 'presale' })
  await sweep()
  assert.ok(!(await numbers()).includes('A-3'), 'answered')
  await server.sql`update sales_order set status = 'on_hold' where order_no = 'A-3'`
  await sweep()
  await server.sql`update sales_order set status = 'awaiting_shipment' where order_no = 'A-3'`
  await sweep()
  const third = await only('A-3')
  assert.ok(BigInt(third.id) > BigInt(again.id))
  const { body } = await server.call('GET', `/api/review/${third.id}`)
  assert.deepEqual(
    (body as { others: { outcome: string }[] }).others.map((other) => other.outcome),
    ['no_action', 'gone'],
  )
  // "Fixed" is a promise for an hour.
  await post('resolve', { ids: [third.id], outcome: 'fixed' })
  clock.advance({ minutes: 59 })
  await sweep()
  assert.ok(!(await numbers()).includes('A-3'))
  clock.advance({ minutes: 2 })
  await sweep()
  assert.ok((await numbers()).includes('A-3'))
  // The answered one cannot be reopened beside it.
  assert.equal((await post('reopen', { ids: [third.id] })).code, 'review.reopen_exists')
})

test('what a person reopened stays open whatever the hub sees', async () => {
  await waiting('K-1', 200, 'KEPT', 1)
  await sweep()
  await server.sql`update sales_order set status = 'shipped' where order_no = 'K-1'`
  await sweep()
  const gone = await only('K-1', '?state=resolved')
  await post('reopen', { ids: [gone.id], note: 'wrong parcel' })
  await sweep()
  const kept = await only('K-1')
  assert.deepEqual([kept.id, kept.goneAt === null], [gone.id, false])
  await post('resolve', { ids: [kept.id], outcome: 'contacted_buyer' })
})

test('a case of a rule that wants a decision waits for its owner even when the trouble is over', async () => {
  const id = await seedOrder(server.sql, { orderNo: 'C-1', status: 'cancelled', drift: 1 })
  await server.sql`insert into drift (order_id, field, cause, since, claims)
    values (${id}, 'cancelled_shipped', 'cancelled_too_late', ${clock.now()}, '[]')`
  await sweep()
  const one = await only('C-1', '?rule=cancelled_shipped')
  await post('assign', { ids: [one.id], to: ana })
  await server.sql`delete from drift where order_id = ${id}`
  await sweep()
  assert.notEqual((await only('C-1')).goneAt, null)
  await post('assign', { ids: [one.id], to: null })
  await sweep()
  assert.equal((await only('C-1', '?state=resolved')).outcome, 'gone')
})

test('a whole view is spread over people in turn, as the preview counted', async () => {
  for (let i = 0; i < 6; i += 1) await waiting(`B-${i}`, 150, 'BULK', 1)
  await sweep()
  const filter = { sku: 'BULK' }
  const preview = (await post('preview', { filter, action: 'assign' })).body as { willChange: number }
  assert.equal(preview.willChange, 6)
  assert.equal((await post('assign', { filter, among: [ana, bo] })).changed.changed, 6)
  const owners = Map.groupBy(await list('?sku=BULK'), (one) => one.owner?.id)
  assert.deepEqual([owners.get(ana)?.length, owners.get(bo)?.length], [3, 3])
  const summary = (await server.call('GET', '/api/review/summary')).body as {
    rules: { id: string; open: number }[]
    owners: { id: string; open: number }[]
    skus: { sku: string; heat: number; orders: number }[]
  }
  const bulk = summary.skus.find((row) => row.sku === 'BULK')
  assert.deepEqual([bulk?.heat, bulk?.orders], [6, 6])
  assert.ok((summary.rules.find((rule) => rule.id === 'no_waybill')?.open ?? 0) >= 6)
})

test('more than two thousand are changed by a job, exactly those that were chosen', async () => {
  await server.sql`insert into review_case (rule, subject, state, severity, zh, en, evidence, next_action, since, due_at, opened_at, updated_at)
    select 'no_waybill', 'order:' || (1000000 + n), 'open', 'info', 'x', 'x', '{}', 'open_order', ${clock.now()}, ${clock.now()}, ${clock.now()}, ${clock.now()}
    from generate_series(1, 2500) n`
  const answer = await post('resolve', { filter: { severity: 'info' }, outcome: 'no_action' })
  assert.equal(answer.changed.changed, 2500)
  const id = BigInt(answer.changed.jobId ?? 0)
  const runner = startJobs(
    { db: server.sql, clock, handlers: reviewJobs(deps), onError: (error) => assert.fail(String(error)) },
    20,
  )
  await until(
    async () =>
      (await server.sql<{ state: string }>`select state from job where id = ${id}`)[0]?.state === 'done',
    () => 'the job does not end',
  )
  await runner.stop()
  const [row] = await server.sql`select result, progress, total from job where id = ${id}`
  assert.deepEqual(row, { result: { changed: 2500, skipped: 0 }, progress: 2500n, total: 2500n })
  assert.deepEqual(await list('?severity=info'), [])
  await server.sql`delete from review_event e using review_case c where c.id = e.case_id and c.severity = 'info'`
  await server.sql`delete from review_case where severity = 'info'`
})

test('the sheet is the view, hottest first, and nothing in it is a formula', async () => {
  await waiting('X-1', 400, '=HYPERLINK("http://x")', 1, '=1+1')
  await sweep()
  const one = await only('X-1')
  await post('note', { ids: [one.id], note: '+cmd|calc' })
  const admin = await server.asKey('admin')
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/review/export',
    headers: admin,
    payload: { filter: { rule: 'no_waybill' } },
  })
  assert.equal(answer.statusCode, 200)
  const audited = await server.sql<{ detail: Record<string, unknown> }>`
    select detail from audit_entry where action = 'review.exported'`
  assert.deepEqual(
    audited.map(({ detail }) => [detail.filter, detail.locale]),
    [[{ rule: 'no_waybill' }, 'zh']],
  )
  const { sheets } = await readXlsx(answer.rawPayload)
  const [head, ...rows] = (sheets[0]?.rows ?? []) as unknown[][]
  assert.deepEqual(head, [
    '订单号',
    '店铺',
    'SKU',
    '商品',
    '件数',
    'SKU 热度',
    '问题',
    '说明',
    '开始等待',
    '应处理时间',
    '负责人',
    '下一步',
    '备注',
  ])
  assert.deepEqual(
    rows.map((row) => row[0]),
    await numbers('?rule=no_waybill&sort=heat'),
  )
  const mine = rows.find((row) => row[0] === 'X-1')
  assert.deepEqual(
    [mine?.[2], mine?.[3], mine?.[4], mine?.[12]],
    ['=HYPERLINK("http://x")', '=1+1', 1, '+cmd|calc'],
  )
  const text = answer.rawPayload.toString('latin1')
  assert.ok(!text.includes('<f>'), 'no formula cell')
})

test('rules are set for every channel or one, and hold from the next sweep on', async () => {
  const put = async (body: object) => await server.call('PUT', '/api/review/rules', body)
  assert.equal(
    ((await put({ rule: 'nothing', connection: '*' })).body as { code: string }).code,
    'review.unknown_rule',
  )
  assert.equal(
    ((await put({ rule: 'no_waybill', connection: 'gone' })).body as { code: string }).code,
    'review.unknown_connection',
  )
  assert.equal((await put({ rule: 'no_waybill', connection: '*', minutes: -1 })).status, 400)
  await waiting('S-1', 100, 'SET', 1)
  await sweep()
  assert.ok(!(await numbers()).includes('S-1'))
  await put({ rule: 'no_waybill', connection: 'shop', minutes: 90, severity: 'critical', owner: bo })
  await sweep()
  const [one] = await list('?q=S-1')
  assert.deepEqual([(one as unknown as { severity: string }).severity, one?.owner?.id], ['critical', bo])
  const rules = (await put({ rule: 'no_waybill', connection: 'shop', active: false })).body as {
    items: {
      id: string
      effective: { active: boolean }
      settings: { connection: string; active: boolean }[]
    }[]
  }
  const rule = rules.items.find((item) => item.id === 'no_waybill')
  assert.deepEqual([rule?.effective.active, rule?.settings[0]?.active], [true, false])
  await sweep()
  assert.deepEqual(await numbers('?rule=no_waybill'), [], 'a rule that is off keeps nothing open')
  await put({ rule: 'no_waybill', connection: 'shop' })
})

test('alarms say what floods and that nobody works, and are over by themselves', async () => {
  await sweep()
  clock.advance({ minutes: 61 })
  await sweep()
  const open = await server.sql<{ rule: string; subject: string; zh: string }>`
    select rule, subject, zh from alarm where state <> 'resolved' order by rule`
  assert.deepEqual(
    open.map((alarm) => alarm.rule),
    ['review.overdue'],
  )
  for (let i = 0; i < 5; i += 1) await waiting(`F-${i}`, 500, 'FLOOD', 2)
  await sweep()
  const [flood] = await server.sql<{
    zh: string
  }>`select zh from alarm where rule = 'review.flood' and state <> 'resolved'`
  assert.match(
    flood?.zh ?? '',
    /新增 \d 件「付款后迟迟无面单」，其中 \d 件来自「旗舰店」，最多的 SKU 是 FLOOD/,
  )
  await post('assign', { filter: {}, to: ana })
  clock.advance({ minutes: 11 })
  await sweep()
  const left = await server.sql`select rule from alarm where state <> 'resolved'`
  assert.deepEqual(left, [])
})

test('a warehouse may work on cases, a viewer may only look', async () => {
  const one = await only('A-1')
  const as = async (role: 'warehouse' | 'viewer') =>
    await server.app.inject({
      method: 'POST',
      url: '/api/review/note',
      headers: await server.asUser(role),
      payload: { ids: [one.id], note: `by ${role}` },
    })
  assert.equal((await as('warehouse')).statusCode, 200)
  assert.equal((await as('viewer')).json().code, 'identity.forbidden')
})
