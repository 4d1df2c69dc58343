import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { createLog } from '#platform/log.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { until } from '#test-support/hub.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { readConfig } from './config.ts'
import { startHub } from './main.ts'

test('what a killed process left open of its spool is closed by the next one in its place', async () => {
  const database = await freshDatabase()
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: testDataDir(),
    SPOOL_RESERVE_MB: '0',
    HOLDFAST_KEY: '07'.repeat(32),
  })
  assert.ok(config.ok)
  const log = createLog({ level: 'fatal', pretty: false, write: () => undefined })
  const open = async (): Promise<string[]> => {
    const rows = await database.sql<{ rule: string }>`
      select rule from alarm where rule like 'spool.%' and resolved_at is null order by rule`
    return rows.map((row) => row.rule)
  }
  const first = await startHub({ config: config.value, log, simulated: true })
  // As if it had found the disk full and been killed before it was mended.
  for (const rule of ['spool.filling', 'spool.full', 'spool.unwritable'])
    await first.core.alarms.raise({
      rule,
      subject: `${hostname()}/p0`,
      severity: 'critical',
      words: { zh: rule, en: rule },
      evidence: {},
      link: '/emergency',
    })
  assert.equal((await open()).length, 3)
  await first.stop()
  const second = await startHub({ config: config.value, log, simulated: true })
  try {
    await until(
      async () => (await open()).length === 0,
      async () => `open: ${(await open()).join(' ')}`,
    )
  } finally {
    await second.stop()
    await database.close()
  }
})
