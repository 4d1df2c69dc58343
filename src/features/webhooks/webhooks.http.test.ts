import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { type JournalEntry, type JournalRow, readJournal, writeJournal } from '#platform/journal/store.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openVault } from '#platform/vault.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import {
  DELIVER_WEBHOOK,
  deliverHandler,
  followForWebhooks,
  type WebhookDeps,
  webhookRoutes,
  webhookSweeps,
} from './index.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
const vault = openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(7)]]) })
let server: TestServer
let deps: WebhookDeps
let orderId = 0n
let otherId = 0n

type Heard = { path: string; headers: IncomingHttpHeaders; body: string }
let heard: Heard[] = []
let answer: (path: string) => number = () => 204
let receiver: Server
let base = ''

before(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const path = request.url ?? ''
      heard.push({ path, headers: request.headers, body: Buffer.concat(parts).toString() })
      response.writeHead(answer(path)).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  server = await openTestServer(
    (app, { sql }) => {
      deps = {
        db: sql,
        clock,
        random: seededRandom(5),
        vault,
        http: openHttp({ allowLoopback: true, allowPrivate: true }),
        zone: () => 'Asia/Shanghai',
        audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
        allowPrivate: true,
        onQueued: () => undefined,
      }
      webhookRoutes(app, deps)
    },
    { clock },
  )
  await ensurePartitions(server.sql, Temporal.PlainDate.from('2026-11-11'))
  const record = { recipient: '张三', buyer: 'zhang@example.com' }
  orderId = await seedOrder(server.sql, { orderNo: 'A-1', status: 'shipped', buyerNote: '急', record })
  otherId = await seedOrder(server.sql, { connection: 'other', orderNo: 'B-1', status: 'delivered' })
})
after(async () => {
  await server.close()
  receiver.closeAllConnections()
  receiver.close()
})
beforeEach(async () => {
  clock.set(START)
  await server.sql`delete from webhook_endpoint`
  await server.sql`delete from webhook_event`
  await server.sql`delete from outbox_intent`
  heard = []
  answer = () => 204
})

type Draft = { name: string; path?: string; types?: string[]; shops?: string[]; active?: boolean }
const bodyOf = ({ name, path = `/${name}`, types = [], shops = [], active = true }: Draft) => ({
  name,
  url: `${base}${path}`,
  types,
  shops,
  active,
})
async function add(draft: Draft): Promise<{ id: string; secret: string }> {
  const { status, body } = await server.call('POST', '/api/webhooks', bodyOf(draft))
  assert.equal(status, 200)
  return body as { id: string; secret: string }
}

/** Writes what changed and lets the reader see it; answers its rows, for a second look. */
async function change(...entries: JournalEntry[]): Promise<JournalRow[]> {
  const [last] = await server.sql<{ id: bigint | null }>`select max(id) as id from journal`
  await writeJournal(server.sql, entries, clock.now())
  const rows = await readJournal(server.sql, last?.id ?? 0n, 100)
  await look(rows)
  return rows
}
async function look(rows: readonly JournalRow[]): Promise<void> {
  await server.sql.begin((tx) => followForWebhooks(deps)(tx, rows))
}
const shipped = (id = orderId): JournalEntry => ({
  kind: 'order.changed',
  orderId: id,
  data: { from: 'awaiting_shipment', to: 'shipped' },
})

async function send(): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: server.sql,
      clock,
      random: seededRandom(2),
      concurrency: 8,
      paused: () => [],
      handlers: { [DELIVER_WEBHOOK]: deliverHandler(deps) },
      onError: (error) => assert.fail(String(error)),
    },
    600_000,
  )
  for (let i = 0; i < 6; i += 1) await dispatcher.runOnce()
  await dispatcher.stop()
}
const later = (seconds: number): void => clock.set(clock.now().add({ seconds }))

/** As a receiver does it by the specification, with nothing of the hub's code. */
function signedBy(secret: string, { headers, body }: Heard): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const wanted = createHmac('sha256', key).update(text).digest('base64')
  return String(headers['webhook-signature'])
    .split(' ')
    .some((one) => one === `v1,${wanted}`)
}

type Delivery = {
  id: string
  state: string
  attempts: number
  replays: number
  status: number | null
  words: string
  messageId: string
  body: string
  orderNo: string | null
}
const deliveries = async (query = ''): Promise<Delivery[]> =>
  ((await server.call('GET', `/api/webhooks/deliveries${query}`)).body as { items: Delivery[] }).items
type Endpoint = {
  id: string
  active: boolean
  failures: number
  stoppedCode: string | null
  hasFormerSecret: boolean
  day: object
}
const endpoint = async (id: string): Promise<Endpoint | undefined> =>
  ((await server.call('GET', '/api/webhooks')).body as { items: Endpoint[] }).items.find(
    (one) => one.id === id,
  )
const codeOf = ({ body }: { body: unknown }) => (body as { code: string }).code
const ids = () => heard.map((one) => one.headers['webhook-id'])

test('an event is told once, signed, with nothing of a person', async () => {
  const { id, secret } = await add({ name: 'erp' })
  const rows = await change(
    shipped(),
    {
      kind: 'parcel.changed',
      orderId: null,
      data: {
        trackingNo: 'SF1',
        carrier: 'SF',
        from: 'picked_up',
        to: 'in_transit',
        orderIds: [orderId.toString()],
        last: { instant: '2026-11-10T22:00:00Z', place: '杭州', words: '快递员张三13800138000' },
      },
    },
    { kind: 'stock.locked', orderId, data: { to: 'x' } },
  )
  await look(rows)
  await send()
  await send()
  assert.equal(heard.length, 2, 'the journal was looked at twice, and sent once')
  const byType = new Map(heard.map((one) => [JSON.parse(one.body).type as string, one]))
  const orders = [{ orderNo: 'A-1', shop: 'shop', status: 'shipped' }]
  assert.deepEqual(JSON.parse(byType.get('order.status_changed')?.body ?? ''), {
    type: 'order.status_changed',
    timestamp: '2026-11-11T08:00:00.000+08:00',
    data: { orders, from: 'awaiting_shipment', status: 'shipped' },
  })
  assert.deepEqual(JSON.parse(byType.get('parcel.in_transit')?.body ?? '').data, {
    orders,
    trackingNo: 'SF1',
    carrier: 'SF',
    from: 'picked_up',
    state: 'in_transit',
    at: '2026-11-11T06:00:00.000+08:00',
    place: '杭州',
  })
  for (const one of heard) {
    assert.ok(signedBy(secret, one))
    assert.ok(!signedBy(secret, { ...one, body: one.body.replace('A-1', 'A-2') }), 'a forged body')
    assert.equal(one.headers['webhook-timestamp'], String(START.epochMilliseconds / 1_000))
    assert.equal(one.headers['content-type'], 'application/json')
    assert.doesNotMatch(one.body, /张三|1380|zhang@|急/)
  }
  assert.equal(new Set(ids()).size, 2)
  assert.deepEqual((await endpoint(id))?.day, { pending: 0, failed: 0, done: 2 })
})

test('an endpoint takes the types and shops that it names', async () => {
  await add({ name: 'all' })
  await add({ name: 'parcels', types: ['parcel.delivered'] })
  await add({ name: 'shop', shops: ['shop'] })
  await add({ name: 'off', active: false })
  await change(shipped(), shipped(otherId))
  await send()
  const told = heard.map((one) => `${one.path} ${JSON.parse(one.body).data.orders[0].orderNo}`)
  assert.deepEqual(told.toSorted(), ['/all A-1', '/all B-1', '/shop A-1'])
})

test('what is not taken is tried again after 5 seconds, under the same id and a new timestamp', async () => {
  const { id, secret } = await add({ name: 'erp' })
  answer = () => 500
  await change(shipped())
  await send()
  later(4)
  await send()
  assert.equal(heard.length, 1, 'not yet')
  const [waiting] = await deliveries()
  assert.deepEqual([waiting?.state, waiting?.attempts, waiting?.status], ['pending', 1, 500])
  assert.equal((await endpoint(id))?.failures, 1)
  answer = () => 200
  later(30)
  await send()
  assert.equal(heard.length, 2)
  assert.equal(new Set(ids()).size, 1)
  assert.ok(heard.every((one) => signedBy(secret, one)))
  assert.notEqual(heard[0]?.headers['webhook-timestamp'], heard[1]?.headers['webhook-timestamp'])
  const [done] = await deliveries()
  assert.deepEqual([done?.state, done?.attempts, done?.words], ['done', 2, 'HTTP 200'])
  assert.equal((await endpoint(id))?.failures, 0)
})

test('410 stops an endpoint at once, and changing it lets it go on', async () => {
  const { id } = await add({ name: 'erp' })
  answer = () => 410
  await change(shipped())
  await send()
  later(3_600)
  await change(shipped())
  await send()
  assert.equal(heard.length, 1)
  const stopped = await endpoint(id)
  assert.deepEqual([stopped?.active, stopped?.stoppedCode], [false, 'webhooks.gone'])
  assert.equal((await deliveries())[0]?.state, 'failed')
  assert.equal(codeOf(await server.call('POST', `/api/webhooks/${id}/test`)), 'webhooks.endpoint_off')
  answer = () => 204
  assert.equal((await server.call('PUT', `/api/webhooks/${id}`, bodyOf({ name: 'erp' }))).status, 200)
  assert.equal((await endpoint(id))?.stoppedCode, null)
  await change(shipped())
  await send()
  assert.equal(heard.length, 2)
})

test('after nine attempts it has failed, is alarmed, and can be replayed', async () => {
  const { id } = await add({ name: 'erp' })
  const alarms = openAlarms({ db: server.sql, clock, onUnstored: () => assert.fail('stored') })
  const sweep = () => webhookSweeps({ db: server.sql, clock, alarms })[0]?.run()
  const open = () => server.sql<{ subject: string }>`
    select subject from alarm where rule = 'webhook.failing' and state <> 'resolved'`
  answer = () => 503
  await change(shipped())
  for (const minutes of [0, 1, 1, 3]) {
    later(minutes * 60)
    await send()
  }
  await sweep()
  assert.deepEqual(await open(), [], 'five minutes are no alarm')
  for (let i = 0; i < 8; i += 1) {
    later(5 * 3_600)
    await send()
  }
  await sweep()
  assert.equal(heard.length, 9)
  assert.deepEqual(
    (await open()).map((one) => one.subject),
    [id],
  )
  const [failed] = await deliveries(`?state=failed&endpoint=${id}`)
  assert.equal(failed?.attempts, 9)
  answer = () => 204
  const again = await server.call('POST', '/api/webhooks/deliveries/replay', { ids: [failed?.id] })
  assert.deepEqual(again.body, { sent: 1 })
  await send()
  await sweep()
  assert.equal(new Set(ids()).size, 1)
  assert.equal((await deliveries())[0]?.state, 'done')
  assert.deepEqual(await open(), [])
})

test('two secrets sign after a rotation, until the former one is dropped', async () => {
  const { id, secret } = await add({ name: 'erp' })
  const rotated = (await server.call('POST', `/api/webhooks/${id}/rotate`)).body as { secret: string }
  assert.notEqual(rotated.secret, secret)
  assert.equal((await endpoint(id))?.hasFormerSecret, true)
  await change(shipped())
  await send()
  const [both] = heard
  assert.ok(both && signedBy(secret, both) && signedBy(rotated.secret, both))
  await server.call('POST', `/api/webhooks/${id}/drop-former`)
  later(1)
  await change(shipped())
  await send()
  const last = heard.at(-1)
  assert.ok(last && !signedBy(secret, last) && signedBy(rotated.secret, last))
})

test('a replay has the same id; what is on its way is left alone', async () => {
  await add({ name: 'erp' })
  await change(shipped())
  const [pending] = await deliveries()
  const replay = () => server.call('POST', '/api/webhooks/deliveries/replay', { ids: [pending?.id] })
  assert.deepEqual((await replay()).body, { sent: 0 })
  await send()
  assert.deepEqual((await replay()).body, { sent: 1 })
  await send()
  assert.equal(heard.length, 2)
  assert.equal(new Set(ids()).size, 1)
  assert.equal(heard[0]?.body, heard[1]?.body)
  const [done] = await deliveries()
  assert.deepEqual([done?.state, done?.attempts, done?.replays], ['done', 2, 1])
})

test('a span brings an endpoint what it missed, with the ids that others had', async () => {
  await add({ name: 'first' })
  await change(shipped())
  later(60)
  await change(shipped(otherId))
  await send()
  const late = await add({ name: 'late', shops: ['shop'] })
  heard = []
  const span = (from: string, to: string, onlyFailed = false) =>
    server.call('POST', `/api/webhooks/${late.id}/replay`, { from, to, onlyFailed })
  const all = ['2026-11-11T07:00:00+08:00', '2026-11-11T00:05:00Z'] as const
  assert.deepEqual((await span(...all, true)).body, { sent: 0, more: false })
  assert.deepEqual(
    (await span('2026-11-11T00:00:01Z', all[1])).body,
    { sent: 0, more: false },
    'not its shop',
  )
  assert.deepEqual((await span(...all)).body, { sent: 1, more: false })
  await send()
  const [known] = (await deliveries('?q=A-1')).filter((one) => one.id !== undefined)
  assert.deepEqual([heard.length, heard[0]?.path, ids()[0]], [1, '/late', known?.messageId])
  assert.deepEqual((await span(...all)).body, { sent: 1, more: false }, 'again, as it was asked')
  assert.equal(codeOf(await span('2026-11-11T00:00:00', all[1])), 'webhooks.bad_span')
})

test('a test goes the same way as every event, to one endpoint', async () => {
  const { id, secret } = await add({ name: 'erp', types: ['parcel.delivered'] })
  await add({ name: 'other' })
  assert.equal((await server.call('POST', `/api/webhooks/${id}/test`)).status, 200)
  await send()
  assert.deepEqual(
    heard.map((one) => [one.path, JSON.parse(one.body).type]),
    [['/erp', 'webhook.test']],
  )
  assert.ok(heard[0] && signedBy(secret, heard[0]))
})

test('bad endpoints are refused, secrets are told once, and only those who may see any of it', async () => {
  const { id, secret } = await add({ name: 'erp' })
  const post = async (draft: object) =>
    codeOf(await server.call('POST', '/api/webhooks', { ...bodyOf({ name: 'x' }), ...draft }))
  assert.equal(await post({ url: 'ftp://x' }), 'webhooks.bad_url')
  assert.equal(await post({ url: 'https://me:pw@example.com/' }), 'webhooks.bad_url')
  assert.equal(await post({ types: ['parcel.lost'] }), 'webhooks.type_unknown')
  assert.equal(await post({ name: 'erp' }), 'webhooks.name_taken')
  assert.equal(await post({ name: ' ' }), 'http.invalid')
  assert.equal(codeOf(await server.call('DELETE', '/api/webhooks/999')), 'webhooks.not_found')
  const shown = await server.call('GET', '/api/webhooks')
  assert.doesNotMatch(JSON.stringify(shown.body), /whsec_/)
  const [stored] = await server.sql<{
    secret: Uint8Array
  }>`select secret from webhook_endpoint where id = ${BigInt(id)}`
  assert.ok(!Buffer.from(stored?.secret ?? []).includes(secret.slice(6)))
  assert.equal(Buffer.from(vault.open(stored?.secret ?? new Uint8Array())).toString(), secret)
  const headers = await server.asKey('parcels:read', 'parcels:write')
  assert.equal((await server.app.inject({ url: '/api/webhooks', headers })).statusCode, 403)
  assert.doesNotMatch(server.logged.join('\n'), /whsec_/)
})

test('without private addresses nothing but https to the outside is taken', async () => {
  const strict = await openTestServer((app, { sql }) =>
    webhookRoutes(app, { ...deps, db: sql, allowPrivate: false }),
  )
  const answers = await Promise.all(
    [
      base,
      'https://10.0.0.1/x',
      'https://2130706433/',
      'https://[::1]:8443/',
      'https://169.254.169.254/latest',
      'https://LOCALHOST/x',
    ].map(async (url) =>
      codeOf(await strict.call('POST', '/api/webhooks', { ...bodyOf({ name: 'plain' }), url })),
    ),
  )
  const outside = { ...bodyOf({ name: 'plain' }), url: 'https://erp.example.com/hook' }
  const taken = await strict.call('POST', '/api/webhooks', outside)
  await strict.close()
  assert.deepEqual(new Set(answers), new Set(['webhooks.bad_url']))
  assert.equal(taken.status, 200)
})

test('a removed endpoint is not told what was on its way', async () => {
  const { id } = await add({ name: 'erp' })
  await change(shipped())
  await server.call('DELETE', `/api/webhooks/${id}`)
  await send()
  assert.deepEqual([heard.length, (await deliveries()).length], [0, 0])
})
