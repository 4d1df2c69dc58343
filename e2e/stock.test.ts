import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, openConsole, PASSWORD, seriousFindings, signIn } from './console.ts'
import { playStockWorld } from './stock-world.ts'

let ui: ConsoleUnderTest
let overdueOrder: string
before(async () => {
  ui = await openConsole()
  const world = await playStockWorld(ui.running, 'cups')
  overdueOrder = world.overdueOrder
  await signIn(ui)
})
after(async () => await ui?.close())

type Level = { level: { physical: number; locked: number } }
const levelNow = async (sku: string, warehouse: string) =>
  ((await ui.running.call('GET', `/api/stock/levels/${sku}/${warehouse}`)).body as Level).level

test('the grid opens a SKU into its warehouses, and one of them into its equation and movements', async () => {
  const { page } = ui
  await page.goto('/stock')
  await page.getByRole('button', { name: '展开 CUP-350-WHITE 的仓库' }).click()
  await page.getByText('杭州一号仓').first().click()
  const drawer = page.getByRole('dialog').first()
  // 160 there, 36 locked, 30 set aside, 40 on the way: 134, and 124 past the safety stock of 10.
  const equation = drawer.getByRole('region', { name: '可用怎么来的' })
  await equation.getByText('134', { exact: true }).waitFor()
  await equation.getByText('124', { exact: true }).waitFor()
  await drawer.getByText('期初盘点').first().waitFor()
  await drawer.getByRole('tab', { name: '占用' }).click()
  await drawer.getByRole('link', { name: overdueOrder }).waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  await page.keyboard.press('Escape')
})

test('a count is written with its reason and stands in the grid', async () => {
  const { page } = ui
  await page.goto('/stock?q=GREEN')
  await page.getByText('CUP-500-GREEN').click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByRole('button', { name: '盘点 / 调整' }).click()
  const dialog = page.getByRole('dialog', { name: /调整 CUP-500-GREEN/ })
  // What was typed is judged as it was typed, never put right unseen.
  for (const odd of ['-5', '1.5', '99999999999999999999']) {
    await dialog.getByRole('spinbutton', { name: '件数' }).fill(odd)
    await dialog.getByRole('textbox', { name: '原因' }).fill('月度盘点')
    await dialog.getByRole('button', { name: /记\s*入/ }).click()
    await dialog.getByText('请填 0 到 1,000,000,000 的整数').waitFor()
  }
  assert.equal((await levelNow('CUP-500-GREEN', 'E-HZ')).physical, 8)
  await dialog.getByRole('textbox', { name: '原因' }).fill('')
  await dialog.getByRole('spinbutton', { name: '件数' }).fill('21')
  await dialog.getByRole('button', { name: /记\s*入/ }).click()
  await dialog.getByText('请写明原因，至少 3 个字').waitFor()
  await dialog.getByRole('textbox', { name: '原因' }).fill('月度盘点')
  await dialog.getByRole('button', { name: /记\s*入/ }).click()
  await page.getByText('已记入库存变动').waitFor()
  await drawer.getByText('月度盘点').waitFor()
  assert.equal((await levelNow('CUP-500-GREEN', 'E-HZ')).physical, 21)
})

test('a file with an error is shown by row and not taken; a good one is, as a job', async () => {
  const { page } = ui
  await page.goto('/stock')
  await page.getByRole('button', { name: '导入', exact: false }).first().click()
  const dialog = page.getByRole('dialog', { name: '导入库存数' })
  const send = (text: string, label: string) =>
    dialog
      .getByLabel(label, { exact: true })
      .and(page.locator('input'))
      .setInputFiles({ name: 'count.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await send(
    'SKU,仓库编码,实物\nLID-SPARE,E-GZ,9\nBOX-GIFT,NOWHERE,1\nBOX-GIFT,E-CD,310\n',
    '选择 CSV 或 Excel 文件',
  )
  await dialog.getByText('没有这个仓库编码或名称').waitFor()
  await dialog.getByText(/这个仓库的实物以它自己的系统为准/).waitFor()
  assert.ok(await dialog.getByRole('button', { name: /^导入 \d+ 处变化$/ }).isDisabled())
  await send('SKU,仓库编码,实物\nBOX-GIFT,E-CD,310\n', '换一个文件')
  await dialog.getByText('变化最大的 1 处').waitFor()
  await dialog.getByRole('textbox', { name: '原因' }).fill('到货补记')
  await dialog.getByRole('button', { name: '导入 1 处变化' }).click()
  await dialog.getByText('导入完成').waitFor()
  assert.equal((await levelNow('BOX-GIFT', 'E-CD')).physical, 310)
  await dialog
    .getByRole('button', { name: /关\s*闭/ })
    .last()
    .click()
})

test('an overdue lock is asked to be freed, the asker may not approve, a colleague does', async () => {
  const { page, running, browser } = ui
  await page.goto('/holds?tab=overdue')
  await page.getByText(overdueOrder).click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByRole('button', { name: '申请强制解锁' }).click()
  const dialog = page.getByRole('dialog', { name: /申请强制解锁/ }).last()
  await dialog.getByText('共释放 25 件').waitFor()
  await dialog.getByText('可救 1 个缺货订单').waitFor()
  await dialog.getByText('离发货时效不到 2 小时').waitFor()
  await dialog.getByRole('textbox', { name: '为什么要解' }).fill('买家三天联系不上')
  await dialog.getByRole('button', { name: '提交申请' }).click()
  await page.getByText('已提交 1 个申请，等另一位同事审批').waitFor()
  await page.goto('/holds?tab=unlocks')
  await page.getByText(overdueOrder).click()
  await page.getByText('这是你的申请，须由另一位同事审批。').waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  const context = await browser.newContext({
    baseURL: running.hub.url,
    locale: 'zh-CN',
    viewport: { width: 1440, height: 900 },
  })
  const other = await context.newPage()
  await other.goto(await colleagueLink())
  await other.getByLabel('新密码', { exact: true }).fill(PASSWORD)
  await other.getByLabel('再次输入新密码').fill(PASSWORD)
  await other.getByRole('button', { name: '设置密码并进入' }).click()
  await other.getByRole('navigation', { name: '主导航' }).waitFor()
  await other.goto('/holds?tab=unlocks')
  await other.getByText(overdueOrder).click()
  await other.getByRole('button', { name: '批准并解锁' }).click()
  await other.getByRole('dialog').last().getByRole('button', { name: '批准并解锁' }).last().click()
  await other.getByText('已解锁，释放 25 件').waitFor()
  assert.equal((await levelNow('CUP-350-WHITE', 'E-HZ')).locked, 12)
  await context.close()
  assert.deepEqual(ui.complaints, [])
})

async function colleagueLink(): Promise<string> {
  const { body } = await ui.running.call('POST', '/api/users', { name: 'colleague', role: 'operator' })
  const { linkPath } = body as { linkPath: string | null }
  assert.ok(linkPath !== null)
  return linkPath
}
