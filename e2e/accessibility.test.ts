import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, dress, openConsole, seriousFindings, signIn } from './console.ts'

const PAGES = [
  ['/orders', '订单', 'Orders'],
  ['/drift', '状态漂移', 'Status drift'],
  ['/skus', '商品匹配', 'SKU matching'],
  ['/skus?tab=profiles', '商品档案', 'SKU profiles'],
  ['/messages', '消息日志', 'Inbound messages'],
  ['/lanes', '泳道与积压', 'Lanes and backlog'],
  ['/lanes?lane=cups', '泳道与积压', 'Lanes and backlog'],
  ['/mapping', '状态映射', 'Status mapping'],
  ['/connections', '连接', 'Connections'],
  ['/connections?add=1', '连接', 'Connections'],
  ['/connections?open=cups', '连接', 'Connections'],
  ['/imports', '导入', 'Imports'],
  ['/outbox', '外发队列', 'Outbox'],
  ['/jobs', '后台任务', 'Jobs'],
  ['/fulfilment', '履约计划', 'Fulfilment plans'],
  ['/fulfilment?tab=resource', '履约计划', 'Fulfilment plans'],
  ['/warehouses?tab=services', '仓库', 'Warehouses'],
  ['/warehouses?tab=lanes', '仓库', 'Warehouses'],
  ['/settings?tab=freight', '设置', 'Settings'],
  ['/settings', '设置', 'Settings'],
  ['/settings?tab=users', '设置', 'Settings'],
] as const

let at: ConsoleUnderTest
before(async () => {
  at = await openConsole()
  const { page, signInPath } = at
  await page.goto(signInPath)
  await page.getByRole('button', { name: '设置密码并进入' }).waitFor()
  assert.deepEqual(await seriousFindings(page), [], 'sign-in link')
  await page.goto('/sign-in')
  await page.getByRole('button', { name: '登录' }).waitFor()
  assert.deepEqual(await seriousFindings(page), [], 'sign-in')
  await signIn(at)
})
after(async () => await at.close())

for (const [language, theme] of [
  ['zh', 'light'],
  ['en', 'dark'],
] as const)
  test(`no page has serious accessibility findings (${language}, ${theme})`, async () => {
    const { page } = at
    await dress(page, language, theme)
    for (const [path, zh, en] of PAGES) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1, name: language === 'zh' ? zh : en }).waitFor()
      await page.locator('.ant-skeleton').first().waitFor({ state: 'detached' })
      await page.waitForTimeout(300)
      assert.deepEqual(await seriousFindings(page), [], `${path} in ${language}, ${theme}`)
    }
  })

test('the drawers of an order and of a message have no serious findings', async () => {
  const { page } = at
  await dress(page, 'zh', 'dark')
  await page.goto(`/orders?q=${at.world?.shipped}`)
  await page.getByRole('link', { name: at.world?.shipped ?? '' }).click()
  await page.getByRole('dialog').getByText('为什么在这里').waitFor()
  await page.waitForTimeout(300)
  assert.deepEqual(await seriousFindings(page), [])
  await page.goto('/messages')
  await page.getByText('waybill.printed').first().click()
  await page.getByRole('dialog').getByText('"tracking_no"').first().waitFor()
  await page.waitForTimeout(300)
  assert.deepEqual(await seriousFindings(page), [])
})
