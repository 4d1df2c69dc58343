import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { createLog } from '#platform/log.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { NO_FAULTS, type SimCarrier, type SimChannel } from '#sim/platform.ts'
import { simPrintStation } from '#sim/platforms/print-station.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { openWork, seedFrom, until } from '#test-support/hub.ts'
import {
  deliver,
  freePort,
  LOAD_SHOP,
  seedCallback,
  startHubProcess,
  TEST_KEY,
} from '#test-support/hub-process.ts'
import { freshDatabase } from '#test-support/postgres.ts'

// What survives when processes die. Run again with CRASH_SEED=<number>.

const SEED = seedFrom('CRASH_SEED', 4_711)
const KILLS = 4
const SENDERS = 4
/** A platform that never gives up while the test runs. */
const PATIENT = Array.from({ length: 400 }, () => 150)

test(`killed ${KILLS} times under load, nothing acknowledged is lost or doubled (seed ${SEED})`, async () => {
  const random = seededRandom(SEED)
  const database = await freshDatabase()
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const shop = await openShop(database.sql, origin)
  const load = await seedCallback(database.sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
  const sender = startSenders(`${origin}${load}`)
  const env = { PORT: String(port), DATABASE_URL: database.url, LOG_LEVEL: 'warn' }
  let hub = await startHubProcess(env)
  try {
    const trade = shop.trade(40)
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(200 + random.next() * 900)
      await hub.end('SIGKILL')
      await endLeases(database.sql)
      hub = await startHubProcess(env)
    }
    const printed = await trade
    const acknowledged = await sender.stop()
    await shop.settled()
    await settled(database, () => hub.said())
    assert.ok(acknowledged.size > 50, `only ${acknowledged.size} were acknowledged`)
    await assertEachOnce(database.sql, 'load', acknowledged)
    for (const [orderNo, trackingNo] of printed)
      assert.deepEqual(
        shop.channel.orders.get(orderNo)?.shipments.map((shipment) => shipment.trackingNo),
        [trackingNo],
        `reported once: ${orderNo} (seed ${SEED})`,
      )
    const open =
      await database.sql`select key, state, last_detail from outbox_intent where state not in ('done', 'moot')`
    assert.deepEqual(open, [], `seed ${SEED}`)
    const ended = await hub.end('SIGTERM')
    assert.equal(ended.code, 0, hub.said())
  } finally {
    await sender.stop()
    hub.child.kill('SIGKILL')
    await shop.close()
    await database.close()
  }
})

test('its own PostgreSQL survives a killed hub and is adopted; SIGTERM ends both cleanly within seconds', async () => {
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

    // A console that keeps its live stream open must not hold the hub back.
    const stream = await fetch(`${hub.url}/api/orders/stream`, {
      headers: { authorization: `Bearer ${key}` },
    })
    assert.equal(stream.status, 200)
    const ended = await hub.end('SIGTERM')
    assert.equal(ended.code, 0, hub.said())
    assert.ok(ended.ms < 5_000, `took ${Math.round(ended.ms)} ms`)
    assert.equal(existsSync(join(dataDir, 'postgres/18/postmaster.pid')), false)

    const again = await startPostgres({ dataDir })
    const after = openDatabase({ url: again.url, connections: 1 })
    const verdicts = await after<{ verdict: string }>`select verdict from inbox_message order by id`
    await after.end()
    await again.stop()
    assert.deepEqual(
      verdicts.map((row) => row.verdict),
      ['accepted', 'duplicate'],
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
      async () => (await openWork({ sql: hub.core.database.db } as never)).pending === 0,
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

async function adminKey(sql: Database): Promise<string> {
  const policy = { idleHours: 1, maxDays: 1 }
  const identity = createIdentity({ sql, clock: systemClock, random: systemRandom, policy })
  const made = await makeKey(identity, SYSTEM, { name: 'test', scopes: ['admin'], expiresAt: null })
  assert.ok(made.ok)
  return made.value.text
}

async function hubOver(url: string, env: Readonly<Record<string, string>> = {}) {
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: url,
    HOLDFAST_KEY: TEST_KEY,
    ALLOW_LOOPBACK_TARGETS: 'true',
    ...env,
  })
  assert.ok(config.ok)
  const log = createLog({ level: 'fatal', pretty: false })
  return await startHub({ config: config.value, log, simulated: true })
}

type Shop = {
  readonly channel: SimChannel & { readonly loseNextAnswer: () => void }
  readonly station: SimCarrier
  /** Places, pays and prints so many orders, one after the other; answers order number and tracking number. */
  readonly trade: (orders: number) => Promise<Map<string, string>>
  readonly settled: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A Shopify shop and a print station that push to the hub at this address. */
async function openShop(db: Database, origin: string): Promise<Shop> {
  const deps = {
    clock: { now: () => Temporal.Now.instant() },
    random: seededRandom(SEED + 1),
    faults: NO_FAULTS,
  }
  const channel = await simShopify(deps, { retryMs: PATIENT })
  const station = await simPrintStation(deps, { retryMs: PATIENT })
  for (const platform of [channel, station]) {
    const path = await seedCallback(db, {
      id: platform.kind,
      kind: platform.kind,
      settings: platform.settings,
    })
    platform.pushTo(`${origin}${path}`)
  }
  return {
    channel,
    station,
    trade: async (orders) => {
      const printed = new Map<string, string>()
      for (let i = 0; i < orders; i += 1) {
        const { orderNo } = await channel.place()
        await channel.pay(orderNo)
        printed.set(orderNo, (await station.issue(orderNo)).trackingNo)
        await sleep(50)
      }
      return printed
    },
    settled: async () => {
      await Promise.all([channel.settled(), station.settled()])
    },
    close: async () => {
      await Promise.all([channel.close(), station.close()])
    },
  }
}

/** Sends one delivery after the other, each again until it is acknowledged; answers those that were. */
function startSenders(callback: string) {
  const acknowledged = new Set<number>()
  let next = 0
  let open = true
  const send = async (): Promise<void> => {
    while (open) {
      next += 1
      const n = next
      for (;;) {
        const answer = await deliver(callback, n)
        if (answer?.status === 200) acknowledged.add(n)
        if (answer?.status === 200 || !open) break
        await sleep(30)
      }
    }
  }
  const running = Array.from({ length: SENDERS }, send)
  return {
    count: () => acknowledged.size,
    stop: async () => {
      open = false
      await Promise.all(running)
      return acknowledged
    },
  }
}

/** The leases of a killed process are over, and what waits for its next attempt is due: 90 s and more, made short. */
async function endLeases(sql: Database): Promise<void> {
  await sql`update outbox_intent set not_before = now() - interval '1 second' where state in ('sending', 'unknown', 'pending')`
}

async function settled(database: { sql: Database }, words: () => string): Promise<void> {
  let quiet = 0
  await until(
    async () => {
      const { pending, intents } = await openWork(database as never)
      quiet = pending + intents === 0 ? quiet + 1 : 0
      if (intents > 0) await endLeasesOfWaiting(database.sql)
      return quiet >= 4
    },
    words,
    30,
  )
}

/** Waits between attempts are made short; leases of a living process are left alone. */
async function endLeasesOfWaiting(sql: Database): Promise<void> {
  await sql`update outbox_intent set not_before = now() - interval '1 second' where state in ('unknown', 'pending') and not_before > now()`
}

async function intentStates(sql: Database): Promise<string[]> {
  const rows = await sql<{ state: string }>`select state from outbox_intent where effect = 'report_shipment'`
  return rows.map((row) => row.state)
}

async function assertEachOnce(
  sql: Database,
  connection: string,
  numbers: ReadonlySet<number>,
): Promise<void> {
  const rows = await sql<{ key: string; count: bigint }>`
    select split_part(dedup_key, ':', 3) as key, count(*) as count from inbox_message
    where connection_id = ${connection} and verdict = 'accepted' group by 1`
  const times = new Map(rows.map((row) => [row.key, Number(row.count)]))
  for (const n of numbers) assert.equal(times.get(`delivery-${n}`), 1, `delivery ${n} (seed ${SEED})`)
  assert.ok(
    [...times.values()].every((count) => count === 1),
    `no delivery is there twice (seed ${SEED})`,
  )
  const orders = await sql<{
    order_no: string
  }>`select order_no from sales_order where connection_id = ${connection}`
  const known = new Set(orders.map((row) => row.order_no))
  for (const n of numbers) assert.ok(known.has(`L${n}`), `order L${n} (seed ${SEED})`)
}

async function interpretedBy(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^holdfast_messages_interpreted_total\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0)
}
