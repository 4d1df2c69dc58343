import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RuleOrder, RuleOrders } from '#domain/rule-order.ts'
import { systemClock } from '#kernel/clock.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { feeInput, feeModel, openTestRulebook } from '#test-support/rulebook.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import type { RulebookDeps } from './deps.ts'
import { recordDecisions, rulebookRoutes } from './index.ts'

let server: TestServer
let deps: RulebookDeps
const orders: RuleOrders = {
  byIds: async () => [],
  between: async () => [],
  byNumber: async (orderNo) =>
    orderNo === 'NO-77'
      ? [
          {
            id: 77n,
            connection: 'shop-1',
            connectorKind: 'shopify',
            orderNo,
            payableMinor: 5_000n,
          } as RuleOrder,
        ]
      : [],
}
before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    await ensurePartitions(sql, Temporal.Now.plainDateISO('UTC'))
    deps = await openTestRulebook(sql, { clock: systemClock, over: { orders } })
    rulebookRoutes(app, { ...deps, zone: () => 'Asia/Shanghai' })
  })
})
after(async () => {
  await deps.directory.stop()
  await server.close()
})

type Json = Record<string, unknown>
type Answer = { status: number; body: Json }
type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
const call = (method: Verb, url: string, payload?: object) =>
  server.call(method, url, payload) as Promise<Answer>
async function as(
  headers: Record<string, string>,
  method: Verb,
  url: string,
  payload: object,
): Promise<Answer> {
  const answer = await server.app.inject({ method, url, headers, payload })
  return { status: answer.statusCode, body: answer.json() as Json }
}
const one = (body: Json, name: string) => body[name] as Json

test('from a template to a share of the orders and back, over the API', async () => {
  const kinds = (await call('GET', '/api/rules/kinds')).body.kinds as Json[]
  assert.deepEqual(
    kinds.map(({ kind, gray }) => [kind, gray]),
    [['fee', true]],
  )
  const [variable] = (kinds[0]?.variables ?? []) as Json[]
  assert.deepEqual(variable?.bounds, { least: '0', most: '10000000' })
  const made = await call('POST', '/api/rules/sets', { kind: 'fee', name: '运费', template: 'simple' })
  assert.equal(made.status, 200)
  const set = made.body.id as string
  const draft = one(made.body, 'draft')
  assert.deepEqual([draft.number, draft.state, made.body.live], [1, 'draft', null])
  const vid = draft.id as string
  const version = `/api/rules/versions/${vid}`
  const saved = await call('PUT', version, { model: feeModel('11.00'), note: '十一', revision: 1 })
  assert.deepEqual([saved.status, one(saved.body, 'version').revision], [200, 2])
  assert.deepEqual(
    (saved.body.cases as Json[]).map(({ name, passed }) => [name, passed]),
    [['boundary', true]],
  )
  const stale = await call('PUT', version, { model: feeModel('12.00'), note: '', revision: 1 })
  assert.deepEqual([stale.status, stale.body.code], [409, 'rulebook.changed_conflict'])
  const early = await call('POST', `${version}/publish`, { do: 'gray' })
  assert.deepEqual([early.status, early.body.code], [409, 'rulebook.wrong_state_conflict'])
  const checked = await call('POST', `${version}/check`)
  assert.deepEqual([checked.status, one(checked.body, 'version').state], [200, 'checked'])
  assert.deepEqual(one(checked.body, 'check').complete, true)
  await server.sql`update rule_version set dry_run_id = 5 where id = ${BigInt(vid)}`
  const gray = await call('POST', `${version}/publish`, { do: 'gray', bps: 500 })
  assert.deepEqual([gray.status, gray.body.grayBps, one(gray.body, 'gray').number], [200, 500, 1])
  const share = await call('POST', `/api/rules/sets/${set}/share`, { bps: 2_000 })
  assert.equal(share.body.grayBps, 2_000)
  const guards = await call('GET', `/api/rules/sets/${set}/guards`)
  assert.deepEqual(
    (guards.body.guards as Json[]).map(({ metric, verdict }) => [metric, verdict]),
    [
      ['review', 'watching'],
      ['lost', 'watching'],
      ['errors', 'watching'],
      ['mean_fee', 'watching'],
    ],
  )
  const promoted = await call('POST', `/api/rules/sets/${set}/promote`, { because: '看过了' })
  assert.deepEqual([promoted.body.gray, one(promoted.body, 'live').number], [null, 1])
  const next = await call('POST', `/api/rules/sets/${set}/drafts`, { from: vid, note: '再改' })
  const second = next.body.id as string
  assert.deepEqual([next.body.number, next.body.basedOn, (next.body.model as Json).start], [2, 1, 'amount'])
  const again = await call('POST', `/api/rules/sets/${set}/drafts`, {})
  assert.deepEqual(
    [again.status, again.body.code, one(again.body, 'data').version],
    [409, 'rulebook.draft_exists', second],
  )
  await call('PUT', `/api/rules/versions/${second}`, { model: feeModel('13.00'), note: '', revision: 1 })
  const diff = await call('GET', `/api/rules/versions/${second}/diff?against=${vid}`)
  assert.deepEqual(
    (diff.body.nodes as Json[]).map(({ id, change, fields }) => [id, change, (fields as Json[])[0]]),
    [
      [
        'pays',
        'changed',
        { path: 'values[fee].expression', before: 'yuan("11.00")', after: 'yuan("13.00")' },
      ],
    ],
  )
  assert.equal((await call('DELETE', `/api/rules/versions/${second}`)).status, 204)
  const back = await call('POST', `/api/rules/sets/${set}/rollback`, { because: '' })
  assert.deepEqual([back.status, back.body.live], [200, null])
  const events = (await call('GET', `/api/rules/sets/${set}/events?limit=3`)).body
  assert.deepEqual(
    (events.items as Json[]).map(({ what, versionNumber }) => [what, versionNumber]),
    [
      ['rolled_back', 1],
      ['dropped', 2],
      ['saved', 2],
    ],
  )
  const older = await call('GET', `/api/rules/sets/${set}/events?limit=3&cursor=${events.next as string}`)
  assert.equal((older.body.items as Json[])[0]?.what, 'drafted')
  const listed = await call('GET', '/api/rules/sets?kind=fee&q=运')
  assert.deepEqual(
    (listed.body.items as Json[]).map(({ id }) => id),
    [set],
  )
  const versions = await call('GET', `/api/rules/sets/${set}/versions`)
  assert.deepEqual(
    (versions.body.items as Json[]).map(({ number, state }) => [number, state]),
    [[1, 'retired']],
  )
})

test('the canvas tries and checks what is not saved', async () => {
  const model = feeModel('10.00')
  const input = { currency: 'CNY', values: { amount: { int: '9899' } }, lines: [] }
  const tried = await call('POST', '/api/rules/try', { kind: 'fee', model, input })
  const decision = one(tried.body, 'decision')
  assert.deepEqual(decision.values, { fee: { int: '1000' } })
  assert.deepEqual(
    (decision.path as Json[]).map(({ node, way }) => [node, way]),
    [
      ['amount', 'otherwise'],
      ['pays', null],
    ],
  )
  const order = await call('POST', '/api/rules/try', { kind: 'fee', model, orderNo: 'NO-77' })
  const blind = await as(await server.asKey('rules:read'), 'POST', '/api/rules/try', {
    kind: 'fee',
    model,
    orderNo: 'NO-77',
  })
  assert.deepEqual([blind.status, blind.body.code], [403, 'identity.forbidden'])
  assert.deepEqual(order.body.words, { zh: 'fee 1000', en: 'fee 1000' })
  const answers = [
    await call('POST', '/api/rules/try', { kind: 'fee', model, orderNo: 'nobody' }),
    await call('POST', '/api/rules/try', {
      kind: 'fee',
      model,
      input: { currency: 'CNY', values: { amount: 1.5 } },
    }),
    await call('POST', '/api/rules/try', { kind: 'fee', input }),
    await call('POST', '/api/rules/try', { kind: 'none', model, input }),
    await call('POST', '/api/rules/try', { kind: 'fee', versionId: '999', input }),
    await call('POST', '/api/rules/check', { kind: 'fee', model: { nodes: 3 } }),
  ]
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.code]),
    [
      [404, 'rulebook.order_not_found'],
      [422, 'rulebook.input_invalid'],
      [422, 'rulebook.input_invalid'],
      [404, 'rulebook.kind_not_found'],
      [404, 'rulebook.version_not_found'],
      [422, 'rulebook.model_invalid'],
    ],
  )
  const faulty = {
    ...model,
    nodes: model.nodes.map((node) => (node.type === 'branch' ? { ...node, otherwise: null } : node)),
  }
  const check = await call('POST', '/api/rules/check', { kind: 'fee', model: faulty })
  assert.ok((check.body.findings as Json[]).some(({ level, node }) => level === 'error' && node === 'amount'))
})

test('whoever may only write can neither publish nor retire; two people where the set asks for it', async () => {
  const made = await call('POST', '/api/rules/sets', {
    ...{
      kind: 'fee',
      name: 'two',
      connectorKind: 'shopify',
      connectionId: 'shop-1',
      needsApproval: true,
      template: 'simple',
    },
  })
  assert.equal(made.body.connectionName, 'First shop')
  const set = `/api/rules/sets/${made.body.id as string}`
  const version = `/api/rules/versions/${one(made.body, 'draft').id as string}`
  const writer = await server.asKey('rules:read', 'rules:write')
  const retired = await as(writer, 'PATCH', set, { active: false })
  assert.deepEqual([retired.status, retired.body.code], [403, 'rulebook.publish_forbidden'])
  assert.equal((await as(writer, 'PATCH', set, { needsApproval: false })).status, 403)
  assert.equal((await as(writer, 'PATCH', set, { note: 'mine' })).status, 200)
  assert.equal((await as(writer, 'POST', `${set}/rollback`, { because: '' })).status, 403)
  const ann = await server.asUser('operator')
  const bob = await server.asUser('operator')
  // Nobody takes the second person away to publish alone, nor with another set for one shop.
  const alone = await as(ann, 'PATCH', set, { needsApproval: false })
  assert.deepEqual([alone.status, alone.body.code], [403, 'rulebook.approval_forbidden'])
  const beside = await as(ann, 'POST', '/api/rules/sets', { kind: 'fee', name: 'beside', active: false })
  assert.equal(beside.body.needsApproval, true)
  assert.equal((await as(ann, 'POST', `${version}/check`, {})).status, 200)
  await server.sql`update rule_version set dry_run_id = 5 where id = ${BigInt(one(made.body, 'draft').id as string)}`
  const asked = await as(ann, 'POST', `${version}/publish`, { do: 'live', because: '赶着用' })
  assert.deepEqual([asked.status, asked.body], [202, { approval: 'waiting' }])
  const own = await as(ann, 'POST', `${version}/approve`, { words: '' })
  assert.deepEqual([own.status, own.body.code], [403, 'rulebook.own_approval_forbidden'])
  const approved = await as(bob, 'POST', `${version}/approve`, { words: '可以' })
  assert.deepEqual([approved.status, one(approved.body, 'live').approvalWords], [200, '可以'])
})

test('decisions are found and shown in full', async () => {
  const decision = deps.engine.compile(deps.parts.get('fee')?.kind as never, feeModel('10.00'))
  assert.ok(decision.ok)
  await server.sql.begin((tx) =>
    recordDecisions(tx, [
      {
        chosen: { kind: 'fee', setId: 1n, versionId: 1n, number: 1, arm: 'gray' },
        orderId: 77n,
        orderNo: 'NO-000077',
        connection: 'shop-1',
        input: feeInput(100n),
        decision: decision.value.decide(feeInput(100n)),
        result: {},
        observations: [],
        at: systemClock.now(),
      },
    ]),
  )
  const [found] = (await call('GET', '/api/decisions?orderNo=NO-000077&arm=gray')).body.items as Json[]
  assert.deepEqual([found?.setName, found?.words], ['运费', { zh: 'fee: 1000', en: 'fee: 1000' }])
  const detail = (await call('GET', `/api/decisions/${found?.id as string}`)).body
  assert.deepEqual(one(detail, 'decision').values, { fee: { int: '1000' } })
  assert.equal(((await call('GET', '/api/orders/77/decisions')).body.items as Json[]).length, 1)
  assert.equal(((await call('GET', '/api/orders/78/decisions')).body.items as Json[]).length, 0)
  assert.equal((await call('GET', '/api/decisions?node=pays&set=1')).status, 200)
  const refused = [
    await call('GET', '/api/decisions?node=pays'),
    await call('GET', '/api/decisions?from=yesterday'),
    await call('GET', '/api/decisions?cursor=x'),
    await call('GET', '/api/decisions/123456789'),
  ]
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.code]),
    [
      [422, 'rulebook.node_needs_set'],
      [400, 'http.invalid'],
      [400, 'http.bad_cursor'],
      [404, 'rulebook.decision_not_found'],
    ],
  )
})
