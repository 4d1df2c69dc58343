import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Calls, Connector } from '#domain/connector.ts'
import { NO_ROUTING, type Waybill, type WaybillAsk } from '#domain/waybill.ts'
import { openRuleOrders } from '#features/fulfilment/index.ts'
import { tellHubHandler } from '#features/intake/index.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { type Refusal, refuse } from '#kernel/result.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { openVault } from '#platform/vault.ts'
import { openStockWorld, type World } from '#test-support/order-stock.ts'
import { paid } from '#test-support/plans.ts'
import { editAccount, editSender } from './accounts.ts'
import { changeWaybill, type WaybillChange } from './change-waybills.ts'
import type { PoolStanding } from './core/choose-account.ts'
import type { WaybillDeps } from './deps.ts'
import { readLabelSources } from './label-source.ts'
import { cancelWaybillHandler } from './make/cancel-waybill.ts'
import { makeWaybillHandler } from './make/make-waybill.ts'
import { notePrinted } from './note-printed.ts'
import { followPlans, waybillSweeps } from './sweeps.ts'

const vault = openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) })
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

/** A carrier of the tests: one waybill per reference, whatever is asked how often. */
type FakeCarrier = {
  readonly made: Map<string, Waybill>
  readonly asks: WaybillAsk[]
  readonly cancelled: string[]
  /** What the next calls answer, first come first served. */
  readonly next: (Refusal | 'lost answer' | 'unreachable')[]
  refuseAlways: Refusal | null
  refuseCancel: Refusal | null
}

let world: World
let carriers: Record<'first' | 'second', FakeCarrier>
let pools: Map<string, PoolStanding>
let stops: Map<bigint, Refusal | null>
let deps: WaybillDeps

function fakeCarrier(): FakeCarrier {
  return { made: new Map(), asks: [], cancelled: [], next: [], refuseAlways: null, refuseCancel: null }
}

function callsOf(fake: FakeCarrier, prefix: string): Calls {
  return {
    test: async () => refuse('test', 'no'),
    createWaybill: async (ask) => {
      fake.asks.push(ask)
      const turn = fake.next.shift()
      if (turn === 'unreachable')
        throw new Outage('http.unreachable', 'connection refused', { retryable: true })
      if (fake.refuseAlways !== null) return { ok: false, refusal: fake.refuseAlways }
      if (turn !== undefined && turn !== 'lost answer') return { ok: false, refusal: turn }
      if (fake.made.has(ask.reference)) return refuse('carrier.reference_taken', '8016 again')
      const waybill: Waybill = {
        trackingNo: trackingNo(`${prefix}${1000 + fake.made.size}`),
        childNos: [],
        waybillId: null,
        routing: { ...NO_ROUTING, sortCode: '571-88' },
        label: null,
        sealed: null,
      }
      fake.made.set(ask.reference, waybill)
      if (turn === 'lost answer')
        throw new Outage('http.timeout', 'no answer in time', { retryable: true, unknown: true })
      return { ok: true, value: waybill }
    },
    findWaybill: async ({ reference }) => ({ ok: true, value: fake.made.get(reference) ?? null }),
    cancelWaybill: async ({ reference }) => {
      if (fake.refuseCancel !== null) return { outcome: 'refused', refusal: fake.refuseCancel }
      fake.cancelled.push(reference)
      return { outcome: 'accepted', words: 'cancelled' }
    },
  }
}

before(async () => {
  world = await openStockWorld()
})
after(async () => await world.database.close())

beforeEach(async () => {
  await world.empty()
  world.rules.clear()
  carriers = { first: fakeCarrier(), second: fakeCarrier() }
  pools = new Map()
  stops = new Map()
  const connectorOf = (fake: FakeCarrier, prefix: string): Connector => ({
    ...(world.hub.deps().find('carrier')?.connector as Connector),
    carriers: ['ZTO', 'YTO'],
    waybill: {
      accountFields: [{ name: 'branch', zh: '网点', en: 'branch', secret: false, required: true }],
      numbers: 'balance',
      services: [],
      piecesMost: 10,
      opens: [],
    },
    calls: () => callsOf(fake, prefix),
  })
  const entries = new Map(
    (['first', 'second'] as const).map((which, i) => [
      i === 0 ? 'carrier' : 'carrier2',
      connectorOf(carriers[which], i === 0 ? 'Z' : 'Y'),
    ]),
  )
  deps = {
    db: world.database.sql,
    clock: world.clock,
    vault,
    find: (id) => {
      const connector = entries.get(id)
      // Both accounts' events come in by the one connection that the pipeline of the tests knows.
      return connector === undefined
        ? null
        : { id: connectionId(id), name: id, kind: 'carrier', paused: false, settings: {}, connector }
    },
    callsFor: () => ({}) as ReturnType<WaybillDeps['callsFor']>,
    rulebook: world.planDeps.rulebook,
    readOrders: (sql, ids) => openRuleOrders(sql, normaliseShipTo).byIds(ids),
    levelOf: () => null,
    record: async (_tx, records) => void world.decisions.push(...records),
    mayShip: async () => stops,
    pools: async () => pools,
    takeNumber: async () => refuse('pools.empty', 'none'),
  }
})

const BY = { actor: 'ann', now: Temporal.Now.instant() }
async function account(name: string, connection: string, carrier: string, priority: number): Promise<bigint> {
  const saved = await world.database.sql.begin((tx) =>
    editAccount(
      tx,
      deps,
      null,
      {
        connectionId: connection,
        carrier,
        name,
        service: null,
        settings: { branch: 'B1' },
        warehouses: [],
        priority,
        mode: 'auto',
        active: true,
      },
      BY,
    ),
  )
  assert.ok(saved.ok)
  return saved.value
}

/** A paid order for pieces that are there, planned and locked, with a recipient. */
async function ready(no: string, quantity = 1): Promise<bigint> {
  await world.fill('A', 'SH', 100)
  await paid(world, no, { a: quantity })
  const id = await world.idOf(no)
  await world.database.sql`
    insert into order_register (order_id, part, version, hash, value, message_id, received_at)
    values (${id}, 'recipient', 1, '', ${vault.seal(Buffer.from(JSON.stringify(RECIPIENT)))}, 'm', now())
    on conflict do nothing`
  await world.settle(no)
  const sender = {
    name: '李四',
    phone: '021-5555',
    company: '',
    country: 'CN',
    province: '上海',
    city: '上海市',
    district: '',
    address: '仓库路 2 号',
    postalCode: '',
  }
  await world.database.sql.begin((tx) => editSender(tx, 'SH', sender, BY))
  return id
}

/** What the journal's follower does for every plan that stands now. */
async function follow(): Promise<void> {
  const rows = await world.database.sql<{ order_id: bigint; state: string }>`
    select order_id, state from order_plan order by order_id`
  const journal = rows.map((row, i) => ({
    id: BigInt(i + 1),
    at: world.clock.now(),
    kind: 'plan.changed',
    orderId: row.order_id,
    data: { state: row.state },
  }))
  await world.database.sql.begin((tx) => followPlans(deps)(tx, journal))
}

/** Carries out what is due until nothing is, hours ahead where it waits, and reads what the hub told itself. */
async function work(hours = 0): Promise<void> {
  if (hours > 0) world.clock.advance({ hours })
  const dispatcher = startDispatcher(
    {
      db: world.database.sql,
      clock: world.clock,
      random: seededRandom(7),
      handlers: {
        make_waybill: makeWaybillHandler(deps),
        cancel_waybill: cancelWaybillHandler(deps),
        tell_hub: tellHubHandler({
          intake: world.hub.intake,
          clock: world.clock,
          onAccepted: () => undefined,
        }),
      },
      paused: () => [],
      concurrency: 4,
      onError: (error) => assert.fail(String(error)),
    },
    5,
  )
  await dispatcher.stop()
  for (let turn = 0; turn < 6; turn += 1) await dispatcher.runOnce()
  await world.hub.drain()
}

async function waybills() {
  return await world.database.sql<{
    id: bigint
    reference: string
    state: string
    code: string | null
    tracking_no: string | null
    zh: string
    account: string | null
  }>`
    select w.id, w.reference, w.state, w.code, w.tracking_no, w.zh, a.name as account
    from waybill w left join carrier_account a on a.id = w.account_id order by w.id`
}

async function shown(): Promise<string[]> {
  return (await waybills()).map((row) => `${row.state} ${row.tracking_no ?? '-'} ${row.account ?? '-'}`)
}

async function change(id: bigint, asked: WaybillChange) {
  return await world.database.sql.begin((tx) => changeWaybill(tx, deps, id, asked, 'ann'))
}

test('a plan that stands gets one waybill, and its number reaches the order as a fact with its evidence', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const id = await ready('T1', 2)
  await follow()
  await follow()
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  const [ask] = carriers.first.asks
  assert.equal(carriers.first.asks.length, 1)
  assert.equal(ask?.to.address, '文三路 1 号')
  assert.deepEqual(
    ask?.goods.map(({ sku, quantity }) => `${sku}×${quantity}`),
    ['A×2'],
  )
  assert.deepEqual(ask?.account, { branch: 'B1' })
  const facts = await world.database.sql<{ kind: string; code: string; tracking_no: string }>`
    select kind, code, tracking_no from fact where subject = 'order:shop:T1' and tracking_no is not null`
  assert.deepEqual(
    facts.map((row) => ({ ...row })),
    [{ kind: 'waybill_issued', code: 'hub:waybill_issued', tracking_no: 'Z1000' }],
  )
  const [label] = await readLabelSources(world.database.sql, vault, [(await waybills())[0]?.id ?? 0n])
  assert.equal(label?.to?.name, '张三')
  assert.equal(label?.routing.sortCode, '571-88')
  assert.deepEqual(label?.orderNos, ['T1'])
  await follow()
  await work()
  assert.equal((await waybills()).length, 1, `order ${id} has its waybill already`)
})

test('an answer that was lost is asked for: the carrier made one waybill, and we have it', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T2')
  carriers.first.next.push('lost answer')
  await follow()
  await work()
  assert.deepEqual(await shown(), ['asking - 中通一号'])
  await work(1)
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  assert.equal(carriers.first.asks.length, 1)
  assert.equal(carriers.first.made.size, 1)
})

test('what the carrier refuses for the parcel waits for a person in words, and goes on at another account', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  await ready('T3')
  carriers.first.next.push({ code: 'carrier.address_unserved', detail: 'S999 超区' })
  await follow()
  await work()
  const [row] = await waybills()
  assert.equal(row?.state, 'review')
  assert.match(row?.zh ?? '', /超区.*S999/)
  const again = await change(row?.id ?? 0n, { do: 'retry', accountId: other, pieces: null })
  assert.ok(again.ok)
  await work()
  assert.deepEqual(await shown(), ['issued Y1000 圆通'])
  const twice = await change(row?.id ?? 0n, { do: 'retry', accountId: other, pieces: null })
  assert.equal(twice.ok ? '' : twice.refusal.code, 'waybills.not_possible_conflict')
})

test('an account without numbers is left alone and the next one takes over by itself', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await account('圆通', 'carrier2', 'YTO', 2)
  await ready('T4')
  await ready('T5')
  carriers.first.refuseAlways = { code: 'carrier.pool_empty', detail: 'S14 单号池为空' }
  await follow()
  await work()
  assert.deepEqual((await shown()).toSorted(), ['issued Y1000 圆通', 'issued Y1001 圆通'])
  const asked = carriers.first.asks.length
  await ready('T6')
  await follow()
  await work()
  assert.equal(carriers.first.asks.length, asked, 'it is not asked while it is blocked')
})

test('a low pool gives way to its stand-in before it is empty', async () => {
  const low = await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  pools.set(low.toString(), { left: 499, isLow: true, failOverTo: other.toString() })
  await ready('T7')
  await follow()
  await work()
  assert.deepEqual(await shown(), ['issued Y1000 圆通'])
})

test('nothing is wanted where no account is, and a second shipment only with leave', async () => {
  const id = await ready('T8')
  await follow()
  assert.deepEqual(await shown(), [])
  await account('中通一号', 'carrier', 'ZTO', 1)
  stops.set(id, { code: 'reshipments.sent_already', detail: 'it left before' })
  await follow()
  await work()
  const [row] = await waybills()
  assert.equal(`${row?.state} ${row?.code}`, 'review reshipments.sent_already')
  assert.equal(carriers.first.asks.length, 0)
  const refused = await change(row?.id ?? 0n, { do: 'retry', accountId: null, pieces: null })
  assert.equal(refused.ok ? '' : refused.refusal.code, 'reshipments.sent_already')
})

test('another number for the same parcel: the old one is cancelled at the carrier, the new one is another reference', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T9')
  await follow()
  await work()
  const [first] = await waybills()
  const renewed = await change(first?.id ?? 0n, { do: 'renew', accountId: null, reason: '换单' })
  assert.ok(renewed.ok)
  await work()
  const rows = await waybills()
  assert.deepEqual(
    rows.map((row) => row.state),
    ['cancelled', 'issued'],
  )
  assert.equal(rows[1]?.reference, `${rows[0]?.reference}-R2`)
  assert.deepEqual(carriers.first.cancelled, [rows[0]?.reference])
  const [parcel] = await world.database.sql<{ kinds: string[] }>`
    select array_agg(kind order by kind) as kinds from fact where subject = ${`parcel:${rows[0]?.tracking_no}`}`
  assert.deepEqual(parcel?.kinds, ['waybill_cancelled', 'waybill_issued'])
})

test('a waybill that nothing travels under is cancelled by itself; one that moved is not', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T10')
  await ready('T11')
  await follow()
  await work()
  const rows = await waybills()
  await world.tell('carrier', [{ by: 'parcel', no: rows[1]?.tracking_no ?? '', code: 'picked', minute: 90 }])
  await world.say('T10', 'cancelled', 100)
  await world.say('T11', 'cancelled', 100)
  const sweep = waybillSweeps({ ...deps, alarms: world.deps.alarms, reviewMost: 1, zone: () => 'UTC' }).find(
    (one) => one.name === 'waybills-needless',
  )
  await sweep?.run()
  await work()
  assert.deepEqual(
    (await waybills()).map((row) => row.state),
    ['cancelled', 'issued'],
  )
  const moved = await change(rows[1]?.id ?? 0n, { do: 'cancel', reason: '不要了' })
  assert.equal(moved.ok ? '' : moved.refusal.code, 'waybills.moved_conflict')
})

test('cancelling that the carrier refuses leaves the waybill issued with the reason', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T12')
  await follow()
  await work()
  const [row] = await waybills()
  carriers.first.refuseCancel = { code: 'carrier.too_late', detail: '已揽收' }
  assert.ok((await change(row?.id ?? 0n, { do: 'cancel', reason: '不要了' })).ok)
  await work()
  const [now] = await waybills()
  assert.equal(now?.state, 'issued')
  assert.equal(now?.code, 'carrier.too_late')
})

test('what no carrier answers is given up to a person, once its attempts are over', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T13')
  for (let i = 0; i < 12; i += 1) carriers.first.next.push('unreachable')
  await follow()
  for (let i = 0; i < 12; i += 1) await work(5)
  await world.database.sql`update waybill set updated_at = now() - interval '1 minute'`
  const told = waybillSweeps({ ...deps, alarms: world.deps.alarms, reviewMost: 1, zone: () => 'UTC' })
  await told.find((one) => one.name === 'waybills-given-up')?.run()
  const [row] = await waybills()
  assert.equal(`${row?.state} ${row?.code}`, 'review waybills.no_answer')
  await told.find((one) => one.name === 'waybill-alarms')?.run()
  assert.equal(world.told.get('waybill.review')?.length, 1)
})

test('a printer’s acknowledgement is a fact with batch and device, once', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T14')
  await follow()
  await work()
  const [row] = await waybills()
  const printed = {
    waybillIds: [row?.id ?? 0n],
    batchNo: 'B20261123-1',
    deviceId: 'ZEBRA-1',
    actor: 'printer',
  }
  for (let i = 0; i < 2; i += 1)
    await world.database.sql.begin((tx) => notePrinted(tx, { ...printed, at: world.clock.now() }))
  await work()
  const facts = await world.database.sql<{ detail: Record<string, unknown> }>`
    select detail from fact where subject = 'order:shop:T14' and code = 'hub:waybill_printed'`
  assert.equal(facts.length, 1)
  assert.equal(facts[0]?.detail.batchNo, 'B20261123-1')
  assert.equal(facts[0]?.detail.deviceId, 'ZEBRA-1')
})
