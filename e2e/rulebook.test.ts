import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { seededRandom } from '#kernel/random.ts'
import { connectPlatform } from '#sim/demo.ts'
import { NO_FAULTS, type SimChannel } from '#sim/platform.ts'
import { simPinduoduo } from '#sim/platforms/pinduoduo.ts'
import { openWork, until } from '#test-support/hub.ts'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'

/** At 5% of the orders, none among 240 is taken by the gray version once in 200,000 runs. */
const ORDERS_MOST = 240
const ORDERS_AT_ONCE = 60

type Kept = { id: string; orderNo: string; orderId: string; arm: string; number: number; outcome: string }
type Decisions = { items: Kept[] }

let at: ConsoleUnderTest
let shop: SimChannel
let setPath = ''
before(async () => {
  at = await openConsole({ empty: true })
  const { hub } = at.running
  shop = await simPinduoduo({ clock: hub.core.clock, random: seededRandom(11), faults: NO_FAULTS })
  // An order is planned once the hub knows what its goods are; whose goods are not counted needs no warehouse.
  for (const shopSku of shop.goods.stock.keys()) {
    const done = await at.running.call('PUT', '/api/skus/mapping', {
      connectionId: '*',
      shopSku,
      stockSku: shopSku,
    })
    assert.equal(done.status, 200)
  }
  await connectPlatform(hub, shop, 'cny-shop', '晨光家居')
  await signIn(at)
})
after(async () => {
  await shop.close()
  await at.close()
})

test('rulebook: a beginner closes the gaps of the example and publishes it, from the screen alone', async () => {
  const { page } = at
  // Orders of the past, for the dry run.
  await order(12)
  await page.goto('/rules')
  await page.getByRole('heading', { name: '还没有规则集' }).waitFor()
  await page.getByRole('button', { name: '新建运费规则集' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /有缺口，供练习/ }).click()
  await dialog.getByLabel('名称').fill('全店运费')
  await dialog.getByRole('button', { name: '创建并打开画布' }).click()
  await page.waitForURL(/\/rules\/\d+/)
  setPath = new URL(page.url()).pathname

  await step(page, 'check')
    .getByRole('button', { name: /^检\s?查$/ })
    .click()
  await step(page, 'check').getByText('个错误要先改好').waitFor()
  assert.equal(await step(page, 'release').getByRole('button', { name: '全量生效' }).isEnabled(), false)

  await page.getByRole('button', { name: '添加结果' }).click()
  const panel = page.getByLabel('节点属性')
  await panel.getByText('转人工', { exact: true }).click()
  await panel.getByLabel('名称').first().fill('问价')
  await panel.getByLabel('原因').fill('这个地区没有系数，请人工报价')
  await goes(page, '满 99 包邮？', '满 99，新疆 → 去向', '老客金额段')
  await goes(page, '哪类客户？', '否则 → 去向', '老客金额段')
  await goes(page, '地区系数', '查不到 → 去向', '问价')
  await goes(page, '老客金额段', '否则 → 去向', '问价')
  await page.getByRole('status').getByText('已保存').waitFor()

  await release(page)
  await step(page, 'release').getByRole('button', { name: '全量生效' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /发\s?布/ })
    .click()
  await page.getByText('生效 v1').first().waitFor()
  assert.deepEqual(at.complaints, [])
})

test('rulebook: a change goes to 5% of the orders, both versions are traced, and one click takes it back', async () => {
  const { page } = at
  await page.goto(setPath)
  await page.getByRole('button', { name: '新草稿' }).click()
  await page.getByText('草稿 v2').first().waitFor()
  // Nothing that a guard would take back before a person does.
  await goes(page, '满 99 包邮？', '满 99 → 去向', '首单免运费')
  await page.getByRole('status').getByText('已保存').waitFor()
  await page.getByRole('tab', { name: '版本' }).click()
  await page.getByText('修改 1').waitFor()

  await release(page)
  await step(page, 'release').getByRole('button', { name: '灰度 5%' }).click()
  const dialog = page.getByRole('dialog')
  assert.equal(await dialog.getByLabel('灰度占比').inputValue(), '5.00')
  await dialog.getByRole('button', { name: /发\s?布/ }).click()
  await page.getByText('灰度 v2 · 5%').first().waitFor()

  const [gray, live] = await bothArms()
  assert.equal(gray.number, 2)
  assert.equal(live.number, 1)
  await trace(page, gray, '灰度')
  await trace(page, live, '生效')

  await page.goto(`${setPath}?tab=release`)
  await page.getByRole('heading', { name: '灰度中 v2' }).waitFor()
  await page.getByText('转人工占比').first().waitFor()
  await page.getByRole('button', { name: '一键回滚' }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: '一键回滚' }).click()
  await page.getByText('没有灰度中的版本').waitFor()
  await page.getByRole('tab', { name: '历史' }).click()
  await page.getByText('人工回滚：结果不对').first().waitFor()
  assert.deepEqual(at.complaints, [])
})

/** One of the four steps above the tabs. */
function step(page: Page, id: 'check' | 'cases' | 'dryRun' | 'release'): Locator {
  return page.locator(`.hf-release > [data-step="${id}"]`)
}

/** Through check, cases and dry run, each by the button that its step offers. */
async function release(page: Page): Promise<void> {
  await step(page, 'check')
    .getByRole('button', { name: /^检\s?查$/ })
    .click()
  await page.locator('.hf-release > [data-step="check"][data-state="done"]').waitFor()
  await page.locator('.hf-release > [data-step="cases"][data-state="done"]').waitFor()
  await step(page, 'dryRun').getByRole('button', { name: '试跑最近 7 天' }).click()
  await page
    .locator('.hf-release > [data-step="dryRun"]:is([data-state="done"], [data-state="decide"])')
    .waitFor()
  const accept = step(page, 'dryRun').getByRole('button', { name: '确认变化' })
  if ((await accept.count()) > 0) {
    await accept.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('原因').fill('变化都看过了')
    await dialog.getByRole('button', { name: '确认这些变化' }).click()
  }
  await page.locator('.hf-release > [data-step="release"][data-state="todo"]').waitFor()
}

/** Opens a node by its name and lets one of its ways lead to another node, by name. */
async function goes(page: Page, node: string, way: string, to: string): Promise<void> {
  await choose(page, page.getByRole('combobox', { name: /^找节点/ }), node)
  await page.getByRole('form', { name: '节点属性' }).waitFor()
  await choose(page, page.getByRole('combobox', { name: way, exact: true }), to)
}

/** Types into a list and takes what it then offers first; before it has looked, Enter would take something else. */
async function choose(page: Page, field: Locator, words: string): Promise<void> {
  await field.click()
  await field.fill(words)
  await page.locator('.ant-select-item-option-active', { hasText: words }).first().waitFor()
  await field.press('Enter')
}

/** Paid orders that the hub has planned. */
async function order(n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    const { orderNo } = await shop.place()
    await shop.pay(orderNo)
  }
  await shop.settled()
  await until(
    async () => (await openWork(at.running.database)).pending === 0,
    () => 'messages stay pending',
    30,
  )
}

async function decided(arm: 'gray' | 'live'): Promise<Kept | undefined> {
  const { body } = await at.running.call('GET', `/api/decisions?kind=freight&arm=${arm}&outcome=decided`)
  return (body as Decisions).items[0]
}

async function unplanned(): Promise<number> {
  // By the shop's own book: what the hub has still to fetch is in no table of its own yet.
  const [row] = await at.running.database.sql<{ n: number }>`select count(*)::int as n from order_plan`
  return shop.orders.size - (row?.n ?? 0)
}

/** Orders come in, and are planned behind the orders' backs, until both versions have decided one. */
async function bothArms(): Promise<readonly [Kept, Kept]> {
  let both: readonly [Kept, Kept] | null = null
  for (let placed = 0; placed < ORDERS_MOST && both === null; placed += ORDERS_AT_ONCE) {
    await order(ORDERS_AT_ONCE)
    await until(
      async () => (await unplanned()) === 0,
      () => 'orders stay unplanned',
      40,
    )
    const [gray, live] = [await decided('gray'), await decided('live')]
    if (gray && live) both = [gray, live]
  }
  assert.ok(both !== null)
  return both
}

/** By order number: the search, the path in words, the lit canvas, and "why" in the order's own drawer. */
async function trace(page: Page, kept: Kept, arm: string): Promise<void> {
  await page.goto('/decisions')
  await page.getByLabel('订单号，回车查找').fill(kept.orderNo)
  await page.getByLabel('订单号，回车查找').press('Enter')
  const table = page.getByRole('region', { name: '决策追溯' })
  await table.getByText('运费', { exact: true }).first().click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText(arm, { exact: true }).waitFor()
  await drawer.getByRole('list', { name: '路径' }).getByText('满 99 包邮？').waitFor()
  await drawer.getByRole('button', { name: '看画布' }).click()
  await page.getByText(`订单 ${kept.orderNo} 的决策`).waitFor()
  await page.locator('.react-flow__node', { hasText: '满 99 包邮？' }).waitFor()
  await page.goto(`/orders?order=${kept.orderId}`)
  await page
    .getByText(/^为什么是 /)
    .first()
    .waitFor()
}
