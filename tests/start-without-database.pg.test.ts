import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { freePort } from '#test-support/free-port.ts'
import { until } from '#test-support/hub.ts'
import { deliver, LOAD_SHOP, seedCallback, startHubProcess, startProcess } from '#test-support/hub-process.ts'

test('a hub that is killed and started again while its database is away still takes callbacks, and merges them once', async () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-boat-'))
  const pgDir = join(root, 'pg')
  let server = await startPostgres({ dataDir: pgDir })
  const env = {
    PORT: String(await freePort()),
    DATA_DIR: join(root, 'hub'),
    DATABASE_URL: server.url,
    SPOOL_RETRY_SECONDS: '1',
  }
  let hub = await startHubProcess(env)
  try {
    const sql = openDatabase({ url: server.url, connections: 1 })
    const callback = `${hub.url}${await seedCallback(sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })}`
    await sql.end()
    await until(
      async () => (await deliver(callback, 1))?.status === 200,
      () => 'no acknowledgement',
    )
    await server.stop()
    await hub.end('SIGKILL')
    hub = await startProcess(env, /takes callbacks at (\S+) without its database/)
    assert.doesNotMatch(
      readFileSync(join(root, 'hub/connections.sealed'), 'latin1'),
      new RegExp(LOAD_SHOP.clientSecret ?? ''),
    )
    assert.equal((await deliver(callback, 1))?.status, 200, 'a redelivery of what the database has')
    for (let n = 2; n <= 40; n += 1) assert.equal((await deliver(callback, n))?.status, 200)
    const forged = await fetch(callback, {
      method: 'POST',
      body: '{}',
      headers: { 'x-shopify-topic': 'orders/paid' },
    })
    assert.equal(forged.status, 401)
    const unknown = await fetch(`${hub.url}/callback/nobody`, { method: 'POST', body: '{}' })
    assert.equal(unknown.status, 404)
    const track = await fetch(`${hub.url}/v3/logistics/track`, {
      method: 'POST',
      body: '{}',
      headers: { 'x-connection': 'nobody' },
    })
    assert.deepEqual(
      [track.status, ((await track.json()) as { code: string }).code],
      [404, 'logistics.connection_not_found'],
    )
    const ready = await fetch(`${hub.url}/readyz`)
    const body = (await ready.json()) as { level: number; spool: { records: number } }
    assert.deepEqual([ready.status, body.level, body.spool.records], [200, 1, 40])

    server = await startPostgres({ dataDir: pgDir })
    const after = openDatabase({ url: server.url, connections: 1 })
    await until(
      async () => {
        const [row] = await after<{ count: bigint }>`
          select count(*) from inbox_message where verdict = 'accepted' and connection_id = 'load'`.catch(
          () => [],
        )
        return row?.count === 40n
      },
      () => hub.said().slice(-1_500),
      30,
    )
    const [tasks] = await after<{ keys: bigint }>`select count(*) as keys from inbox_key`
    assert.equal(tasks?.keys, 40n)
    await after.end()
    assert.equal((await hub.end('SIGTERM')).code, 0, hub.said())
  } finally {
    hub.child.kill('SIGKILL')
    await server.stop().catch(() => undefined)
    rmSync(root, { recursive: true, force: true })
  }
})
