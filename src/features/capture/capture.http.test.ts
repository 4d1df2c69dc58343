import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { openFileStore } from '#features/imports/index.ts'
import { applyStock } from '#features/stock/index.ts'
import { systemClock } from '#kernel/clock.ts'
import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import type { Job } from '#platform/jobs/store.ts'
import { addFeed, findingsOf, freshLedger, ledgerOf, reservedOf } from '#test-support/captured.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { findingRoutes } from './findings/http.ts'
import { watchFindings } from './findings/watch-findings.ts'
import { captureRoutes } from './http.ts'
import { pushRoutes } from './push-http.ts'
import { uploadJob } from './upload/apply-upload.ts'
import { uploadRoutes } from './upload/http.ts'
import { watchCapture } from './watch-capture.ts'

let server: TestServer
const audited: string[] = []
const now = (): Temporal.Instant => systemClock.now()

before(async () => {
  const folder = testDataDir()
  server = await openTestServer((app, { sql }) => {
    const deps = {
      db: sql,
      clock: systemClock,
      zone: () => 'UTC',
      nameOf: (id: string) => `name of ${id}`,
      audit: async (_tx: unknown, entry: { action: string }) => void audited.push(entry.action),
    }
    captureRoutes(app, deps)
    findingRoutes(app, deps)
    pushRoutes(app, deps)
    uploadRoutes(app, {
      ...deps,
      files: () => openFileStore(folder, systemClock),
      onJobQueued: () => undefined,
    })
  })
})
beforeEach(async () => await freshLedger(server.sql))
after(async () => await server.close())

async function push(changes: readonly unknown[], feed?: string) {
  const { status, body } = await server.call('POST', '/api/v1/stock/changes', {
    changes,
    ...(feed ? { feed } : {}),
  })
  const results = (body as { results?: { outcome: string; code: string | null }[] }).results ?? []
  return {
    status,
    body,
    said: results.map((one) => (one.code === null ? one.outcome : `${one.outcome} ${one.code}`)),
  }
}
const post = async (path: string, body?: object) => await server.call('POST', `/api/capture${path}`, body)

async function drift(sku: string, ledger: number, captured: number): Promise<string> {
  const { sql } = server
  await sql`insert into stock_level (sku, warehouse, physical, source_quantity, source_version) values (${sku}, 'W', ${ledger}, ${ledger}, 3)`
  const [row] = await sql<{ id: bigint }>`
    insert into stock_finding (kind, sku, warehouse, ledger, captured, evidence, opened_at)
    values ('drift', ${sku}, 'W', ${ledger}, ${captured}, '{"version":"3"}', now()) returning id`
  await watchFindings({ db: sql, clock: systemClock, unseenMinutes: 30 })
  return String(row?.id)
}

test('pushed changes are answered one by one, and sending them again does nothing', async () => {
  const changes = [
    { warehouse: 'W', sku: 'A', quantity: 10, version: '1' },
    { warehouse: 'W', sku: 'A', quantity: 8, version: '2' },
    { warehouse: 'W', sku: 'M', delta: 5, id: 'm1' },
    { warehouse: 'X', sku: 'A', quantity: 1 },
  ]
  const first = await push(changes)
  assert.deepEqual(
    [first.status, first.said],
    [200, ['done', 'done', 'done', 'refused capture.unknown_warehouse']],
  )
  const again = await push(changes)
  assert.deepEqual(again.said, ['older', 'repeated', 'repeated', 'refused capture.unknown_warehouse'])
  assert.deepEqual(await ledgerOf(server.sql), { 'A@W': 8, 'M@W': 5 })
  const [movement] = await server.sql<{
    evidence: { at: string }
  }>`select evidence from stock_movement limit 1`
  assert.match(movement?.evidence.at ?? '', /http push by/)
})

test('the same version with two figures is a conflict: the ledger stays, and the doubtful pieces are set aside', async () => {
  await push([{ warehouse: 'W', sku: 'A', quantity: 10, version: '1' }])
  assert.deepEqual((await push([{ warehouse: 'W', sku: 'A', quantity: 7, version: '1' }])).said, ['conflict'])
  assert.deepEqual([await ledgerOf(server.sql), await reservedOf(server.sql)], [{ 'A@W': 10 }, { A: 3 }])
  assert.deepEqual(await findingsOf(server.sql), ['conflict A open 10/7'])
  await push([{ warehouse: 'W', sku: 'A', quantity: 9, version: '2' }])
  assert.deepEqual(
    [await findingsOf(server.sql), await reservedOf(server.sql)],
    [[], {}],
    'a newer version ends it',
  )
})

test("a feed's codes and rules count for what is pushed to it, and a paused one takes nothing", async () => {
  const id = await addFeed(server.sql, ':push')
  await server.sql`update stock_feed set on_unknown_sku = 'ask' where id = ${id}`
  const said = async () =>
    (await push([{ warehouse: 'w', sku: 'NEW', quantity: 4, version: '9' }], ':push')).said
  assert.deepEqual(await said(), ['refused capture.unknown_sku'])
  assert.deepEqual(
    [await ledgerOf(server.sql), await findingsOf(server.sql)],
    [{}, ['unknown_sku NEW open null/4']],
  )
  const [row] = await server.sql<{ id: bigint }>`select id from stock_finding`
  const accepted = await post('/findings/accept', { ids: [String(row?.id)] })
  assert.deepEqual(
    [accepted.body, await ledgerOf(server.sql)],
    [{ done: 1, refused: [], left: false }, { 'NEW@W': 4 }],
  )
  assert.equal((await post(`/feeds/${id}/pause`)).status, 204)
  const paused = await push([{ warehouse: 'w', sku: 'NEW', quantity: 3, version: '10' }], ':push')
  assert.deepEqual([paused.status, (paused.body as { code: string }).code], [422, 'capture.feed_paused'])
  const unknown = await push([{ warehouse: 'w', sku: 'NEW', quantity: 3 }], 'nobody')
  assert.deepEqual([unknown.status, (unknown.body as { code: string }).code], [404, 'capture.feed_not_found'])
})

test('bad pushes are refused whole with what is wrong', async () => {
  for (const changes of [
    [],
    [{ warehouse: 'W', sku: 'A' }],
    [{ warehouse: 'W', sku: 'A', quantity: 1.5 }],
    [{ warehouse: 'W', sku: 'A', quantity: 1, version: 'x' }],
  ]) {
    const answer = await push(changes)
    assert.deepEqual([answer.status, (answer.body as { code: string }).code], [400, 'http.invalid'])
  }
  const own = await server.sql`update warehouse set figures = 'own' where code = 'V' returning code`
  assert.equal(own.length, 1)
  assert.deepEqual((await push([{ warehouse: 'V', sku: 'A', quantity: 1 }])).said, [
    'refused capture.own_figures',
  ])
})

test('accepting takes the figure of the warehouse over and frees what was set aside', async () => {
  const a = await drift('A', 10, 6)
  assert.deepEqual(await reservedOf(server.sql), { A: 4 })
  const page = await server.call('GET', '/api/capture/findings?state=open')
  const [item] = (page.body as { items: { id: string; reserved: number; acceptable: boolean }[] }).items
  assert.deepEqual([item?.id, item?.reserved, item?.acceptable], [a, 4, true])
  const done = await post('/findings/accept', { ids: [a], words: '盘点过' })
  assert.deepEqual([done.status, done.body], [200, { done: 1, refused: [], left: false }])
  assert.deepEqual([await ledgerOf(server.sql), await reservedOf(server.sql)], [{ 'A@W': 6 }, {}])
  const [last] = await server.sql<{ cause: string; actor: string; physical: number }>`
    select cause, actor, physical from stock_movement where physical <> 0`
  assert.deepEqual([last?.cause, last?.physical], ['capture_accepted', -4])
  const again = await post('/findings/accept', { ids: [a] })
  assert.deepEqual(
    (again.body as { refused: { code: string }[] }).refused.map((one) => one.code),
    ['capture.finding_ended'],
  )
  assert.equal(audited.at(-1), 'capture.finding_accepted')
})

test('keeping needs words, frees what was set aside, and the same difference stays quiet while another one speaks', async () => {
  const a = await drift('A', 10, 6)
  const wordless = await post('/findings/keep', { ids: [a], words: ' ' })
  assert.equal((wordless.body as { code: string }).code, 'capture.words_missing')
  assert.equal(
    (await post('/findings/keep', { filter: { warehouse: 'W' }, words: '货在打包台' })).status,
    200,
  )
  assert.deepEqual([await findingsOf(server.sql), await reservedOf(server.sql)], [['drift A kept 10/6'], {}])
  await push([{ warehouse: 'W', sku: 'A', quantity: 5, version: '4' }])
  assert.deepEqual(await findingsOf(server.sql), ['drift A kept 9/5'], 'a pick there: the same difference')
  await push([{ warehouse: 'W', sku: 'A', quantity: 7, version: '5' }])
  assert.deepEqual(await findingsOf(server.sql), ['drift A open 9/7'], 'another difference')
  assert.deepEqual(await reservedOf(server.sql), { A: 2 })
  await push([{ warehouse: 'W', sku: 'A', quantity: 9, version: '6' }])
  assert.deepEqual([await findingsOf(server.sql), await ledgerOf(server.sql)], [[], { 'A@W': 9 }])
})

test('what left here and is not counted down there becomes a finding, and ends when it is', async () => {
  const { sql } = server
  await push([{ warehouse: 'W', sku: 'A', quantity: 10, version: '1' }])
  const long = now().subtract({ minutes: 40 })
  const lock = {
    do: 'lock',
    key: 'o1',
    kind: 'lock',
    owner: { kind: 'api', id: 'o1', reference: '' },
    channel: null,
    lines: [{ sku: 'A', warehouse: 'W', quantity: 3 }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 't',
    actor: 't',
    ttlSeconds: 900,
    onDeadline: 'ask',
  } as const
  await sql.begin((tx) => applyStock(tx, [lock], long))
  await sql.begin((tx) => applyStock(tx, [{ do: 'commit', key: 'o1', reason: 't', actor: 't' }], long))
  const watch = () => watchFindings({ db: sql, clock: systemClock, unseenMinutes: 30 })
  await watch()
  assert.deepEqual(await findingsOf(sql), ['unseen_out A open 7/10'])
  await push([{ warehouse: 'W', sku: 'A', quantity: 7, version: '2' }])
  await watch()
  assert.deepEqual([await findingsOf(sql), await ledgerOf(sql)], [[], { 'A@W': 7 }])
  await push([{ warehouse: 'W', sku: 'B', quantity: -2, version: '1' }])
  await watch()
  assert.deepEqual(await findingsOf(sql), ['negative B open -2/-2'])
})

test('a code that is mapped later ends its finding and makes the feed read its table anew', async () => {
  const { sql } = server
  const id = await addFeed(sql, 'feed')
  await push([{ warehouse: 'new', sku: 'A', quantity: 1 }], 'feed')
  assert.deepEqual(await findingsOf(sql), ['unknown_warehouse  open null/null'])
  const keep = await post('/findings/accept', { filter: {} })
  assert.deepEqual(
    (keep.body as { refused: { code: string }[] }).refused.map((one) => one.code),
    ['capture.nothing_to_accept'],
  )
  await sql`insert into stock_feed_warehouse (feed_id, source_code, warehouse) values (${id}, 'new', 'V')`
  await watchFindings({ db: sql, clock: systemClock, unseenMinutes: 30 })
  const [feed] = await sql<{ wants_snapshot: boolean }>`select wants_snapshot from stock_feed`
  assert.deepEqual([await findingsOf(sql), feed?.wants_snapshot], [[], true])
})

async function uploaded(text: string, query = '') {
  const answer = await server.app.inject({
    method: 'POST',
    url: `/api/capture/uploads?name=figures.csv${query}`,
    headers: { ...(await server.asKey('stock:write')), 'content-type': 'application/octet-stream' },
    payload: text,
  })
  return {
    status: answer.statusCode,
    body: answer.json() as Record<string, unknown> & { id: string; code?: string },
  }
}

test('a file is looked at first, with its faults by row, then taken over by a job that can be run again', async () => {
  await push([{ warehouse: 'W', sku: 'A', quantity: 10 }])
  const file = ['仓库,SKU编码,数量', '仓,A,6', '二仓,B,3', '三仓,C,1', '仓,D,x', '仓,A,7'].join('\n')
  const { status, body } = await uploaded(file)
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(body.preview, { fresh: 1, same: 0, higher: 0, lower: 1 })
  assert.deepEqual(
    (body.faultRows as { row: number; column: string; code: string }[]).map((one) => [
      one.row,
      one.column,
      one.code,
    ]),
    [
      [4, 'warehouse', 'capture.unknown_warehouse'],
      [5, 'quantity', 'capture.bad_quantity'],
      [6, 'sku', 'capture.row_twice'],
    ],
  )
  assert.deepEqual(await ledgerOf(server.sql), { 'A@W': 10 }, 'nothing is written yet')
  assert.equal((await post(`/uploads/${body.id}/apply`, { mode: 'report' })).status, 202)
  const job = { payload: { upload: body.id } } as unknown as Job
  const run = uploadJob({ db: server.sql, clock: systemClock })
  for (const _time of [1, 2]) assert.equal((await run(job, async () => undefined)).ok, true)
  assert.deepEqual(await ledgerOf(server.sql), { 'A@W': 6, 'B@V': 3 })
  const twice = await post(`/uploads/${body.id}/apply`, { mode: 'report' })
  assert.deepEqual([twice.status, (twice.body as { code: string }).code], [409, 'capture.upload_conflict'])
})

test('a file that is only compared opens findings instead; one without columns is refused', async () => {
  await push([{ warehouse: 'W', sku: 'A', quantity: 10 }])
  const { body } = await uploaded('sku,qty\nA,6', '&warehouse=W')
  await post(`/uploads/${body.id}/apply`, { mode: 'compare' })
  await uploadJob({ db: server.sql, clock: systemClock })(
    { payload: { upload: body.id } } as unknown as Job,
    async () => undefined,
  )
  assert.deepEqual(
    [await ledgerOf(server.sql), await findingsOf(server.sql)],
    [{ 'A@W': 10 }, ['drift A open 10/6']],
  )
  assert.deepEqual(await reservedOf(server.sql), { A: 4 })
  const bad = await uploaded('name,price\nA,6')
  assert.deepEqual([bad.status, bad.body.code], [422, 'capture.columns_missing'])
  assert.equal((await uploaded('sku,qty\nA,6', '&warehouse=NO')).body.code, 'capture.unknown_warehouse')
})

test('feeds are shown with state and lag, and changed only where that makes sense', async () => {
  const id = await addFeed(server.sql, 'feed')
  await server.sql`insert into capture_minute (minute, warehouse, feed_id, changes, lag_ms_sum, lag_ms_most)
    values (date_trunc('minute', now()), 'W', ${id}, 4, 800, 500)`
  const { body } = await server.call('GET', `/api/capture/feeds/${id}`)
  const feed = body as {
    state: string
    lag: { warehouse: string; averageMs: number; mostMs: number }[]
    source: { name: string }
  }
  assert.deepEqual(
    [feed.state, feed.source.name, feed.lag.map((one) => [one.warehouse, one.averageMs, one.mostMs])],
    [
      'live',
      'name of feed',
      [
        ['V', null, null],
        ['W', 200, 500],
      ],
    ],
  )
  const codeOf = async (path: string) => ((await post(path)).body as { code?: string } | null)?.code ?? 'done'
  assert.equal(await codeOf(`/feeds/${id}/resume`), 'capture.not_paused')
  assert.equal(await codeOf(`/feeds/${id}/resnapshot`), 'done')
  assert.equal(await codeOf(`/feeds/${id}/gap-seen`), 'capture.no_gap')
  assert.equal(await codeOf(`/feeds/${id}/pause`), 'done')
  assert.equal(await codeOf(`/feeds/${id}/resnapshot`), 'capture.not_live')
  assert.equal(await codeOf(`/feeds/${id}/resume`), 'done')
  assert.equal(await codeOf('/feeds/999/pause'), 'capture.feed_not_found')
})

test('alarms say what stands still, is late, missed, changed or waits, and heal by themselves', async () => {
  const { sql } = server
  const id = await addFeed(sql, 'feed')
  const raised = new Map<string, readonly AlarmSignal[]>()
  const watch = () =>
    watchCapture({
      db: sql,
      clock: systemClock,
      lagSeconds: 10,
      alarms: { settle: async (rule, signals) => void raised.set(rule, signals) },
    })
  await sql`update stock_feed set seen_at = now() - interval '3 minutes', gap_at = now(), gap_words = '清了', gap_words_en = 'purged',
    schema_at = now(), schema_usable = false, schema_words = '列没了', schema_words_en = 'column gone'`
  await sql`insert into capture_minute values (date_trunc('minute', now()), 'W', ${id}, 1, 25000, 25000)`
  await drift('A', 10, 6)
  await watch()
  const subjects = () =>
    Object.fromEntries([...raised].map(([rule, signals]) => [rule, signals.map((one) => one.subject)]))
  assert.deepEqual(subjects(), {
    'capture.stopped': ['feed'],
    'capture.gap': ['feed'],
    'capture.schema_changed': ['feed'],
    'capture.lagging': ['W'],
    'capture.findings': ['W'],
  })
  assert.match(raised.get('capture.lagging')?.[0]?.words.en ?? '', /25 s/)
  await sql`update stock_feed set seen_at = now(), gap_at = null, schema_at = null`
  await sql`delete from capture_minute`
  await sql`update stock_finding set state = 'gone', settled_at = now()`
  await watch()
  assert.deepEqual(Object.values(subjects()).flat(), [])
  // A pause that was forgotten; not one whose warehouse another feed tells of, or that counts by itself again.
  await sql`update stock_feed set state = 'paused', status_since = now() - interval '2 hours'`
  await watch()
  assert.deepEqual(
    [subjects()['capture.stopped'], raised.get('capture.stopped')?.[0]?.severity],
    [['feed'], 'warning'],
  )
  await addFeed(sql, 'other')
  await watch()
  assert.deepEqual(subjects()['capture.stopped'], [])
  await sql`update stock_feed set state = 'draft' where name = 'other'`
  await sql`update warehouse set figures = 'own'`
  await watch()
  assert.deepEqual(subjects()['capture.stopped'], [])
})
