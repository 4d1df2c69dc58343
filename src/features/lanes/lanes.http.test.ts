import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { type DepthWatch, type LaneDirectory, laneDirectory, laneRoutes, openDepthWatch } from './index.ts'
import { addMinutes } from './store.ts'

let server: TestServer
let lanes: LaneDirectory
let depths: DepthWatch
const connections = [
  { id: 'pdd', kind: 'pinduoduo', name: '拼多多旗舰店' },
  { id: 'web', kind: 'shopify', name: '独立站' },
]

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    lanes = laneDirectory({ db: sql, connections: () => connections })
    await lanes.start()
    depths = openDepthWatch({ db: sql, configOf: lanes.configOf })
    laneRoutes(app, {
      db: sql,
      clock: systemClock,
      lanes,
      depths,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    })
  })
  for (const { id, kind, name } of connections)
    await server.sql`insert into connection (id, kind, name, secrets, callback_token) values (${id}, ${kind}, ${name}, '\\x00', ${id})`
})
after(async () => {
  await depths.stop()
  await lanes.stop()
  await server.close()
})

type Lane = Record<string, unknown> & { name: string }
async function list(): Promise<Map<string, Lane>> {
  const { body } = await server.call('GET', '/api/lanes')
  return new Map((body as { items: Lane[] }).items.map((lane) => [lane.name, lane]))
}
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code

test('each connection has a lane of its own, run by the standard of its kind', async () => {
  const found = await list()
  assert.deepEqual([...found.keys()], ['pdd', 'web'])
  assert.deepEqual(found.get('pdd'), {
    name: 'pdd',
    class: 'high_throughput',
    weight: 10,
    concurrency: 8,
    depthLimit: 500_000,
    alarmDepth: 500,
    own: false,
    updatedBy: null,
    updatedAt: null,
    connections: [{ id: 'pdd', name: '拼多多旗舰店', kind: 'pinduoduo' }],
    pending: 0,
    oldestSeconds: null,
    full: false,
    minutes: [],
  })
  assert.equal(found.get('web')?.class, 'low_latency')
})

test('a change holds at once, is on record, and what it leaves out stays', async () => {
  const changed = await server.call('PUT', '/api/lanes/web', { weight: 77 })
  assert.equal(changed.status, 200)
  const { weight, class: laneClass, own, updatedBy } = changed.body as Lane
  assert.deepEqual([weight, laneClass, own, updatedBy], [77, 'low_latency', true, 'test'])
  assert.equal(lanes.configOf('web').weight, 77)
  await server.call('PUT', '/api/lanes/web', { concurrency: 2 })
  assert.deepEqual([lanes.configOf('web').weight, lanes.configOf('web').concurrency], [77, 2])
  const entries = await server.sql<{ action: string; subject: string }>`
    select action, subject from audit_entry where action like 'lanes.%' order by id`
  assert.deepEqual(entries[0], { action: 'lanes.changed', subject: 'web' })
  assert.equal((await server.call('DELETE', '/api/lanes/web')).status, 204)
  assert.equal(lanes.configOf('web').weight, 30)
  assert.equal(codeOf(await server.call('DELETE', '/api/lanes/web')), 'lanes.not_found')
})

test('what a lane cannot be is refused', async () => {
  for (const body of [
    { weight: 0 },
    { weight: 101 },
    { weight: 1.5 },
    { concurrency: 33 },
    { depthLimit: 99 },
    { alarmDepth: 0 },
    { class: 'fast' },
    { speed: 1 },
    {},
  ])
    assert.equal(
      codeOf(await server.call('PUT', '/api/lanes/web', body)),
      'http.invalid',
      JSON.stringify(body),
    )
  assert.equal(
    codeOf(await server.call('PUT', '/api/lanes/web', { depthLimit: 100, alarmDepth: 101 })),
    'lanes.bad_alarm_depth',
  )
  assert.equal(
    codeOf(await server.call('PUT', `/api/lanes/${encodeURIComponent('a b')}`, { weight: 1 })),
    'lanes.bad_name',
  )
  assert.equal((await list()).get('web')?.own, false, 'nothing of it was stored')
})

test('a connection moves to another lane and back', async () => {
  const move = (id: string, lane: string | null) =>
    server.call('PUT', `/api/connections/${id}/lane`, { lane })
  assert.equal(codeOf(await move('web', 'express')), 'lanes.not_found')
  assert.equal(codeOf(await move('web', 'a b')), 'lanes.bad_name')
  assert.equal(codeOf(await move('nobody', 'pdd')), 'lanes.connection_not_found')
  await server.call('PUT', '/api/lanes/express', { class: 'low_latency', weight: 60 })
  const moved = await move('web', 'express')
  assert.deepEqual((moved.body as Lane).connections, [{ id: 'web', name: '独立站', kind: 'shopify' }])
  assert.equal(lanes.laneOf('web'), 'express')
  assert.deepEqual([...(await list()).keys()], ['express', 'pdd'])
  // Without a row of its own the lane keeps its connection and runs as its kind does.
  await server.call('DELETE', '/api/lanes/express')
  assert.equal((await list()).get('express')?.own, false)
  await move('web', null)
  assert.deepEqual([...(await list()).keys()], ['pdd', 'web'])
})

test('what waits and what went through is told for each lane, also for one that nobody knows any more', async () => {
  const now = systemClock.now()
  await server.sql`
    insert into inbox_task (message_id, received_at, lane, state)
    select g, ${now.subtract({ seconds: 40 })}::timestamptz, 'gone', case when g > 3 then 'parked' else 'pending' end
    from generate_series(1, 5) g`
  const minute = { minute: now, arrived: 5, interpreted: 0, parked: 2, refused: 1 }
  await addMinutes(server.sql, [{ ...minute, lane: 'gone' }])
  const gone = (await list()).get('gone')
  assert.deepEqual([gone?.pending, gone?.connections], [3, []])
  assert.ok(Number(gone?.oldestSeconds) >= 40 && Number(gone?.oldestSeconds) < 60)
  const [told] = (gone?.minutes ?? []) as { arrived: number; parked: number; refused: number }[]
  assert.deepEqual([told?.arrived, told?.parked, told?.refused], [5, 2, 1])
})

test('reading and writing ask for their scopes', async () => {
  const reader = await server.asKey('connections:read')
  assert.equal((await server.app.inject({ url: '/api/lanes', headers: reader })).statusCode, 200)
  const write = { method: 'PUT' as const, url: '/api/lanes/web', payload: { weight: 1 }, headers: reader }
  assert.equal((await server.app.inject(write)).statusCode, 403)
  const other = await server.asKey('orders:read')
  assert.equal((await server.app.inject({ url: '/api/lanes', headers: other })).statusCode, 403)
})
