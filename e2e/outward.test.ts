import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConsole, seriousFindings, signIn } from './console.ts'

test('outward calls: empty, then a breaker held open by hand, a limit and its history', async () => {
  const at = await openConsole({ empty: true })
  try {
    const { page, running } = at
    await signIn(at)
    await page.goto('/outward')
    await page.getByText('还没有会被调用的连接').waitFor()
    assert.deepEqual(await seriousFindings(page), [])
    for (const name of ['甲线路', '乙线路'])
      await running.call('POST', '/api/connections', {
        kind: 'kdniao',
        name,
        settings: { ebusiness_id: '1', app_key: 'k', query_url: 'http://127.0.0.1:9/' },
      })
    await page.getByRole('link', { name: '甲线路' }).click()
    const drawer = page.getByRole('dialog')
    await drawer.getByText('从未熔断').waitFor()
    assert.deepEqual(await seriousFindings(page), [])

    await drawer.getByRole('button', { name: '执行' }).click()
    await drawer.getByText('请写明原因（至少 3 个字）').waitFor()
    await drawer.getByLabel('原因').fill('平台公告升级')
    await drawer.getByRole('button', { name: '执行' }).click()
    await drawer.locator('.hf-tag').getByText('手动断开').waitFor()
    await drawer.getByText('手动 · 平台公告升级').waitFor()

    await drawer.getByLabel('每秒').fill('3')
    await drawer.getByRole('button', { name: '保存' }).click()
    await drawer.getByText('由 test 设定').or(drawer.getByText('由 admin 设定')).waitFor()

    await drawer.getByRole('button', { name: '交还规则' }).click()
    await drawer.locator('.hf-tag').getByText('正常').waitFor()
    assert.deepEqual(await seriousFindings(page), [])
    assert.deepEqual(at.complaints, [])
  } finally {
    await at.close()
  }
})
