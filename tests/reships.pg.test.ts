import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { withHubEvents } from '#connectors/carriers/hub-events.ts'
import type { Calls, Connector } from '#domain/connector.ts'
import { NO_ROUTING, type WaybillAsk } from '#domain/waybill.ts'
import { openRuleOrders } from '#features/fulfilment/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { tellHubHandler } from '#features/intake/index.ts'
import { askReship, mayShip, type ReshipmentDeps } from '#features/reshipments/index.ts'
import { decideReship, reviewReships } from '#features/reshipments/reships.ts'
import { changeWaybill, type WaybillChange } from '#features/waybills/change-waybills.ts'
import {
  cancelWaybillHandler,
  editAccount,
  editSender,
  followPlans,
  makeWaybillHandler,
  type WaybillDeps,
  wantAfterCancel,
  wantReship,
  waybillSweeps,
} from '#features/waybills/index.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, refuse } from '#kernel/result.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { openVault } from '#platform/vault.ts'
import { openStockWorld, type World } from '#test-support/order-stock.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { paid } from '#test-support/plans.ts'

// A re-ship from the asking to its own waybill, and the promise that nothing leaves twice, on the whole way through the database.

const vault = openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) })
const CODES = {
  picked: 'picked_up',
  moved: 'in_transit',
  out: 'out_for_delivery',
  signed: 'delivered',
  revoked: 'delivery_revoked',
  turning: 'returning',
  back: 'signed_back',
} as const
const SCANS = withHubEvents(testConnector('scans', 'carrier', CODES))
const RECIPIENT = {
  name: '张三',
  phone: '13800001234',
  country: '中国',
  province: '浙江省',
  city: '杭州市',
  district: '西湖区',
  address: '文三路 1 号',
  postalCode: '',
  ciphertext: false,
}
const PERSON = (id: string) => ({ kind: 'user' as const, id, name: id })

let world: World
let hub: ReturnType<typeof testHub>
let asks: WaybillAsk[] = []
let waybills: WaybillDeps
let reships: ReshipmentDeps
let serial = 0

before(async () => {
  world = await openStockWorld()
  hub = testHub(world.database.sql, {
    shop: world.hub.deps().find('shop')?.connector as Connector,
    carrier: SCANS,
  })
})
after(async () => await world.database.close())

beforeEach(async () => {
  await world.empty()
  await world.database.sql`truncate reshipment, dispute, reshipment_event`
  asks = []
  const calls: Calls = {
    test: async () => refuse('test', 'no'),
    createWaybill: async (ask) => {
      asks.push(ask)
      return ok({
        trackingNo: trackingNo(`Z${ask.reference}`),
        childNos: [],
        waybillId: null,
        routing: NO_ROUTING,
        label: null,
        sealed: null,
      })
    },
    cancelWaybill: async () => ({ outcome: 'accepted', words: 'cancelled' }),
  }
  const connector: Connector = {
    ...SCANS,
    carriers: ['ZTO'],
    waybill: { accountFields: [], numbers: 'balance', services: [], piecesMost: 10, opens: [] },
    calls: () => calls,
  }
  waybills = {
    db: world.database.sql,
    clock: world.clock,
    vault,
    find: (id) =>
      id === 'carrier'
        ? { id: connectionId(id), name: id, kind: 'carrier', paused: false, settings: {}, connector }
        : null,
    callsFor: () => ({}) as ReturnType<WaybillDeps['callsFor']>,
    rulebook: world.planDeps.rulebook,
    readOrders: (sql, ids) => openRuleOrders(sql, normaliseShipTo).byIds(ids),
    levelOf: () => null,
    record: async () => undefined,
    mayShip,
    pools: async () => new Map(),
    takeNumber: async () => refuse('pools.empty', 'none'),
  }
  reships = {
    db: world.database.sql,
    clock: world.clock,
    zone: () => 'Asia/Shanghai',
    audit: (tx, event) => recordAudit({ sql: tx, clock: world.clock }, event),
    rules: { lossCodes: new Set() },
    connections: () => [],
    callsFor: () => ({}) as ReturnType<ReshipmentDeps['callsFor']>,
    send: (tx, parcel) => wantReship(tx, parcel, world.clock.now()),
    accountOf: async () => null,
  }
})

const by = () => ({ actor: 'ann', now: world.clock.now() })
async function account(warehouses: readonly string[] = []): Promise<bigint> {
  const input = {
    connectionId: 'carrier',
    carrier: 'ZTO',
    name: '中通',
    service: null,
    settings: {},
    warehouses,
  }
  const saved = await world.database.sql.begin((tx) =>
    editAccount(tx, waybills, null, { ...input, priority: 1, mode: 'auto', active: true }, by()),
  )
  assert.ok(saved.ok)
  return saved.value
}

/** A paid, planned order whose first parcel has its number; the number. */
async function sent(no: string, lines: Readonly<Record<string, number>>): Promise<string> {
  for (const line of Object.keys(lines)) await world.fill(line.toUpperCase(), 'SH', 100)
  await paid(world, no, lines)
  const id = await world.idOf(no)
  await world.database.sql`
    insert into order_register (order_id, part, version, hash, value, message_id, received_at)
    values (${id}, 'recipient', 1, '', ${vault.seal(Buffer.from(JSON.stringify(RECIPIENT)))}, 'm', now()) on conflict do nothing`
  await world.settle(no)
  const sender = { ...RECIPIENT, name: '李四', company: '', country: 'CN', province: '上海', city: '上海市' }
  const { ciphertext: _, ...contact } = sender
  await world.database.sql.begin((tx) => editSender(tx, 'SH', contact, by()))
  await follow()
  await work()
  const [row] = await world.database.sql<{ tracking_no: string }>`
    select tracking_no from waybill where lead_id = ${id} and state = 'issued'`
  assert.ok(row, 'the first parcel has its number')
  return row.tracking_no
}
async function follow(): Promise<void> {
  const rows = await world.database.sql<{
    order_id: bigint
    state: string
  }>`select order_id, state from order_plan`
  const journal = rows.map((row, i) => ({
    id: BigInt(i + 1),
    at: world.clock.now(),
    kind: 'plan.changed',
    orderId: row.order_id,
    data: { state: row.state },
  }))
  await world.database.sql.begin((tx) => followPlans(waybills)(tx, journal))
}
async function work(): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: world.database.sql,
      clock: world.clock,
      random: seededRandom(7),
      handlers: {
        make_waybill: makeWaybillHandler(waybills),
        cancel_waybill: cancelWaybillHandler(waybills, wantAfterCancel),
        tell_hub: tellHubHandler({ intake: hub.intake, clock: world.clock, onAccepted: () => undefined }),
      },
      paused: () => [],
      concurrency: 4,
      onError: (error) => assert.fail(String(error)),
    },
    600_000,
  )
  for (let turn = 0; turn < 5; turn += 1) await dispatcher.runOnce()
  await dispatcher.stop()
  await hub.drain()
}
async function scan(no: string, events: readonly (readonly [keyof typeof CODES, number])[]): Promise<void> {
  for (const [code, minute] of events) {
    serial += 1
    await hub.send('carrier', { claims: [{ by: 'parcel', no, code, minute }] }, `scan ${serial}`)
  }
  await hub.drain()
}
async function rows() {
  return await world.database.sql<{
    id: bigint
    parcel_no: string
    reference: string
    state: string
    code: string | null
    tracking_no: string | null
    warehouse: string | null
  }>`select id, parcel_no, reference, state, code, tracking_no, warehouse from waybill order by id`
}
const change = async (id: bigint, what: WaybillChange) =>
  await world.database.sql.begin((tx) => changeWaybill(tx, waybills, id, what, 'ann'))
const retry = (accountId: bigint | null) => ({ do: 'retry', accountId, pieces: null }) as const

test('a granted re-ship waits for an account, and becomes a waybill with its goods, that no sweep takes back', async () => {
  const zto = await account()
  const no = await sent('P1', { a: 2, b: 1 })
  const orderId = await world.idOf('P1')
  await scan(no, [
    ['picked', 60],
    ['back', 300],
  ])
  const asked = await askReship(
    reships,
    { orderId, reason: 'lost', words: '退回了', pieces: [{ lineId: 'a', quantity: 1 }], trackingNos: [no] },
    PERSON('ann'),
  )
  assert.ok(asked.ok, asked.ok ? '' : asked.refusal.code)
  assert.equal(asked.value.state, 'sent')
  const [, waits] = await rows()
  assert.deepEqual(
    [waits?.parcel_no, waits?.state, waits?.code, waits?.warehouse],
    [`R${asked.value.id}`, 'review', 'waybills.reship_account', 'SH'],
  )
  const done = await change(waits?.id ?? 0n, retry(zto))
  assert.ok(done.ok, done.ok ? '' : done.refusal.code)
  await work()
  const [, issued] = await rows()
  assert.equal(`${issued?.state} ${issued?.tracking_no}`, `issued ZR${asked.value.id}`)
  const made = asks.at(-1)
  assert.deepEqual(
    made?.goods.map(({ sku, quantity }) => `${sku}×${quantity}`),
    ['A×1'],
  )
  assert.equal(made?.to.address, '文三路 1 号')
  assert.equal(made?.from.name, '李四')
  const facts = await world.database.sql`
    select 1 from fact where subject = 'order:shop:P1' and tracking_no = ${issued?.tracking_no ?? ''} and kind = 'waybill_issued'`
  assert.equal(facts.length, 1, 'its number reached the order')
  const sweeps = waybillSweeps({ ...waybills, alarms: world.deps.alarms, reviewMost: 1, zone: () => 'UTC' })
  await sweeps.find((one) => one.name === 'waybills-needless')?.run()
  await work()
  assert.equal((await rows())[1]?.state, 'issued')
  // Used up: the same piece does not leave a third time.
  const again = await world.database.sql.begin((tx) =>
    mayShip(tx, [orderId], new Map([[orderId, [{ lineId: 'a', quantity: 1 }]]])),
  )
  assert.equal(again.get(orderId)?.code, 'reshipments.sent_already')
  // Another number for it is another waybill in review; given an account, it goes out.
  const renewed = await change(issued?.id ?? 0n, { do: 'renew', accountId: zto, reason: '面单打坏' })
  assert.ok(renewed.ok, renewed.ok ? '' : renewed.refusal.code)
  await work()
  assert.deepEqual(
    (await rows()).slice(1).map(({ reference, state }) => `${reference} ${state}`),
    [`R${asked.value.id} cancelled`, `R${asked.value.id}-R2 issued`],
  )
})

test('a proof that fell before the account was chosen stops the re-ship; a person who approved does not wait for it', async () => {
  const zto = await account(['SH'])
  const no = await sent('P2', { a: 1 })
  const orderId = await world.idOf('P2')
  await scan(no, [
    ['picked', 60],
    ['back', 300],
  ])
  const ask = { orderId, reason: 'lost' as const, words: '退回了', pieces: [{ lineId: 'a', quantity: 1 }] }
  const asked = await askReship(reships, { ...ask, trackingNos: [no] }, PERSON('ann'))
  assert.ok(asked.ok && asked.value.state === 'sent')
  await scan(no, [['signed', 400]])
  const [, waits] = await rows()
  const stopped = await change(waits?.id ?? 0n, retry(zto))
  assert.equal(stopped.ok ? '' : stopped.refusal.code, 'reshipments.sent_already')
  await change(waits?.id ?? 0n, { do: 'give_up', reason: '已送到' })
  await world.database.sql`update reshipment set state = 'withdrawn'`
  const second = await askReship(reships, { ...ask, trackingNos: [no] }, PERSON('ann'))
  assert.ok(second.ok && second.value.state === 'waiting')
  const self = await decideReship(reships, second.value.id, { is: 'approve', words: '我批' }, PERSON('ann'))
  assert.equal(self.ok ? '' : self.refusal.code, 'reshipments.same_person_forbidden')
  const approved = await decideReship(
    reships,
    second.value.id,
    { is: 'approve', words: '赔一件' },
    PERSON('ben'),
  )
  assert.ok(approved.ok && approved.value.state === 'sent')
  const last = (await rows()).at(-1)
  await world.database.sql`update waybill set warehouse = null where id = ${last?.id ?? 0n}`
  const nobody = await change(last?.id ?? 0n, retry(null))
  assert.equal(nobody.ok ? '' : nobody.refusal.code, 'waybills.warehouse_needed')
  assert.ok((await change(last?.id ?? 0n, retry(zto))).ok, 'the account serves one warehouse only')
  await work()
  assert.equal((await rows()).at(-1)?.state, 'issued')
})

test('LG4 in the database: two who ask at once about the same pieces get one yes', async () => {
  await account()
  const no = await sent('P3', { a: 1 })
  const orderId = await world.idOf('P3')
  await scan(no, [
    ['picked', 60],
    ['back', 300],
  ])
  const ask = {
    orderId,
    reason: 'lost' as const,
    words: '退回了',
    pieces: [{ lineId: 'a', quantity: 1 }],
    trackingNos: [no],
  }
  const both = await Promise.all(['ann', 'ben', 'cyd'].map((name) => askReship(reships, ask, PERSON(name))))
  const outcomes = both.map((one) => (one.ok ? one.value.state : one.refusal.code)).toSorted()
  assert.deepEqual(
    outcomes,
    ['reshipments.asked_exists', 'sent', 'waiting'],
    'one proof replaces one parcel once',
  )
  const zto = (await world.database.sql<{ id: bigint }>`select id from carrier_account`)[0]?.id ?? null
  await reviewReships(reships)
  const waiting = (await rows()).filter(({ state }) => state === 'review')
  assert.equal(waiting.length, 1, 'the sweep does not grant it either')
  assert.ok((await change(waiting[0]?.id ?? 0n, retry(zto))).ok)
  await work()
  const [second] = await world.database.sql<{ id: bigint }>`select id from reshipment where state = 'waiting'`
  const approved = await decideReship(
    reships,
    second?.id ?? 0n,
    { is: 'approve', words: '再发一件' },
    PERSON('dan'),
  )
  assert.ok(approved.ok && approved.value.state === 'sent', 'a person may')
})

const LATEST = ['signed', 'back', 'revoked'] as const
test('LG4 in the database: whatever is scanned in whatever order, a second parcel needs the proof that its facts give', async () => {
  await account()
  await world.fill('A', 'SH', 10_000)
  let run = 0
  const orders = new Map<number, { no: string; id: bigint }>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.constantFrom(...(Object.keys(CODES) as (keyof typeof CODES)[])),
          fc.integer({ min: 1, max: 8 }),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      fc.array(fc.nat(), { maxLength: 6 }),
      async (events, swaps) => {
        run += 1
        const name = `Q${run}`
        const number = `ZQ${run}`
        const claims = ['placed', 'paid'].map((code) => ({ by: 'order' as const, no: name, code, minute: 0 }))
        await hub.send(
          'shop',
          { content: [{ no: name, version: 1, lines: [{ lineId: 'a', quantity: 1 }] }], claims },
          name,
        )
        const shuffled = events.toSorted(
          (a, b) => (swaps[events.indexOf(a)] ?? 0) - (swaps[events.indexOf(b)] ?? 0),
        )
        serial += 1
        const parcels = shuffled.map(([code, minute]) => ({
          by: 'parcel' as const,
          no: number,
          code,
          minute,
        }))
        const link = { by: 'reference' as const, no: name, code: 'picked', minute: 0, parcel: number }
        await hub.send('carrier', { claims: [link, ...parcels] }, `set ${serial}`)
        await hub.drain()
        const id = await world.idOf(name)
        orders.set(run, { no: name, id })
        const wanted = new Map([[id, [{ lineId: 'a', quantity: 1 }]]])
        const may = async (): Promise<boolean> =>
          (await world.database.sql.begin((tx) => mayShip(tx, [id], wanted))).get(id) === null
        assert.equal(await may(), false, 'nothing leaves twice unasked')
        const asked = await askReship(
          reships,
          {
            orderId: id,
            reason: 'lost',
            words: '没收到',
            pieces: [{ lineId: 'a', quantity: 1 }],
            trackingNos: [number],
          },
          PERSON('ann'),
        )
        assert.ok(asked.ok, asked.ok ? '' : asked.refusal.code)
        // Worked out from the events alone: the last of delivered, back and revoked decides; at one minute, what is no delivery.
        const last = (kind: (typeof LATEST)[number]): number =>
          Math.max(-1, ...events.filter(([code]) => code === kind).map(([, minute]) => minute))
        const proven =
          (last('back') >= 0 && last('back') >= last('signed')) ||
          (last('signed') >= 0 && last('revoked') >= last('signed'))
        assert.equal(asked.value.state, proven ? 'sent' : 'waiting', JSON.stringify(events))
        assert.equal(await may(), proven)
      },
    ),
    { numRuns: 150, endOnFailure: true },
  )
})
