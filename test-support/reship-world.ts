import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { withHubEvents } from '#connectors/carriers/hub-events.ts'
import { partnerWarehouse } from '#connectors/warehouses/partner-warehouse/index.ts'
import type { Calls, Connector, ReportAnswer } from '#domain/connector.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import { recordAudit } from '#features/identity/index.ts'
import { acceptFetched, type Connected, receive } from '#features/intake/index.ts'
import {
  findInterceptHandler,
  followDuplicates,
  interceptHandler,
  type ReshipmentDeps,
  reshipmentRoutes,
  watchReshipments,
} from '#features/reshipments/index.ts'
import { wantReship } from '#features/waybills/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, type Result } from '#kernel/result.ts'
import type { AlarmSignal } from '#platform/alarms/store.ts'
import type { HttpApp, Scope } from '#platform/http/scopes.ts'
import { readJournal } from '#platform/journal/store.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import {
  type PartnerVerdict,
  type SimPartner,
  simPartnerWarehouse,
} from '#sim/platforms/partner-warehouse.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'

export const clock = manualClock(Temporal.Now.instant())
const SHOP = testConnector('shop', 'channel', { placed: 'placed', paid: 'paid' })
const CODES = {
  picked: 'picked_up',
  moved: 'in_transit',
  signed: 'delivered',
  revoked: 'delivery_revoked',
  turning: 'returning',
  back: 'signed_back',
} as const
/** A carrier that stops parcels; what it answers is set by each test. */
export const says: {
  carrier: () => ReportAnswer
  verdict: PartnerVerdict
  send: Result<unknown> | null
} = {
  carrier: () => ({ outcome: 'accepted', words: '已受理' }),
  verdict: 'accepted',
  send: null,
}
const CARRIER: Connector = {
  ...withHubEvents(testConnector('carrier', 'carrier', CODES)),
  carriers: ['ZTO'],
  calls: (): Calls => ({
    test: async () => ok({ words: '' }),
    interceptParcel: async () => says.carrier(),
  }),
}
export let server: TestServer
export let hub: TestHub
export let partner: SimPartner
export let connections: readonly Connected[]
export let deps: ReshipmentDeps
export const told = new Map<string, readonly AlarmSignal[]>()

before(async () => {
  partner = await simPartnerWarehouse(
    { clock, random: seededRandom(4), faults: NO_FAULTS },
    { decide: () => says.verdict },
  )
  server = await openTestServer(
    (app: HttpApp, { sql }) => {
      deps = {
        db: sql,
        clock,
        zone: () => 'Asia/Shanghai',
        audit: (tx, event) => recordAudit({ sql: tx, clock }, event),
        rules: { lossCodes: new Set(['lost']) },
        connections: () => connections,
        callsFor: () => ({
          openTcp: noTcp,
          clock,
          random: seededRandom(1),
          // As the hub's own way out: a connection that broke off has an unknown outcome.
          http: (request) =>
            fetchCall(request).catch((error: unknown) => {
              throw new Outage('http.broken', String(error), { unknown: true })
            }),
        }),
        send: async (tx, parcel) => says.send ?? (await wantReship(tx, parcel, clock.now())),
        accountOf: async () => null,
      }
      reshipmentRoutes(app, deps)
    },
    { clock },
  )
  const { sql } = server
  await ensurePartitions(sql, Temporal.Now.plainDateISO('UTC'))
  const all = { shop: SHOP, carrier: CARRIER, partner: partnerWarehouse }
  for (const [id, { kind }] of Object.entries(all)) await seedConnection(sql, id, kind, id)
  hub = testHub(sql, all)
  connections = Object.entries(all).map(([id, connector]) => ({
    id: connectionId(id),
    kind: connector.kind,
    name: id,
    paused: false,
    settings: id === 'partner' ? partner.settings : {},
    connector,
  }))
})
after(async () => {
  await server.close()
  await partner.close()
})

let serial = 0
let followed = 0n
/** A paid order with these pieces per line and the parcels that carry them; answers its id. */
export async function order(
  no: string,
  lines: Readonly<Record<string, number>>,
  parcels: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
): Promise<string> {
  const content = Object.entries(lines).map(([lineId, quantity]) => ({ lineId, quantity }))
  const claims = ['placed', 'paid'].map((code) => ({ by: 'order' as const, no, code, minute: 0 }))
  await hub.send('shop', { content: [{ no, version: 1, lines: content }], claims }, `order ${no}`)
  for (const [trackingNo, own] of Object.entries(parcels)) {
    serial += 1
    const message = hubEventMessage(`issued ${no} ${trackingNo}`, {
      event: 'waybill_issued',
      orders: [
        {
          connection: 'shop',
          orderNo: no,
          lines: Object.entries(own).map(([lineId, quantity]) => ({ lineId, quantity })),
        },
      ],
      trackingNo,
      carrier: 'ZTO',
      waybillId: null,
      at: `2026-11-11T00:${String(serial % 60).padStart(2, '0')}:00Z`,
      batchNo: null,
      deviceId: null,
      words: '',
    })
    await acceptFetched({ intake: hub.intake, clock }, connectionId('carrier'), 'api', message)
  }
  await hub.drain()
  const [row] = await server.sql<{ id: bigint }>`select id from sales_order where order_no = ${no}`
  return String(row?.id ?? '')
}
export async function scan(
  trackingNo: string,
  ...codes: readonly (readonly [keyof typeof CODES, number])[]
): Promise<void> {
  for (const [code, minute] of codes) {
    serial += 1
    await hub.send('carrier', { claims: [{ by: 'parcel', no: trackingNo, code, minute }] }, `s${serial}`)
  }
  await hub.drain()
}
/** What the journal's follower does, and then the sweep. */
export async function sweep(): Promise<void> {
  const rows = await readJournal(server.sql, followed, 10_000)
  followed = rows.at(-1)?.id ?? followed
  await server.sql.begin((tx) => followDuplicates(deps)(tx, rows))
  await watchReshipments({
    ...deps,
    waitingMinutes: 30,
    alarms: {
      raise: async () => undefined,
      clear: async () => undefined,
      settle: async (rule, signals) => void told.set(rule, signals),
    },
  })
}
export async function dispatch(): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: server.sql,
      clock,
      random: seededRandom(2),
      concurrency: 2,
      paused: () => [],
      handlers: { intercept_parcel: interceptHandler(deps), find_intercept: findInterceptHandler(deps) },
      onError: (error) => assert.fail(String(error)),
    },
    600_000,
  )
  for (let i = 0; i < 4; i += 1) await dispatcher.runOnce()
  await dispatcher.stop()
}

export type Json = Record<string, unknown>
const keys = new Map<string, Promise<Record<string, string>>>()
/** A key of its own for each person: two people are two identities. */
export async function as(
  person: string,
  method: 'GET' | 'POST',
  url: string,
  payload?: object,
): Promise<{ status: number; body: Json }> {
  const scopes: Scope[] = ['parcels:read', 'parcels:write', 'parcels:approve']
  let headers = keys.get(person)
  if (headers === undefined) {
    headers = server.asKey(...scopes)
    keys.set(person, headers)
  }
  const request = { method, url, headers: await headers }
  const answer = await server.app.inject(payload === undefined ? request : { ...request, payload })
  return { status: answer.statusCode, body: answer.json() as Json }
}
export const codeOf = ({ body }: { body: Json }): string => String(body.code ?? '')
export const ask = (orderId: string, more: object = {}) => ({
  orderId,
  reason: 'lost',
  words: '买家说没收到',
  pieces: [{ lineId: 'a', quantity: 1 }],
  ...more,
})

export type Duplicate = {
  id: string
  orderNo: string
  state: string
  stopNo: string | null
  trackingNos: string[]
}
export async function duplicatesOf(no: string): Promise<Duplicate[]> {
  const list = await as('ann', 'GET', '/api/reshipments/duplicates?limit=100')
  return (list.body.items as Duplicate[]).filter(({ orderNo }) => orderNo === no)
}
export type Stop = { id: string; state: string; via: string; code: string | null; detail: string | null }
export const stopOf = async (id: unknown): Promise<Stop> =>
  (await as('ann', 'GET', `/api/intercepts/${id}`)).body.intercept as Stop

/** What the partner tells now comes in through its callback address, is read and followed. */
export async function hear(tell: () => void): Promise<void> {
  const { createServer } = await import('node:http')
  const own = connections.find((one) => one.id === 'partner')
  assert.ok(own)
  const front = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]))
      const inbound = { method: 'POST', path: '/', query: '', headers, body: Buffer.concat(parts) }
      const { reply } = await receive({ intake: hub.intake, clock }, own, inbound)
      response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body)
    })
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  partner.pushTo(`http://127.0.0.1:${(front.address() as { port: number }).port}/`)
  tell()
  await partner.settled()
  await new Promise<void>((resolve) => {
    front.close(() => resolve())
    front.closeAllConnections()
  })
  await hub.drain()
  await sweep()
}
