import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { standingOf } from '#test-support/order-stock.ts'
import { paid } from '#test-support/plans.ts'
import {
  account,
  BY,
  carriers,
  change,
  changeDeps,
  deps,
  follow,
  RECIPIENT,
  ready,
  seal,
  shown,
  sweep,
  vault,
  waybills,
  work,
  world,
} from '#test-support/waybill-world.ts'
import { editAccount } from './accounts.ts'
import { notePrinted } from './note-printed.ts'
import { readReadyLeads } from './want/store.ts'

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

test('a gift that waits keeps nothing back, and follows under a number of its own when its goods come', async () => {
  const { sql } = world.database
  await account('中通一号', 'carrier', 'ZTO', 1)
  await sql`insert into sku_gift (gift_sku, main_sku, numerator, denominator, binding, updated_by) values ('B', 'A', 1, 1, 'soft', 't')`
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 0)
  await paid(world, 'T15', { a: 2, b: 2 }, { gifts: ['b'] })
  await seal('T15')
  await world.settle()
  const parcels = async () =>
    await sql<{ text: string; value: bigint }>`
      select p.parcel_no || ' ' || p.state || ' ' || coalesce(p.warehouse, 'waits') as text, sum(value_minor) as value
      from plan_parcel p join plan_piece i on i.parcel_id = p.id group by p.id order by p.id`
  const texts = async () => (await parcels()).map((row) => row.text.replace(/^P\d+-/, ''))
  const amounts = (await parcels()).map((row) => row.value)
  await follow()
  await work()
  await world.settle()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'], 'the main product does not wait')
  assert.deepEqual(await texts(), ['1-1 left SH', '1-2 planned waits'])
  assert.deepEqual((await standingOf(world, 'T15')).open, { 'A@SH': 2 })
  const parcel = (code: string, minute: number) =>
    world.tell('carrier', [{ by: 'parcel', no: 'Z1000', code, minute }])
  await parcel('picked', 20)
  await world.settle()
  assert.deepEqual(await standingOf(world, 'T15').then(({ state, code, open }) => [state, code, open]), [
    'short',
    'order_stock.part_waits',
    {},
  ])
  await world.fill('B', 'GZ', 3)
  await world.sweep('order-stock')
  assert.deepEqual(await texts(), ['1-1 left SH', '1-2 planned GZ'])
  assert.deepEqual((await standingOf(world, 'T15')).open, { 'B@GZ': 2 })
  const before = carriers.first.asks.length
  await follow()
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号', 'issued Z1001 中通一号'])
  assert.deepEqual(
    carriers.first.asks
      .slice(before)
      .map((ask) => ask.goods.map(({ sku, quantity }) => `${sku}×${quantity}`)),
    [['B×2']],
  )
  await world.settle()
  assert.deepEqual(await texts(), ['1-1 left SH', '1-2 left GZ'])
  assert.deepEqual(
    (await parcels()).map((row) => row.value),
    amounts,
    'amounts are as they were quoted',
  )
  const [plan] = await sql<{ state: string; revision: number }>`select state, revision from order_plan`
  assert.deepEqual({ ...plan }, { state: 'left', revision: 1 })
})

test('a waiting gift of an order that is cancelled is void, and one whose main parcel came back is planned with it', async () => {
  const { sql } = world.database
  await account('中通一号', 'carrier', 'ZTO', 1)
  await sql`insert into sku_gift (gift_sku, main_sku, numerator, denominator, binding, updated_by) values ('B', 'A', 1, 1, 'soft', 't')`
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 0)
  for (const no of ['T16', 'T17']) {
    await paid(world, no, { a: 1, b: 1 }, { gifts: ['b'] })
    await seal(no)
  }
  await world.settle()
  await follow()
  await work()
  await world.settle()
  const states = async () =>
    (
      await sql<{ text: string }>`
        select o.order_no || ' ' || p.state || case when p.waits then ' waits' else '' end as text
        from plan_parcel p join sales_order o on o.id = p.lead_id order by p.id`
    ).map((row) => row.text)
  assert.deepEqual(await states(), ['T16 left', 'T16 planned waits', 'T17 left', 'T17 planned waits'])
  await world.say('T16', 'cancelled', 30)
  await world.settle()
  assert.deepEqual((await states()).slice(0, 2), ['T16 left', 'T16 void waits'])
  const lead = await world.idOf('T17')
  const row = (await waybills()).find((one) => one.reference.startsWith(`P${lead}-`))
  assert.ok((await change(row?.id ?? 0n, { do: 'cancel', reason: '面单破损' })).ok)
  await work()
  await world.settle()
  assert.deepEqual((await states()).slice(2), [
    'T17 void',
    'T17 void waits',
    'T17 planned',
    'T17 planned waits',
  ])
})

test('an account that may have made a number unheard is not left for another one: it is asked again once it is well', async () => {
  const first = await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  await ready('D1')
  carriers.first.cannotFind = true
  carriers.first.next.push('lost answer', { code: 'carrier.credential_expired', detail: '601 key 过期' })
  await follow()
  await work()
  await work(1)
  const [row] = await waybills()
  assert.equal(`${row?.state} ${row?.code}`, 'review waybills.in_doubt')
  assert.equal(carriers.second.asks.length, 0, 'a second number would live beside the first')
  const elsewhere = await change(row?.id ?? 0n, { do: 'retry', accountId: other, pieces: null })
  assert.equal(elsewhere.ok ? '' : elsewhere.refusal.code, 'waybills.in_doubt_conflict')
  await sweep('waybills-stuck')
  assert.equal((await waybills())[0]?.state, 'review', 'the account is still left alone')
  await world.database
    .sql`update carrier_account set blocked_code = null, blocked_at = null where id = ${first}`
  await sweep('waybills-stuck')
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  assert.equal(carriers.first.made.size + carriers.second.made.size, 1)
})

test('leaving a doubtful one behind tells its carrier to cancel by our reference', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  await ready('D2')
  carriers.first.cannotFind = true
  carriers.first.next.push('lost answer', { code: 'carrier.credential_expired', detail: '601' })
  await follow()
  await work()
  await work(1)
  const [row] = await waybills()
  const renewed = await change(row?.id ?? 0n, { do: 'renew', accountId: other, reason: '换圆通' })
  assert.ok(renewed.ok)
  await work()
  assert.deepEqual(await shown(), ['cancelled - 中通一号', 'issued Y1000 圆通'])
  assert.deepEqual(carriers.first.cancelled, [row?.reference])
})

test('a number that was made unheard is learnt and cancelled although its order is cancelled meanwhile', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('D3')
  carriers.first.cannotFind = true
  carriers.first.next.push('lost answer')
  await follow()
  await work()
  await world.say('D3', 'cancelled', 100)
  await world.settle('D3')
  await work(1)
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  await sweep('waybills-needless')
  await work()
  assert.deepEqual(await shown(), ['cancelled Z1000 中通一号'])
  assert.deepEqual(carriers.first.cancelled, [(await waybills())[0]?.reference])
})

test('no other number is asked for while the first one lives', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('D4')
  await follow()
  await work()
  const [row] = await waybills()
  const renew = { do: 'renew', accountId: null, reason: '换单' } as const
  carriers.first.refuseCancel = { code: 'carrier.too_late', detail: '已揽收' }
  assert.ok((await change(row?.id ?? 0n, renew)).ok)
  assert.deepEqual(await shown(), ['cancelling Z1000 中通一号'])
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  assert.equal(carriers.first.made.size, 1)
  carriers.first.refuseCancel = { code: 'carrier.refused', detail: '系统忙' }
  assert.ok((await change(row?.id ?? 0n, renew)).ok)
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
  assert.ok((await change(row?.id ?? 0n, renew)).ok, 'refused without the parcel: it is left behind')
  await work()
  assert.deepEqual(await shown(), ['cancelled Z1000 中通一号', 'issued Z1001 中通一号'])
})

test('a recipient that one platform alone opens goes to no account that cannot open it, whatever fails', async () => {
  await account('平台面单', 'carrier', 'ZTO', 1)
  const plain = await account('圆通', 'carrier2', 'YTO', 2)
  const id = await ready('D5')
  const hidden = vault.seal(Buffer.from(JSON.stringify({ ...RECIPIENT, ciphertext: true })))
  await world.database
    .sql`update order_register set value = ${hidden} where order_id = ${id} and part = 'recipient'`
  const [shop] = await world.database.sql<{ kind: string }>`
    select coalesce(c.kind, s.connection_id) as kind from sales_order s left join connection c on c.id = s.connection_id where s.id = ${id}`
  const { find } = deps
  changeDeps({
    find: (name) => {
      const one = find(name)
      const terms = one?.connector.waybill
      if (one === null || terms === undefined || name !== 'carrier') return one
      return {
        ...one,
        connector: { ...one.connector, waybill: { ...terms, opens: [shop?.kind ?? ''] } } as Connector,
      }
    },
  })
  carriers.first.refuseAlways = { code: 'carrier.pool_empty', detail: '余额不足' }
  await follow()
  await work()
  const [row] = await waybills()
  assert.equal(`${row?.state} ${row?.code}`, 'review carrier.pool_empty')
  const given = await change(row?.id ?? 0n, { do: 'retry', accountId: plain, pieces: null })
  assert.equal(given.ok ? '' : given.refusal.code, 'waybills.recipient_sealed')
  assert.equal(carriers.second.asks.length, 0)
})

test('what an account was to blame for goes on by itself once it is well, and what nothing travels under waits for nobody', async () => {
  const only = await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('D6')
  await ready('D7')
  carriers.first.refuseAlways = { code: 'carrier.credential_expired', detail: '601' }
  await follow()
  await work()
  assert.deepEqual(
    (await waybills()).map((row) => row.state),
    ['review', 'review'],
  )
  await world.say('D7', 'cancelled', 100)
  await world.settle('D7')
  await sweep('waybills-stuck')
  assert.deepEqual(
    (await waybills()).map((row) => row.state),
    ['review', 'void'],
  )
  carriers.first.refuseAlways = null
  await world.database
    .sql`update carrier_account set blocked_code = null, blocked_at = null where id = ${only}`
  await sweep('waybills-stuck')
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号', 'void - 中通一号'])
})

test('an address that changes after the carrier was told: unprinted it gets another waybill, printed people are told', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const [one, two] = [await ready('D8'), await ready('D9')]
  const { sql } = world.database
  const moveTo = async (print: string) =>
    await sql`update sales_order set recipient_key = ${print} where id in (${one}, ${two})`
  await moveTo('p:kkkk:one')
  await follow()
  await work()
  const [, printed] = await waybills()
  const told = { waybillIds: [printed?.id ?? 0n], batchNo: 'B1', deviceId: 'Z1', actor: 'printer' }
  await sql.begin((tx) => notePrinted(tx, { ...told, at: world.clock.now() }))
  await moveTo('p:other:one')
  await sweep('waybills-address')
  assert.equal((await waybills()).filter((row) => row.state !== 'issued' || row.code !== null).length, 0)
  await moveTo('p:kkkk:two')
  await sweep('waybills-address')
  await work()
  const rows = await waybills()
  assert.deepEqual(
    rows.map((row) => `${row.state} ${row.code ?? '-'}`),
    ['cancelled -', 'issued waybills.address_changed', 'issued -'],
  )
  assert.equal(rows[2]?.reference, `${rows[0]?.reference}-R2`)
  await sweep('waybill-alarms')
  assert.equal(world.told.get('waybill.address_changed')?.length, 1)
})

test('parcels that are looked for later come in turns, and an account keeps its connection and carrier', async () => {
  for (const no of ['E1', 'E2', 'E3']) await ready(no)
  const { sql } = world.database
  const two = await readReadyLeads(sql, null, 0n, 2)
  const rest = await readReadyLeads(sql, null, two[1] ?? 0n, 2)
  assert.deepEqual([two.length, rest.length], [2, 1])
  const id = await account('中通一号', 'carrier', 'ZTO', 1)
  const input = {
    connectionId: 'carrier2',
    carrier: 'ZTO',
    name: '中通一号',
    service: null,
    settings: { branch: 'B1' },
    warehouses: [],
    priority: 1,
    mode: 'auto' as const,
    active: true,
  }
  const moved = await sql.begin((tx) => editAccount(tx, deps, id, input, BY))
  assert.equal(moved.ok ? '' : moved.refusal.code, 'waybills.account_fixed_conflict')
})

test('what was wanted before its order was held is not asked for until it is released', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T24')
  await follow()
  await world.say('T24', 'held', 20)
  for (let turn = 0; turn < 2; turn += 1) {
    await work()
    await world.settle()
    await follow()
    await sweep('waybills')
    world.clock.advance({ minutes: 2 })
  }
  assert.deepEqual(await shown(), ['wanted - 中通一号'])
  const held = await world.database.sql`select code, attempts from waybill`
  assert.deepEqual([...held], [{ code: 'waybills.plan_held', attempts: 0 }])
  assert.deepEqual(carriers.first.asks, [])
  world.clock.advance({ minutes: 20 })
  await sweep('waybill-alarms')
  assert.deepEqual(world.told.get('waybill.slow'), [], 'nobody is late')
  await work()
  await world.say('T24', 'freed', 30)
  await world.settle()
  world.clock.advance({ minutes: 1 })
  await sweep('waybill-alarms')
  assert.deepEqual(world.told.get('waybill.slow'), [], 'nor is it the moment that it is released')
  world.clock.advance({ minutes: 20 })
  await sweep('waybill-alarms')
  assert.equal(world.told.get('waybill.slow')?.length, 1, 'but one that nobody asks for then')
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
})

test('held or not, another account may be chosen: what the first was asked comes to nothing by itself', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  await ready('T25')
  await ready('T26')
  await follow()
  await world.say('T25', 'held', 20)
  await world.settle()
  carriers.first.next.push('unreachable')
  carriers.second.next.push('unreachable')
  await work()
  for (const row of await waybills())
    assert.ok((await change(row.id, { do: 'retry', accountId: other, pieces: null })).ok)
  await work()
  await world.say('T25', 'freed', 30)
  await world.settle()
  for (let turn = 0; turn < 3; turn += 1) {
    world.clock.advance({ minutes: 2 })
    await work()
  }
  assert.deepEqual((await shown()).toSorted(), ['issued Y1000 圆通', 'issued Y1001 圆通'])
  assert.equal(carriers.first.made.size, 0)
})

test('one whose call is in doubt is looked for although its order is held, and not made until it is released', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T27')
  await follow()
  await world.say('T27', 'held', 20)
  await world.settle()
  // As after the database was set back to a moment: everything that was to be done may have been.
  await world.database.sql`update outbox_intent set state = 'unknown' where effect = 'make_waybill'`
  for (let turn = 0; turn < 2; turn += 1) {
    await work()
    world.clock.advance({ minutes: 2 })
  }
  assert.deepEqual(carriers.first.asks, [])
  assert.deepEqual(
    [...(await world.database.sql`select state, attempts from outbox_intent where effect = 'make_waybill'`)],
    [{ state: 'pending', attempts: 0 }],
    'its carrier has none: it is in doubt no more',
  )
  await world.say('T27', 'freed', 30)
  await world.settle()
  await work()
  assert.deepEqual(await shown(), ['issued Z1000 中通一号'])
})

test('chosen to and fro, it is the account chosen last that is asked', async () => {
  const first = await account('中通一号', 'carrier', 'ZTO', 1)
  const other = await account('圆通', 'carrier2', 'YTO', 2)
  await ready('T28')
  await follow()
  const [row] = await waybills()
  for (const accountId of [other, first, other]) {
    assert.ok((await change(row?.id ?? 0n, { do: 'retry', accountId, pieces: null })).ok)
    // Each call is answered by nobody while another account is wanted.
    await world.database
      .sql`update outbox_intent set state = 'moot' where effect = 'make_waybill' and payload ->> 'accountId' = ${other.toString()} and ${accountId === first}`
  }
  await work()
  assert.deepEqual(await shown(), ['issued Y1000 圆通'])
})
