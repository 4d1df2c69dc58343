import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { readXlsx } from 'hucre/xlsx'
import type { RuleOrder, RuleOrders } from '#domain/rule-order.ts'
import { ORDER_VARIABLES, ruleInputOf } from '#domain/rule-variables.ts'
import type { RuleKind, RuleKindPart, RuleModel } from '#domain/rulebook.ts'
import { manualClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { JobCancelled, type Progress } from '#platform/jobs/runner.ts'
import { beat, claimJob, endJob, type Job } from '#platform/jobs/store.ts'
import { json } from '#platform/postgres/database.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { hashOfModel, parseModel } from '#platform/rules/parse-model.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import type { DryRunDeps, PreviewKind } from './deps.ts'
import { dryRunRoutes } from './http.ts'
import { dryRunJobs } from './run-dry-run.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(NOW)

const KIND: RuleKind = {
  kind: 'test_fee',
  label: { zh: '费', en: 'fee' },
  purpose: { zh: '费', en: 'fee' },
  variables: ORDER_VARIABLES,
  lineVariables: [],
  values: [{ name: 'fee', label: { zh: '费', en: 'fee' }, type: 'money', required: true }],
  actions: [],
  guards: [
    {
      metric: 'fee',
      label: { zh: '平均运费', en: 'mean freight' },
      // Of too many orders to speak in these tests; it says that the figure is an amount.
      test: { is: 'mean', toleranceBps: 10_000, atLeast: 1_000_000, figure: 'money' },
    },
  ],
  templates: [],
  gray: true,
}
const PART: RuleKindPart = {
  kind: KIND,
  item: (order) =>
    order.lines.length === 0
      ? null
      : {
          orderId: order.id,
          orderNo: order.orderNo,
          connection: order.connection,
          connectorKind: order.connectorKind,
          input: ruleInputOf(order, null),
          context: null,
        },
  outcome: ({ outcome, values }) => {
    const fee = typeof values.fee === 'bigint' ? values.fee : 0n
    const words = outcome === 'review' ? 'review' : `fee ${fee}`
    return { words: { zh: words, en: words }, group: outcome, figures: outcome === 'review' ? {} : { fee } }
  },
}

/** `below`: orders under it pay `fee`; others nothing, or go to a person where `otherwise` is null. */
function model(below: string, fee: string, otherwise: 'free' | null = 'free'): RuleModel {
  return {
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
        branches: [{ id: 'low', label: '低', when: `order_amount < yuan("${below}")`, to: 'paid' }],
        otherwise,
      },
      result('paid', `yuan("${fee}")`),
      result('free', 'yuan("0.00")'),
    ],
  }
}
function result(id: string, fee: string): RuleModel['nodes'][number] {
  const values = [{ name: 'fee', expression: fee }]
  return { type: 'result', id, label: id, at: { x: 0, y: 100 }, outcome: 'decided', values, reason: '' }
}

/** Order n of 1,200 is worth n yuan; every hundredth has no lines, so that the rules have nothing to say of it. */
function orderOf(n: number, connection = n % 2 === 0 ? 'shop-a' : 'shop-b'): RuleOrder {
  const line = {
    lineId: '1',
    sku: 'A',
    shopSku: 'A',
    title: 'A',
    quantity: 1,
    unitPriceMinor: BigInt(n) * 100n,
    paidMinor: null,
    gift: false,
    weightG: null,
    volumeCm3: null,
    tags: [],
    parts: null,
  }
  return {
    id: BigInt(n),
    connection,
    connectorKind: 'douyin',
    orderNo: n === 1 ? '=1+1' : `NO-${n}`,
    status: 'awaiting_shipment',
    placedAt: NOW,
    paidAt: NOW,
    shipBy: null,
    currency: 'CNY',
    payableMinor: BigInt(n) * 100n,
    goodsMinor: BigInt(n) * 100n,
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
    lines: n % 100 === 0 ? [] : [line],
    gifts: [],
  }
}
const ALL = Array.from({ length: 1_200 }, (_, at) => orderOf(at + 1))
let reads: string[] = []
const orders: RuleOrders = {
  byIds: async (ids) => ALL.filter((one) => ids.includes(one.id)),
  byNumber: async (no) => ALL.filter((one) => one.orderNo === no),
  between: async ({ from, after: place, limit }) => {
    reads.push(`${from.toString()} ${place}`)
    return ALL.filter((one) => one.id > place).slice(0, limit)
  },
}

let server: TestServer
let deps: DryRunDeps
let elsewhere: PreviewKind
before(async () => {
  server = await openTestServer((app, { sql }) => {
    deps = {
      db: sql,
      clock,
      engine: {
        parse: parseModel,
        hashOf: hashOfModel,
        compile: compileModel,
        check: async (kind, model) => ok(checkModel(kind, model)),
        quickCheck: () => [],
      },
      parts: new Map([
        [KIND.kind, PART],
        ['elsewhere', { ...PART, kind: { ...KIND, kind: 'elsewhere' } }],
      ]),
      orders,
      previews: { elsewhere: async (ask) => await elsewhere(ask) },
      grounds: {},
      zone: () => 'Asia/Shanghai',
      nameOf: (id) => (id === 'shop-a' ? '旗舰店' : null),
      onJobQueued: () => undefined,
    }
    dryRunRoutes(app, deps)
  })
})
after(async () => await server.close())
beforeEach(async () => {
  reads = []
  await server.sql.raw('truncate rule_set, job restart identity cascade')
})

async function addSet(kind = KIND.kind, connection: string | null = null): Promise<bigint> {
  const [row] = await server.sql<{ id: bigint }>`
    insert into rule_set (kind, name, connector_kind, connection_id, created_by, created_at, updated_at)
    values (${kind}, ${`set ${connection}`}, ${connection === null ? '*' : 'douyin'}, ${connection}, 'ana', ${NOW}, ${NOW}) returning id`
  return row?.id ?? 0n
}

async function addVersion(setId: bigint, state: 'checked' | 'live', content: RuleModel): Promise<bigint> {
  const [row] = await server.sql<{ id: bigint }>`
    insert into rule_version (set_id, number, state, model, hash, author, author_id, created_at, updated_at)
    select ${setId}, coalesce(max(number), 0) + 1, ${state}, ${json(content)}::jsonb, ${hashOfModel(content)}, 'ana', 'user:1', ${NOW}, ${NOW}
    from rule_version where set_id = ${setId} returning id`
  if (state === 'live')
    await server.sql`update rule_set set live_version = ${row?.id ?? 0n} where id = ${setId}`
  return row?.id ?? 0n
}

type Run = Record<string, unknown> & { id: string; groups: { group: string; count: number }[] }
async function start(version: bigint, body: object = { days: 7 }): Promise<Run> {
  const answer = await server.call('POST', `/api/rules/versions/${version}/dry-runs`, body)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return (answer.body as { dryRun: Run }).dryRun
}
async function claim(): Promise<Job> {
  const bounds = { silentSince: clock.now().subtract({ minutes: 1 }), maxAttempts: 5 }
  const job = await claimJob(server.sql, ['rules.dry_run'], clock.now(), bounds)
  assert.ok(job !== null)
  return job
}
const quiet: Progress = async () => undefined
async function work(progress: Progress = quiet): Promise<void> {
  const job = await claim()
  const handler = dryRunJobs(deps, 500)['rules.dry_run']
  assert.ok(handler !== undefined)
  const done = await handler(job, progress)
  const state = done.ok ? 'done' : 'failed'
  await endJob(server.sql, job, { state, result: null, error: null }, clock.now())
}
const shown = async (id: string): Promise<Run> =>
  (await server.call('GET', `/api/rules/dry-runs/${id}`)).body as Run
const codeOf = (answer: { body: unknown }): string => (answer.body as { code: string }).code
const dryRunOf = async (version: bigint): Promise<bigint | null> =>
  (
    await server.sql<{ dry_run_id: bigint | null }>`select dry_run_id from rule_version where id = ${version}`
  )[0]?.dry_run_id ?? null

test('what changes is counted, grouped, summed and kept, and a run without objection belongs to the version', async () => {
  const set = await addSet()
  await addVersion(set, 'live', model('99.00', '12.00'))
  const version = await addVersion(set, 'checked', model('199.00', '8.00'))
  const queued = await start(version)
  assert.deepEqual([queued.state, queued.againstNumber, queued.passed], ['queued', 1, null])
  await work()
  const run = await shown(queued.id)
  // 12 of 1,200 have no lines. Below 99 yuan: 98 orders 12 -> 8. From 99 to 198: 100 orders less number 100, 0 -> 8.
  assert.deepEqual(
    [run.state, run.done, run.changed, run.same, run.passed, run.cut],
    ['done', 1_188, 98 + 99, 1_188 - 197, true, false],
  )
  assert.deepEqual(run.figures, { fee: { before: String(98 * 1_200), after: String(197 * 800) } })
  assert.deepEqual(run.groups, [{ group: 'decided', count: 197, figures: run.figures }])
  assert.equal(await dryRunOf(version), BigInt(run.id))
  const page = await server.call('GET', `/api/rules/dry-runs/${run.id}/rows?limit=100`)
  const { items, next } = page.body as {
    items: { orderNo: string; before: { words: { en: string } } }[]
    next: string
  }
  assert.deepEqual([items.length, items[0]?.orderNo, items[0]?.before.words.en], [100, '=1+1', 'fee 1200'])
  const rest = await server.call('GET', `/api/rules/dry-runs/${run.id}/rows?limit=100&cursor=${next}`)
  assert.equal((rest.body as { items: unknown[] }).items.length, 97)
  const list = await server.call('GET', `/api/rules/sets/${set}/dry-runs`)
  assert.deepEqual(
    (list.body as { items: Run[] }).items.map((one) => one.id),
    [run.id],
  )
})

test('a kind that decides on more than the order is tried on what is read for a batch', async () => {
  const set = await addSet()
  await addVersion(set, 'live', model('99.00', '12.00'))
  await start(await addVersion(set, 'checked', model('99.00', '8.00')))
  const batches: number[] = []
  const grounded: DryRunDeps = {
    ...deps,
    grounds: {
      [KIND.kind]: async (orders) => {
        batches.push(orders.length)
        return (_, item) => ({ ...item, input: { ...item.input, currency: 'USD' } })
      },
    },
  }
  const done = await dryRunJobs(grounded, 500)['rules.dry_run']?.(await claim(), async () => undefined)
  assert.ok(done?.ok)
  assert.deepEqual(batches, [500, 500, 200])
  // All in another currency: both versions leave every order to a person.
  assert.deepEqual(done.value, { orders: 1_188, changed: 0 })
})

test('the sheet has every changed order, and an order number is never a formula', async () => {
  const set = await addSet()
  await addVersion(set, 'live', model('99.00', '12.00'))
  const run = await start(await addVersion(set, 'checked', model('99.00', '8.00')))
  await work()
  const headers = await server.asKey('rules:read')
  const answer = await server.app.inject({ url: `/api/rules/dry-runs/${run.id}/export?locale=en`, headers })
  assert.equal(answer.statusCode, 200)
  const { sheets } = await readXlsx(answer.rawPayload)
  const rows = sheets[0]?.rows ?? []
  assert.equal(rows.length, 1 + 98)
  assert.deepEqual(rows[1], ['=1+1', 'shop-b', 'decided', 'fee 1200', 'fee 800', 12, 8], 'in the major unit')
})

test('a run that was killed goes on behind its last batch and counts nothing twice', async () => {
  const set = await addSet()
  await addVersion(set, 'live', model('99.00', '12.00'))
  const version = await addVersion(set, 'checked', model('2000.00', '8.00'))
  const run = await start(version)
  const job = await claim()
  const handler = dryRunJobs(deps, 500)['rules.dry_run']
  const die: Progress = async (done) => {
    if (done > 500) throw new Error('killed')
  }
  await assert.rejects(async () => await handler?.(job, die), /killed/)
  assert.equal((await shown(run.id)).state, 'running')
  clock.advance({ minutes: 2 })
  reads = []
  await work()
  assert.deepEqual(
    reads.map((one) => one.split(' ')[1]),
    ['1000', '1200'],
    'the first thousand is not read again',
  )
  const ended = await shown(run.id)
  assert.deepEqual([ended.state, ended.done, ended.changed], ['done', 1_188, 1_188])
  const [rows] = await server.sql<{ n: bigint }>`select count(*) as n from rule_dry_run_row`
  assert.equal(rows?.n, 1_188n)
})

test('a person stops it; what another runner took over is left alone', async () => {
  const set = await addSet()
  const run = await start(await addVersion(set, 'checked', model('99.00', '8.00')))
  const job = await claim()
  const handler = dryRunJobs(deps, 500)['rules.dry_run']
  assert.equal((await server.call('POST', `/api/rules/dry-runs/${run.id}/stop`)).status, 204)
  const progress: Progress = async () => {
    if (!(await beat(server.sql, job, { progress: 1n, total: null }, clock.now()))) throw new JobCancelled()
  }
  await assert.rejects(async () => await handler?.(job, progress), JobCancelled)
  const stopped = await shown(run.id)
  assert.deepEqual([stopped.state, stopped.passed], ['stopped', null])
  const again = await server.call('POST', `/api/rules/dry-runs/${run.id}/stop`)
  assert.equal(codeOf(again), 'rulebook.dry_run_over_conflict')
  const pass = await server.call('POST', `/api/rules/dry-runs/${run.id}/pass`, { because: 'fine' })
  assert.equal(codeOf(pass), 'rulebook.dry_run_open_conflict')
})

test('orders that would go to a person newly want somebody who accepts it; other content takes it away', async () => {
  const set = await addSet()
  await addVersion(set, 'live', model('99.00', '12.00'))
  const version = await addVersion(set, 'checked', model('99.00', '12.00', null))
  const run = await start(version)
  await work()
  const ended = await shown(run.id)
  assert.deepEqual(
    [ended.passed, ended.newlyReview, ended.reviews],
    [false, 1_090, { before: 0, after: 1_090 }],
  )
  assert.deepEqual(
    ended.groups.map(({ group, count }) => [group, count]),
    [['decided→review', 1_090]],
  )
  assert.equal(await dryRunOf(version), null)
  const blank = await server.call('POST', `/api/rules/dry-runs/${run.id}/pass`, { because: '  ' })
  assert.equal(blank.status, 400)
  await server.sql`update rule_version set hash = 'other' where id = ${version}`
  const stale = await server.call('POST', `/api/rules/dry-runs/${run.id}/pass`, { because: '就是要人工看' })
  assert.equal(codeOf(stale), 'rulebook.dry_run_stale_conflict')
  await server.sql`update rule_version set hash = ${String(ended.hash)} where id = ${version}`
  const passed = await server.call('POST', `/api/rules/dry-runs/${run.id}/pass`, { because: '就是要人工看' })
  const accepted = (passed.body as { dryRun: Run }).dryRun
  assert.deepEqual([accepted.passed, accepted.passWords], [true, { zh: '就是要人工看', en: '就是要人工看' }])
  assert.equal(await dryRunOf(version), BigInt(run.id))
})

test('a set of one shop is tried on its orders, beside the wider set that decides now; where none does, beside nothing', async () => {
  const wide = await addSet()
  await addVersion(wide, 'live', model('99.00', '12.00'))
  const own = await addVersion(await addSet(KIND.kind, 'shop-a'), 'checked', model('99.00', '12.00'))
  const run = await start(own)
  await work()
  // Even numbers to 1,200 are of that shop, twelve of them without lines.
  const ended = await shown(run.id)
  assert.deepEqual([ended.done, ended.changed, ended.againstNumber, ended.passed], [588, 0, null, true])
  await server.sql`update rule_set set live_version = null where id = ${wide}`
  const bare = await start(own)
  await work()
  const first = await shown(bare.id)
  assert.deepEqual(
    first.groups.map(({ group, count }) => [group, count]),
    [['∅→decided', 588]],
  )
})

test('a kind that decides something else than orders is tried by its own preview', async () => {
  const set = await addSet('elsewhere')
  const version = await addVersion(set, 'checked', model('99.00', '8.00'))
  const words = { zh: 'x', en: 'x' }
  elsewhere = async () => ({
    ok: true,
    value: {
      looked: 50,
      changes: [
        {
          orderId: 7n,
          orderNo: 'NO-7',
          connection: 'shop-a',
          before: words,
          after: { zh: 'y', en: 'y' },
          group: 'x→y',
          figures: {},
        },
      ],
      objection: { zh: '看看', en: 'look' },
    },
  })
  const run = await start(version)
  await work()
  const ended = await shown(run.id)
  assert.deepEqual([ended.state, ended.done, ended.changed, ended.passed], ['done', 50, 1, false])
  elsewhere = async () => ({ ok: false, refusal: { code: 'mapping.model_form', detail: 'a table of codes' } })
  const other = await start(version)
  await work()
  const failed = await shown(other.id)
  assert.deepEqual([failed.state, failed.error], ['failed', 'mapping.model_form: a table of codes'])
})

test('what is not there, or of another set, is refused', async () => {
  const one = await addVersion(await addSet(), 'checked', model('99.00', '8.00'))
  const other = await addVersion(await addSet(KIND.kind, 'shop-a'), 'live', model('99.00', '8.00'))
  const ask = async (version: bigint, body: object) =>
    codeOf(await server.call('POST', `/api/rules/versions/${version}/dry-runs`, body))
  assert.equal(await ask(999n, {}), 'rulebook.version_not_found')
  assert.equal(await ask(one, { againstVersionId: other.toString() }), 'rulebook.other_set')
  assert.equal(await ask(one, { days: 91 }), 'http.invalid')
  for (const path of ['dry-runs/9', 'dry-runs/9/rows', 'dry-runs/9/export'])
    assert.equal(codeOf(await server.call('GET', `/api/rules/${path}`)), 'rulebook.dry_run_not_found')
  assert.equal(codeOf(await server.call('POST', '/api/rules/dry-runs/9/stop')), 'rulebook.dry_run_not_found')
  assert.equal(codeOf(await server.call('GET', '/api/rules/sets/99/dry-runs')), 'rulebook.set_not_found')
})
