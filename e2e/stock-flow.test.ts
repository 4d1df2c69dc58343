import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, dress, openConsole, seriousFindings, signIn } from './console.ts'

// Transfers from the instruction to the shelf, and the heat map down to a failing lock, as a person walks them.

let ui: ConsoleUnderTest
before(async () => {
  ui = await openConsole({ empty: true })
  const { call, hub } = ui.running
  for (const [code, name] of [
    ['BJ', '北京仓'],
    ['SH', '上海仓'],
  ])
    assert.ok((await call('POST', '/api/warehouses', { code, name })).status < 300)
  const { core } = hub
  const count = (sku: string, warehouse: string, setPhysical: number) =>
    core.stock.ask({
      do: 'adjust',
      key: null,
      changes: [{ sku, warehouse, setPhysical }],
      cause: 'count',
      actor: 'test',
      evidence: null,
    })
  for (const [sku, warehouse, n] of [
    ['CUP-350', 'BJ', 40],
    ['CUP-350', 'SH', 6],
    ['LID-1', 'BJ', 5],
  ] as const)
    assert.ok((await count(sku, warehouse, n)).ok)
  const lock = (key: string, sku: string, quantity: number, warehouse: string) =>
    core.stock.ask({
      do: 'lock',
      key,
      kind: 'lock',
      owner: { kind: 'api', id: key, reference: `T-${key}` },
      channel: null,
      lines: [{ sku, quantity, warehouse }],
      candidates: [],
      spread: 'never',
      drawSafety: false,
      reason: 'paid',
      actor: 'test',
      ttlSeconds: 900,
      onDeadline: 'ask',
    })
  for (let i = 0; i < 9; i++) await lock(`ok-${i}`, 'CUP-350', 1, i % 2 === 0 ? 'BJ' : 'SH')
  await lock('short-1', 'LID-1', 9, 'BJ')
  await core.lockTally.flush()
  await signIn(ui)
})
after(async () => await ui.close())

test('a transfer is made with what is there in view, dispatched, and received in two parts', async () => {
  const { page } = ui
  await page.goto('/transfers')
  await page.getByText('还没有调拨单').waitFor()
  await page.getByRole('button', { name: '新建调拨' }).first().click()
  const dialog = page.getByRole('dialog')
  for (const [label, name] of [
    ['调出仓', '北京仓 BJ'],
    ['调入仓', '上海仓 SH'],
  ] as const) {
    await dialog.getByLabel(label, { exact: true }).fill(name)
    await dialog.getByLabel(label, { exact: true }).press('Enter')
  }
  await dialog.getByLabel('库存 SKU 1').fill('CUP-350')
  await dialog.getByLabel('数量 1').fill('12')
  await dialog.getByText('可调 35').waitFor()
  await dialog.getByLabel('原因', { exact: true }).fill('华东补货')
  await dialog.getByRole('button', { name: '下达调拨' }).click()

  const drawer = page.locator('.hf-drawer')
  await drawer.getByText('已锁定').first().waitFor()
  await drawer.getByRole('button', { name: '发出' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '发出' }).click()
  await drawer.getByText('在途', { exact: true }).first().waitFor()
  for (const [good, state] of [
    ['5', '部分收货'],
    ['7', '已收货'],
  ] as const) {
    await drawer.getByRole('button', { name: '收货' }).click()
    const receipt = page.getByRole('dialog', { name: /收货 DB/ })
    await receipt.getByLabel('良品 CUP-350').fill(good)
    await receipt.getByRole('button', { name: '收货' }).click()
    await drawer.getByText(state).first().waitFor()
  }
  const levels = await ui.running.hub.core.stock.levels([
    { sku: 'CUP-350', warehouse: 'BJ' },
    { sku: 'CUP-350', warehouse: 'SH' },
  ])
  assert.deepEqual(levels.map((one) => [one.warehouse, one.physical, one.inTransit]).sort(), [
    ['BJ', 28, 0],
    ['SH', 18, 0],
  ])
  assert.deepEqual(await seriousFindings(page), [])
})

test('the heat map opens the locks that failed, and the table says the same', async () => {
  const { page } = ui
  await page.goto('/lock-health')
  await page
    .getByRole('img', { name: /锁库成功率热力图/ })
    .locator('canvas')
    .first()
    .waitFor()
  await page.getByText('90.00%').first().waitFor()
  await page.getByText('LID-1').waitFor()
  await page.getByText('T-short-1').waitFor()
  await page.getByText('表格', { exact: true }).click()
  const row = page.getByRole('row', { name: /北京仓/ }).first()
  await row.getByText('83.33%').first().waitFor()
  await row.getByRole('button').click()
  await page.locator('.hf-heat-table .hf-link-button').first().click()
  await page.getByRole('heading', { name: /失败的锁 · 北京仓/ }).waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  assert.deepEqual(ui.complaints, [])
})

test('both pages can be read in the dark and in English', async () => {
  const { page } = ui
  await page.goto('/lock-health')
  await dress(page, 'en', 'dark')
  await page.getByRole('heading', { name: 'Lock success' }).waitFor()
  await page
    .getByRole('img', { name: /Heat map/ })
    .locator('canvas')
    .first()
    .waitFor()
  assert.deepEqual(await seriousFindings(page), [])
  await page.goto('/transfers')
  await page.getByRole('heading', { name: 'Transfers' }).waitFor()
  assert.deepEqual(await seriousFindings(page), [])
})
