import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { recordAudit } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok } from '#kernel/result.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { credentialRoutes } from './http.ts'
import { addRefusals } from './store.ts'

const NOW = Temporal.Now.instant().round('second')
const clock = manualClock(NOW)
const random = seededRandom(1)
let server: TestServer
let stored: Record<string, string> = {}

before(async () => {
  const connector = (kind: string): Connector =>
    ({
      kind,
      role: 'carrier',
      fields: [{ name: 'secret', zh: '密钥', en: 'Secret', secret: true, required: true }],
      calls: () => ({
        test: async () => ok({ words: '' }),
        ...(kind === 'sf'
          ? {
              refreshCredentials: async () =>
                ok({ settings: { secret: 'n3w-s3cret' }, expiresAt: NOW.add({ hours: 2 }) }),
            }
          : {}),
      }),
    }) as unknown as Connector
  server = await openTestServer(
    (app, { sql }) =>
      credentialRoutes(app, {
        db: sql,
        clock,
        zone: () => 'Asia/Shanghai',
        connections: () =>
          ['sf', 'zto'].map((id) => ({
            id,
            name: id,
            kind: id,
            paused: false,
            connector: connector(id),
            settings: { secret: 'old-s3cret' },
          })),
        callsFor: () => ({ http: () => Promise.reject(new Error('none')), openTcp: noTcp, clock, random }),
        audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
        saveSettings: async (_, fresh) => {
          stored = { ...fresh }
          return ok(null)
        },
        withoutSecrets: (_, words) => words,
        steps: [30, 7, 1],
        aheadMinutes: 60,
        outwardAddresses: '203.0.113.7',
        unblock: async () => undefined,
      }),
    { clock },
  )
  for (const id of ['sf', 'zto']) await seedConnection(server.sql, id)
})
after(async () => await server.close())

const code = (answer: { body: unknown }) => (answer.body as { code?: string }).code

test('the page shows ends, refusals and our address, never a secret; ends are typed and taken away', async () => {
  await server.sql.begin((tx) =>
    addRefusals(tx, [
      {
        connection: 'zto',
        side: 'outward',
        trouble: 'ip_refused',
        call: 'createWaybill',
        code: 'carrier.ip_refused',
        detail: 'S212',
        times: 2,
        at: NOW,
      },
    ]),
  )
  const day = NOW.add({ hours: 24 * 5 })
    .toZonedDateTimeISO('Asia/Shanghai')
    .toPlainDate()
    .toString()
  const put = await server.call('PUT', '/api/credentials/sf/terms', { field: 'secret', expiresAt: day })
  assert.equal(put.status, 204)
  const { body } = await server.call('GET', '/api/credentials')
  const shown = body as {
    outwardAddresses: string
    items: { id: string; state: string; terms: { source: string; daysLeft: number }[]; refusals: object[] }[]
  }
  assert.equal(shown.outwardAddresses, '203.0.113.7')
  assert.ok(!JSON.stringify(body).includes('s3cret'))
  assert.deepEqual(
    shown.items.map(({ id, state }) => [id, state]),
    [
      ['sf', 'expiring'],
      ['zto', 'refused'],
    ],
  )
  assert.equal(shown.items[1]?.refusals.length, 1)
  const left = shown.items[0]?.terms[0]?.daysLeft ?? 0
  assert.ok(left > 4.9 && left <= 6)
  await server.call('PUT', '/api/credentials/sf/terms', { field: 'secret', expiresAt: null })
  const after = (await server.call('GET', '/api/credentials/sf')).body as { state: string }
  assert.equal(after.state, 'unknown')
  assert.equal(code(await server.call('GET', '/api/credentials/none')), 'credentials.not_found')
  const field = await server.call('PUT', '/api/credentials/sf/terms', { field: 'x', expiresAt: day })
  assert.equal(code(field), 'credentials.unknown_field')
  const time = await server.call('PUT', '/api/credentials/sf/terms', { field: 'secret', expiresAt: 'soon' })
  assert.equal(code(time), 'credentials.bad_time')
})

test('renewing by hand keeps what came and is audited by field names alone', async () => {
  const done = await server.call('POST', '/api/credentials/sf/refresh')
  assert.equal(done.status, 200)
  assert.deepEqual((done.body as { fields: string[] }).fields, ['secret'])
  assert.deepEqual(stored, { secret: 'n3w-s3cret' })
  assert.equal(code(await server.call('POST', '/api/credentials/zto/refresh')), 'credentials.not_refreshable')
  assert.equal(code(await server.call('POST', '/api/credentials/none/refresh')), 'credentials.not_found')
  const [entry] = await server.sql<{ detail: unknown }>`
    select detail from audit_entry where action = 'credentials.refreshed'`
  assert.deepEqual(entry?.detail, { fields: ['secret'] })
})
