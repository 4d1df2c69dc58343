import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  account,
  carriers,
  change,
  deps,
  follow,
  pools,
  RECIPIENT,
  ready,
  shown,
  stops,
  vault,
  waybills,
  work,
  world,
} from '#test-support/waybill-world.ts'
import { readLabelSources } from './label-source.ts'
import { waybillSweeps } from './sweeps.ts'

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

test('what a carrier quotes of a recipient is kept nowhere in plain', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  const quoted = '8196 张三 13800001234 文三路 1 号 不可达'
  carriers.first.next.push({ code: 'carrier.address_invalid', detail: quoted })
  await ready('Q1')
  await follow()
  await work()
  const [row] = await waybills()
  assert.deepEqual([row?.state, row?.code], ['review', 'carrier.address_invalid'])
  assert.match(row?.zh ?? '', /8196 .* 不可达/, 'what helps is still there')
  const [kept] = await world.database.sql<{ text: string }>`
    select coalesce((select string_agg(w::text, '') from waybill w), '') ||
      coalesce((select string_agg(e::text, '') from waybill_event e), '') ||
      coalesce((select string_agg(i::text, '') from outbox_intent i where effect = 'make_waybill'), '') as text`
  for (const text of [RECIPIENT.name, RECIPIENT.phone, RECIPIENT.address])
    assert.ok(!kept?.text.includes(text), `${text} is kept in plain`)
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

test('a waybill that one process issued and another cancelled is cancelled, though the clock of the first was minutes ahead', async () => {
  await account('中通一号', 'carrier', 'ZTO', 1)
  await ready('T12')
  const right = world.clock.now()
  world.clock.advance({ minutes: 4 })
  await follow()
  await work()
  const [row] = await waybills()
  assert.equal(row?.state, 'issued')
  world.clock.set(right)
  assert.ok((await change(row?.id ?? 0n, { do: 'cancel', reason: '买家取消' })).ok)
  await work()
  const parcels = await world.database.sql<{ status: string }>`
    select p ->> 'status' as status from sales_order, jsonb_array_elements(record -> 'parcels') p where order_no = 'T12'`
  assert.deepEqual(
    parcels.map((one) => one.status),
    ['void'],
  )
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
