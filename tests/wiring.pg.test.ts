import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { startUpkeep } from '#app/upkeep.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openIntake } from '#platform/inbox/intake.ts'
import { silentLog } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simPrintStation } from '#sim/platforms/print-station.ts'
import { openWork, type RunningHub, runningHub, until } from '#test-support/hub.ts'
import {
  deliver,
  type HubProcess,
  LOAD_SHOP,
  seedCallback,
  startHubProcess,
} from '#test-support/hub-process.ts'
import { freshDatabase } from '#test-support/postgres.ts'

// Two hub processes on one database: what is changed in one holds in the other within a moment.

let api: RunningHub
let worker: HubProcess
let callback = ''

before(async () => {
  api = await runningHub({ ROLES: 'api' })
  callback = await seedCallback(api.database.sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
  await api.hub.core.directory.refresh()
  worker = await startHubProcess({
    PORT: '0',
    DATABASE_URL: api.database.url,
    ROLES: 'worker,api',
    LOG_LEVEL: 'warn',
  })
})
after(async () => {
  await worker.end('SIGTERM')
  await api.close()
})

test('a mapping that one process publishes is applied by the others, to parked messages as well', async () => {
  const faults = { ...NO_FAULTS, unknownCode: 1 }
  const station = await simPrintStation({ clock: systemClock, random: seededRandom(1), faults })
  const path = await seedCallback(api.database.sql, {
    id: 'station',
    kind: 'print-station',
    settings: station.settings,
  })
  await api.hub.core.directory.refresh()
  station.pushTo(`${api.hub.url}${path}`)
  try {
    assert.equal((await deliver(`${api.hub.url}${callback}`, 1))?.status, 200)
    await station.issue('L1')
    await until(
      async () => (await parked()).length === 1,
      async () => JSON.stringify(await parked()),
    )
    const draft = await api.call('POST', '/api/mapping/print-station/drafts', {
      rules: { 'event:waybill.misplaced': 'waybill_issued' },
      note: '',
    })
    const { id } = draft.body as { id: string }
    const published = await api.call('POST', `/api/mapping/drafts/${id}/publish`, { days: 1 })
    assert.equal(published.status, 200, JSON.stringify(published.body))
    await until(
      async () => (await parked()).length === 0,
      () => 'it stays parked',
      10,
    )
    await until(
      async () => (await statusOf('L1')) === 'shipped',
      async () => String(await statusOf('L1')),
    )
  } finally {
    await station.close()
  }
})

test('a connection paused in one process is paused in all, and comes back alike', async () => {
  const other = `${worker.url}${callback}`
  assert.equal((await deliver(other, 2))?.status, 200)
  assert.equal((await api.call('PATCH', '/api/connections/load', { paused: true })).status, 200)
  await until(
    async () => (await deliver(other, 3))?.status === 503,
    () => 'it still takes messages',
    3,
  )
  assert.equal((await api.call('PATCH', '/api/connections/load', { paused: false })).status, 200)
  await until(
    async () => (await deliver(other, 3))?.status === 200,
    () => 'it still refuses',
    3,
  )
  await until(
    async () => (await openWork(api.database)).pending === 0,
    () => 'messages wait',
  )
})

test('days of raw messages follow the settings, and old days are dropped when a hub starts', async () => {
  const database = await freshDatabase()
  const { sql } = database
  const today = Temporal.Now.plainDateISO('UTC')
  await ensurePartitions(sql, today, 4)
  const days = async (): Promise<string[]> => {
    const rows = await sql<{ day: string }>`
      select right(relname, 8) as day from pg_class where relname like 'inbox_message_2%' and relkind = 'r' order by 1`
    return rows.map((row) => row.day)
  }
  const nameOf = (back: number): string => today.subtract({ days: back }).toString().replaceAll('-', '')
  let kept = 3
  const start = () =>
    startUpkeep({
      db: sql,
      clock: systemClock,
      metrics: createMetrics(),
      log: silentLog(),
      intake: openIntake({ db: sql, maxBatch: 1, maxQueue: 1 }),
      rawMessageDays: () => kept,
      stockMovementDays: 180,
      ruleDecisionDays: 90,
      replayDecided: null,
    })
  try {
    await start().stop()
    assert.equal((await days())[0], nameOf(3))
    kept = 1
    await start().stop()
    assert.equal((await days())[0], nameOf(1))
  } finally {
    await database.close()
  }
})

test('a rule change while parked messages are being looked at has them looked at once more', async () => {
  const { sql } = api.database
  let runs = 0
  let release: (() => void) | null = null
  const upkeep = startUpkeep({
    db: sql,
    clock: systemClock,
    metrics: createMetrics(),
    log: silentLog(),
    intake: openIntake({ db: sql, maxBatch: 1, maxQueue: 1 }),
    stockMovementDays: 180,
    ruleDecisionDays: 90,
    rawMessageDays: () => 30,
    replayDecided: async () => {
      runs += 1
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return 0
    },
  })
  upkeep.replayNow()
  upkeep.replayNow()
  upkeep.replayNow()
  for (let i = 0; i < 2; i += 1) {
    await until(
      async () => release !== null,
      () => 'not begun',
    )
    const end = release as unknown as () => void
    release = null
    end()
  }
  await upkeep.stop()
  assert.equal(runs, 2)
})

test('a hub that cannot have its port says so and leaves nothing open behind it', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const database = await freshDatabase()
  try {
    const config = readConfig({
      PORT: String((taken.address() as AddressInfo).port),
      DATABASE_URL: database.url,
      HOLDFAST_KEY: '07'.repeat(32),
    })
    assert.ok(config.ok)
    await assert.rejects(
      startHub({ config: config.value, log: silentLog(), simulated: true }),
      (error) => error instanceof Outage && error.code === 'app.port_taken',
    )
    await until(
      async () => {
        const rows = await database.sql`
          select 1 from pg_stat_activity where datname = current_database() and application_name = 'holdfast'`
        return rows.length === 0
      },
      () => 'connections stay open',
      3,
    )
  } finally {
    taken.close()
    await database.close()
  }
})

async function parked(): Promise<unknown[]> {
  return await api.database.sql`select park_code, park_detail from inbox_task where state = 'parked'`
}

async function statusOf(orderNo: string): Promise<string | undefined> {
  const [row] = await api.database.sql<{
    status: string
  }>`select status from sales_order where order_no = ${orderNo}`
  return row?.status
}
