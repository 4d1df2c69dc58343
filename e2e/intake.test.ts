import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'
import { ODD_STATION, SHOP, type SmallWorld, UNKNOWN_CODE, WRONG_SHOP } from './small-world.ts'

let at: ConsoleUnderTest
let world: SmallWorld
before(async () => {
  at = await openConsole()
  if (at.world === null) throw new Error('the world was not played')
  world = at.world
  await signIn(at)
})
after(async () => await at.close())

test('messages: found by order number, read as they came; a replay says beforehand that nothing would change', async () => {
  const { page } = at
  await page.goto('/messages')
  const table = page.getByRole('region', { name: '消息日志' })
  const search = page.getByLabel('订单号 / 运单号')
  await search.fill(world.shipped)
  await search.press('Enter')
  await table.getByText('waybill.printed').first().waitFor()
  assert.match(page.url(), new RegExp(`orderNo=${world.shipped}`))
  await table.getByText('waybill.printed').first().click()
  const message = page.getByRole('dialog')
  await message.getByText('"tracking_no"').first().waitFor()
  await message.getByRole('link', { name: world.shippedTracking }).first().waitFor()
  await message.getByText('面单生成').first().waitFor()

  await message.getByRole('button', { name: '重放' }).click()
  await page.getByText('重放不会带来变化').waitFor()
  await page.getByRole('button', { name: '重放 1 条' }).click()
  await page
    .getByText(/已重新放回 1 条|任务 \d+/)
    .first()
    .waitFor()
})

test('messages: what is parked stands beside the list, filters it, and leads to the decision', async () => {
  const { page } = at
  await page.goto('/messages')
  const side = page.getByRole('region', { name: '搁置的消息' })
  await side.getByRole('button', { name: /mapping\.unknown_code/ }).click()
  assert.match(page.url(), /parkCode=mapping\.unknown_code/)
  await page.getByRole('region', { name: '消息日志' }).getByText(ODD_STATION).first().waitFor()
  await side.getByRole('link', { name: '去决定这些状态码' }).click()
  await page.getByText(UNKNOWN_CODE).first().waitFor()
  assert.match(page.url(), /\/mapping\?kind=print-station/)
})

test('mapping: an unknown code is decided, seen in orders, published, and the order moves', async () => {
  const { page } = at
  await page.goto('/mapping?kind=print-station')
  await page.getByLabel(`${UNKNOWN_CODE} 读作`).click()
  await page
    .getByRole('option', { name: /面单生成/ })
    .or(page.locator('.ant-select-item-option').filter({ hasText: '面单生成' }))
    .last()
    .click()
  await page.getByText(/草稿 v1：1 处改动/).waitFor()
  assert.match(page.url(), /draft=\d+/)

  await page.getByRole('button', { name: '核对并发布' }).click()
  const review = page.getByRole('dialog')
  await review.locator('ins').getByText('面单生成').waitFor()
  await review.getByRole('button', { name: world.undecided }).waitFor()
  await review.getByRole('list', { name: '订单变化' }).getByText('待发货').waitFor()
  await review.getByRole('button', { name: '发布' }).click()
  await review.getByText('请写一句改动说明').waitFor()
  await review.getByLabel('改动说明').fill('新固件的面单事件')
  await review.getByRole('button', { name: '发布' }).click()
  await page.getByText(/已发布为 v1/).waitFor()
  await page.getByText('没有未知的状态码').waitFor()
  await page.getByText('新固件的面单事件').waitFor()

  await page.goto(`/orders?q=${world.undecided}`)
  await page.getByRole('region', { name: '订单' }).getByText('已发货', { exact: true }).waitFor()
})

test('mapping: a known code is changed in a draft, shown as a diff and in orders, and the draft discarded', async () => {
  const { page } = at
  await page.goto('/mapping?kind=sf')
  await page.getByLabel('按码或含义筛选').fill('opCode:50')
  await page.getByRole('button', { name: '修改 opCode:50 的读法' }).click()
  await page.keyboard.type('运输中')
  await page.keyboard.press('Enter')
  await page.getByText(/草稿 v1：1 处改动/).waitFor()
  await page.getByRole('button', { name: '核对并发布' }).click()
  const review = page.getByRole('dialog')
  await review.locator('del').getByText('已揽收').waitFor()
  await review.locator('ins').getByText('运输中').waitFor()
  await review.getByRole('button', { name: world.unreported }).waitFor()
  await review.getByRole('list', { name: '订单变化' }).getByText('已揽收').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: '丢弃草稿' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '丢弃草稿' }).click()
  await page.getByText('草稿已丢弃').waitFor()
})

test('connections: added from the catalogue, its callback copied, paused, its test told, deleted', async () => {
  const { page } = at
  await page.goto('/connections')
  await page.getByRole('link', { name: SHOP }).waitFor()
  await page.getByRole('button', { name: '添加连接' }).click()
  await page.getByLabel(/搜索平台/).fill('快递鸟')
  await page.getByRole('button', { name: /快递鸟/ }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByRole('button', { name: '保存' }).click()
  await drawer.getByText('请填写名称').waitFor()
  await drawer.getByLabel('连接名称').fill('快递鸟测试号')
  await drawer.getByLabel(/用户 ID/).fill('1237100')
  await drawer.getByLabel('AppKey').fill('secret-app-key')
  await drawer.getByRole('button', { name: '保存' }).click()
  await page.getByText('连接已添加').waitFor()
  const callback = page.getByLabel('回调地址', { exact: true })
  assert.match(await callback.inputValue(), /\/callback\/[\w-]{32}$/)
  assert.equal((await page.content()).includes('secret-app-key'), false)

  await page.getByRole('switch', { name: '暂停接收' }).click()
  await page.getByText('暂停后，推送会被要求稍后重发').waitFor()
  await page.getByRole('button', { name: '删除连接' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '删除' }).click()
  await page.getByText('连接已删除').waitFor()

  await page.getByRole('link', { name: SHOP }).click()
  await page.getByRole('button', { name: '测试连接' }).click()
  await page.getByRole('dialog').getByText('通过').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: WRONG_SHOP }).click()
  await page.getByRole('button', { name: '测试连接' }).click()
  await page.getByRole('dialog').getByText('未通过').first().waitFor()
})

const FILE = [
  'order_id,status,placed_at,total',
  'A-1001,shipped,2018-02-17 23:30:00,12.30',
  'A-1002,shipped,2018-02-16 09:00:00,45.60',
  'A-1003,oddly,2018-02-16 10:00:00,7.00',
].join('\n')

test('imports: a file is mapped with its times shown, tried, imported, and a second time changes nothing', async () => {
  const { page } = at
  for (const round of [1, 2]) {
    await page.goto('/imports')
    await page.locator('input[type=file]').setInputFiles({
      name: 'wholesale.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(FILE),
    })
    await page.getByRole('heading', { name: '列对应' }).waitFor()
    const zone = page.getByLabel('时间所用时区')
    await zone.fill('America/Sao_Paulo')
    await zone.press('Escape')
    // Clocks went back from 24:00 to 23:00 on 17 February 2018, so that 23:30 came twice.
    await page.getByRole('list', { name: '下单时间' }).getByText('有歧义').first().waitFor()
    await page.getByRole('list', { name: '下单时间' }).getByText('-02:00').first().waitFor()
    await page.getByRole('button', { name: '试跑' }).click()
    if (round === 1) {
      await page.getByLabel('店铺名称').fill('线下批发')
      await page.getByRole('button', { name: '新建文件店铺' }).click()
    } else await page.getByLabel('线下批发').check()
    await page.getByRole('button', { name: '导入 3 单' }).click()
    await page.getByRole('heading', { name: /导入 #\d+/ }).waitFor()
    const figure = page
      .getByText(round === 1 ? '新建' : '无变化', { exact: true })
      .first()
      .locator('..')
    await figure.getByText('3', { exact: true }).waitFor()
  }
  const [errors] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '下载错误明细' }).click(),
  ])
  assert.match(errors.suggestedFilename(), /errors\.csv$/)
  await page.goto('/orders?q=A-1001+A-1002+A-1003')
  await page.getByRole('link', { name: 'A-1002' }).waitFor()
  await page.goto('/jobs')
  await page
    .getByRole('link', { name: /文件导入/ })
    .first()
    .click()
  await page.getByRole('dialog').getByText('"created": 0').waitFor()
})

test('outbox: counts per state, a refused report found by its code, retried, then given up with a reason', async () => {
  const { page } = at
  await page.goto('/outbox')
  const table = page.getByRole('region', { name: '外发队列' })
  await table.getByRole('link', { name: world.shipped }).first().waitFor()
  const group = page
    .getByRole('region', { name: '按结果码' })
    .getByRole('button', { name: /回传发货/ })
    .first()
  await group.click()
  assert.match(page.url(), /code=/)
  await table.getByText(world.unreported).waitFor()
  await table.getByText(world.shipped).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '全部重试' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '重试' }).click()
  await page.getByText(/已安排 1 条重试/).waitFor()

  await page.goto('/outbox?effect=report_shipment&connection=expired')
  await table.getByText(world.unreported).waitFor()
  await table
    .getByRole('checkbox', { name: /^选择 / })
    .first()
    .check()
  await page.getByRole('button', { name: '放弃' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('原因').fill('店铺后台已手工发货')
  await dialog.getByRole('button', { name: '放弃' }).click()
  await page.getByText('已放弃 1 条').waitFor()
  await table.getByText('不再需要').waitFor()
  assert.deepEqual(at.complaints, [])
})
