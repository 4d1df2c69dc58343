import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { Rulebook } from '#domain/rulebook.ts'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { until } from '#test-support/hub.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import {
  FREIGHT_KIND,
  type FreightDirectory,
  freightDeskRoutes,
  freightDirectory,
  freightQuoteRoutes,
  readSkuFigures,
  saveQuotes,
  withdrawQuotes,
} from './index.ts'
import { ORDER } from './testing/order.ts'

let server: TestServer
let directory: FreightDirectory
let rulebook: Rulebook
const stored: RuleOrder[] = []
const keys: string[] = []
const reads: (readonly string[])[] = []

before(async () => {
  rulebook = rulebookOf('recommended')
  server = await openTestServer(async (app, { sql }) => {
    directory = freightDirectory({ db: sql })
    await directory.start()
    freightQuoteRoutes(app, {
      rulebook: () => rulebook,
      book: directory.current,
      orders: () => ({
        byIds: async (ids) => stored.filter((order) => ids.includes(order.id)),
        byNumber: async (...orderNos) => {
          reads.push(orderNos)
          return stored.filter((order) => orderNos.includes(order.orderNo))
        },
        between: async () => [],
      }),
      skuFigures: (skus) => readSkuFigures(sql, skus),
    })
    freightDeskRoutes(app, {
      db: sql,
      clock: systemClock,
      directory,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    })
  })
})
after(async () => {
  await directory.stop()
  await server.close()
})

function rulebookOf(template: string): Rulebook {
  const found = FREIGHT_KIND.templates.find((one) => one.id === template)
  assert(found !== undefined)
  const rules = compileModel(FREIGHT_KIND, found.model)
  assert(rules.ok)
  return {
    choose: (kind, { key }) => {
      assert.equal(kind, 'freight')
      keys.push(key)
      return { kind, setId: 1n, versionId: 7n, number: 3, arm: 'live', rules: rules.value }
    },
  }
}

type Item = {
  ref: string | null
  outcome: string
  quote: {
    freight: { currency: string; amount: string }
    parts: { label: string; amount: string }[]
    carrier: string | null
  } | null
  shares: { orderNo: string; quote: { freight: { amount: string }; parts: { amount: string }[] } }[]
  version: { number: number; arm: string } | null
  path: { node: string }[]
  reason: { code: string; node: string | null; words: { zh: string } } | null
  refusal: { code: string; data?: { field?: string } } | null
}
async function quote(...items: object[]): Promise<Item[]> {
  const answer = await server.call('POST', '/freight/quote', { items })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return (answer.body as { items: Item[] }).items
}
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code

const OLD = { source: 'douyin', customer: { orderCount: 3 }, to: { address: '浙江省杭州市西湖区文三路1号' } }

test('a described order is quoted: amount, parts that add up, version and path', async () => {
  const [item] = await quote({ ...OLD, ref: 'A-1', amount: '98.99' })
  assert.equal(item?.outcome, 'quoted')
  assert.deepEqual(item.quote, {
    freight: { currency: 'CNY', amount: '12.00' },
    parts: [
      { node: 'base', label: '基础运费', amount: '12.00' },
      { node: 'add', label: '地区系数', amount: '0.00' },
    ],
    carrier: null,
  })
  assert.deepEqual(
    [item.ref, item.version, item.reason, item.refusal],
    ['A-1', { setId: '1', versionId: '7', number: 3, arm: 'live' }, null, null],
  )
  assert.deepEqual(
    item.path.map((step) => step.node),
    ['where', 'first', 'bands', 'base', 'region', 'coefficient', 'add', 'done'],
  )
})

test('a batch is answered in order, each with its own outcome; what is at fault does not stop the rest', async () => {
  const items = await quote(
    { ...OLD, amount: '198.99', to: { province: '新疆', city: '喀什' } },
    { ...OLD, amount: '1.005' },
    { ...OLD, amount: '10', to: { address: '南京东路100号' } },
    { ...OLD, amount: '10', to: { country: 'HK' } },
    { ...OLD, currency: 'USD', amount: '10' },
    { ...OLD, amount: '10', items: [{ sku: 'A', quantity: 1, unitPrice: '0.001' }] },
    { orderNos: ['nobody'] },
    { amount: '120', to: OLD.to },
  )
  assert.deepEqual(
    items.map((item) => [item.outcome, item.quote?.freight.amount ?? item.refusal?.code]),
    [
      ['quoted', '23.00'],
      ['refused', 'money.too_many_decimals'],
      ['refused', 'freight.region_unknown'],
      ['review', 'freight.undecided'],
      ['refused', 'freight.other_currency'],
      ['refused', 'money.too_many_decimals'],
      ['refused', 'freight.order_not_found'],
      ['quoted', '0.00'],
    ],
  )
  assert.equal(items[5]?.refusal?.data?.field, 'items[0].unitPrice')
  assert.equal(items[3]?.reason?.node, 'ask_price')
})

test('bodies of another form are refused before anything is read', async () => {
  for (const body of [
    {},
    { items: [] },
    { items: [{ amount: '1' }] },
    { items: [{ ...OLD, amount: '-1' }] },
    { items: [{ ...OLD, amount: 1 }] },
  ])
    assert.equal((await server.call('POST', '/freight/quote', body)).status, 400, JSON.stringify(body))
  const many = Array.from({ length: 201 }, () => ({ ...OLD, amount: '1' }))
  assert.equal((await server.call('POST', '/freight/quote', { items: many })).status, 400)
})

test('the reference is what a gray share goes by; without one the same question meets the same version', async () => {
  keys.length = 0
  await quote(
    { ...OLD, ref: 'A-9', amount: '5' },
    { ...OLD, amount: '5' },
    { ...OLD, amount: '5' },
    { ...OLD, amount: '6' },
  )
  assert.equal(keys[0], 'A-9')
  assert.equal(keys[1], keys[2])
  assert.notEqual(keys[2], keys[3])
})

test('weights come from the items, else from the SKU profile or the parts of a bundle, else nobody knows and a person decides', async () => {
  await server.sql`
    insert into sku_profile (sku, weight_g, tags, updated_by, updated_at)
    values ('KNOWN', 400, '{}', 'test', now()), ('PART', 700, '{fragile}', 'test', now()), ('BARE', null, '{}', 'test', now())`
  await server.sql`
    insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by)
    values ('BOX', 'KNOWN', 2, 'test'), ('BOX', 'PART', 1, 'test'), ('HALF', 'KNOWN', 1, 'test'), ('HALF', 'BARE', 1, 'test')`
  rulebook = rulebookOf('first_and_further_weight')
  const to = { province: '浙江' }
  const items = await quote(
    { amount: '9', to, items: [{ sku: 'X', quantity: 3, weightG: 500 }] },
    { amount: '9', to, items: [{ sku: 'KNOWN', quantity: 6 }] },
    { amount: '9', to, items: [{ sku: 'X', quantity: 1 }] },
    { amount: '9', to, weightG: 1_000, items: [{ sku: 'X', quantity: 1 }] },
    { amount: '9', to, items: [{ sku: 'BOX', quantity: 2 }] },
    { amount: '9', to, items: [{ sku: 'HALF', quantity: 1 }] },
  )
  rulebook = rulebookOf('recommended')
  assert.deepEqual(
    items.map((item) => item.quote?.freight.amount ?? item.outcome),
    // 1.5 kg; 2.4 kg; unknown; 1 kg; twice 0.4 + 0.4 + 0.7 kg; a part is unknown.
    ['7.00', '8.00', 'review', '6.00', '8.00', 'review'],
  )
})

test('merged orders of the hub are quoted together and share the freight by what they cost', async () => {
  const one = { ...ORDER, id: 1n, orderNo: 'M-1', payableMinor: 3_000n }
  const two = { ...ORDER, id: 2n, orderNo: 'M-2', payableMinor: 4_000n }
  const twin = { ...ORDER, id: 3n, orderNo: 'M-2', connection: 'other' }
  stored.push(one, two, twin)
  reads.length = 0
  const [alone, joint, ambiguous] = await quote(
    { orderNos: ['M-1'] },
    { orderNos: ['M-1', 'M-2'], shop: ORDER.connection },
    { orderNos: ['M-2'] },
  )
  stored.length = 0
  // Of all questions at once: one after another 200 of them with 20 numbers each would be 4,000 reads.
  assert.deepEqual(reads, [['M-1', 'M-2']])
  assert.deepEqual([alone?.quote?.freight.amount, alone?.shares], ['12.00', []])
  // 12.00 shared 3 : 4.
  assert.deepEqual(
    joint?.shares.map((share) => [share.orderNo, share.quote.freight.amount]),
    [
      ['M-1', '5.14'],
      ['M-2', '6.86'],
    ],
  )
  assert.equal(ambiguous?.refusal?.code, 'freight.order_ambiguous')
})

test('where no rules are live there is no quote', async () => {
  const kept = rulebook
  rulebook = { choose: () => null }
  const [item] = await quote({ ...OLD, amount: '5' })
  rulebook = kept
  assert.deepEqual([item?.outcome, item?.quote, item?.version], ['no_rules', null, null])
})

test('regions are listed step by step', async () => {
  const names = async (parent?: string) => {
    const answer = await server.call('GET', `/api/regions${parent === undefined ? '' : `?parent=${parent}`}`)
    return (answer.body as { items: { code: string; name: string }[] }).items
  }
  const provinces = await names()
  assert.equal(provinces.length, 34)
  const zhejiang = provinces.find((one) => one.name === '浙江')?.code
  const hangzhou = (await names(zhejiang)).find((one) => one.name === '杭州市')?.code
  assert.ok((await names(hangzhou)).some((one) => one.name === '西湖区'))
  assert.equal(codeOf(await server.call('GET', '/api/regions?parent=99')), 'freight.region_not_found')
})

test('remote areas: changed, imported and seen by the next quote and by other processes', async () => {
  const other = freightDirectory({ db: server.sql })
  await other.start()
  const areas = async () =>
    (
      (await server.call('GET', '/api/regions/remote')).body as {
        items: { id: string; province: string; city: string; class: string }[]
      }
    ).items
  assert.equal((await areas()).length, 10)
  const saved = await server.call('PUT', '/api/regions/remote', {
    province: '四川省',
    city: '凉山州',
    class: 'remote',
  })
  assert.equal(saved.status, 200)
  assert.deepEqual(
    (await areas()).filter((one) => one.province === '四川').map((one) => [one.city, one.class]),
    [['凉山彝族自治州', 'remote']],
  )
  await until(
    async () => other.current().areas.length === 11,
    () => 'the other process did not read the new area',
  )
  assert.equal(
    codeOf(
      await server.call('PUT', '/api/regions/remote', { province: '四川', city: '火星市', class: 'remote' }),
    ),
    'freight.area_unknown',
  )
  assert.equal(
    codeOf(
      await server.call('PUT', '/api/regions/remote', { province: '浙江', city: '广州市', class: 'remote' }),
    ),
    'freight.area_unknown',
  )
  const { id } = saved.body as { id: string }
  assert.equal((await server.call('DELETE', `/api/regions/remote/${id}`)).status, 204)
  assert.equal(codeOf(await server.call('DELETE', `/api/regions/remote/${id}`)), 'freight.area_not_found')

  const bad = await server.call('POST', '/api/regions/remote/import', {
    text: '新疆\n火星\n四川 甘孜州 某乡',
    replaces: true,
  })
  assert.equal(codeOf(bad), 'freight.areas_invalid')
  assert.deepEqual(
    (bad.body as { data: { lines: { line: number }[] } }).data.lines.map((one) => one.line),
    [2, 3],
  )
  assert.equal((await areas()).length, 10, 'all or nothing')
  const text = '新疆\t偏远\t全部乡镇\n西藏自治区\n\n香港\n四川省甘孜藏族自治州,remote\n海南海口市,普通'
  assert.deepEqual((await server.call('POST', '/api/regions/remote/import', { text, replaces: true })).body, {
    saved: 5,
  })
  assert.deepEqual((await areas()).map((one) => [one.province, one.city, one.class]).sort(), [
    ['四川', '甘孜藏族自治州', 'remote'],
    ['新疆', '', 'remote'],
    ['海南', '海口市', 'mainland'],
    ['西藏', '', 'remote'],
    ['香港', '', 'hmt'],
  ])
  await other.stop()
})

test('levels of customers are put in the place of all; a quote of an order count goes by them', async () => {
  const tier = (name: string, minOrders: number, priority: number, minSpent: string | null = null) => ({
    name,
    label: name,
    minOrders,
    minSpent,
    currency: 'CNY',
    priority,
  })
  const put = (...items: object[]) => server.call('PUT', '/api/customer-tiers', { items })
  assert.deepEqual(
    ((await server.call('GET', '/api/customer-tiers')).body as { items: { name: string }[] }).items.map(
      (one) => one.name,
    ),
    ['old', 'new'],
  )
  for (const items of [[], [tier('a', 0, 0), tier('a', 1, 1)], [tier('a', 0, 0), tier('b', 1, 0)]])
    assert.equal(codeOf(await put(...items)), 'freight.tiers_invalid')
  assert.equal(codeOf(await put(tier('a', 0, 0, '1.005'))), 'money.too_many_decimals')
  assert.equal((await put(tier('BAD', 0, 0))).status, 400)
  // Whoever ordered twice is old from now on; one earlier order is not enough.
  assert.equal((await put(tier('new', 0, 0), tier('old', 2, 10))).status, 200)
  const [once, twice] = await quote(
    { ...OLD, amount: '150', customer: { orderCount: 1 } },
    { ...OLD, amount: '150', customer: { orderCount: 2 } },
  )
  assert.deepEqual([once?.quote?.freight.amount, twice?.quote?.freight.amount], ['0.00', '8.00'])
})

test("an order's quotes are kept: the same again adds nothing, another one makes the first history", async () => {
  const at = Temporal.Instant.from('2026-03-01T00:00:00Z')
  const saved = (amountMinor: bigint, number = 3) => ({
    orderId: 5n,
    orderNo: 'Q-5',
    connection: 'demo',
    quote: {
      currency: 'CNY',
      amountMinor,
      parts: [
        { node: 'base', label: '基础运费', amountMinor: amountMinor + 100n },
        { node: 'less', label: '减', amountMinor: -100n },
      ],
      carrier: 'SF',
    },
    setId: 1n,
    versionId: BigInt(number),
    number,
    arm: 'live' as const,
    parcels: 2,
    jointWith: ['Q-6'],
  })
  const save = (...quotes: ReturnType<typeof saved>[]) => server.sql.begin((tx) => saveQuotes(tx, quotes, at))
  const read = async () =>
    (await server.call('GET', '/api/orders/5/freight')).body as {
      current: {
        freight: { amount: string }
        parts: { amount: string }[]
        parcels: number
        jointWith: string[]
        carrier: string
      } | null
      history: { freight: { amount: string } }[]
    }
  assert.deepEqual(await read(), { current: null, history: [] })
  await save(saved(1_200n))
  await save(saved(1_200n))
  const first = await read()
  assert.deepEqual(
    [first.current?.freight.amount, first.current?.parts.map((part) => part.amount), first.history.length],
    ['12.00', ['13.00', '-1.00'], 0],
  )
  assert.deepEqual(
    [first.current?.parcels, first.current?.jointWith, first.current?.carrier],
    [2, ['Q-6'], 'SF'],
  )
  await save(saved(800n, 4))
  const second = await read()
  assert.deepEqual(
    [second.current?.freight.amount, second.history.map((one) => one.freight.amount)],
    ['8.00', ['12.00']],
  )
  await server.sql.begin((tx) => withdrawQuotes(tx, [5n]))
  const third = await read()
  assert.deepEqual([third.current, third.history.length], [null, 2])
})

test('only who may quote or change may', async () => {
  const reader = await server.asKey('rules:read')
  const call = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) =>
    (await server.app.inject({ method, url, headers: reader, ...(payload === undefined ? {} : { payload }) }))
      .statusCode
  assert.equal(await call('GET', '/api/customer-tiers'), 200)
  assert.equal(await call('PUT', '/api/customer-tiers', { items: [] }), 403)
  assert.equal(await call('POST', '/freight/quote', { items: [{ ...OLD, amount: '1' }] }), 403)
})
