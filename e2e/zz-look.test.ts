import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, dress, openConsole, signIn } from './console.ts'
let ui: ConsoleUnderTest
before(async () => { ui = await openConsole({ empty: true }); await signIn(ui) })
after(async () => await ui?.close())
test('look', async () => {
  const { page, context, running } = ui
  const shot = async (p: typeof page, name: string) => { await p.waitForTimeout(1200); await p.screenshot({ path: `/tmp/hf/g2shots/${name}.png` }) }
  await page.goto('/drills'); await page.getByText('仓库又发了一遍').waitFor(); await shot(page, '1-cards')
  await page.goto('/drills?start=silent-webhook')
  await page.getByRole('dialog').waitFor(); await shot(page, '2-start')
  await page.getByRole('dialog').getByText('60×').click()
  await page.getByRole('dialog').getByRole('button', { name: /^开\s*始$/ }).click()
  await page.getByRole('link', { name: '打开沙盒' }).waitFor({ timeout: 120_000 })
  const [sandbox] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: '打开沙盒' }).click()])
  await sandbox.getByRole('navigation', { name: '主导航' }).waitFor()
  await shot(sandbox, '3-sandbox')
  await page.bringToFront()
  await dress(page, 'zh', 'dark')
  await page.getByRole('button', { name: /看第 1 条提示/ }).click()
  await page.waitForTimeout(25_000)
  await shot(page, '4-live-dark')
  await sandbox.bringToFront(); await shot(sandbox, '5-sandbox-later')
  await page.bringToFront(); await dress(page, 'en', 'light'); await shot(page, '6-live-en')
  await dress(page, 'zh', 'light')
  await page.getByRole('button', { name: '结束演练' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '结束演练' }).click()
  await page.getByRole('heading', { name: /^复盘/ }).waitFor(); await shot(page, '7-debrief')
  await page.goto('/drills?tab=history'); await shot(page, '8-history')
  await page.goto('/drills?tab=standings'); await shot(page, '9-standings')
  await running.hub.core.alarms.raise({ rule: 'callback.silent', subject: 'youzan', severity: 'critical', words: { zh: '有赞一小时没有推送', en: 'x' }, evidence: {}, link: null })
  await page.goto('/alarms'); await page.getByText('有赞一小时没有推送').first().click(); await shot(page, '10-alarm')
})
