import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'

type Cases = { items: { orderNo: string | null; rule: { id: string } }[] }

let at: ConsoleUnderTest
let orderNo = ''
before(async () => {
  at = await openConsole()
  const { call } = at.running
  // Two hours are too long for a test: what is paid and has no waybill is due at once.
  await call('PUT', '/api/review/rules', { rule: 'no_waybill', connection: '*', minutes: 0 })
  await until(
    async () => {
      const { body } = await call('GET', '/api/review?rule=no_waybill')
      orderNo = (body as Cases).items[0]?.orderNo ?? ''
      return orderNo !== ''
    },
    () => 'no case was opened',
    30,
  )
  await signIn(at)
})
after(async () => await at.close())

test('review: a case is taken, noted and resolved, and all of it is in its history', async () => {
  const { page } = at
  await page.goto('/review')
  const table = page.getByRole('region', { name: '异常工作台' })
  await table.getByText(orderNo).first().waitFor()
  await table.getByText('付款后迟迟无面单').first().click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByText('先催仓库打单').first().waitFor()
  await drawer.getByText(`付款后迟迟无面单 · `).first().waitFor()

  await drawer.getByRole('button', { name: '我来处理' }).click()
  await drawer.getByText('分派给').first().waitFor()
  await drawer.getByLabel('备注').fill('仓库说明早打单')
  await drawer.getByRole('button', { name: '保存备注' }).click()
  await drawer.getByText('仓库说明早打单').last().waitFor()

  await drawer.getByRole('button', { name: /^结\s?案$/ }).click()
  const dialog = page.getByRole('dialog', { name: '结案 1 件' })
  await dialog.getByText('无需处理').click()
  await dialog.getByRole('button', { name: /^结\s?案$/ }).click()
  await drawer.getByText('结案 无需处理').first().waitFor()

  await page.goto('/review?resolvedToday=1')
  await page.getByRole('region', { name: '异常工作台' }).getByText('无需处理').first().waitFor()
  assert.deepEqual(at.complaints, [])
})

test('review: why a case is there is read without scrolling sideways', async () => {
  const { page } = at
  await page.goto('/review?resolvedToday=1')
  const table = page.getByRole('region', { name: '异常工作台' })
  const why = await table.getByRole('columnheader', { name: '说明' }).first().boundingBox()
  const whole = await table.boundingBox()
  assert.ok(why !== null && whole !== null)
  assert.ok(why.width >= 300, `${why.width} px`)
  assert.ok(why.x + why.width <= whole.x + whole.width, 'it lies within the list')
})

test('review: a rule is set for everyone and says what it inherits', async () => {
  const { page } = at
  await page.goto('/review?tab=rules')
  const row = page.getByRole('row', { name: /回传结果不明/ })
  await row
    .getByRole('button', { name: /设\s?置$/ })
    .last()
    .click()
  const dialog = page.getByRole('dialog', { name: '回传结果不明 · 全部渠道' })
  await dialog.getByLabel('持续多久立案').fill('45')
  await dialog.getByRole('button', { name: /保\s?存/ }).click()
  await row.getByText('45 分').waitFor()
})
