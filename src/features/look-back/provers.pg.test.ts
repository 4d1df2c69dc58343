import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { nonDeliveryProofs, readUpheld } from '#features/reshipments/index.ts'
import { type Instant, systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { applyJob } from './apply-job.ts'
import type { LookBackDeps } from './deps.ts'
import { readCauses, readOrders } from './found/store.ts'
import { lookBackJob } from './look-back-job.ts'
import { applyLookBack, startLookBack } from './start-run.ts'
import { readRun } from './store.ts'

// A reader that believed some messages it should not have believed; the mended one takes nothing from them. What others say stays.

const CODES = { picked: 'picked_up', ok: 'delivered', back: 'signed_back' } as const
const carrier = testConnector('carrier', 'carrier', CODES)
const mended: typeof carrier = {
  ...carrier,
  read: (message, settings) =>
    Buffer.from(message.body).toString('utf8').includes('"bogus"')
      ? ok({ claims: [], content: [], fetch: [] })
      : carrier.read(message, settings),
}
const BY = { ...SYSTEM, scopes: new Set(['admin'] as const) } as unknown as Parameters<
  typeof startLookBack
>[2]
const NOTHING = { reports: 0, reships: 0 }

let db: FreshDatabase
let hub: TestHub
before(async () => {
  db = await freshDatabase({ connections: 8 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
  hub = testHub(db.sql, {
    shop: testConnector('shop', 'channel', { paid: 'paid' }),
    station: testConnector('station', 'warehouse', { printed: 'waybill_issued' }),
    carrier,
  })
})
after(() => db.close())

const mendedDeps = (): LookBackDeps => ({
  db: db.sql,
  clock: systemClock,
  zone: () => 'Asia/Shanghai',
  audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
  interpret: testHub(db.sql, { carrier: mended }).deps(),
  reshipProofs: async (sql, orders) => {
    const upheld = await readUpheld(sql, orders)
    return (order, facts) => nonDeliveryProofs(facts, upheld.get(order) ?? [])
  },
  onJobQueued: () => undefined,
})

async function order(no: string): Promise<void> {
  await hub.send('shop', { key: no, claims: [{ by: 'order', no, code: 'paid', minute: 0 }] })
  await hub.send('station', {
    key: `w${no}`,
    claims: [{ by: 'reference', no, code: 'printed', minute: 1, parcel: `T${no}` }],
  })
}
const scan = (no: string, code: string, minute: number) =>
  ({ by: 'parcel', no: `T${no}`, code, minute }) as const

async function run(deps: LookBackDeps, span: { from?: Instant; to?: Instant }): Promise<bigint> {
  const ask = { connections: ['carrier'], reason: 'test', from: span.from ?? null, to: span.to ?? null }
  const started = await startLookBack(deps, ask, BY)
  assert.ok(started.ok)
  await work(lookBackJob, deps, { run: started.value.id.toString() })
  return started.value.id
}
async function work(
  make: typeof lookBackJob,
  deps: LookBackDeps,
  payload: Record<string, unknown>,
): Promise<void> {
  const job = { id: 1n, kind: 'x', payload, progress: 0n, total: null, attempts: 1, createdBy: 't' }
  assert.ok((await make(deps)(job, async () => undefined)).ok)
}
async function applyAll(deps: LookBackDeps, id: bigint): Promise<void> {
  assert.ok((await applyLookBack(deps, id, { orders: null, accepted: NOTHING }, BY)).ok)
  await work(applyJob, deps, { run: id.toString(), orders: null, by: 't' })
}
const deliveredOf = async (no: string): Promise<number> =>
  (await db.sql`select 1 from fact where subject = ${`parcel:T${no}`} and kind = 'delivered'`).length

test('a fact stays that a message before the span, after it, or since the run proves as well; one that nobody else says goes', async () => {
  for (const no of ['1', '2', '3', '4']) await order(no)
  // Order 1: said again after the span. Order 2: said before the span, in a message whose fact a later one had proven first.
  await hub.send('carrier', { key: 'b2', claims: [scan('2', 'picked', 2), scan('2', 'ok', 5)] })
  await hub.drain(1)
  const from = systemClock.now()
  for (const no of ['1', '2', '3', '4'])
    await hub.send('carrier', { key: `a${no}`, bogus: true, claims: [scan(no, 'ok', 5)] })
  await hub.drain(1)
  // As a replay leaves it: the later message of order 2 is on record as the one that proves it.
  const moved = await db.sql`
    update fact f set message_id = to_char(m.received_at at time zone 'UTC', 'YYYYMMDD') || '-' || m.id, received_at = m.received_at
    from inbox_message m where m.dedup_key = 'a2' and f.subject = 'parcel:T2' and f.kind = 'delivered' returning 1`
  assert.equal(moved.length, 1)
  const to = systemClock.now()
  await hub.send('carrier', { key: 'c1', claims: [scan('1', 'ok', 5)] })
  await hub.drain(1)
  const deps = mendedDeps()
  const id = await run(deps, { from, to })
  const found = await readRun(db.sql, id)
  assert.deepEqual([found?.messages, found?.changed_messages, found?.orders], [4n, 2n, 2n])
  assert.deepEqual(
    (await readCauses(db.sql, id)).map((cause) => [cause.cause, cause.differences]),
    [['removed ok', 2n]],
  )
  // Since the run was made somebody said it of order 4 too.
  await hub.send('carrier', { key: 'c4', claims: [scan('4', 'ok', 5)] })
  await hub.drain(1)
  await applyAll(deps, id)
  assert.deepEqual(
    [await deliveredOf('1'), await deliveredOf('2'), await deliveredOf('3'), await deliveredOf('4')],
    [1, 1, 0, 1],
  )
})

test('a re-ship counts as new by the rules that let a parcel go: what an upheld dispute proved before is not new', async () => {
  for (const no of ['5', '6']) {
    await order(no)
    await hub.send('carrier', { key: `k${no}`, claims: [scan(no, 'back', 4)] })
    await hub.send('carrier', { key: `d${no}`, bogus: true, claims: [scan(no, 'ok', 5)] })
  }
  await hub.drain(1)
  const from = systemClock.now().subtract({ minutes: 5 })
  await db.sql`
    insert into dispute (order_id, tracking_no, words, state, opened_by, opened_by_id, opened_at, decided_at)
    select id, 'T5', 'never came', 'upheld', 'a', 'a', ${from}, ${systemClock.now()} from sales_order where order_no = '5'`
  const deps = mendedDeps()
  const id = await run(deps, { from })
  const rows = await readOrders(db.sql, id, { changes: true, cause: null, effects: false }, null, 100)
  const of = (no: string) => rows.find((row) => row.order_no === no)
  assert.deepEqual(
    [of('5')?.proof_before, of('5')?.proof_after, of('5')?.reships],
    ['dispute_upheld', 'dispute_upheld', []],
  )
  assert.deepEqual(
    [of('6')?.proof_before, of('6')?.proof_after, of('6')?.reships],
    [null, 'signed_back', ['T6']],
  )
  assert.deepEqual((await readRun(db.sql, id))?.effects, { reports: 0, reships: 1 })
  const refused = await applyLookBack(deps, id, { orders: null, accepted: NOTHING }, BY)
  assert.equal(refused.ok ? 'ok' : refused.refusal.code, 'look_back.effects_unconfirmed')
})
