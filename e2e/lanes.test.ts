import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ConsoleUnderTest, openConsole, signIn } from './console.ts'
import { SHOP } from './small-world.ts'

let ui: ConsoleUnderTest
before(async () => {
  ui = await openConsole()
  await signIn(ui)
})
after(async () => await ui?.close())

test('a lane is looked at, given another weight and set back; it holds at once', async () => {
  const { page, running } = ui
  await page.goto('/lanes')
  await page.getByRole('button', { name: SHOP }).click()
  const drawer = page.getByRole('dialog', { name: SHOP })
  await drawer.getByRole('spinbutton', { name: '权重' }).fill('77')
  await drawer.getByRole('button', { name: /保\s*存/ }).click()
  await page.getByText('已保存，立即生效').waitFor()
  await page.getByRole('row', { name: new RegExp(`${SHOP}.*77 / 8`) }).waitFor()
  type Lanes = { items: { name: string; weight: number; own: boolean }[] }
  const laneNow = async () =>
    ((await running.call('GET', '/api/lanes')).body as Lanes).items.find(({ name }) => name === 'cups')
  assert.deepEqual([(await laneNow())?.weight, (await laneNow())?.own], [77, true])
  await drawer.getByRole('button', { name: '恢复默认' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: '恢复默认' }).click()
  await page.getByRole('row', { name: new RegExp(`${SHOP}.*30 / 8`) }).waitFor()
  assert.equal((await laneNow())?.own, false)
  await page.keyboard.press('Escape')
})

test('dead letters are grouped by reason, and a replay tells first that it would change nothing', async () => {
  const { page } = ui
  await page.goto('/lanes')
  const row = page.getByRole('row', { name: /mapping\.unknown_code/ })
  await row.getByRole('button', { name: '重放整组' }).click()
  const dialog = page.getByRole('dialog', { name: '重放死信' })
  await dialog.getByText('仍会搁置的原因').waitFor()
  await dialog.getByRole('button', { name: '重放 1 条' }).click()
  await page.getByText(/已重新放回 1 条/).waitFor()
  await page.goto('/messages')
  await page.getByRole('link', { name: '按泳道查看与整组重放' }).click()
  await page.getByRole('heading', { name: '泳道与积压' }).waitFor()
  assert.deepEqual(ui.complaints, [])
})

test('an alarm shows its figures by name, a tab that is none shows the list, and the emergency page is even', async () => {
  const { page, running } = ui
  await running.hub.core.alarms.raise({
    rule: 'outbox.dead',
    subject: 'cups',
    severity: 'warning',
    words: { zh: '三个外发动作没有成功', en: 'three calls failed' },
    evidence: { oldestMinutes: 7, somethingNew: 1 },
    link: null,
  })
  await page.goto('/alarms?tab=bogus')
  await page.getByText('三个外发动作没有成功').first().click()
  const drawer = page.getByRole('dialog').first()
  await drawer.getByText('最早已等（分钟）').waitFor()
  await drawer.getByText('somethingNew').waitFor()
  await page.goto('/emergency')
  await page.getByRole('heading', { name: '合并记录' }).waitFor()
  const boxes = await page.locator('.hf-page .hf-section').evaluateAll((all) =>
    all.map((one) => {
      const { top, bottom, left, right } = one.getBoundingClientRect()
      return { top, bottom, left, right }
    }),
  )
  const gaps = boxes.slice(1).map((box, i) => Math.round(box.top - (boxes[i]?.bottom ?? 0)))
  assert.deepEqual(new Set(gaps).size, 1, gaps.join(' '))
  assert.equal(new Set(boxes.map(({ left, right }) => Math.round(right - left))).size, 1)
})
