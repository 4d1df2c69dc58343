import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { nonDeliveryProofs } from '#features/reshipments/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { ownTime, type SourceTime } from '#kernel/instant.ts'
import { ok } from '#kernel/result.ts'
import { JobCancelled, type Progress } from '#platform/jobs/runner.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { applyJob } from './apply-job.ts'
import type { LookBackDeps } from './deps.ts'
import { readCauses, readDifferences, readOrders } from './found/store.ts'
import { lookBackJob } from './look-back-job.ts'
import { applyLookBack, startLookBack } from './start-run.ts'
import { readRun } from './store.ts'

// The DHL incident: 16 orders were delivered on 2026-02-11 at 18:44:22 in Germany. Read without its offset, as Beijing time, that is seven
// hours early, before the scan that took a mistaken delivery back; 16 parcels look undelivered.
const OFFSET_TIME = '2026-02-11T18:44:22+01:00'
const ORDERS = Array.from({ length: 16 }, (_, i) => String(8821 + i))
const SHOP = testConnector('shop', 'channel', { paid: 'paid' }, true)
const STATION = testConnector('station', 'warehouse', { printed: 'waybill_issued' })

type Scan = { readonly no: string; readonly code: string; readonly time: string }

function dhl(readAt: (text: string) => SourceTime): Connector {
  const codes = {
    picked: 'picked_up',
    ok: 'delivered',
    undo: 'delivery_revoked',
    noise: 'in_transit',
  } as const
  return {
    ...testConnector('dhl', 'carrier', codes),
    read: (message) => {
      const scans = JSON.parse(Buffer.from(message.body).toString('utf8')) as Scan[]
      return ok({
        claims: scans.map(({ no, code, time }) => ({
          subject: { by: 'parcel', trackingNo: trackingNo(no) } as const,
          code,
          at: readAt(time),
          detail: {},
        })),
        content: [],
        fetch: [],
      })
    },
  }
}
const cut = dhl((text) => {
  const raw = text.slice(0, 19)
  return {
    raw,
    instant: Temporal.PlainDateTime.from(raw).toZonedDateTime('Asia/Shanghai').toInstant(),
    zone: 'Asia/Shanghai',
    provenance: 'carrier_zone',
  }
})
const whole = dhl((text) => ({
  ...ownTime(Temporal.Instant.from(text)),
  raw: text,
  provenance: 'explicit_offset',
}))

let db: FreshDatabase
before(async () => {
  db = await freshDatabase({ connections: 8 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  await emptyTables(db.sql, [
    'fact',
    'order_key',
    'sales_order',
    'order_subject',
    'order_register',
    'order_line',
    'drift',
    'outbox_intent',
  ])
  await emptyTables(db.sql, [
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'inbox_subject',
    'mapping_unknown',
    'journal',
    'job',
  ])
  await emptyTables(db.sql, ['look_back'])
})
after(() => db.close())

function hubWith(connector: Connector): TestHub {
  return testHub(db.sql, { shop: SHOP, station: STATION, dhl: connector })
}

function depsOf(hub: TestHub): LookBackDeps {
  return {
    db: db.sql,
    clock: systemClock,
    zone: () => 'Asia/Shanghai',
    audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    interpret: hub.deps(),
    reshipProofs: async () => (_order, facts) => nonDeliveryProofs(facts),
    onJobQueued: () => undefined,
  }
}

const BY = { ...SYSTEM, scopes: new Set(['admin'] as const) } as unknown as Parameters<
  typeof startLookBack
>[2]
const go: Progress = async () => undefined

async function runJob(
  make: (deps: LookBackDeps) => ReturnType<typeof lookBackJob>,
  deps: LookBackDeps,
  payload: Record<string, unknown>,
  progress: Progress = go,
): Promise<void> {
  const job = { id: 1n, kind: 'x', payload, progress: 0n, total: null, attempts: 1, createdBy: 't' }
  const done = await make(deps)(job, progress)
  assert.ok(done.ok)
}

async function incident(): Promise<void> {
  const hub = hubWith(cut)
  for (const no of ORDERS) {
    await hub.send('shop', { key: no, claims: [{ by: 'order', no, code: 'paid', minute: 0 }] })
    await hub.send('station', {
      key: `w${no}`,
      claims: [{ by: 'reference', no, code: 'printed', minute: 1, parcel: `DHL${no}` }],
    })
    const scan = (code: string, time: string): Scan => ({ no: `DHL${no}`, code, time })
    await hub.send('dhl', [scan('picked', '2026-02-09T08:00:00+01:00')], `p${no}`)
    await hub.send('dhl', [scan('ok', '2026-02-11T09:00:00+01:00')], `m${no}`)
    await hub.send('dhl', [scan('undo', '2026-02-11T22:30:00+08:00')], `u${no}`)
    // Pushes again what it said before, as many carriers do.
    await hub.send('dhl', [scan('ok', '2026-02-11T09:00:00+01:00'), scan('ok', OFFSET_TIME)], `d${no}`)
  }
  await hub.drain(1)
}

async function lookBack(deps: LookBackDeps, progress?: Progress): Promise<bigint> {
  const started = await startLookBack(
    deps,
    { connections: ['dhl'], reason: 'offset was dropped', from: null, to: null },
    BY,
  )
  assert.ok(started.ok)
  await runJob(lookBackJob, deps, { run: started.value.id.toString() }, progress)
  return started.value.id
}

const proofs = async (deps: LookBackDeps): Promise<number> => {
  const { readOrderFacts } = await import('#features/orders/index.ts')
  const rows = await db.sql<{ id: bigint }>`select id from sales_order`
  const orders = await readOrderFacts(
    db.sql,
    rows.map((row) => row.id),
  )
  const proofsOf = await deps.reshipProofs(db.sql, [])
  return [...orders.values()].filter(({ key, facts }) => proofsOf(key.id, facts).length > 0).length
}

test('an unchanged reader finds nothing', async () => {
  await incident()
  const deps = depsOf(hubWith(cut))
  const run = await lookBack(deps)
  const row = await readRun(db.sql, run)
  assert.deepEqual([row?.state, row?.messages, row?.changed_messages, row?.orders], ['ready', 64n, 0n, 0n])
})

test('LG3: the DHL incident: 16 re-ships were proven by the old reading, none by the new; applying moves the facts, nothing is sent twice', async () => {
  await incident()
  const deps = depsOf(hubWith(whole))
  const delivered = db.sql<{ at: Temporal.Instant }>`select delivered_at as at from sales_order limit 1`
  assert.equal((await delivered)[0]?.at.toString(), '2026-02-11T01:00:00Z', 'read as Beijing time')
  assert.equal(await proofs(deps), 16, 'with the old reading all 16 look undelivered')
  const before = await db.sql<{ count: bigint }>`select count(*) as count from fact`
  const run = await lookBack(deps)
  const row = await readRun(db.sql, run)
  assert.deepEqual([row?.state, row?.total, row?.changed_messages, row?.orders], ['ready', 64n, 64n, 16n])
  assert.deepEqual(row?.effects, { reports: 0, reships: 0 })
  assert.deepEqual(
    (await readCauses(db.sql, run)).map((cause) => [cause.cause, cause.differences]),
    [
      ['moved +7:00 carrier_zone>explicit_offset', 48n],
      ['reworded undo', 16n],
    ],
  )
  const orders = await readOrders(db.sql, run, { changes: true, cause: null, effects: true }, null, 100)
  assert.equal(orders.length, 16)
  for (const order of orders) {
    assert.deepEqual([order.proof_before, order.proof_after], ['delivery_revoked', null])
    assert.deepEqual([order.status_before, order.status_after], ['picked_up', 'delivered'])
    assert.deepEqual(order.times.deliveredAt, ['2026-02-11T01:00:00Z', '2026-02-11T08:00:00Z'])
  }
  assert.equal(await proofs(deps), 16, 'looking changes nothing')

  const applied = await applyLookBack(deps, run, { orders: null, accepted: { reports: 0, reships: 0 } }, BY)
  assert.ok(applied.ok)
  await runJob(applyJob, deps, { run: run.toString(), orders: null, by: 't' })
  assert.equal(await proofs(deps), 0)
  assert.equal((await readRun(db.sql, run))?.state, 'applied')
  const statuses = await db.sql<{
    status: string
    count: bigint
  }>`select status, count(*) as count from sales_order group by 1`
  assert.deepEqual(statuses, [{ status: 'delivered', count: 16n }])
  const facts = await db.sql<{ raw: string; count: bigint }>`
    select at_raw as raw, count(*) as count from fact where source = 'dhl' and code = 'ok' group by 1 order by 1`
  assert.deepEqual(facts, [
    { raw: '2026-02-11T09:00:00+01:00', count: 16n },
    { raw: OFFSET_TIME, count: 16n },
  ])
  const after = await db.sql<{ count: bigint }>`select count(*) as count from fact`
  assert.deepEqual(after, before, 'every fact of the old reading was taken back')
  const intents = await db.sql<{
    count: bigint
  }>`select count(*) as count from outbox_intent where effect = 'report_shipment'`
  assert.equal(intents[0]?.count, 16n, 'one report per parcel, as before')
  const again = await lookBack(deps)
  assert.equal((await readRun(db.sql, again))?.changed_messages, 0n, 'nothing is left to change')
})

test('LG3: chosen orders alone are applied; the rest stays and can follow', async () => {
  await incident()
  const deps = depsOf(hubWith(whole))
  const run = await lookBack(deps)
  const [first, second] = await readOrders(
    db.sql,
    run,
    { changes: true, cause: null, effects: false },
    null,
    2,
  )
  const chosen = [first?.order_id ?? 0n, second?.order_id ?? 0n]
  const asked = await applyLookBack(deps, run, { orders: chosen, accepted: { reports: 0, reships: 0 } }, BY)
  assert.ok(asked.ok)
  await runJob(applyJob, deps, { run: run.toString(), orders: chosen.map(String), by: 't' })
  assert.equal(await proofs(deps), 14)
  assert.equal((await readRun(db.sql, run))?.state, 'ready')
  assert.ok((await applyLookBack(deps, run, { orders: null, accepted: { reports: 0, reships: 0 } }, BY)).ok)
  await runJob(applyJob, deps, { run: run.toString(), orders: null, by: 't' })
  assert.equal(await proofs(deps), 0)
  assert.equal((await readRun(db.sql, run))?.applied_messages, 64n)
})

test('a run that was interrupted goes on from its mark, and what it found is the same', async () => {
  await incident()
  const deps = depsOf(hubWith(whole))
  const started = await startLookBack(
    deps,
    { connections: ['dhl'], reason: 'kill', from: null, to: null },
    BY,
  )
  assert.ok(started.ok)
  const run = started.value.id
  const killed = lookBackJob(deps)(
    {
      id: 1n,
      kind: 'x',
      payload: { run: run.toString() },
      progress: 0n,
      total: null,
      attempts: 1,
      createdBy: 't',
    },
    async () => {
      throw new JobCancelled()
    },
  )
  await assert.rejects(killed)
  assert.equal((await readRun(db.sql, run))?.messages, 64n, 'the piece was committed with its mark')
  await runJob(lookBackJob, deps, { run: run.toString() })
  const row = await readRun(db.sql, run)
  assert.deepEqual([row?.state, row?.messages, row?.orders], ['ready', 64n, 16n])
  assert.equal(
    (await readDifferences(db.sql, run, { orderId: null, cause: null, after: 0n }, 500)).length,
    64,
  )
})

test('a message that today reads otherwise than when it was compared is left alone and counted', async () => {
  await incident()
  const run = await lookBack(depsOf(hubWith(whole)))
  const deps = depsOf(hubWith(cut))
  assert.ok((await applyLookBack(deps, run, { orders: null, accepted: { reports: 0, reships: 0 } }, BY)).ok)
  await runJob(applyJob, deps, { run: run.toString(), orders: null, by: 't' })
  const row = await readRun(db.sql, run)
  assert.deepEqual([row?.applied_messages, row?.stale_messages], [0n, 64n])
  assert.equal(await proofs(deps), 16)
})

test('refused: an unknown connection, a span that is none, a second run, figures that were not accepted', async () => {
  await incident()
  const deps = depsOf(hubWith(whole))
  const ask = { connections: ['dhl'], reason: 'x', from: null, to: null }
  const code = async (made: ReturnType<typeof startLookBack>): Promise<string> => {
    const done = await made
    return done.ok ? 'ok' : done.refusal.code
  }
  const now = systemClock.now()
  assert.equal(
    await code(startLookBack(deps, { ...ask, connections: ['gone'] }, BY)),
    'look_back.connection_not_found',
  )
  assert.equal(await code(startLookBack(deps, { ...ask, from: now, to: now }, BY)), 'look_back.bad_span')
  assert.equal(
    await code(startLookBack(deps, { ...ask, from: now.subtract({ hours: 24 * 91 }) }, BY)),
    'look_back.bad_span',
  )
  const run = await startLookBack(deps, ask, BY)
  assert.ok(run.ok)
  assert.equal(await code(startLookBack(deps, ask, BY)), 'look_back.running_conflict')
  const nothing = { orders: null, accepted: { reports: 0, reships: 0 } }
  assert.equal(await code(applyLookBack(deps, run.value.id, nothing, BY)), 'look_back.not_ready_conflict')
  await runJob(lookBackJob, deps, { run: run.value.id.toString() })
  const wrong = { orders: null, accepted: { reports: 1, reships: 0 } }
  assert.equal(await code(applyLookBack(deps, run.value.id, wrong, BY)), 'look_back.effects_unconfirmed')
  assert.equal(await code(applyLookBack(deps, 999n, nothing, BY)), 'look_back.not_found')
})
