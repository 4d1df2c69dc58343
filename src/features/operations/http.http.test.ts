import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { operationsRoutes } from './http.ts'

let server: TestServer
const audited: { action: string; detail: Record<string, unknown> }[] = []
const STATES = ['pending', 'sending', 'unknown', 'done', 'refused', 'moot', 'dead'] as const
const intents = new Map<string, string>()

before(async () => {
  server = await openTestServer((app, { sql }) =>
    operationsRoutes(app, {
      sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: async (_tx, entry) => void audited.push(entry),
    }),
  )
  await seedConnection(server.sql, 'shop', '旗舰店')
  for (const state of STATES) {
    const rows = await server.sql<{ id: bigint }>`
      insert into outbox_intent (key, effect, connection_id, payload, state, attempts, last_code, not_before)
      values (${`key-${state}`}, 'report_shipment', 'shop', '{"orderNo":"A-1"}', ${state}, 5, 'pdd.busy', now() + interval '1 hour') returning id`
    intents.set(state, String(rows[0]?.id))
  }
})
after(async () => await server.close())

async function stateOf(name: string): Promise<unknown[]> {
  const [row] = await server.sql<{ state: string; attempts: number; due: boolean }>`
    select state, attempts, not_before <= now() as due from outbox_intent where key = ${`key-${name}`}`
  return [row?.state, row?.attempts, row?.due]
}

test('the outbox is listed newest first, by state, and summed up', async () => {
  const first = (await server.call('GET', '/api/outbox?limit=4')).body as {
    items: { key: string; orderNo: string }[]
    next: string
  }
  const second = (await server.call('GET', `/api/outbox?limit=4&cursor=${first.next}`)).body as {
    items: { key: string }[]
    next: null
  }
  assert.deepEqual(
    [...first.items, ...second.items].map((item) => item.key),
    [...STATES].reverse().map((state) => `key-${state}`),
  )
  assert.equal(first.items[0]?.orderNo, 'A-1')
  assert.equal(second.next, null)
  const some = (await server.call('GET', '/api/outbox?state=dead&state=refused&code=pdd.busy')).body as {
    items: { key: string }[]
  }
  assert.deepEqual(
    some.items.map((item) => item.key),
    ['key-dead', 'key-refused'],
  )
  const summary = (await server.call('GET', '/api/outbox/summary')).body as {
    states: Record<string, number>
    items: { state: string; code: string | null }[]
  }
  assert.deepEqual(Object.values(summary.states), [1, 1, 1, 1, 1, 1, 1])
  assert.equal(summary.items.find((item) => item.state === 'dead')?.code, 'pdd.busy')
})

test('retrying makes due what can be, and leaves doubtful what may have taken effect', async () => {
  const { body } = await server.call('POST', '/api/outbox/retry', { ids: [...intents.values()] })
  assert.deepEqual(body, { retried: 4 })
  assert.deepEqual(await stateOf('refused'), ['pending', 0, true])
  assert.deepEqual(await stateOf('dead'), ['unknown', 0, true])
  assert.deepEqual(await stateOf('unknown'), ['unknown', 0, true])
  for (const untouched of ['sending', 'done', 'moot'])
    assert.deepEqual(await stateOf(untouched), [untouched, 5, false])
  assert.equal(audited.at(-1)?.action, 'outbox.retried')
})

test('retrying by filter needs a state', async () => {
  const { body } = await server.call('POST', '/api/outbox/retry', { filter: {} })
  assert.equal((body as { code: string }).code, 'outbox.nothing_asked')
  assert.deepEqual((await server.call('POST', '/api/outbox/retry', { filter: { state: 'dead' } })).body, {
    retried: 0,
  })
})

test('dropping needs a reason and stays with the intent', async () => {
  const ids = [intents.get('unknown'), intents.get('done'), intents.get('sending')]
  assert.equal((await server.call('POST', '/api/outbox/drop', { ids, reason: '  ' })).status, 400)
  assert.deepEqual((await server.call('POST', '/api/outbox/drop', { ids, reason: 'shop closed' })).body, {
    dropped: 1,
  })
  const { body } = await server.call('GET', '/api/outbox?state=moot')
  const dropped = (body as { items: { key: string; lastCode: string; lastDetail: string }[] }).items.find(
    (item) => item.key === 'key-unknown',
  )
  assert.deepEqual([dropped?.lastCode, dropped?.lastDetail], ['outbox.dropped', 'shop closed'])
  assert.equal(audited.at(-1)?.detail.reason, 'shop closed')
})

test('a job is cancelled while it is to be done and resumed once it has ended early', async () => {
  const rows = await server.sql<{ id: bigint }>`
    insert into job (kind, state, payload, progress, total, created_by) values ('import', 'running', '{}', 40, 100, 'ann') returning id`
  const url = `/api/jobs/${rows[0]?.id}`
  const job = async (path: string): Promise<[number, unknown, unknown]> => {
    const { status, body } = await server.call('POST', `${url}/${path}`)
    const shown = body as { state?: string; code?: string; progress?: number }
    return [status, shown.state ?? shown.code, shown.progress]
  }
  assert.deepEqual(await job('resume'), [409, 'jobs.state_conflict', undefined])
  assert.deepEqual(await job('cancel'), [200, 'cancelled', 40])
  assert.deepEqual(await job('cancel'), [409, 'jobs.state_conflict', undefined])
  assert.deepEqual(await job('resume'), [200, 'queued', 40])
  assert.deepEqual(
    audited.slice(-2).map((entry) => entry.action),
    ['jobs.cancelled', 'jobs.resumed'],
  )
  const { body } = await server.call('GET', '/api/jobs?kind=import')
  assert.equal((body as { items: unknown[] }).items.length, 1)
  assert.equal((await server.call('GET', '/api/jobs/999')).status, 404)
})

test('reading does not allow changing', async () => {
  const headers = await server.asKey('outbox:read', 'jobs:read')
  for (const url of ['/api/outbox/retry', '/api/outbox/drop', '/api/jobs/1/cancel']) {
    const answer = await server.app.inject({ method: 'POST', url, headers, payload: {} })
    assert.ok([400, 403].includes(answer.statusCode) && answer.json().code === 'identity.forbidden', url)
  }
})
