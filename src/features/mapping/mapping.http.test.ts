import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { mappingDirectory, mappingRoutes } from './index.ts'

let server: TestServer
before(async () => {
  server = await openTestServer(async (app, { sql: db }) => {
    const directory = mappingDirectory({ db, connectors })
    mappingRoutes(app, {
      db,
      connectors,
      directory,
      clock: systemClock,
      connectionsOf: () => ['shop-1'],
      preview: async () => ({
        messages: 3,
        orders: Array.from({ length: 201 }, (_, i) => ({
          id: `${i}`,
          connection: 'shop-1',
          orderNo: `N${i}`,
          from: null,
          to: 'shipped',
          factsAdded: 1,
          factsRemoved: 0,
        })),
        factsAdded: 201,
        factsRemoved: 0,
        unknownLeft: ['x'],
      }),
      replay: async () => 4,
      zone: () => 'Asia/Shanghai',
    })
  })
})
after(() => server.close())

type Json = Record<string, unknown>
const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
  server.call(method, url, payload) as Promise<{ status: number; body: Json }>

test('from draft to rollback', async () => {
  const first = connectors.find(({ kind }) => kind === 'shopify')?.codes.find(({ fact }) => fact !== 'none')
  assert.ok(first !== undefined)
  const added = await call('POST', '/api/mapping/shopify/drafts', {
    rules: { [first.code]: 'none' },
    note: 'quiet',
  })
  assert.deepEqual(
    [added.status, added.body.version, added.body.state, added.body.note],
    [200, 1, 'draft', 'quiet'],
  )
  const id = added.body.id as string
  const edited = await call('PATCH', `/api/mapping/drafts/${id}`, { note: 'quieter' })
  assert.deepEqual([edited.body.note, edited.body.rules], ['quieter', { [first.code]: 'none' }])
  const preview = await call('POST', `/api/mapping/drafts/${id}/preview`, { days: 1 })
  assert.deepEqual(
    [preview.body.messages, preview.body.total, (preview.body.orders as Json[]).length],
    [3, 201, 200],
  )
  assert.deepEqual((await call('POST', `/api/mapping/drafts/${id}/preview`)).status, 200)
  assert.deepEqual((await call('POST', `/api/mapping/drafts/${id}/publish`)).body, {
    version: 1,
    replayed: 4,
  })
  const second = await call('POST', '/api/mapping/shopify/drafts', { rules: {}, note: '' })
  await call('POST', `/api/mapping/drafts/${second.body.id}/publish`, { days: 0 })
  assert.deepEqual((await call('POST', '/api/mapping/shopify/rollback', { toVersion: 1 })).body, {
    version: 3,
    replayed: 4,
  })
  assert.deepEqual((await call('POST', '/api/mapping/shopify/rollback', { toVersion: 0 })).body, {
    version: 4,
    replayed: 4,
  })
  assert.equal((await call('POST', '/api/mapping/shopify/rollback', { toVersion: -1 })).status, 400)
  const page = await call('GET', '/api/mapping/shopify')
  const history = page.body.history as Json[]
  assert.deepEqual(
    history.map(({ version, state }) => `${version} ${state}`),
    ['4 live', '3 retired', '2 retired', '1 retired'],
  )
  assert.equal((page.body.live as Json).version, 4)
  assert.match((page.body.live as Json).publishedAt as string, /\.\d{3}\+08:00$/)
  assert.ok((page.body.defaults as Json[]).length > 0)
})

test('a connection has a mapping of its own', async () => {
  const added = await call('POST', '/api/mapping/shopify/drafts', {
    connectionId: 'shop-1',
    rules: { x: 'paid' },
    note: '',
  })
  assert.equal(added.body.version, 1)
  const own = await call('GET', '/api/mapping/shopify?connection=shop-1')
  assert.equal((own.body.drafts as Json[]).length, 1)
  assert.equal(((await call('GET', '/api/mapping/shopify')).body.drafts as Json[]).length, 0)
  assert.equal((await call('DELETE', `/api/mapping/drafts/${added.body.id}`)).status, 204)
})

test('unknown codes are listed until they are decided', async () => {
  const at = Temporal.Instant.from('2026-02-11T10:00:00Z')
  await server.sql`insert into mapping_unknown values ('shopify', 'shop-1', 'odd', 12, ${at}, ${at}, '20260211-7')`
  const unknown = async () => (await call('GET', '/api/mapping/shopify')).body.unknown as Json[]
  assert.deepEqual(await unknown(), [
    {
      connection: 'shop-1',
      code: 'odd',
      seen: 12,
      firstAt: '2026-02-11T18:00:00.000+08:00',
      lastAt: '2026-02-11T18:00:00.000+08:00',
      sampleMessage: '20260211-7',
    },
  ])
  const { body } = await call('POST', '/api/mapping/shopify/drafts', { rules: { odd: 'none' }, note: '' })
  await call('POST', `/api/mapping/drafts/${body.id}/publish`)
  assert.deepEqual(await unknown(), [])
})

test('refusals and scopes', async () => {
  const codeOf = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object): Promise<string> => {
    const { status, body } = await call(method, url, payload)
    return `${status} ${body.code}`
  }
  assert.equal(await codeOf('GET', '/api/mapping/nobody'), '404 mapping.kind_not_found')
  assert.equal(await codeOf('GET', '/api/mapping/shopify?connection=zz'), '404 mapping.connection_not_found')
  assert.equal(
    await codeOf('POST', '/api/mapping/shopify/drafts', { rules: { x: 'shipped' }, note: '' }),
    '400 http.invalid',
  )
  assert.equal(await codeOf('POST', '/api/mapping/drafts/999/publish'), '404 mapping.version_not_found')
  assert.equal(
    await codeOf('POST', '/api/mapping/shopify/rollback', { toVersion: 99 }),
    '404 mapping.version_not_found',
  )
  const headers = await server.asKey('mapping:read')
  const write = await server.app.inject({
    method: 'POST',
    url: '/api/mapping/shopify/drafts',
    headers,
    payload: { rules: {}, note: '' },
  })
  assert.equal(write.statusCode, 403)
})
