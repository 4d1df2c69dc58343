import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, dress, openConsole, PASSWORD, signIn } from './console.ts'
import { SHOP, type SmallWorld } from './small-world.ts'

let at: ConsoleUnderTest
let world: SmallWorld
before(async () => {
  at = await openConsole()
  if (at.world === null) throw new Error('the world was not played')
  world = at.world
})
after(async () => await at.close())

test('a stranger is sent to the sign-in page; the one-time link lets in, once, and sets the password', async () => {
  const { page, signInPath } = at
  await page.goto('/drift')
  await page.getByRole('button', { name: '登录' }).waitFor()
  await signIn(at)
  await page.getByText(world.waiting).first().waitFor()

  await page.getByRole('button', { name: /用户菜单/ }).click()
  await page.getByText('退出登录').click()
  await page.getByLabel('用户名').fill('admin')
  await page.getByLabel('密码').fill('wrong-password')
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByText('identity.wrong_credentials').first().waitFor()
  await page.goto(signInPath)
  await page.getByLabel('新密码', { exact: true }).fill(PASSWORD)
  await page.getByLabel('再次输入新密码').fill(PASSWORD)
  await page.getByRole('button', { name: '设置密码并进入' }).click()
  await page
    .getByText(/identity\.\w*link\w*/)
    .first()
    .waitFor()
  await page.goto('/sign-in')
  await page.getByLabel('用户名').fill('admin')
  await page.getByLabel('密码').fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByText(world.waiting).first().waitFor()
})

test('the list shows views with counts, filters by status and finds many pasted numbers', async () => {
  const { page } = at
  await page.goto('/orders')
  const table = page.getByRole('region', { name: '订单' })
  await table.getByRole('link', { name: world.unpaid }).waitFor()

  await page.getByRole('link', { name: /^待付款 ?1$/ }).click()
  await table.getByRole('link', { name: world.shipped }).waitFor({ state: 'detached' })
  assert.equal(await table.getByRole('link', { name: world.unpaid }).count(), 1)
  assert.match(page.url(), /view=pending_payment/)

  await page.goto('/orders')
  const search = page.getByLabel('订单号 / 运单号 / 关键词，可粘贴多个')
  await search.fill(`${world.waiting}, ${world.shippedTracking}`)
  await search.press('Enter')
  await table.getByRole('link', { name: world.unpaid }).waitFor({ state: 'detached' })
  assert.equal(await table.getByRole('link', { name: world.waiting }).count(), 1)
  assert.equal(await table.getByRole('link', { name: world.shipped }).count(), 1)
  assert.match(page.url(), /q=/)
})

test('the drawer tells the story of an order down to the raw message, and is a link of its own', async () => {
  const { page } = at
  await page.goto(`/orders?q=${world.shipped}`)
  await page.getByRole('link', { name: world.shipped }).click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByText('为什么在这里').waitFor()
  await drawer.getByText(world.shippedTracking).first().waitFor()
  for (const fact of ['已下单', '已付款', '面单生成', '回传发货'])
    await drawer.getByText(fact, { exact: true }).first().waitFor()
  assert.match(page.url(), /order=\d+/)
  await page.reload()
  await drawer.getByText('面单生成', { exact: true }).first().waitFor()

  await drawer
    .getByRole('listitem')
    .filter({ has: page.getByText('面单生成', { exact: true }) })
    .getByRole('button', { name: /原始消息/ })
    .first()
    .click()
  const message = page.getByRole('dialog').filter({ hasText: 'waybill.printed' })
  await message.getByText('"tracking_no"').first().waitFor()
  await page.keyboard.press('Escape')
})

test('the export is an XLSX of exactly this view', async () => {
  const { page } = at
  await page.goto(`/orders?q=${world.waiting}`)
  await page.getByRole('link', { name: world.waiting }).waitFor()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '导出' }).click(),
  ])
  const path = await file.path()
  assert.match(file.suggestedFilename(), /\.xlsx$/)
  assert.equal(readFileSync(path).subarray(0, 2).toString('latin1'), 'PK')
})

test('an order that left while its shop never heard of it stands in the drift ledger', async () => {
  const { page } = at
  await page.goto('/drift')
  await page.getByRole('link', { name: world.unreported }).waitFor()
  await page.getByRole('link', { name: world.unreported }).click()
  await page.getByRole('dialog').getByText('店铺未收到回传').first().waitFor()
})

test('an API key is shown once and can be revoked; the console changes language', async () => {
  const { page } = at
  await page.goto('/settings?tab=keys')
  await page.getByRole('button', { name: '新建密钥' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('用途').fill('ERP')
  await dialog.getByLabel('orders:read').check()
  await dialog.getByRole('button', { name: '新建' }).click()
  await dialog.getByText(/^hf_/).waitFor()
  await dialog.getByRole('button', { name: /关闭/ }).last().click()
  const row = page.getByRole('row').filter({ hasText: 'ERP' })
  await row.getByRole('button', { name: '吊销' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '吊销' }).click()
  await row.waitFor({ state: 'detached' })

  await dress(page, 'en', 'dark')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.goto('/orders')
  await page.getByText('To ship').first().waitFor()
  await page.getByText(SHOP).first().waitFor()
  await page.goto(`/orders?q=${world.unreported}`)
  await page.getByRole('link', { name: world.unreported }).click()
  await page.getByRole('dialog').first().getByText('SF Express').first().waitFor()
  await dress(page, 'zh', 'light')
  await page.getByRole('dialog').first().getByText('顺丰速运').first().waitFor()
  assert.deepEqual(at.complaints, [])
})

test("without a choice the console speaks the browser's language, and the account's once it is known", async () => {
  const { browser, running, context } = at
  for (const [locale, lang] of [
    ['en-GB', 'en'],
    ['zh-TW', 'zh-CN'],
  ] as const) {
    const stranger = await browser.newContext({ baseURL: running.hub.url, locale })
    const page = await stranger.newPage()
    await page.goto('/sign-in')
    await page.locator(`html[lang="${lang}"]`).waitFor({ state: 'attached' })
    await stranger.close()
  }
  const english = await browser.newContext({ baseURL: running.hub.url, locale: 'en-GB' })
  await english.addCookies(await context.cookies())
  const page = await english.newPage()
  await page.goto('/orders')
  await page.getByRole('navigation', { name: '主导航' }).waitFor()
  await english.close()
})
