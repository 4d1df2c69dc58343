import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedFact, seedOrder } from '#test-support/seed-orders.ts'
import { settingsOf } from './core/settings.ts'
import { REVIEW_RULES } from './rules/index.ts'
import { openCases } from './store.ts'

const NOW = Temporal.Instant.from('2026-11-11T12:00:00Z')
const ago = (minutes: number): string => NOW.subtract({ minutes }).toString()
let database: FreshDatabase
let sql: Sql

before(async () => {
  database = await freshDatabase()
  sql = database.sql
  await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-11-11'))
})
after(async () => await database.close())

function ruleNamed(id: string) {
  const rule = REVIEW_RULES.find((one) => one.id === id)
  assert.ok(rule, id)
  return rule
}

/** Subjects that the rule finds now; each must also count as still true. */
async function found(id: string, at = NOW): Promise<string[]> {
  const rule = ruleNamed(id)
  const settings = settingsOf(rule, [])
  const rows = await rule.sweep(sql, settings, at, 1_000)
  const subjects = rows.map((row) => row.subject)
  const still = await rule.stillTrue(sql, settings, at, subjects)
  assert.deepEqual([...still].sort(), [...subjects].sort(), `${id} still true`)
  for (const row of rows)
    assert.ok(row.words.zh !== '' && !/undefined|NaN/.test(row.words.zh + row.words.en), row.words.en)
  return subjects.sort()
}

async function intent(
  orderId: bigint | null,
  state: string,
  createdAgo: number,
  effect = 'report_shipment',
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into outbox_intent (key, effect, connection_id, order_id, payload, state, attempts, last_code, last_detail, created_at, updated_at)
    values (gen_random_uuid()::text, ${effect}, 'shop', ${orderId}, ${json({ orderNo: 'x' })}, ${state}, 3, 'pdd.busy', 'come back later',
      ${Temporal.Instant.from(ago(createdAgo))}, ${Temporal.Instant.from(ago(createdAgo))}) returning id`
  return row?.id ?? 0n
}

test('no_waybill: the clock is the payment, or the placing where nobody told the payment', async () => {
  const due = await seedOrder(sql, { orderNo: 'N-1', placedAt: ago(120) })
  await seedOrder(sql, { orderNo: 'N-2', placedAt: ago(119) })
  await seedOrder(sql, { orderNo: 'N-3', placedAt: ago(500), status: 'on_hold' })
  await seedOrder(sql, { orderNo: 'N-4', placedAt: ago(500), status: 'shipped' })
  const untold = await seedOrder(sql, { orderNo: 'N-5', placedAt: ago(300) })
  await sql`update sales_order set paid_at = null where id = ${untold}`
  assert.deepEqual(await found('no_waybill'), [`order:${due}`, `order:${untold}`].sort())
  assert.equal((await found('no_waybill', NOW.add({ minutes: 1 }))).length, 3, 'one minute later N-2 is due')
})

test('report_refused and report_unknown tell what the channel said, and end with the order', async () => {
  const refused = await seedOrder(sql, { orderNo: 'P-1', status: 'shipped', report: 'refused' })
  await intent(refused, 'refused', 5)
  const cancelled = await seedOrder(sql, { orderNo: 'P-2', status: 'cancelled', report: 'refused' })
  await intent(cancelled, 'refused', 5)
  assert.deepEqual(await found('report_refused'), [`order:${refused}`])
  const [first] = await ruleNamed('report_refused').sweep(
    sql,
    settingsOf(ruleNamed('report_refused'), []),
    NOW,
    10,
  )
  assert.equal(first?.words.zh, '平台拒绝了发货回传：come back later')
  const unknown = await seedOrder(sql, { orderNo: 'P-3', status: 'shipped', report: 'due' })
  await intent(unknown, 'unknown', 15)
  const young = await seedOrder(sql, { orderNo: 'P-4', status: 'shipped', report: 'due' })
  await intent(young, 'unknown', 14)
  const known = await seedOrder(sql, { orderNo: 'P-5', status: 'shipped', report: 'accepted' })
  await intent(known, 'unknown', 60)
  assert.deepEqual(await found('report_unknown'), [`order:${unknown}`])
})

test('dead_intent is about the intent, whatever it was to do', async () => {
  const dead = await intent(null, 'dead', 1, 'fetch_order')
  await intent(null, 'moot', 1, 'fetch_order')
  assert.deepEqual(await found('dead_intent'), [`intent:${dead}`])
})

test('open drift makes cases, settled drift does not', async () => {
  const open = await seedOrder(sql, { orderNo: 'D-1', status: 'cancelled' })
  const settled = await seedOrder(sql, { orderNo: 'D-2', status: 'cancelled' })
  const disputed = await seedOrder(sql, { orderNo: 'D-3', status: 'delivered' })
  const at = Temporal.Instant.from(ago(60))
  await sql`insert into drift (order_id, field, cause, since, until, claims) values
    (${open}, 'cancelled_shipped', 'waybill_stands', ${at}, null, '[]'),
    (${settled}, 'cancelled_shipped', 'waybill_stands', ${at}, ${NOW}, '[]'),
    (${disputed}, 'delivered', 'went_back_or_revoked', ${at}, null, '[]')`
  assert.deepEqual(await found('cancelled_shipped'), [`order:${open}`])
  assert.deepEqual(await found('delivered_drift'), [`order:${disputed}`])
})

test('unmatched_sku only of orders that wait to leave', async () => {
  const waits = await seedOrder(sql, { orderNo: 'U-1', placedAt: ago(10), unmatched: 1 })
  await sql`insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift)
    values (${waits}, '1', 'shop', 'RED-42', null, 'cup', 1, false)`
  await seedOrder(sql, { orderNo: 'U-2', placedAt: ago(10), unmatched: 1, status: 'delivered' })
  assert.deepEqual(await found('unmatched_sku'), [`order:${waits}`])
})

test('on_hold counts from the latest hold, not from the payment', async () => {
  const long = await seedOrder(sql, { orderNo: 'H-1', placedAt: ago(5_000), status: 'on_hold' })
  await seedFact(sql, '00000000-0000-4000-8000-000000000001', {
    subject: 'order:shop:H-1',
    kind: 'held',
    at: ago(1_441),
  })
  await seedOrder(sql, { orderNo: 'H-2', placedAt: ago(5_000), status: 'on_hold' })
  await seedFact(sql, '00000000-0000-4000-8000-000000000002', {
    subject: 'order:shop:H-2',
    kind: 'held',
    at: ago(5_000),
  })
  await seedFact(sql, '00000000-0000-4000-8000-000000000003', {
    subject: 'order:shop:H-2',
    kind: 'held',
    at: ago(60),
  })
  assert.deepEqual(await found('on_hold'), [`order:${long}`])
})

test('parked messages find their order, or tell that there is none', async () => {
  const order = await seedOrder(sql, { orderNo: 'M-1', status: 'shipped' })
  const at = Temporal.Instant.from(ago(30))
  for (const orderNo of ['M-1', 'M-1', 'M-404'])
    await sql`with kept as (
        insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, order_no, headers, body, verdict,
          response_status, response_body, latency_us)
        values (${at}, 'shop', 'http', 'order', gen_random_uuid()::text, ${orderNo}, '{}', '', 'accepted', 200, '', 1) returning id, received_at
      ) insert into inbox_task (message_id, received_at, lane, state, park_code, parked_at)
        select id, received_at, 'shop', 'parked', 'mapping.unknown_code', received_at from kept`
  assert.deepEqual(await found('parked_messages'), [`order:${order}`])
  const [rule] = [ruleNamed('parked_unknown_order')]
  const [orphan, ...others] = await rule.sweep(sql, settingsOf(rule, []), NOW, 10)
  assert.equal(others.length, 0)
  assert.equal(orphan?.evidence.orderNo, 'M-404')
  assert.match(String(orphan?.evidence.message), /^20261111-\d+$/)
  await found('parked_unknown_order')
})

test('a promise in its warning time is a case until it is kept or void, one for all promises of an order', async () => {
  const order = await seedOrder(sql, { orderNo: 'W-1' })
  const calm = await seedOrder(sql, { orderNo: 'W-2' })
  const broken = await seedOrder(sql, { orderNo: 'W-3' })
  const promise = async (id: bigint, source: string, state: string, warnAgo: number): Promise<void> => {
    const [warn, due] = [NOW.subtract({ minutes: warnAgo }), NOW.subtract({ minutes: warnAgo - 60 })]
    await sql`insert into order_promise (order_id, source, connection_id, keeps, due_at, warn_at, state, updated_at)
      values (${id}, ${source}, 'shop', 'dispatched', ${due}, ${warn}, ${state}, ${NOW})`
  }
  await promise(order, 'rule:1', 'running', 1)
  await promise(order, 'platform:ship_by', 'running', 30)
  await promise(calm, 'rule:1', 'running', -1)
  await promise(calm, 'rule:2', 'kept', 30)
  await promise(broken, 'rule:1', 'breached', 300)
  assert.deepEqual(await found('promise_at_risk'), [`order:${order}`, `order:${broken}`].sort())
  const rule = ruleNamed('promise_at_risk')
  const rows = await rule.sweep(sql, settingsOf(rule, []), NOW, 10)
  // The earliest of its promises: warned 30 min ago, due in 30 min.
  const mine = rows.find((row) => row.orderId === order)
  assert.deepEqual(
    [mine?.since.toString(), mine?.deadline?.toString(), mine?.words.zh],
    ['2026-11-11T11:30:00Z', '2026-11-11T12:30:00Z', '时效承诺已到预警时间，还没有发出'],
  )
})

test('at a hundred thousand orders the two-hour rule reads its index, and nothing else of them', async () => {
  await sql`insert into sales_order (connection_id, order_no, status, paid_at, sort_at, record, digest)
    select 'big', 'L' || n, case when n % 50 = 0 then 'awaiting_shipment' else 'completed' end,
      ${NOW}::timestamptz - make_interval(secs => n), ${NOW}::timestamptz - make_interval(secs => n), '{}', '\\x00'
    from generate_series(1, 100000) n`
  const rule = ruleNamed('no_waybill')
  const settings = settingsOf(rule, [])
  // Every due order but one has its case: the usual state of a busy day.
  for (let more = 1_000; more === 1_000; ) {
    const due = await rule.sweep(sql, settings, NOW, 1_000)
    more = due.length
    await openCases(
      sql,
      due.map((one) => ({
        ...one,
        ...one.words,
        rule: rule.id,
        severity: 'warning',
        nextAction: 'open_order',
        owner: null,
        dueAt: NOW,
      })),
      NOW,
    )
  }
  await database.sql.raw('analyze sales_order')
  await database.sql.raw('analyze review_case')
  const fresh = await seedOrder(sql, { orderNo: 'L-fresh', placedAt: ago(121) })
  const began = performance.now()
  assert.deepEqual(
    (await rule.sweep(sql, settings, NOW, 1_000)).map((one) => one.orderId),
    [fresh],
  )
  const took = performance.now() - began
  assert.ok(took < 1_000, `a sweep took ${took} ms`)
  const plan = await explained((reader) => rule.sweep(reader, settings, NOW, 1_000))
  assert.match(plan, /sales_order_waiting/)
  assert.doesNotMatch(plan, /Seq Scan on sales_order/)
})

/** The plan of the statement that the work would run. */
async function explained(work: (reader: Sql) => Promise<unknown>): Promise<string> {
  let plan = ''
  const reader: Sql = async <Row>(
    text: TemplateStringsArray,
    ...values: Parameters<Sql>[1][]
  ): Promise<Row[]> => {
    const asked = Object.assign([`explain ${text[0]}`, ...text.slice(1)], { raw: text.raw })
    const rows = await sql<Record<string, string>>(asked as unknown as TemplateStringsArray, ...values)
    plan = rows.map((row) => Object.values(row)[0]).join('\n')
    return []
  }
  await work(reader)
  return plan
}
