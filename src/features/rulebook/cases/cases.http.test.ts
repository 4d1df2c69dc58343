import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { RuleOrder, RuleOrders } from '#domain/rule-order.ts'
import { ORDER_VARIABLES, ruleInputOf } from '#domain/rule-variables.ts'
import type { Decision, RuleKind, RuleModel } from '#domain/rulebook.ts'
import { manualClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { json } from '#platform/postgres/database.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { hashOfModel, parseModel } from '#platform/rules/parse-model.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { differenceOf } from './core/compare.ts'
import { caseRoutes } from './http.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const KIND: RuleKind = {
  kind: 'test_fee',
  label: { zh: '费', en: 'fee' },
  purpose: { zh: '费', en: 'fee' },
  variables: ORDER_VARIABLES,
  lineVariables: [],
  values: [{ name: 'fee', label: { zh: '费', en: 'fee' }, type: 'money', required: true }],
  actions: [],
  guards: [],
  templates: [],
  gray: true,
}
const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'amount',
  tables: [],
  nodes: [
    {
      type: 'branch',
      id: 'amount',
      label: '金额',
      at: { x: 0, y: 0 },
      branches: [{ id: 'low', label: '低', when: 'order_amount < yuan("99.00")', to: 'paid' }],
      otherwise: 'free',
    },
    result('paid', 'yuan("12.00")'),
    result('free', 'yuan("0.00")'),
  ],
}
function result(id: string, expression: string): RuleModel['nodes'][number] {
  const values = [{ name: 'fee', expression }]
  return { type: 'result', id, label: id, at: { x: 0, y: 0 }, outcome: 'decided', values, reason: '' }
}
const ORDER: RuleOrder = {
  id: 1n,
  connection: 'shop',
  connectorKind: 'douyin',
  orderNo: 'NO-1',
  status: 'awaiting_shipment',
  placedAt: NOW,
  paidAt: NOW,
  shipBy: null,
  currency: 'CNY',
  payableMinor: 5_000n,
  goodsMinor: 5_000n,
  shippingMinor: 0n,
  discountMinor: 0n,
  promotions: [],
  buyerId: null,
  earlierOrders: null,
  earlierSpentMinor: null,
  to: { country: 'CN', province: '浙江', city: '', district: '' },
  recipientKey: null,
  buyerNote: '',
  sellerNote: '',
  flag: null,
  lines: [],
  gifts: [],
}
const orders: RuleOrders = {
  byIds: async () => [ORDER],
  byNumber: async (no) => (no === 'NO-1' ? [ORDER] : []),
  between: async () => [],
}

let server: TestServer
let set = 0n
let version = 0n
before(async () => {
  server = await openTestServer((app, { sql }) => {
    caseRoutes(app, {
      db: sql,
      clock: manualClock(NOW),
      engine: {
        parse: parseModel,
        hashOf: hashOfModel,
        compile: compileModel,
        check: async (kind, model) => ok(checkModel(kind, model)),
        quickCheck: () => [],
      },
      parts: new Map([
        [
          KIND.kind,
          {
            kind: KIND,
            item: (order: RuleOrder) => ({
              orderId: 1n,
              orderNo: order.orderNo,
              connection: 'shop',
              connectorKind: 'douyin',
              input: { ...ruleInputOf(order, null), lines: [] },
              context: null,
            }),
            outcome: () => ({ words: { zh: '', en: '' }, group: '', figures: {} }),
          },
        ],
      ]),
      orders,
      zone: () => 'Asia/Shanghai',
    })
  })
})
after(async () => await server.close())
beforeEach(async () => {
  await server.sql.raw('truncate rule_set restart identity cascade')
  const [row] = await server.sql<{ id: bigint }>`
    insert into rule_set (kind, name, created_by, created_at, updated_at) values ('test_fee', 'fees', 'ana', ${NOW}, ${NOW}) returning id`
  set = row?.id ?? 0n
  const [made] = await server.sql<{ id: bigint }>`
    insert into rule_version (set_id, number, state, model, hash, author, author_id, created_at, updated_at)
    values (${set}, 1, 'draft', ${json(MODEL)}::jsonb, 'h', 'ana', 'user:1', ${NOW}, ${NOW}) returning id`
  version = made?.id ?? 0n
})

const input = (cents: number) => ({
  currency: 'CNY',
  values: { order_amount: { int: String(cents) } },
  lines: [],
})
const fee = (cents: number) => ({ outcome: 'decided', values: { fee: { int: String(cents) } } })
const add = (body: object) => server.call('POST', `/api/rules/sets/${set}/cases`, body)
const codeOf = (answer: { body: unknown }): string => (answer.body as { code: string }).code
type Case = { id: string; name: string; input: unknown; expected: unknown; origin: string }
const listed = async (): Promise<Case[]> =>
  ((await server.call('GET', `/api/rules/sets/${set}/cases`)).body as { items: Case[] }).items
type CaseRunJson = { name: string; passed: boolean; difference: { zh: string; en: string } | null }
const run = async (): Promise<CaseRunJson[]> => {
  const answer = await server.call('POST', '/api/rules/cases/run', { versionId: version.toString() })
  return (answer.body as { cases: CaseRunJson[] }).cases
}

test('cases are kept, changed and dropped, and say in words what came out otherwise', async () => {
  const added = await add({ name: '98.99 元', input: input(9_899), expected: fee(1_200) })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const { id } = added.body as Case
  assert.equal((await add({ name: '99 元', input: input(9_900), expected: fee(1_200) })).status, 200)
  assert.deepEqual(
    await run().then((all) => all.map(({ name, passed, difference }) => [name, passed, difference])),
    [
      ['98.99 元', true, null],
      ['99 元', false, { zh: 'fee 应为 1200，得到 0', en: 'fee should be 1200, got 0' }],
    ],
  )
  const changed = await server.call('PUT', `/api/rules/cases/${id}`, { expected: { outcome: 'review' } })
  assert.deepEqual((changed.body as Case).expected, { outcome: 'review' })
  assert.equal((await run())[0]?.difference?.en, 'should go to a person, and is decided')
  assert.equal((await server.call('DELETE', `/api/rules/cases/${id}`)).status, 204)
  assert.deepEqual(
    (await listed()).map(({ name }) => name),
    ['99 元'],
  )
})

test('an order is kept as a case with what is decided of it now', async () => {
  const kept = await add({ orderNo: 'NO-1' })
  const { name, origin, expected, input: from } = kept.body as Case
  assert.deepEqual([name, origin, expected], ['订单 NO-1', 'order', fee(1_200)])
  assert.deepEqual((from as { values: Record<string, unknown> }).values.order_amount, { int: '5000' })
  assert.equal(codeOf(await add({ orderNo: 'NO-2' })), 'rulebook.order_not_found')
})

test('both sides of the boundary are offered once, and what is kept is not offered again', async () => {
  const offer = async (): Promise<Case[]> =>
    ((await server.call('POST', `/api/rules/sets/${set}/cases/offer`)).body as { items: Case[] }).items
  const offered = await offer()
  const fees = offered.map(({ expected }) => JSON.stringify(expected))
  assert.ok(fees.includes(JSON.stringify(fee(1_200))) && fees.includes(JSON.stringify(fee(0))), fees.join())
  assert.deepEqual(await listed(), [], 'an offer keeps nothing')
  const [first] = offered
  assert.ok(first !== undefined)
  assert.equal((await add({ ...first, origin: 'boundary' })).status, 200)
  assert.equal((await offer()).length, offered.length - 1)
  assert.equal((await run())[0]?.passed, true)
})

test('bad input is refused, saying what is wrong', async () => {
  const bad = async (body: object): Promise<string> => {
    const answer = await add(body)
    return `${codeOf(answer)}: ${(answer.body as { detail: string }).detail}`
  }
  const ok = { name: 'x', input: input(1), expected: fee(1) }
  assert.match(await bad({ ...ok, name: '  ' }), /case_invalid: a case has a name/)
  assert.match(
    await bad({ ...ok, input: { currency: 'CNY', values: { order_amount: 12 } } }),
    /whole numbers/,
  )
  assert.match(
    await bad({ ...ok, input: { currency: 'CNY', values: { weight_kg: { int: '1' } } } }),
    /know no "weight_kg"/,
  )
  assert.match(await bad({ ...ok, input: { currency: 'CNY', values: { order_amount: 'a' } } }), /minor unit/)
  assert.match(await bad({ ...ok, expected: { outcome: 'maybe' } }), /decided or review/)
  assert.match(
    await bad({ ...ok, expected: { outcome: 'decided', actions: [{ action: 'fly' }] } }),
    /no action "fly"/,
  )
  assert.equal((await add(ok)).status, 200)
  assert.equal(codeOf(await add(ok)), 'rulebook.case_exists')
  assert.equal(codeOf(await server.call('DELETE', '/api/rules/cases/999')), 'rulebook.case_not_found')
  assert.equal(codeOf(await server.call('GET', '/api/rules/sets/999/cases')), 'rulebook.set_not_found')
  const none = await server.call('POST', '/api/rules/cases/run', { versionId: '999' })
  assert.equal(codeOf(none), 'rulebook.version_not_found')
})

test('actions are compared in their order, and parameters that the case does not name are not', () => {
  const got: Decision = {
    outcome: 'decided',
    reason: null,
    values: { tags: ['a', 'b'] },
    actions: [
      { node: 'n', action: 'hold', params: { reason: 'x' } },
      { node: 'm', action: 'tag', params: { name: 'y' } },
    ],
    path: [],
  }
  const differs = (expected: Parameters<typeof differenceOf>[0]) => differenceOf(expected, got)?.en ?? null
  const outcome = 'decided' as const
  assert.equal(differs({ outcome }), null)
  assert.equal(differs({ outcome, values: { tags: ['a', 'b'] } }), null)
  assert.equal(differs({ outcome, values: { tags: ['b', 'a'] } }), 'tags should be [b, a], got [a, b]')
  const hold = { action: 'hold', params: {} }
  const tag = { action: 'tag', params: { name: 'y' } }
  assert.equal(differs({ outcome, actions: [hold, tag] }), null)
  assert.equal(differs({ outcome, actions: [hold] }), 'did "tag" besides')
  assert.equal(
    differs({ outcome, actions: [tag, hold] }),
    'should do "tag", did "hold"; should do "hold", did "tag"',
  )
  assert.equal(
    differs({ outcome, actions: [hold, { action: 'tag', params: { name: 'z' } }] }),
    'name should be z, got y (of "tag")',
  )
})
