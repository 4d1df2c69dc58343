import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import { openVault } from '#platform/vault.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { connectionDirectory, connectionRoutes } from './index.ts'

const vault = openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(7)]]) })
let server: TestServer
before(async () => {
  server = await openTestServer((app, { sql: db }) =>
    connectionRoutes(app, {
      db,
      vault,
      connectors,
      directory: connectionDirectory({ db, vault, connectors }),
      clock: systemClock,
      random: systemRandom,
      callsFor: () => ({
        http: () => Promise.reject(new Outage('http.refused', 'nobody listens')),
        openTcp: noTcp,
        clock: systemClock,
        random: systemRandom,
      }),
      allowLoopback: false,
      publicUrl: () => 'https://hub.example',
      zone: () => 'Asia/Shanghai',
    }),
  )
})
after(() => server.close())

type Json = Record<string, unknown>
const shopify = {
  shopDomain: 'demo.myshopify.com',
  clientSecret: 'shpss_0123456789',
  accessToken: 'shpat_abcdef',
}

test('the catalogue lists every connector with fields, codes and capabilities', async () => {
  const { status, body } = await server.call('GET', '/api/connectors')
  assert.equal(status, 200)
  const { items } = body as { items: Json[] }
  assert.deepEqual(
    items.map((item) => item.kind),
    connectors.map((connector) => connector.kind),
  )
  const found = items.find((item) => item.kind === 'shopify')
  assert.ok(found !== undefined)
  assert.equal((found.capabilities as Json).push, true)
  assert.ok((found.codes as unknown[]).length > 0)
})

test('from adding to removing, no answer holds a secret', async () => {
  const bodies: unknown[] = []
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
    const answer = await server.call(method, url, payload)
    bodies.push(answer.body)
    return answer as { status: number; body: Json }
  }
  const added = await call('POST', '/api/connections', { kind: 'shopify', name: ' Demo ', settings: shopify })
  assert.equal(added.status, 200)
  const { id, callbackUrl } = added.body as { id: string; callbackUrl: string }
  assert.match(callbackUrl, /^https:\/\/hub\.example\/callback\/[A-Za-z0-9_-]{32}$/)
  assert.equal(added.body.name, 'Demo')
  assert.deepEqual(added.body.secretsSet, ['accessToken', 'clientSecret'])
  assert.deepEqual(added.body.settings, { shopDomain: 'demo.myshopify.com' })
  const changed = await call('PATCH', `/api/connections/${id}`, {
    paused: true,
    settings: { accessToken: null },
    zone: 'Asia/Tokyo',
  })
  assert.deepEqual(
    [changed.body.paused, changed.body.zone, changed.body.secretsSet],
    [true, 'Asia/Tokyo', ['clientSecret']],
  )
  const tested = await call('POST', `/api/connections/${id}/test`)
  assert.equal(tested.status, 200)
  assert.equal(tested.body.ok, false)
  const read = await call('GET', `/api/connections/${id}`)
  assert.deepEqual(read.body.lastTest, tested.body)
  assert.equal(((await call('GET', '/api/connections')).body.items as Json[]).length, 1)
  assert.equal((await call('DELETE', `/api/connections/${id}`)).status, 204)
  assert.equal((await call('GET', `/api/connections/${id}`)).status, 404)
  const said = JSON.stringify(bodies) + server.logged.join('')
  for (const secret of [shopify.clientSecret, shopify.accessToken]) assert.ok(!said.includes(secret))
})

test('refusals are problems with their codes', async () => {
  const codeOf = async (payload: object): Promise<unknown> => {
    const { body, status } = await server.call('POST', '/api/connections', payload)
    return `${status} ${(body as Json).code}`
  }
  const base = { kind: 'shopify', name: 'X', settings: shopify }
  assert.equal(await codeOf({ ...base, kind: 'nobody' }), '422 connections.unknown_kind')
  assert.equal(await codeOf({ ...base, settings: {} }), '422 connections.missing_field')
  assert.equal(
    await codeOf({ ...base, settings: { ...shopify, shopDomain: '127.0.0.1' } }),
    '422 connections.private_target',
  )
  assert.equal(await codeOf({ ...base, zone: 'Nowhere/Land' }), '422 connections.bad_zone')
  assert.equal(await codeOf({ ...base, extra: 1 }), '400 http.invalid')
  assert.equal(await codeOf(base), '200 undefined')
  assert.equal(await codeOf(base), '409 connections.name_exists')
  assert.equal((await server.call('PATCH', '/api/connections/none', { paused: true })).status, 404)
})

test('a new address needs the secrets that go there typed again, also from an administrator', async () => {
  const added = await server.call('POST', '/api/connections', {
    kind: 'shopify',
    name: 'Moving',
    settings: shopify,
  })
  const url = `/api/connections/${(added.body as Json).id}`
  for (const settings of [{ shopDomain: 'thief.example' }, { apiBase: 'https://thief.example' }]) {
    const { status, body } = await server.call('PATCH', url, { settings })
    const { code, data } = body as { code: string; data: unknown }
    assert.deepEqual([status, code, data], [422, 'connections.secrets_needed', { names: ['accessToken'] }])
  }
  const kept = (await server.call('GET', url)).body as { settings: Json }
  assert.deepEqual(kept.settings, { shopDomain: shopify.shopDomain })
  const settings = { shopDomain: 'moved.example', accessToken: 'shpat_again' }
  assert.equal((await server.call('PATCH', url, { settings })).status, 200)
})

test('reading and writing need their scopes', async () => {
  const statusOf = async (method: 'GET' | 'POST', headers: Record<string, string>): Promise<number> =>
    (
      await server.app.inject({
        method,
        url: '/api/connections',
        headers,
        ...(method === 'POST' ? { payload: {} } : {}),
      })
    ).statusCode
  assert.equal(await statusOf('GET', {}), 401)
  assert.equal(await statusOf('GET', await server.asKey('orders:read')), 403)
  assert.equal(await statusOf('GET', await server.asKey('connections:read')), 200)
  assert.equal(await statusOf('POST', await server.asKey('connections:read')), 403)
})
