import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { seededRandom } from '#kernel/random.ts'
import { connectPlatform } from '#sim/demo.ts'
import { NO_FAULTS, type SimChannel } from '#sim/platform.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { openWork, until } from '#test-support/hub.ts'
import { type ConsoleUnderTest, openConsole, seriousFindings, signIn } from './console.ts'

// What people do to plans, as they walk it: split, move, hold, release, merge over two shops, take apart, source anew.

const SKUS = ['CUP-BLUE', 'LID-CORK', 'TRAY-OAK', 'FILTER-100']
/** Four people buy; of nine orders two at least are of one of them, whoever they are. */
const ORDERS_EACH = 5

type Row = { readonly orderId: string; readonly orderNo: string; readonly warehouses: readonly string[] }
type Group = { readonly orders: readonly { readonly orderId: string; readonly connection: { id: string } }[] }
type Plan = {
  readonly plan: {
    readonly state: string
    readonly groupId: string | null
    readonly parcels: readonly {
      readonly warehouse: string | null
      readonly pieces: readonly { readonly quantity: number }[]
    }[]
  }
  readonly events: readonly { readonly what: string; readonly reason: string }[]
}

let ui: ConsoleUnderTest
let shops: readonly SimChannel[] = []
before(async () => {
  ui = await openConsole({ empty: true })
  const { call, hub, database } = ui.running
  for (const [code, name, province, city] of [
    ['SH', '上海仓', '上海', '上海市'],
    ['GZ', '广州仓', '广东', '广州市'],
  ])
    assert.ok((await call('POST', '/api/warehouses', { code, name, province, city })).status < 300)
  for (const sku of SKUS)
    assert.ok(
      (await call('PUT', '/api/skus/mapping', { connectionId: '*', shopSku: sku, stockSku: sku })).status <
        300,
    )
  const changes = SKUS.flatMap((sku) =>
    ['SH', 'GZ'].map((warehouse) => ({ sku, warehouse, setPhysical: 500 })),
  )
  const counted = await hub.core.stock.ask({
    do: 'adjust',
    key: null,
    changes,
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  assert.ok(counted.ok)
  const deps = { clock: hub.core.clock, faults: NO_FAULTS }
  shops = await Promise.all([
    simShopify({ ...deps, random: seededRandom(3) }),
    simShopify({ ...deps, random: seededRandom(4) }, { domain: 'outlet.myshopify.com' }),
  ])
  for (const [place, shop] of shops.entries()) {
    await connectPlatform(hub, shop, `shop-${place}`, place === 0 ? '正店' : '奥莱店')
    for (let i = 0; i < ORDERS_EACH; i++) {
      const { orderNo } = await shop.place()
      await shop.pay(orderNo)
    }
    await shop.settled()
  }
  await until(
    async () =>
      (await openWork(database)).pending === 0 && (await plans('locked')).length === 2 * ORDERS_EACH,
    async () => `not planned: ${JSON.stringify((await call('GET', '/api/fulfilment/summary')).body)}`,
  )
  await signIn(ui)
})
after(async () => {
  await Promise.allSettled(shops.map((shop) => shop.close()))
  await ui.close()
})

async function plans(state: string): Promise<readonly Row[]> {
  const { body } = await ui.running.call('GET', `/api/fulfilment?state=${state}&limit=50`)
  return (body as { items: readonly Row[] }).items
}
async function planOf(orderId: string): Promise<Plan> {
  return (await ui.running.call('GET', `/api/fulfilment/orders/${orderId}`)).body as Plan
}

/** The drawer of an order, at its plan. */
async function openPlan(orderId: string): Promise<Locator> {
  await ui.page.goto(`/orders?order=${orderId}`)
  const drawer = ui.page.locator('.hf-drawer')
  await drawer.getByRole('heading', { name: '履约计划' }).waitFor()
  return drawer
}

/** Looks at what the change comes to, says why, and does it. */
async function confirm(name: string, reason: string, shows: string): Promise<void> {
  const dialog = ui.page.getByRole('dialog', { name, exact: true })
  await dialog.getByRole('heading', { name: '之后' }).waitFor()
  await dialog.getByText(shows).first().waitFor()
  const doIt = dialog.getByRole('button', { name: spaced(name) })
  assert.equal(await doIt.isEnabled(), false, 'a reason is wanted')
  await dialog.getByLabel('原因').fill(reason)
  await doIt.click()
  await dialog.waitFor({ state: 'detached' })
}

/** Two characters stand apart in a button. */
function spaced(name: string): RegExp {
  return new RegExp(`^${[...name].join('\\s?')}$`)
}

test('an order is split by hand after a look at what comes of it, and a parcel moved to another warehouse', async () => {
  const { page } = ui
  const row = await biggest()
  const drawer = await openPlan(row.orderId)
  await drawer.getByRole('button', { name: spaced('人工拆单') }).click()
  const dialog = page.getByRole('dialog', { name: '人工拆单' })
  await dialog.getByRole('button', { name: '加一个包裹' }).click()
  const [first, second] = [
    dialog.getByLabel(/放进包裹 1 的件数/).first(),
    dialog.getByLabel(/放进包裹 2 的件数/).first(),
  ]
  const all = Number(await first.inputValue())
  await first.fill(String(all - 1))
  assert.equal(
    await dialog.getByRole('button', { name: '看结果' }).isEnabled(),
    false,
    'a piece is left over',
  )
  await second.fill('1')
  await dialog.getByRole('button', { name: '看结果' }).click()
  await confirm('人工拆单', '先发一件', '已锁库')
  await drawer.getByText('人工安排').first().waitFor()
  assert.equal((await planOf(row.orderId)).plan.parcels.length, 2)

  const to = (await planOf(row.orderId)).plan.parcels[0]?.warehouse === 'SH' ? '广州仓 GZ' : '上海仓 SH'
  await drawer
    .getByRole('button', { name: /包裹 .* 换仓/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: to }).click()
  await confirm('换仓', '那边人手多', to.slice(0, 3))
  await until(
    async () => (await planOf(row.orderId)).plan.parcels.some(({ warehouse }) => warehouse === to.slice(-2)),
    () => 'the parcel was not moved',
  )
  const { events } = await planOf(row.orderId)
  assert.deepEqual(
    events.filter((one) => one.reason !== '').map((one) => [one.what, one.reason]),
    [
      ['move', '那边人手多'],
      ['arrange', '先发一件'],
    ],
  )
  assert.deepEqual(ui.complaints, [])
})

test('an order is held and released, and says meanwhile who can move it', async () => {
  const { page } = ui
  const row = (await plans('locked')).at(-1)
  assert.ok(row !== undefined)
  const drawer = await openPlan(row.orderId)
  await drawer.getByRole('button', { name: spaced('更多') }).click()
  await page.getByRole('menuitem', { name: '拦截' }).click()
  await confirm('拦截', '等买家回电', '已拦截')
  await drawer
    .getByText(/等人放行/)
    .first()
    .waitFor()
  await drawer.getByText('等买家回电').first().waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  await drawer.getByRole('button', { name: spaced('放行') }).click()
  await confirm('放行', '回电了', '已锁库')
  assert.equal((await planOf(row.orderId)).plan.state, 'locked')
})

test("one person's orders of two shops are merged, and taken apart again", async () => {
  const { page } = ui
  const { body } = await ui.running.call('GET', '/api/fulfilment/merge-candidates')
  const group = (body as { groups: readonly Group[] }).groups.find(
    ({ orders }) => new Set(orders.map((one) => one.connection.id)).size === 2,
  )
  assert.ok(group !== undefined, 'somebody bought in both shops')
  await page.goto('/fulfilment?tab=merge')
  const card = page
    .locator('.hf-merge-groups > li', { hasText: '奥莱店' })
    .filter({ hasText: '正店' })
    .first()
  await card.waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  await card.getByRole('button', { name: spaced('合单') }).click()
  await confirm('合单', '一起发省运费', '包裹记在另一单下')
  const merged = await oneMerged(group.orders.map((one) => one.orderId))
  const drawer = await openPlan(merged)
  await drawer.getByText('与这些订单一起发：').waitFor()
  await drawer.getByRole('button', { name: spaced('更多') }).click()
  await page.getByRole('menuitem', { name: '取消合单' }).click()
  await confirm('取消合单', '买家要分开', '已锁库')
  assert.equal((await planOf(merged)).plan.groupId, null)
})

test('a warehouse closes: what it was to send is sourced anew, after a look at each order and its cost', async () => {
  const { page } = ui
  const closing = (await plans('locked')).flatMap(({ warehouses }) => warehouses)[0] ?? 'SH'
  const closed = await ui.running.call('PATCH', `/api/warehouses/${closing}`, { active: false })
  assert.ok(closed.status < 300, JSON.stringify(closed.body))
  await page.goto(`/fulfilment?tab=resource&warehouse=${closing}`)
  await page.getByRole('button', { name: spaced('预览') }).click()
  await page.getByText('包裹与费用').waitFor()
  await page
    .getByText(/包裹 ±0|包裹 [+−]/)
    .first()
    .waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  await page.getByLabel('原因').fill('仓库停电')
  await page.getByRole('button', { name: /^重新寻源 \d+ 单$/ }).click()
  await until(
    async () => {
      const open = (await plans('locked')).filter((row) => row.warehouses.includes(closing))
      const shapes = await Promise.all(
        open.map((row) => ui.running.call('GET', `/api/fulfilment/orders/${row.orderId}`)),
      )
      return shapes.every(({ body }) => (body as { plan: { isManual: boolean } }).plan.isManual)
    },
    () => `orders are still planned in ${closing}`,
  )
  assert.deepEqual(ui.complaints, [])
})

/** The order with the most pieces of one product. */
async function biggest(): Promise<Row> {
  const rows = await plans('locked')
  const sized = await Promise.all(
    rows.map(async (row) => ({
      row,
      most: (await planOf(row.orderId)).plan.parcels[0]?.pieces[0]?.quantity ?? 0,
    })),
  )
  const found = sized.find(({ most }) => most > 1)
  assert.ok(found !== undefined)
  return found.row
}

/** Waits until one of them travels with others. */
async function oneMerged(ids: readonly string[]): Promise<string> {
  let found = ''
  await until(
    async () => {
      for (const id of ids) if ((await planOf(id)).plan.groupId !== null) found = id
      return found !== ''
    },
    () => 'the orders were not merged',
  )
  return found
}
