import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { freePort } from '#test-support/free-port.ts'
import { openWork, until } from '#test-support/hub.ts'
import { deliver, LOAD_SHOP, seedCallback, startHubProcess } from '#test-support/hub-process.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import {
  adminKey,
  assertEachOnce,
  endLeases,
  hubOver,
  openShop,
  type Shop,
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
        (await deliver(`${url}${callback}`, 2))?.status === 200 &&
        (await isCalm(url)),
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
    // The second delivery was sent until all was calm: whatever went through the local disk meanwhile is a duplicate.
    const times = (verdict: string): number => verdicts.filter((row) => row.verdict === verdict).length
    assert.deepEqual([times('accepted'), times('accepted') + times('duplicate')], [2, verdicts.length])
  } finally {
    hub.child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** Back at level 0, and nothing waits on the local disk. */
async function isCalm(url: string): Promise<boolean> {
  const ready = (await (await fetch(`${url}/readyz`)).json()) as { level: number; spool: { records: number } }
  return ready.level === 0 && ready.spool.records === 0
}

test('while the database is away the hub goes on at level 1: senders are acknowledged, and every message is there once', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-away-'))
  let server = await startPostgres({ dataDir })
  const hub = await hubOver(server.url, { SPOOL_RETRY_SECONDS: '1' })
  let sender: ReturnType<typeof startSenders> | null = null
  try {
    const { db } = hub.core.database
    const callback = `${hub.url}${await seedCallback(db, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })}`
    const key = await adminKey(db)
    await hub.core.directory.refresh()
    const ask = async (path: string) =>
      await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${key}` } })
    assert.equal((await deliver(callback, 1))?.status, 200)
    assert.equal((await ask('/api/status')).status, 200)
    const senders = startSenders(callback)
    sender = senders
    await sleep(300)
    await server.stop()
    const before = senders.count()
    assert.equal((await deliver(callback, 900_000))?.status, 200)
    // A redelivery while nobody can look up whether it is one: the merge makes it one message.
    assert.equal((await deliver(callback, 1))?.status, 200)
    const ready = await fetch(`${hub.url}/readyz`)
    const level = (await ready.json()) as { level: number; database: boolean; spool: { records: number } }
    assert.deepEqual([ready.status, level.level, level.database], [200, 1, false])
    assert.ok(level.spool.records >= 2)
    const status = await ask('/api/status')
    assert.equal(status.status, 200, 'a known key signs in without the database')
    assert.equal(((await status.json()) as { inbox: unknown }).inbox, null)
    assert.equal((await ask('/api/emergency')).status, 200)
    await until(
      async () => senders.count() > before + 50,
      () => `${senders.count() - before} acknowledged without the database`,
    )
    server = await startPostgres({ dataDir })
    await until(
      async () => hub.core.emergency.level().level === 0 && hub.core.emergency.spool().records === 0,
      () => `level ${hub.core.emergency.level().level}, ${hub.core.emergency.spool().records} in the spool`,
    )
    const acknowledged = await senders.stop()
    // On a busy machine the level may rise once more meanwhile; what was taken then is merged as well.
    await until(
      async () =>
        hub.core.emergency.level().level === 0 &&
        hub.core.emergency.spool().records === 0 &&
        !hub.core.emergency.merging() &&
        (await openWork({ sql: db })).pending === 0,
      () => 'messages wait for ever',
    )
    await assertEachOnce(db, 'load', new Set([...acknowledged, 1, 900_000]))
    const receipts = await db<{ outcome: string; count: bigint }>`
      select outcome, count(*) as count from spool_receipt group by 1`
    const counted = new Map(receipts.map((row) => [row.outcome, Number(row.count)]))
    assert.ok((counted.get('duplicate') ?? 0) >= 1, 'the redelivery of 1')
    assert.equal(counted.get('conflict') ?? 0, 0)
    // Acknowledged before their bodies were read, and yet each receipt names its order.
    const named = await db`select 1 from spool_receipt where order_no = 'L900000'`
    assert.ok(named.length > 0)
    assert.equal((await db`select 1 from spool_receipt where order_no is null`).length, 0)
  } finally {
    await sender?.stop()
    await hub.stop()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('a report whose answer was lost is looked up, and not sent twice', async () => {
  await withLostAnswer(async ({ sql, shop, orderNo, trackingNo, settle }) => {
    const facts = await sql<{ outcome: string }>`
      select detail->>'outcome' as outcome from fact where kind = 'shipment_reported'`
    assert.deepEqual(facts, [{ outcome: 'unknown' }])
    const done = await settle()
    assert.equal(done?.state, 'done')
    assert.match(done?.last_detail ?? '', /found at the channel/)
    assert.deepEqual(
      shop.channel.orders.get(orderNo)?.shipments.map((one) => one.trackingNo),
      [trackingNo],
    )
  })
})

test('a report whose answer was lost is looked up although the order ended meanwhile: what the channel was told is known', async () => {
  await withLostAnswer(async ({ sql, shop, orderNo, settle }) => {
    await shop.channel.cancel(orderNo)
    shop.setHeard(true)
    await until(
      async () => (await sql`select from sales_order where status in ('cancelled', 'refunded')`).length === 1,
      () => 'the order did not end',
    )
    const done = await settle()
    assert.equal(done?.state, 'done')
    assert.match(done?.last_detail ?? '', /found at the channel after an unknown outcome; the order is/)
  })
})

type LostAnswer = {
  readonly sql: Database
  readonly shop: Shop
  readonly orderNo: string
  readonly trackingNo: string
  /** Until nothing is left to do; answers how the report ended. */
  readonly settle: () => Promise<{ state: string; last_detail: string } | undefined>
}

/** A shop was told of a parcel, its answer was lost, and its own pushes do not come: what it was told is in doubt. */
async function withLostAnswer(work: (lost: LostAnswer) => Promise<void>): Promise<void> {
  const database = await freshDatabase()
  const hub = await hubOver(database.url)
  const shop = await openShop(database.sql, hub.url)
  try {
    await hub.core.directory.refresh()
    const { orderNo } = await shop.channel.place()
    await shop.channel.pay(orderNo)
    await shop.settled()
    // Else the shop's own push would tell of the shipment before the hub asks.
    shop.setHeard(false)
    shop.channel.loseNextAnswer()
    const { trackingNo } = await shop.station.issue(orderNo)
    await until(
      async () => (await intentStates(database.sql)).includes('unknown'),
      async () => `no unknown outcome, but ${await intentStates(database.sql)}`,
    )
    const settle = async () => {
      await endLeases(database.sql)
      await settled(database, () => '')
      const [row] = await database.sql<{ state: string; last_detail: string }>`
        select state, last_detail from outbox_intent where effect = 'report_shipment'`
      return row
    }
    await work({ sql: database.sql, shop, orderNo, trackingNo, settle })
  } finally {
    await hub.stop()
    await shop.close()
    await database.close()
  }
}

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
