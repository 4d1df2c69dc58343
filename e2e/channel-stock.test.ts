import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'
import { SHOP } from './small-world.ts'

let ui: ConsoleUnderTest
before(async () => {
  ui = await openConsole()
  await signIn(ui)
  const { sql } = ui.running.database
  await sql`insert into warehouse (code, name, updated_by) values ('HZ', '杭州仓', 'test')`
  const changes = ['CUP-1', 'LID-1', 'BAG-1'].map((sku, i) => ({
    sku,
    warehouse: 'HZ',
    setPhysical: 100 - i * 30,
  }))
  const { stock } = ui.running.hub.core
  const counted = await stock.ask({
    do: 'adjust',
    key: null,
    changes,
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  assert.ok(counted.ok)
})
after(async () => await ui?.close())

test('from nothing to a shop that is told: a rule, tried and kept, and a listing; then why it shows what', async () => {
  const { page } = ui
  await page.goto('/channel-stock')
  await page.getByText('还没有要更新库存的商品').waitFor()
  await page.getByRole('button', { name: '去设置策略' }).click()
  await page.getByText('还没有渠道策略').waitFor()
  await page.getByRole('button', { name: '添加策略' }).click()
  const form = page.getByRole('dialog', { name: '添加策略' })
  await form.getByLabel('渠道', { exact: true }).click()
  await page.getByTitle(SHOP, { exact: true }).last().click()
  await form.getByLabel('占可售比例').fill('50')
  await form.getByLabel('至多显示').fill('40')
  await form.getByLabel('用于试算的 SKU').fill('CUP-1')
  await form.getByRole('button', { name: '试算一个 SKU' }).click()
  const why = page.getByRole('dialog', { name: 'CUP-1 各渠道应显示多少' })
  await why.getByText('按比例 50%，向下取整').waitFor()
  await why.getByText('至多显示 40').waitFor()
  await page.keyboard.press('Escape')
  await form.getByRole('button', { name: /保\s*存/ }).click()
  await page.getByText('策略已保存').waitFor()
  await page.getByRole('row', { name: new RegExp(`${SHOP}.*所有 SKU.*50%`) }).waitFor()

  await page.getByRole('tab', { name: '渠道可售' }).click()
  await page.getByRole('button', { name: '添加商品' }).click()
  const add = page.getByRole('dialog', { name: '添加商品' })
  await add.getByLabel('渠道', { exact: true }).click()
  await page.getByTitle(SHOP, { exact: true }).last().click()
  await add.getByLabel('库存 SKU').fill('CUP-1')
  await add.getByLabel('店铺 SKU').fill('NOT-THERE')
  await add.getByRole('button', { name: /保\s*存/ }).click()
  await page.getByText('CUP-1').first().waitFor()
  type Listings = { items: { wanted: number; state: string }[] }
  const listing = async () =>
    ((await ui.running.call('GET', '/api/sellable/listings')).body as Listings).items[0]
  await until(
    async () => (await listing())?.wanted === 40 && (await listing())?.state !== 'asked',
    async () => JSON.stringify(await listing()),
  )
})

test('a bundle is made of parts, and one that holds a bundle is refused in words that a person understands', async () => {
  const { page } = ui
  await page.goto('/channel-stock?tab=bundles')
  const addBundle = async (sku: string, parts: readonly [string, number][]) => {
    await page.getByRole('button', { name: '添加组合' }).click()
    const form = page.getByRole('dialog', { name: '添加组合' })
    await form.getByLabel('组合编码').fill(sku)
    for (const [i, [part, quantity]] of parts.entries()) {
      if (i > 0) await form.getByRole('button', { name: '再加一个子商品' }).click()
      await form.getByLabel('子商品编码').nth(i).fill(part)
      await form.getByLabel('数量').nth(i).fill(String(quantity))
    }
    await form.getByRole('button', { name: /保\s*存/ }).click()
    return form
  }
  await addBundle('SET-1', [
    ['CUP-1', 1],
    ['LID-1', 2],
  ])
  // min(100 / 1, 70 / 2) = 35
  await page.getByRole('row', { name: /SET-1.*CUP-1 × 1 \+ LID-1 × 2.*35/ }).waitFor()
  const form = await addBundle('BOX-1', [['SET-1', 1]])
  await page.getByText('组合里不能再放组合').first().waitFor()
  await form.getByRole('button', { name: /取\s*消/ }).click()
  await page.getByRole('tab', { name: '赠品' }).click()
  await page.getByText('还没有赠品').waitFor()
  assert.deepEqual(ui.complaints, [])
})
