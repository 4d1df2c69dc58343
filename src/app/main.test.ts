import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { silentLog } from '#platform/log.ts'
import { readConfig } from './config.ts'
import { startHub } from './main.ts'

test('a taken port is said before a database is made', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-port-'))
  const dataDir = join(folder, 'data')
  try {
    const { port } = taken.address() as AddressInfo
    const config = readConfig({ PORT: String(port), HOST: '127.0.0.1', DATA_DIR: dataDir })
    assert.ok(config.ok)
    assert.equal(config.value.dataDir, dataDir)
    const log = silentLog()
    await assert.rejects(
      startHub({ config: config.value, log, simulated: false }),
      (error) => error instanceof Outage && error.code === 'app.port_taken',
    )
    assert.equal(existsSync(dataDir), false)
  } finally {
    taken.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
