import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '#app/config.ts'
import { type Hub, startHub } from '#app/main.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { createLog } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import { NO_FAULTS, type SimCarrier, type SimChannel } from '#sim/platform.ts'
import { simPrintStation } from '#sim/platforms/print-station.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { testDataDir } from './data-dir.ts'
import { openWork, until } from './hub.ts'
import { deliver, seedCallback, TEST_KEY } from './hub-process.ts'

// A trade that goes on while hubs and databases die: senders that do not give up, a shop and a print station.

const SENDERS = 4
/** A platform that never gives up while the test runs. */
const PATIENT = Array.from({ length: 400 }, () => 150)

/** The text of an API key that may do everything. */
export async function adminKey(sql: Database): Promise<string> {
  const policy = { idleHours: 1, maxDays: 1 }
  const identity = createIdentity({ sql, clock: systemClock, random: systemRandom, policy })
  const made = await makeKey(identity, SYSTEM, { name: 'test', scopes: ['admin'], expiresAt: null })
  assert.ok(made.ok)
  return made.value.text
}

/** A whole hub of this process over the given database. */
export async function hubOver(url: string, env: Readonly<Record<string, string>> = {}): Promise<Hub> {
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: url,
    DATA_DIR: testDataDir(),
    SPOOL_RESERVE_MB: '0',
    HOLDFAST_KEY: TEST_KEY,
    ALLOW_LOOPBACK_TARGETS: 'true',
    ...env,
  })
  assert.ok(config.ok)
  const log = createLog({ level: 'fatal', pretty: false })
  return await startHub({ config: config.value, log, simulated: true })
}

export type Shop = {
  readonly channel: SimChannel & { readonly loseNextAnswer: () => void }
  readonly station: SimCarrier
  /** Places, pays and prints so many orders, one after the other; answers order number and tracking number. */
  readonly trade: (orders: number) => Promise<Map<string, string>>
  readonly settled: () => Promise<void>
  /** Whether what the shop pushes comes to the hub; as long as it does not, it is tried again. */
  readonly setHeard: (isHeard: boolean) => void
  readonly close: () => Promise<void>
}

const NOWHERE = 'http://127.0.0.1:9/nowhere'

/** A Shopify shop and a print station that push to the hub at this address. */
export async function openShop(db: Database, origin: string, seed = 1): Promise<Shop> {
  const deps = {
    clock: { now: () => Temporal.Now.instant() },
    random: seededRandom(seed),
    faults: NO_FAULTS,
  }
  const channel = await simShopify(deps, { retryMs: PATIENT })
  const station = await simPrintStation(deps, { retryMs: PATIENT })
  const homes = new Map<string, string>()
  for (const platform of [channel, station]) {
    const path = await seedCallback(db, {
      id: platform.kind,
      kind: platform.kind,
      settings: platform.settings,
    })
    homes.set(platform.kind, `${origin}${path}`)
    platform.pushTo(`${origin}${path}`)
  }
  return {
    channel,
    station,
    setHeard: (isHeard) => channel.pushTo(isHeard ? (homes.get(channel.kind) ?? NOWHERE) : NOWHERE),
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
export function startSenders(callback: string) {
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
export async function endLeases(sql: Database): Promise<void> {
  await sql`update outbox_intent set not_before = now() - interval '1 second' where state in ('sending', 'unknown', 'pending')`
}

/** Until nothing waits to be read or sent; waits between attempts are made short. */
export async function settled(database: { sql: Database }, words: () => string): Promise<void> {
  let quiet = 0
  await until(
    async () => {
      const { pending, intents } = await openWork(database)
      quiet = pending + intents === 0 ? quiet + 1 : 0
      if (intents > 0) await endLeasesOfWaiting(database.sql)
      return quiet >= 4
    },
    words,
    60,
  )
}

/** Waits between attempts are made short; leases of a living process are left alone. */
async function endLeasesOfWaiting(sql: Database): Promise<void> {
  await sql`update outbox_intent set not_before = now() - interval '1 second' where state in ('unknown', 'pending') and not_before > now()`
}

/** Each of these deliveries is in the inbox exactly once, and became an order. */
export async function assertEachOnce(
  sql: Database,
  connection: string,
  numbers: ReadonlySet<number>,
): Promise<void> {
  const rows = await sql<{ key: string; count: bigint }>`
    select split_part(dedup_key, ':', 3) as key, count(*) as count from inbox_message
    where connection_id = ${connection} and verdict = 'accepted' group by 1`
  const times = new Map(rows.map((row) => [row.key, Number(row.count)]))
  for (const n of numbers) assert.equal(times.get(`delivery-${n}`), 1, `delivery ${n}`)
  assert.ok(
    [...times.values()].every((count) => count === 1),
    `no delivery is there twice`,
  )
  const orders = await sql<{
    order_no: string
  }>`select order_no from sales_order where connection_id = ${connection}`
  const known = new Set(orders.map((row) => row.order_no))
  for (const n of numbers) assert.ok(known.has(`L${n}`), `order L${n}`)
}
