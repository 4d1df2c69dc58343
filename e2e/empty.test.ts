import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConsole, seriousFindings, signIn } from './console.ts'

test('a hub without anything teaches what to do, page by page', async () => {
  const at = await openConsole({ empty: true })
  try {
    const { page } = at
    // Who has no password yet cannot go in without: that way is not offered twice, and the link stays good.
    await page.goto(at.signInPath)
    const later = page.getByRole('button', { name: '暂不设置' })
    await later.click()
    await page.getByText('第一次登录需要设置密码').waitFor()
    assert.equal(await later.count(), 0)
    await page.goto('about:blank')
    await signIn(at)
    for (const [path, words] of [
      ['/orders', '还没有订单'],
      ['/drift', '没有状态漂移'],
      ['/messages', '还没有收到消息'],
      ['/lanes', '还没有泳道'],
      ['/mapping', '没有未知的状态码'],
      ['/connections', '还没有连接'],
      ['/imports', '还没有导入过文件'],
      ['/outbox', '没有要对外做的事'],
      ['/jobs', '还没有后台任务'],
    ] as const) {
      await page.goto(path)
      await page.getByText(words).first().waitFor()
      assert.deepEqual(await seriousFindings(page), [], path)
    }
    await page.goto('/messages')
    await page.getByRole('link', { name: '去添加连接' }).click()
    await page.getByRole('dialog').getByText('选择要接入的系统').waitFor()
    await page.goto('/nowhere')
    await page.getByText('没有这个页面').waitFor()
    assert.deepEqual(at.complaints, [])
  } finally {
    await at.close()
  }
})
