import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import type { Connector } from '#domain/connector.ts'
import { hubEventMessage } from '#domain/hub-event.ts'
import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { acceptFetched, type Connected, type InterpretDeps, receive } from '#features/intake/index.ts'
import { applyLookBack, type LookBackDeps, lookBackJobs, startLookBack } from '#features/look-back/index.ts'
import { readOrderFacts } from '#features/orders/index.ts'
import { nonDeliveryProofs } from '#features/reshipments/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { openIntake } from '#platform/inbox/intake.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openVault } from '#platform/vault.ts'
import { interpretAny, testConnector } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import {
  deliveredAt,
  INCIDENT_NOW,
  INCIDENT_ORDERS,
  INCIDENT_SETTINGS,
  incidentPushes,
  NEIGHBOUR_ORDERS,
  parcelOf,
  withCutTimes,
} from './dhl-incident.ts'

// Real bytes, the real readers of DHL and of the open format, real PostgreSQL; only the old reading is put in front of DHL's.

const SHOP = testConnector('shop', 'channel', { placed: 'placed', paid: 'paid' })
const ALL = [...INCIDENT_ORDERS, ...NEIGHBOUR_ORDERS]
const clock = manualClock(INCIDENT_NOW.subtract({ hours: 48 }))

let database: FreshDatabase
before(async () => {
  database = await freshDatabase({ connections: 8 })
  await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-02-09'))
})
after(() => database.close())

function connectedBy(reading: 'old' | 'ours'): ReadonlyMap<string, Connected> {
  const real = (kind: string): Connector => {
    const found = connectors.find((one) => one.kind === kind)
    assert.ok(found !== undefined)
    return found
  }
  const dhl = reading === 'old' ? withCutTimes(real('dhl')) : real('dhl')
  const line = (id: string, connector: Connector, settings = {}): [string, Connected] => [
    id,
    { id: connectionId(id), kind: connector.kind, name: id, paused: false, settings, connector },
  ]
  return new Map([
    line('shop', SHOP),
    line('dhl', dhl, INCIDENT_SETTINGS.dhl),
    line('logistics', real('logistics'), INCIDENT_SETTINGS.logistics),
  ])
}

function interpretBy(connected: ReadonlyMap<string, Connected>): InterpretDeps {
  return {
    db: database.sql,
    vault: openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) }),
    canReport: () => false,
    now: () => clock.now(),
    slot: 0,
    find: (id) => connected.get(id) ?? null,
    rulesFor: (kind) =>
      new Map(
        [...connected.values()]
          .find((one) => one.kind === kind)
          ?.connector.codes.map(({ code, fact }) => [code, fact]) ?? [],
      ),
  }
}

function lookBackBy(interpret: InterpretDeps): LookBackDeps {
  return {
    db: database.sql,
    clock,
    zone: () => 'Asia/Shanghai',
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    interpret,
    reshipProofs: async () => (_order, facts) => nonDeliveryProofs(facts),
    onJobQueued: () => undefined,
  }
}

async function livedThrough(reading: 'old' | 'ours'): Promise<void> {
  const connected = connectedBy(reading)
  const intake = openIntake({ db: database.sql, maxBatch: 64, maxQueue: 1_000 })
  const fetched = async (connection: string, message: Parameters<typeof acceptFetched>[3]): Promise<void> =>
    void (await acceptFetched({ intake, clock }, connectionId(connection), 'api', message))
  for (const no of ALL) {
    const claims = ['placed', 'paid'].map((code) => ({ by: 'order', no, code, minute: null }))
    const body = Buffer.from(JSON.stringify({ key: no, claims }))
    await fetched('shop', { topic: 'test', dedupKey: no, orderNo: no, headers: {}, body })
    const event = {
      event: 'waybill_issued',
      orders: [{ connection: 'shop', orderNo: no, lines: [] }],
      trackingNo: parcelOf(no),
      carrier: 'DHL',
      waybillId: null,
      at: '2026-02-09T03:00:00Z',
      batchNo: null,
      deviceId: null,
      words: '',
    } as const
    await fetched('dhl', hubEventMessage(`waybill:${no}`, event))
  }
  for (const { connection, at, request } of incidentPushes()) {
    clock.set(at)
    const to = connected.get(connection)
    assert.ok(to !== undefined)
    const { refusal } = await receive({ intake, clock }, to, request)
    assert.equal(refusal, null)
  }
  clock.set(INCIDENT_NOW)
  while ((await interpretAny(interpretBy(connected), 50)) > 0);
}

/** Orders that would be sent a second time by what is known now. */
async function reshipped(): Promise<string[]> {
  const rows = await database.sql<{ id: bigint }>`select id from order_key`
  const orders = await readOrderFacts(
    database.sql,
    rows.map(({ id }) => id),
  )
  return [...orders.values()]
    .filter(({ facts }) => nonDeliveryProofs(facts).length > 0)
    .map(({ key }) => String(key.orderNo))
    .toSorted()
}

async function statuses(): Promise<Record<string, number>> {
  const rows = await database.sql<{ status: string; count: bigint }>`
    select status, count(*) as count from sales_order group by 1`
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]))
}

test('orders 8821 to 8836: the old reading sends sixteen a second time; looking back shows them, mends them, and then none is', async () => {
  await livedThrough('old')
  assert.deepEqual(await reshipped(), INCIDENT_ORDERS)
  assert.deepEqual(await statuses(), { in_transit: 16, delivered: 2 })

  const deps = lookBackBy(interpretBy(connectedBy('ours')))
  const by = { ...SYSTEM, scopes: new Set(['admin']) } as unknown as Parameters<typeof startLookBack>[2]
  const ask = { connections: ['dhl'], reason: '时区截断', from: null, to: null }
  const started = await startLookBack(deps, ask, by)
  assert.ok(started.ok)
  const run = started.value.id
  const work = async (name: RegExp, payload: Record<string, unknown>): Promise<void> => {
    const [, handler] = Object.entries(lookBackJobs(deps)).find(([kind]) => name.test(kind)) ?? []
    const job = { id: 1n, kind: '', payload, progress: 0n, total: null, attempts: 1, createdBy: 't' }
    assert.ok((await handler?.(job, async () => undefined))?.ok)
  }
  await work(/^(?!.*apply)/, { run: String(run) })
  const shown = await database.sql<{ order_no: string; before: string | null; after: string | null }>`
    select k.order_no, o.proof_before as before, o.proof_after as after from look_back_order o
    join order_key k on k.id = o.order_id where o.run_id = ${run} and o.proof_before is not null order by 1`
  assert.deepEqual(
    shown,
    INCIDENT_ORDERS.map((order_no) => ({ order_no, before: 'delivery_revoked', after: null })),
  )
  assert.deepEqual(await reshipped(), INCIDENT_ORDERS, 'looking changes nothing')

  assert.ok((await applyLookBack(deps, run, { orders: null, accepted: { reports: 0, reships: 0 } }, by)).ok)
  await work(/apply/, { run: String(run), orders: null, by: 't' })
  assert.deepEqual(await reshipped(), [])
  assert.deepEqual(await statuses(), { delivered: 18 })
  const times = await database.sql<{ raw: string; at: Temporal.Instant; zone: string; how: string }>`
    select at_raw as raw, at, at_zone as zone, at_provenance as how from fact
    where kind = 'delivered' and subject = ${`parcel:${parcelOf('8821')}`} order by at desc limit 1`
  assert.equal(times[0]?.raw, '2026-02-11T18:44:22+01:00')
  assert.equal(times[0]?.at.toString(), '2026-02-11T17:44:22Z')
  assert.equal(times[0]?.how, 'explicit_offset')
  assert.equal(deliveredAt('8821').toString(), '2026-02-11T17:44:22Z')
})

test('orders 8821 to 8836 under our own reading: none is sent a second time, whatever came when', async () => {
  const old = database
  database = await freshDatabase({ connections: 8 })
  try {
    await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-02-09'))
    clock.set(INCIDENT_NOW.subtract({ hours: 48 }))
    await livedThrough('ours')
    assert.deepEqual(await reshipped(), [])
    assert.deepEqual(await statuses(), { delivered: 18 })
  } finally {
    await database.close()
    database = old
  }
})
