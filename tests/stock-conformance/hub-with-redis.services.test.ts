import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RunningHub, runningHub } from '#test-support/hub.ts'
import { type RedisServer, redisServer } from '#test-support/redis.ts'
import { adjust, codeOf, lock } from './asks.ts'
import { eventually } from './world.ts'

// The whole hub with REDIS_URL: wired, shown, alarmed, and going on without it.

let server: RedisServer
let running: RunningHub
before(async () => {
  server = await redisServer()
  running = await runningHub({ REDIS_URL: server.url, REDIS_ALARM_SECONDS: '2' })
  await running.database
    .sql`insert into warehouse (code, name, updated_by) values ('SH', '上海', 'test') on conflict do nothing`
})
after(async () => {
  await running?.close()
  await server?.close()
})

type Shown = {
  readonly stock: { readonly engine: string; readonly state: string; readonly reason: string | null }
}
const shown = async () => ((await running.call('GET', '/api/status')).body as Shown).stock
const alarms = async (): Promise<number> =>
  (
    await running.database.sql`
      select 1 from alarm where rule = 'stock.redis_away' and resolved_at is null`
  ).length

async function becomes(state: string): Promise<void> {
  await eventually(
    async () => (await shown()).state === state,
    () => `the status page never says ${state}`,
  )
}

test('locks go through Redis, the status says so, its loss is told and heals, and nothing stops', async () => {
  const { stock } = running.hub.core
  await becomes('ready')
  assert.equal((await shown()).engine, 'redis')
  await stock.ask(adjust([{ sku: 'hub', warehouse: 'SH', setPhysical: 3 }]))
  assert.equal(codeOf(await stock.ask(lock('hub-1', [['hub', 'SH', 1]]))), 'ok')
  assert.equal(running.hub.core.stockParts.gate?.status().locks.admitted, 1)

  await server.stop('SIGKILL')
  assert.equal(codeOf(await stock.ask(lock('hub-2', [['hub', 'SH', 1]]))), 'ok')
  await becomes('away')
  await eventually(
    async () => (await alarms()) === 1,
    () => 'nobody is told that Redis is away',
    30,
  )
  await server.start('empty')
  await becomes('ready')
  assert.equal((await stock.levels([{ sku: 'hub', warehouse: 'SH' }]))[0]?.available, 1)
  await eventually(
    async () => (await alarms()) === 0,
    () => 'the alarm does not end by itself',
    30,
  )
})
