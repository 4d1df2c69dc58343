import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '#kernel/random.ts'
import { freePort } from '#test-support/free-port.ts'
import { seedFrom } from '#test-support/hub.ts'
import { LOAD_SHOP, seedCallback, startHubProcess } from '#test-support/hub-process.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import { assertEachOnce, endLeases, openShop, settled, startSenders } from '#test-support/trade.ts'

// What survives when hub processes are killed. Run again with CRASH_SEED=<number>.

const SEED = seedFrom('CRASH_SEED', 4_711)
const KILLS = 3

test(`killed ${KILLS} times under load, nothing acknowledged is lost or doubled (seed ${SEED})`, async () => {
  const random = seededRandom(SEED)
  const database = await freshDatabase()
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const shop = await openShop(database.sql, origin, SEED + 1)
  const load = await seedCallback(database.sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
  const sender = startSenders(`${origin}${load}`)
  const env = { PORT: String(port), DATABASE_URL: database.url, LOG_LEVEL: 'warn' }
  let hub = await startHubProcess(env)
  try {
    const trade = shop.trade(30)
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
