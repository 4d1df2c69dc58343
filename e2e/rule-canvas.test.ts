import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { type ConsoleUnderTest, dress, openConsole, seriousFindings, signIn } from './console.ts'

let ui: ConsoleUnderTest
before(async () => {
  ui = await openConsole({ empty: true })
  await signIn(ui)
})
after(async () => await ui?.close())

type Model = { start: string | null; nodes: { id: string; [name: string]: unknown }[] }
type Template = { id: string; hasGaps?: boolean; model: Model }

/** A rule set with a draft to work in; from a template, or without any node. */
async function newSet(name: string, template?: string): Promise<{ id: string; draft: string }> {
  const { running } = ui
  const made = await running.call('POST', '/api/rules/sets', {
    kind: 'freight',
    name,
    note: '',
    connectorKind: '*',
    connectionId: null,
    needsApproval: false,
    active: false,
    ...(template === undefined ? {} : { template }),
  })
  assert.ok(made.status < 300, JSON.stringify(made.body))
  const set = made.body as { id: string; draft: { id: string } | null }
  if (set.draft) return { id: set.id, draft: set.draft.id }
  const draft = await running.call('POST', `/api/rules/sets/${set.id}/drafts`, { from: null, note: '' })
  assert.ok(draft.status < 300, JSON.stringify(draft.body))
  return { id: set.id, draft: (draft.body as { id: string }).id }
}

async function savedModel(draft: string, wanted: (model: Model) => boolean): Promise<Model> {
  for (let tries = 0; ; tries += 1) {
    const { body } = await ui.running.call('GET', `/api/rules/versions/${draft}`)
    const { model } = body as { model: Model }
    if (wanted(model)) return model
    assert.ok(tries < 60, JSON.stringify(model).slice(0, 2000))
    await ui.page.waitForTimeout(200)
  }
}

const node = (id: string): Locator => ui.page.locator(`.react-flow__node[data-id="${id}"]`)
const branchOf = (
  model: Model,
): { branches: { when: string; to: string | null }[]; otherwise: string | null } =>
  model.nodes.find(({ id }) => id === 'n1') as never

test('nodes are dragged in and connected, by mouse and by keyboard, edited, undone, copied; the draft keeps all of it', async () => {
  const { page } = ui
  await ui.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { id, draft } = await newSet('画布测试')
  await page.goto(`/rules/${id}?tab=canvas`)
  await page.getByText('还没有节点').waitFor()
  const pane = page.locator('.react-flow__pane')
  await page.getByRole('button', { name: '添加分支' }).dragTo(pane, { targetPosition: { x: 90, y: 60 } })
  await page.getByRole('button', { name: '添加结果' }).dragTo(pane, { targetPosition: { x: 420, y: 60 } })
  await node('n2').waitFor()
  const from = await node('n1').locator('[data-handleid="branch.b1"]').boundingBox()
  const to = await node('n2').locator('[data-handleid="in"]').boundingBox()
  assert.ok(from && to)
  await page.mouse.move(from.x + 5, from.y + 5)
  await page.mouse.down()
  await page.mouse.move(to.x - 30, to.y + 12, { steps: 4 })
  await page.mouse.move(to.x + 5, to.y + 5, { steps: 4 })
  await page.mouse.up()
  await node('n1').focus()
  await page.keyboard.press('c')
  await page.getByRole('dialog', { name: /连线/ }).waitFor()
  await page.getByRole('option', { name: /结果/ }).first().waitFor({ state: 'attached' })
  await page.keyboard.press('Enter')
  const drawn = await savedModel(
    draft,
    (model) => model.nodes.length === 2 && branchOf(model).otherwise === 'n2',
  )
  assert.deepEqual([drawn.start, branchOf(drawn).branches[0]?.to], ['n1', 'n2'])

  await page.waitForTimeout(200)
  await page.keyboard.press('Control+z')
  await savedModel(draft, (model) => branchOf(model).otherwise === null)
  await page.keyboard.press('Control+Shift+z')
  await savedModel(draft, (model) => branchOf(model).otherwise === 'n2')

  await node('n1').locator('.hf-rule-node-head').click()
  const panel = page.getByRole('form', { name: '节点属性' })
  await panel.getByText('表达式', { exact: true }).click()
  await panel.locator('.cm-content').fill('order_amount >= yuan("99.00")')
  await panel.getByText('表单', { exact: true }).click()
  const amount = panel.getByRole('textbox', { name: '比什么' })
  assert.equal(await amount.inputValue(), '99.00')
  await amount.fill('199')
  await savedModel(draft, (model) => branchOf(model).branches[0]?.when === 'order_amount >= yuan("199")')
  await node('n1').getByText('订单金额 ≥ 199').waitFor()

  await node('n1').locator('.hf-rule-node-head').click()
  await node('n2')
    .locator('.hf-rule-node-head')
    .click({ modifiers: ['Control'] })
  await page.keyboard.press('Control+c')
  await page.keyboard.press('Control+v')
  await savedModel(draft, (model) => model.nodes.length === 4)
  await page.keyboard.press('Delete')
  await savedModel(draft, (model) => model.nodes.length === 2)
  assert.deepEqual(ui.complaints, [])
})

test('the check marks what nobody decides; its example is tried and lights the way it goes', async () => {
  const { page, running } = ui
  const kinds = (await running.call('GET', '/api/rules/kinds')).body as {
    kinds: { kind: string; templates: Template[] }[]
  }
  const templates = kinds.kinds.find(({ kind }) => kind === 'freight')?.templates ?? []
  const gaps = templates.find(({ hasGaps }) => hasGaps === true)
  assert.ok(gaps)
  const { id } = await newSet('有缺口', gaps.id)
  await page.goto(`/rules/${id}?tab=canvas`)
  await page
    .getByRole('button', { name: /[1-9]\d* 个错误/ })
    .first()
    .click()
  await page.getByRole('button', { name: '试算这个输入' }).first().click()
  const side = page.getByRole('complementary', { name: '节点属性' })
  await side.getByRole('button', { name: /试算$/ }).click()
  await side.getByText('走过的路').waitFor()
  assert.ok((await page.locator('.hf-rule-node-lit').count()) > 0)
  assert.ok((await page.locator('.hf-rule-node-dim').count()) > 0)
  for (const theme of ['light', 'dark'] as const) {
    await dress(page, 'zh', theme)
    await page.locator('.hf-rule-node').first().waitFor()
    await page.locator('.react-flow__node-rule').first().click()
    await page.getByRole('form', { name: '节点属性' }).waitFor()
    assert.deepEqual(await seriousFindings(page), [])
  }
})
