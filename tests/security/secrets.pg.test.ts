import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readConfig } from '#app/config.ts'
import { type Hub, startHub } from '#app/main.ts'
import { fixturesOf } from '#connectors/fuzz.ts'
import { connectors } from '#connectors/index.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { createLog } from '#platform/log.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { until } from '#test-support/hub.ts'
import { LOAD_SHOP, seedCallback } from '#test-support/hub-process.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

// Texts that stand nowhere else in every field that holds a secret, and in a buyer's name, phone and address; then everything that
// the hub wrote or says is searched for them: tables, log at debug, figures, answers of all routes, files.

const BUYER = {
  name: '诸葛金丝雀',
  phone: '13987650123',
  address: '金丝雀胡同八十八号院七单元',
  last: '司马',
}
const SECRETS = new Set<string>()

let database: FreshDatabase
let hub: Hub
let dataDir = ''
let adminKey = ''
const logged: string[] = []
const answers: { readonly route: string; readonly text: string }[] = []

before(async () => {
  database = await freshDatabase()
  dataDir = testDataDir()
  const config = readConfig({
    ...{ PORT: '0', DATABASE_URL: database.url, DATA_DIR: dataDir, SPOOL_RESERVE_MB: '0' },
    ...{ HOLDFAST_KEY: '07'.repeat(32), ALLOW_LOOPBACK_TARGETS: 'true', LOG_LEVEL: 'debug' },
  })
  assert.ok(config.ok)
  const log = createLog({ level: 'debug', pretty: false, write: (line) => void logged.push(line) })
  hub = await startHub({ config: config.value, log, simulated: false })
  const { clock, random } = hub.core
  const identity = createIdentity({ sql: database.sql, clock, random, policy: { idleHours: 1, maxDays: 1 } })
  const made = await makeKey(identity, SYSTEM, { name: 'test', scopes: ['admin'], expiresAt: null })
  assert.ok(made.ok)
  adminKey = made.value.text
  // The secret itself may hold the sign that separates the parts.
  SECRETS.add(adminKey.split('_').slice(2).join('_'))
})
after(async () => {
  await hub.stop()
  await database.close()
})

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${hub.url}${path}`, {
    method,
    signal: AbortSignal.timeout(20_000),
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** The canary in every coat that it could wear. */
function formsOf(canary: string): string[] {
  const bytes = Buffer.from(canary)
  return [
    canary,
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=*$/, '').slice(0, -1),
    encodeURIComponent(canary),
  ]
}
function assertClean(text: string, canaries: Iterable<string>, where: string): void {
  for (const canary of canaries)
    for (const form of formsOf(canary)) {
      const at = text.indexOf(form)
      assert.ok(at < 0, `${canary} in ${where}: …${text.slice(Math.max(0, at - 200), at + 60)}`)
    }
}

test('canaries are laid: every secret field of every kind, passwords, keys, a webhook, a buyer', async () => {
  let laid = 0
  for (const connector of connectors) {
    const fixtures = await fixturesOf(connector)
    const standard = Object.fromEntries(
      connector.fields.map(({ name, default: value }) => [name, value ?? '']),
    )
    const settings: Record<string, string> = { ...standard }
    for (const [name, value] of Object.entries(fixtures?.settings ?? {})) settings[name] = value ?? ''
    // Nothing answers there, so that calls fail and say why.
    for (const { name } of connector.fields)
      if (/(?<!data)(base|url)$/i.test(name)) settings[name] = 'http://127.0.0.1:9/'
    for (const { name, secret } of connector.fields) {
      if (!secret) continue
      const canary = `Canary-${connector.kind}-${name}-${laid}-b7Qz`
      settings[name] = canary
    }
    const made = await call('POST', '/api/connections', {
      kind: connector.kind,
      name: connector.kind,
      settings,
    })
    answers.push({ route: `POST /api/connections ${connector.kind}`, text: made.text })
    const secrets = connector.fields.filter(({ secret }) => secret).map(({ name }) => settings[name] ?? '')
    for (const one of secrets) SECRETS.add(one)
    if (made.status === 200) {
      laid += 1
      const { id } = JSON.parse(made.text) as { id: string }
      const tested = await call('POST', `/api/connections/${id}/test`)
      answers.push({ route: `test of ${connector.kind}`, text: tested.text })
    }
  }
  assert.ok(laid >= 20, `${laid} kinds`)
  const password = 'Canary-password-9-b7Qz'
  for (const text of [password, `${password}-wrong`, LOAD_SHOP.clientSecret ?? '']) SECRETS.add(text)
  await call('POST', '/api/users', { name: 'canary', role: 'viewer', password })
  for (const text of [password, `${password}-wrong`]) {
    const answer = await fetch(`${hub.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'canary', password: text }),
    })
    const cookie = /holdfast_session=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1]
    if (cookie !== undefined) SECRETS.add(cookie)
  }
  const hook = await call('POST', '/api/webhooks', {
    ...{ name: 'canary', url: 'http://127.0.0.1:9/', types: [], shops: [], active: true },
  })
  const { secret } = JSON.parse(hook.text) as { secret?: string }
  assert.ok(secret !== undefined, hook.text)
  SECRETS.add(secret)
  await placeOrder()
})

async function placeOrder(): Promise<void> {
  const path = await seedCallback(database.sql, { id: 'shop', kind: 'shopify', settings: LOAD_SHOP })
  const body = JSON.stringify({
    ...{
      id: 6_700_000_000_123,
      name: '#CANARY',
      currency: 'CNY',
      financial_status: 'paid',
      total_price: '20.00',
    },
    ...{ created_at: '2026-11-11T08:00:00+08:00', updated_at: '2026-11-11T08:00:02+08:00' },
    line_items: [{ id: 1, sku: 'CUP', title: 'Cup', quantity: 1, current_quantity: 1, price: '20.00' }],
    shipping_address: {
      ...{ name: `${BUYER.last}${BUYER.name}`, phone: BUYER.phone, address1: BUYER.address, city: '杭州' },
      ...{ province: '浙江', country: 'China', country_code: 'CN' },
    },
  })
  const headers = {
    ...{ 'content-type': 'application/json', 'x-shopify-topic': 'orders/create' },
    ...{ 'x-shopify-shop-domain': LOAD_SHOP.shopDomain ?? '', 'x-shopify-webhook-id': 'canary' },
    'x-shopify-hmac-sha256': createHmac('sha256', LOAD_SHOP.clientSecret ?? '')
      .update(body)
      .digest('base64'),
  }
  await until(
    async () => (await fetch(`${hub.url}${path}`, { method: 'POST', headers, body })).status === 200,
    () => 'the order was not taken',
  )
  await until(
    async () => (await database.sql`select 1 from sales_order where order_no like '%CANARY'`).length === 1,
    () => `no order: ${logged.slice(-5).join('')}`,
  )
}

test('the search itself finds a canary in each of its coats', () => {
  for (const coat of formsOf('Canary-x-b7Qz'))
    assert.throws(() => assertClean(`…${coat}…`, ['Canary-x-b7Qz'], 'here'), /Canary-x-b7Qz in here/)
})

test('the recipient can be read by who may, and by that way only', async () => {
  const [order] = await database.sql<{ id: bigint }>`select id from sales_order where order_no like '%CANARY'`
  const told = await call('POST', `/api/orders/${order?.id}/reveal`)
  assert.ok(told.text.includes(BUYER.phone), told.text)
})

test('no answer of any route holds a secret; the buyer stands in the raw message alone', async () => {
  const document = JSON.parse((await call('GET', '/api/openapi.json')).text) as {
    paths: Record<string, object>
  }
  const [order] = await database.sql<{ id: bigint }>`select id from sales_order where order_no like '%CANARY'`
  for (const [path, methods] of Object.entries(document.paths)) {
    if (!('get' in methods) || path.endsWith('/stream')) continue
    const at = path.replace('/orders/{id}', `/orders/${order?.id}`).replaceAll(/\{[^}]+\}/g, 'shop')
    answers.push({ route: `GET ${path}`, text: (await call('GET', at)).text })
  }
  answers.push({ route: 'GET /metrics', text: (await call('GET', '/metrics')).text })
  const { id } = (
    JSON.parse((await call('GET', '/api/messages?connection=shop')).text) as { items: { id: string }[] }
  ).items[0] as { id: string }
  answers.push({ route: 'GET a message', text: (await call('GET', `/api/messages/${id}`)).text })
  const file = await fetch(`${hub.url}/api/orders/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: '{"filter":{}}',
  })
  answers.push({ route: 'export', text: Buffer.from(await file.arrayBuffer()).toString('latin1') })
  for (const { route, text } of answers) {
    assertClean(text, SECRETS, route)
    if (route !== 'GET a message') assertClean(text, [BUYER.phone, BUYER.address, BUYER.name], route)
  }
})

test('no row of any table holds a secret, nor the buyer but in what the platform sent, word for word', async () => {
  const tables = await database.sql<{ name: string }>`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' order by 1`
  assert.ok(tables.length > 100)
  for (const { name } of tables) {
    const rows = await database.sql.raw(`select t::text as line from ${name} t`)
    const text = JSON.stringify(rows)
    assertClean(text, SECRETS, name)
    // docs/security.md: raw messages are what the platform sent, and go after RAW_MESSAGE_DAYS.
    if (!name.startsWith('inbox_message')) assertClean(text, [BUYER.phone, BUYER.address, BUYER.name], name)
  }
})

test('the log at debug holds neither, nor do the files', () => {
  assert.ok(logged.length > 50, `${logged.length} lines`)
  assertClean(logged.join(''), [...SECRETS, BUYER.phone, BUYER.address, BUYER.name], 'the log')
  const look = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (statSync(path).isDirectory()) look(path)
      else if (name !== 'vault.key') assertClean(readFileSync(path, 'latin1'), SECRETS, path)
    }
  }
  look(dataDir)
})
