import assert from 'node:assert/strict'
import { after, before, beforeEach } from 'node:test'
import type { Calls, Connector } from '#domain/connector.ts'
import { NO_ROUTING, type Waybill, type WaybillAsk } from '#domain/waybill.ts'
import { openRuleOrders } from '#features/fulfilment/index.ts'
import { tellHubHandler } from '#features/intake/index.ts'
import { editAccount, editSender } from '#features/waybills/accounts.ts'
import { changeWaybill, type WaybillChange, wantAfterCancel } from '#features/waybills/change-waybills.ts'
import type { PoolStanding } from '#features/waybills/core/choose-account.ts'
import type { WaybillDeps } from '#features/waybills/deps.ts'
import { cancelWaybillHandler } from '#features/waybills/make/cancel-waybill.ts'
import { makeWaybillHandler } from '#features/waybills/make/make-waybill.ts'
import { followPlans, waybillSweeps } from '#features/waybills/sweeps.ts'
import { connectionId, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { type Refusal, refuse } from '#kernel/result.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { openVault } from '#platform/vault.ts'
import { openStockWorld, type World } from '#test-support/order-stock.ts'
import { paid } from '#test-support/plans.ts'

export const vault = openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) })
export const RECIPIENT = {
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
  /** It cannot be asked by our reference; asked again with it, it answers the same waybill. */
  cannotFind: boolean
}

export let world: World
export let carriers: Record<'first' | 'second', FakeCarrier>
export let pools: Map<string, PoolStanding>
export let stops: Map<bigint, Refusal | null>
export let deps: WaybillDeps

function fakeCarrier(): FakeCarrier {
  return {
    made: new Map(),
    asks: [],
    cancelled: [],
    next: [],
    refuseAlways: null,
    refuseCancel: null,
    cannotFind: false,
  }
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
      const before = fake.made.get(ask.reference)
      if (before !== undefined && fake.cannotFind) return { ok: true, value: before }
      if (before !== undefined) return refuse('carrier.reference_taken', '8016 again')
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
    findWaybill: async ({ reference }) =>
      fake.cannotFind
        ? refuse('carrier.not_supported', 'no such call')
        : { ok: true, value: fake.made.get(reference) ?? null },
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

export const BY = { actor: 'ann', now: Temporal.Now.instant() }
export async function account(
  name: string,
  connection: string,
  carrier: string,
  priority: number,
): Promise<bigint> {
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

/** Gives the order a recipient. */
export async function seal(no: string): Promise<bigint> {
  const id = await world.idOf(no)
  await world.database.sql`
    insert into order_register (order_id, part, version, hash, value, message_id, received_at)
    values (${id}, 'recipient', 1, '', ${vault.seal(Buffer.from(JSON.stringify(RECIPIENT)))}, 'm', now())
    on conflict do nothing`
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
  for (const warehouse of ['SH', 'GZ'])
    await world.database.sql.begin((tx) => editSender(tx, warehouse, sender, BY))
  return id
}

/** A paid order for pieces that are there, planned and locked, with a recipient. */
export async function ready(no: string, quantity = 1): Promise<bigint> {
  await world.fill('A', 'SH', 100)
  await paid(world, no, { a: quantity })
  const id = await seal(no)
  await world.settle(no)
  return id
}

/** What the journal's follower does for every plan that stands now. */
export async function follow(): Promise<void> {
  const rows = await world.database.sql<{ order_id: bigint; data: Record<string, unknown> }>`
    select distinct on (order_id) order_id, data from journal where kind = 'plan.changed' order by order_id, id desc`
  const journal = rows.map((row, i) => ({
    id: BigInt(i + 1),
    at: world.clock.now(),
    kind: 'plan.changed',
    orderId: row.order_id,
    data: row.data,
  }))
  await world.database.sql.begin((tx) => followPlans(deps)(tx, journal))
}

/** Carries out what is due until nothing is, hours ahead where it waits, and reads what the hub told itself. */
export async function work(hours = 0): Promise<void> {
  if (hours > 0) world.clock.advance({ hours })
  const dispatcher = startDispatcher(
    {
      db: world.database.sql,
      clock: world.clock,
      random: seededRandom(7),
      handlers: {
        make_waybill: makeWaybillHandler(deps),
        cancel_waybill: cancelWaybillHandler(deps, wantAfterCancel),
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

export async function waybills() {
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

export async function shown(): Promise<string[]> {
  return (await waybills()).map((row) => `${row.state} ${row.tracking_no ?? '-'} ${row.account ?? '-'}`)
}

export async function change(id: bigint, asked: WaybillChange) {
  return await world.database.sql.begin((tx) => changeWaybill(tx, deps, id, asked, 'ann'))
}

export async function sweep(name: string): Promise<void> {
  const sweeps = waybillSweeps({ ...deps, alarms: world.deps.alarms, reviewMost: 1, zone: () => 'UTC' })
  await sweeps.find((one) => one.name === name)?.run()
}

/** For one test: what the world is made with differs in this. */
export function changeDeps(more: Partial<WaybillDeps>): void {
  deps = { ...deps, ...more }
}
