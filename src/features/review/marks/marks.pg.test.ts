import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Decision } from '#domain/rulebook.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { settingsOf } from '../core/settings.ts'
import { reviewPart, reviewRulingOf } from '../rule-kind.ts'
import { ruleCase, ruleHold } from '../rules/rule-made.ts'
import { saveReviewMarks } from './save-marks.ts'
import { readTags } from './store.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const database = await freshDatabase()
after(() => database.close())
const { sql } = database
let id = 0n
before(async () => await seedConnection(sql, 'shop'))
beforeEach(async () => {
  await sql.raw('truncate order_mark, plan_hold, review_case, sales_order, order_subject cascade')
  id = await seedOrder(sql, { orderNo: 'NO-1' })
})

function decision(actions: readonly [string, Record<string, string>][]): Decision {
  return {
    outcome: 'decided',
    reason: null,
    values: {},
    actions: actions.map(([action, params], at) => ({ node: `n${at}`, action, params })),
    path: [],
  }
}
const MARKED = decision([
  ['case', { severity: 'critical', reason: '超大额订单' }],
  ['tag', { name: '大额' }],
  ['hold', { reason: '等审核' }],
])
const save = (said: Decision | null, at = NOW) =>
  sql.begin((tx) =>
    saveReviewMarks(
      tx,
      [
        {
          orderId: id,
          orderNo: 'NO-1',
          connection: 'shop',
          ruled: said === null ? null : { chosen: { setId: 3n, versionId: 9n }, decision: said },
        },
      ],
      at,
    ),
  )
const found = async (rule: typeof ruleCase) =>
  await rule.sweep(sql, settingsOf(rule, []), NOW.add({ minutes: 1 }), 10)

test('what a decision asks for is read from its actions; an odd severity is a warning', () => {
  const ruling = reviewRulingOf(MARKED)
  assert.deepEqual(ruling.holds, [{ node: 'n2', reason: '等审核' }])
  assert.deepEqual(ruling.tags, [{ node: 'n1', name: '大额' }])
  assert.deepEqual(ruling.cases, [{ node: 'n0', severity: 'critical', reason: '超大额订单' }])
  assert.equal(reviewRulingOf(decision([['case', { severity: 'x' }]])).cases[0]?.severity, 'warning')
})

test('a dry run tells orders that pass, are marked or held apart', () => {
  const item = {} as Parameters<typeof reviewPart.outcome>[1]
  const of = (said: Decision) => {
    const { group, words, figures } = reviewPart.outcome(said, item)
    return [group, words.zh, figures.held, figures.cases]
  }
  assert.deepEqual(of(decision([])), ['pass', '放行', 0n, 0n])
  assert.deepEqual(of(decision([['tag', { name: 'a' }]])), ['marked', '标签：a', 0n, 0n])
  assert.deepEqual(of(MARKED), ['hold', '拦下：等审核，待办：超大额订单，标签：大额', 1n, 1n])
})

test('a case opens with the severity that the rule names, stands since it began, and goes with its cause', async () => {
  await save(MARKED)
  await save(MARKED, NOW.add({ hours: 1 }))
  const [one] = await found(ruleCase)
  assert.deepEqual(
    [one?.subject, one?.severity, one?.words.zh, one?.since.toString()],
    [`order:${id}`, 'critical', '超大额订单', NOW.toString()],
  )
  assert.deepEqual(await readTags(sql, [id]), [{ order_id: id, words: '大额' }])
  await save(decision([['tag', { name: '加急' }]]))
  assert.deepEqual(await readTags(sql, [id]), [{ order_id: id, words: '加急' }])
  assert.deepEqual(await found(ruleCase), [])
  const still = await ruleCase.stillTrue(sql, settingsOf(ruleCase, []), NOW.add({ hours: 2 }), [
    `order:${id}`,
  ])
  assert.equal(still.size, 0)
  await save(null)
  assert.deepEqual(await readTags(sql, [id]), [])
})

test('an open hold is one case however many hold it, until all are released or the order is over', async () => {
  const hold = async (reason: string) =>
    await sql`insert into plan_hold (order_id, placed_by_kind, placed_by, reason, at) values (${id}, 'person', 'ana', ${reason}, ${NOW})`
  await hold('等电话')
  await hold('改地址')
  const [one, ...more] = await found(ruleHold)
  assert.deepEqual([one?.words.zh, more.length], ['订单被拦下：等电话，另有 1 个原因', 0])
  await sql`update plan_hold set released_at = ${NOW} where reason = '等电话'`
  assert.equal((await found(ruleHold))[0]?.words.en, 'the order is held: 改地址')
  await sql`update sales_order set status = 'cancelled' where id = ${id}`
  assert.deepEqual(await found(ruleHold), [])
})
