import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS, type SimChannel } from '#sim/platform.ts'
import { simDouyin } from '#sim/platforms/douyin.ts'
import { simPinduoduo } from '#sim/platforms/pinduoduo.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { simYouzan } from '#sim/platforms/youzan.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'

// Four simulated shops with real signatures: what they would sell follows the ledger, over real sockets.

type Shop = SimChannel & {
  readonly loseNextAnswer?: () => void
  readonly throttleNext?: (times: number) => void
}

let running: RunningHub
const shops: { readonly id: string; readonly sim: Shop; readonly code: string }[] = []
const SKU = 'CUP-3001'

before(async () => {
  running = await runningHub()
  const deps = { clock: systemClock, random: seededRandom(5), faults: NO_FAULTS }
  const sims: Shop[] = await Promise.all([
    simShopify(deps),
    simYouzan(deps),
    simPinduoduo(deps),
    simDouyin(deps),
  ])
  await running.database.sql`
    insert into warehouse (code, name, updated_by) values ('HZ', '杭州仓', 'test'), ('SZ', '深圳仓', 'test')`
  for (const sim of sims) {
    const made = await running.call('POST', '/api/connections', {
      kind: sim.kind,
      name: `${sim.kind} shop`,
      settings: sim.settings,
    })
    assert.equal(made.status, 200, JSON.stringify(made.body))
    const { id } = made.body as { id: string }
    const code = sim.kind === 'shopify' ? 'CUP-BLUE' : 'MUG-WHITE-350'
    shops.push({ id, sim, code })
  }
})
after(async () => {
  for (const { sim } of shops) await sim.close()
  await running.close()
})

async function count(pieces: number, sku = SKU): Promise<void> {
  const { stock } = running.hub.core
  const changes = [{ sku, warehouse: 'HZ', setPhysical: pieces }]
  const answer = await stock.ask({
    do: 'adjust',
    key: null,
    changes,
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  assert.ok(answer.ok, answer.ok ? '' : answer.refusal.code)
}
const seen = (): (number | undefined)[] => shops.map(({ sim, code }) => sim.goods.stock.get(code))
async function shows(...figures: number[]): Promise<void> {
  await until(
    async () => seen().every((figure, i) => figure === figures[i]),
    async () =>
      `${seen().join()} instead of ${figures.join()}: ${JSON.stringify(await Promise.all(shops.map(({ id }) => listingOf(id))))} ${running.complaints.join('\n')}`,
    15,
  )
}
const listingOf = async (connection: string): Promise<Record<string, unknown>> => {
  const { body } = await running.call('GET', `/api/sellable/listings?connection=${connection}`)
  const [row] = (body as { items: Record<string, unknown>[] }).items
  assert.ok(row)
  return row
}

test('every connector that takes stock says how it finds a listing', () => {
  const kinds = connectors.filter(
    (one) => one.setStockMost !== undefined || ['youzan', 'pinduoduo', 'douyin'].includes(one.kind),
  )
  assert.deepEqual(kinds.map((one) => one.kind).sort(), ['douyin', 'pinduoduo', 'shopify', 'youzan'])
})

test('each shop is told its share once it has a rule, and follows locks, releases and counts', async () => {
  await count(100)
  const shares = [10_000, 5_000, 3_000, 1_000]
  for (const [i, { id, code }] of shops.entries()) {
    const listing = { connectionId: id, stockSku: SKU, shopSku: code }
    assert.equal((await running.call('PUT', '/api/sellable/listings', listing)).status, 204)
    const made = await running.call('POST', '/api/sellable/policies', rule(id, { shareBps: shares[i] ?? 0 }))
    assert.equal(made.status, 200, JSON.stringify(made.body))
  }
  await shows(100, 50, 30, 10)
  const { stock } = running.hub.core
  const lock = await stock.ask({
    do: 'lock',
    key: 'order-1',
    kind: 'lock',
    owner: { kind: 'api', id: 'order-1', reference: 'order-1' },
    channel: null,
    lines: [{ sku: SKU, quantity: 40, warehouse: 'HZ' }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'test',
    actor: 'test',
    ttlSeconds: 600,
    onDeadline: 'ask',
  })
  assert.ok(lock.ok, lock.ok ? '' : lock.refusal.code)
  await shows(60, 30, 18, 6)
  assert.ok((await stock.ask({ do: 'release', key: 'order-1', reason: 'test', actor: 'test' })).ok)
  await shows(100, 50, 30, 10)
  await count(0)
  await shows(0, 0, 0, 0)
  const policies = (await running.call('GET', '/api/sellable/policies')).body as {
    overShares: { shareBps: number }[]
  }
  assert.equal(policies.overShares[0]?.shareBps, 19_000)
  const told = shops.map(({ sim, code }) => sim.goods.told.filter((one) => one.code === code).length)
  assert.ok(
    told.every((times) => times <= 5),
    `only on change: ${told.join()}`,
  )
})

function rule(connectionId: string, more: object = {}): object {
  return {
    connectionId,
    sku: '*',
    warehouses: [],
    shareBps: 10_000,
    floor: 0,
    cap: null,
    zeroAt: 0,
    push: true,
    active: true,
    ...more,
  }
}

test('a lost answer is told again; the figure is set, not added', async () => {
  const [shopify, youzan] = shops
  assert.ok(shopify && youzan)
  shopify.sim.loseNextAnswer?.()
  youzan.sim.loseNextAnswer?.()
  await count(8)
  const told = async () => [(await listingOf(shopify.id)).told, (await listingOf(youzan.id)).told]
  await until(
    async () => String(await told()) === '8,4',
    async () => JSON.stringify([await listingOf(shopify.id), await listingOf(youzan.id)]),
    18,
  )
  await shows(8, 4, 2, 0)
})

test("what a platform refuses stands there in its own words, and goes again on a person's word", async () => {
  for (const { sim, code } of shops) sim.goods.promoted.add(code)
  await count(3)
  const words = [/not stocked/, /活动/, /活动/]
  for (const [i, { id }] of shops.slice(0, 3).entries())
    await until(
      async () => {
        const row = await listingOf(id)
        return row.state === 'refused' && (words[i] as RegExp).test(String(row.words))
      },
      async () => JSON.stringify(await listingOf(id)),
      10,
    )
  for (const { sim } of shops) sim.goods.promoted.clear()
  for (const { id } of shops.slice(0, 3)) {
    const done = await running.call('POST', '/api/sellable/listings/retry', { connectionId: id })
    assert.deepEqual(done.body, { due: 1 })
  }
  await shows(3, 1, 0, 0)
})

test('a paused connection waits, and is told the newest figure alone when it goes on', async () => {
  const [, , , douyin] = shops
  assert.ok(douyin)
  const before = douyin.sim.goods.told.length
  assert.ok((await running.call('PATCH', `/api/connections/${douyin.id}`, { paused: true })).status < 300)
  await count(50)
  await shows(50, 25, 15, 0)
  await count(90)
  await shows(90, 45, 27, 0)
  assert.ok((await running.call('PATCH', `/api/connections/${douyin.id}`, { paused: false })).status < 300)
  await shows(90, 45, 27, 9)
  assert.equal(douyin.sim.goods.told.length, before + 1)
})

test('a listing that the shop does not have is refused by name; another one of its own is found', async () => {
  const [, , pinduoduo] = shops
  assert.ok(pinduoduo)
  await count(7, 'PET-1')
  for (const shopSku of ['NOWHERE', 'CAT-LITTER-6L']) {
    const listing: object = { connectionId: pinduoduo.id, stockSku: 'PET-1', shopSku }
    assert.equal((await running.call('PUT', '/api/sellable/listings', listing)).status, 204)
  }
  const rowOf = async (q: string) => {
    const { body } = await running.call('GET', `/api/sellable/listings?connection=${pinduoduo.id}&q=${q}`)
    return (body as { items: { code: string | null; told: number | null; ids: object }[] }).items[0]
  }
  await until(
    async () =>
      (await rowOf('NOWHERE'))?.code === 'sellable.listing_not_found' && (await rowOf('CAT'))?.told === 2,
    async () => JSON.stringify([await rowOf('NOWHERE'), await rowOf('CAT')]),
  )
  // Beyond what a double can hold: the last digits are the platform's own.
  assert.deepEqual((await rowOf('CAT'))?.ids, { goodsId: '9007199254740995', skuId: '180143985094819901' })
})

test('bundles and gifts over the API: kept, shown with their figures, exported, refused with a code', async () => {
  await count(9, 'PET-2')
  const put = (path: string, body: object) => running.call('PUT', `/api/sellable/${path}`, body)
  const parts = [
    { sku: 'PET-1', quantity: 2 },
    { sku: 'PET-2', quantity: 1 },
  ]
  assert.equal((await put('bundles', { sku: '=SET', parts })).status, 204)
  assert.equal((await put('gifts', { sku: 'PET-2', mainSku: '=SET', gifts: 2, per: 1 })).status, 204)
  const shown = (await running.call('GET', '/api/sellable?sku=%3DSET&sku=PET-2')).body as {
    items: { pieces: number }[]
  }
  // Bundle: min(7 / 2, 9) = 3; gift: min(9, 3 * 2) = 6.
  assert.deepEqual(
    shown.items.map((one) => one.pieces),
    [3, 6],
  )
  const codeOf = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status, body } = await answer
    return `${status} ${(body as { code: string }).code}`
  }
  assert.equal(
    await codeOf(put('bundles', { sku: 'BOX', parts: [{ sku: '=SET', quantity: 1 }] })),
    '422 sellable.bundle_nested',
  )
  assert.equal(
    await codeOf(put('bundles', { sku: 'BOX', parts: [{ sku: 'A', quantity: 0 }] })),
    '400 http.invalid',
  )
  assert.equal(
    await codeOf(put('gifts', { sku: '=SET', mainSku: 'PET-1', gifts: 1, per: 1 })),
    '422 sellable.gift_of_gift',
  )
  assert.equal(
    await codeOf(running.call('DELETE', '/api/sellable/bundles?sku=NONE')),
    '404 sellable.bundle_not_found',
  )
  assert.equal(
    await codeOf(running.call('POST', '/api/sellable/policies', rule('nobody'))),
    '422 sellable.unknown_connection',
  )
  const [shopify] = shops
  const preview = await running.call('POST', '/api/sellable/preview', {
    sku: '=SET',
    policy: rule(shopify?.id ?? '', { sku: '=SET', floor: 5 }),
  })
  const told = (
    preview.body as { told: { connection: { id: string }; figure: number; aboveTruth: boolean }[] }
  ).told
  const own = told.find((one) => one.connection.id === shopify?.id)
  assert.deepEqual([own?.figure, own?.aboveTruth], [5, true])
})
