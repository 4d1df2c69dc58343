import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { openWork, until } from '#test-support/hub.ts'
import { deliver, freePort, LOAD_SHOP, seedCallback, startHubProcess } from '#test-support/hub-process.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import {
  adminKey,
  assertEachOnce,
  endLeases,
  hubOver,
  openShop,
  settled,
  startSenders,
} from '#test-support/trade.ts'

// What survives when the hub is stopped, the database goes away, an answer is lost, or two processes share the work.

test('its own PostgreSQL survives a killed hub and is adopted, comes back when killed, and ends with the hub within seconds', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-crash-'))
  const env = { PORT: String(await freePort()), DATA_DIR: dataDir, LOG_LEVEL: 'info' }
  let hub = await startHubProcess(env)
  try {
    const joined = await startPostgres({ dataDir })
    const sql = openDatabase({ url: joined.url, connections: 1 })
    const callback = await seedCallback(sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
    const key = await adminKey(sql)
    await sql.end()
    await joined.stop()
    await until(
      async () => (await deliver(`${hub.url}${callback}`, 1))?.status === 200,
      () => 'no acknowledgement',
    )
    await hub.end('SIGKILL')
    hub = await startHubProcess(env)
    assert.match(hub.said(), /joined the PostgreSQL that already runs here/)
    assert.equal((await deliver(`${hub.url}${callback}`, 1))?.status, 200)

    const killed = postmasterOf(dataDir)
    process.kill(killed, 'SIGKILL')
    const { url } = hub
    await until(
      async () =>
        ![0, killed].includes(postmasterOf(dataDir)) &&
        (await deliver(`${url}${callback}`, 2))?.status === 200,
      () => 'PostgreSQL stayed away',
      60,
    )

    // A console that keeps its live stream open must not hold the hub back.
    const openStream = async (): Promise<boolean> => {
      const headers = { authorization: `Bearer ${key}` }
      return (await fetch(`${url}/api/orders/stream`, { headers })).status === 200
    }
    await until(openStream, () => 'no live stream')
    // Nor must somebody who never sends the rest of his request.
    const half = connect(Number(new URL(hub.url).port), '127.0.0.1')
    half.on('error', () => undefined)
    half.write('POST /callback/x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 10\r\n\r\nhalf')
    await sleep(100)
    const ended = await hub.end('SIGTERM')
    assert.equal(ended.code, 0, hub.said())
    assert.ok(ended.ms < 8_000, `took ${Math.round(ended.ms)} ms`)
    assert.equal(existsSync(join(dataDir, 'postgres/18/postmaster.pid')), false)

    const again = await startPostgres({ dataDir })
    const after = openDatabase({ url: again.url, connections: 1 })
    const verdicts = await after<{ verdict: string }>`select verdict from inbox_message order by id`
    await after.end()
    await again.stop()
    assert.deepEqual(
      verdicts.map((row) => row.verdict),
      ['accepted', 'duplicate', 'accepted'],
    )
  } finally {
    hub.child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('while the database is away senders are told to come back, and nothing is lost', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-away-'))
  let server = await startPostgres({ dataDir })
  const hub = await hubOver(server.url)
  try {
    const callback = `${hub.url}${await seedCallback(hub.core.database.db, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })}`
    await hub.core.directory.refresh()
    assert.equal((await deliver(callback, 1))?.status, 200)
    const sender = startSenders(callback)
    await sleep(300)
    await server.stop()
    const refused = await deliver(callback, 900_000)
    assert.equal(refused?.status, 503)
    assert.match(refused?.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    const ready = await fetch(`${hub.url}/readyz`)
    assert.equal(ready.status, 503)
    server = await startPostgres({ dataDir })
    await until(
      async () => (await deliver(callback, 900_000))?.status === 200,
      () => 'it did not come back',
    )
    await sleep(300)
    const acknowledged = await sender.stop()
    await until(
      async () => (await openWork({ sql: hub.core.database.db })).pending === 0,
      () => 'messages wait for ever',
    )
    assert.ok(acknowledged.size > 20, `only ${acknowledged.size}`)
    await assertEachOnce(hub.core.database.db, 'load', acknowledged)
  } finally {
    await hub.stop()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('a report whose answer was lost is looked up, and not sent twice', async () => {
  const database = await freshDatabase()
  const hub = await hubOver(database.url)
  const shop = await openShop(database.sql, hub.url)
  try {
    await hub.core.directory.refresh()
    const { orderNo } = await shop.channel.place()
    await shop.channel.pay(orderNo)
    await shop.settled()
    // Else the shop's own push would tell of the shipment before the hub asks.
    shop.channel.pushTo('http://127.0.0.1:9/nowhere')
    shop.channel.loseNextAnswer()
    const { trackingNo } = await shop.station.issue(orderNo)
    await until(
      async () => (await intentStates(database.sql)).includes('unknown'),
      async () => `no unknown outcome, but ${await intentStates(database.sql)}`,
    )
    const facts = await database.sql<{ outcome: string }>`
      select detail->>'outcome' as outcome from fact where kind = 'shipment_reported'`
    assert.deepEqual(facts, [{ outcome: 'unknown' }])
    await endLeases(database.sql)
    await settled(database, () => '')
    const [done] = await database.sql<{ state: string; last_detail: string; attempts: number }>`
      select state, last_detail, attempts from outbox_intent where effect = 'report_shipment'`
    assert.equal(done?.state, 'done')
    assert.match(done?.last_detail ?? '', /found at the channel/)
    assert.deepEqual(
      shop.channel.orders.get(orderNo)?.shipments.map((one) => one.trackingNo),
      [trackingNo],
    )
  } finally {
    await hub.stop()
    await shop.close()
    await database.close()
  }
})

test('two worker processes on one database share the work without doubling it', async () => {
  const database = await freshDatabase()
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'warn',
    ROLES: 'worker',
    INTERPRET_BATCH: '5',
  }
  const api = await hubOver(database.url, { ROLES: 'api' })
  const shop = await openShop(database.sql, api.url)
  const load = await seedCallback(database.sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
  await api.core.directory.refresh()
  const workers = await Promise.all([startHubProcess(env), startHubProcess(env)])
  try {
    const sender = startSenders(`${api.url}${load}`)
    const printed = await shop.trade(20)
    await until(
      async () => sender.count() >= 300,
      () => `${sender.count()} acknowledged`,
    )
    const acknowledged = await sender.stop()
    await shop.settled()
    await settled(database, () => workers.map((one) => one.said()).join('\n'))
    await assertEachOnce(database.sql, 'load', acknowledged)
    for (const [orderNo, trackingNo] of printed)
      assert.deepEqual(
        shop.channel.orders.get(orderNo)?.shipments.map((one) => one.trackingNo),
        [trackingNo],
      )
    const read = await Promise.all(workers.map((one) => interpretedBy(one.url)))
    const [row] = await database.sql<{
      count: bigint
    }>`select count(*) as count from inbox_message where verdict = 'accepted'`
    assert.equal((read[0] ?? 0) + (read[1] ?? 0), Number(row?.count), 'each message read by one of them')
    assert.ok(
      read.every((count) => count > 0),
      `one of them did nothing: ${read}`,
    )
    assert.equal((await fetch(`${workers[0]?.url}/api/orders`)).status, 404, 'a worker serves no API')
    for (const worker of workers) assert.equal((await worker.end('SIGTERM')).code, 0, worker.said())
  } finally {
    for (const worker of workers) worker.child.kill('SIGKILL')
    await api.stop()
    await shop.close()
    await database.close()
  }
})

/** 0 while there is none. */
function postmasterOf(dataDir: string): number {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/18/postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return 0
  }
}

async function intentStates(sql: Database): Promise<string[]> {
  const rows = await sql<{ state: string }>`select state from outbox_intent where effect = 'report_shipment'`
  return rows.map((row) => row.state)
}

async function interpretedBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^holdfast_messages_interpreted_total\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0)
}
