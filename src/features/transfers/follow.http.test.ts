import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seedOrder } from '#test-support/seed-orders.ts'
import { one, openTransferRig, type TransferRig } from '#test-support/transfers.ts'
import { freeRedundant } from './hand-over/free-redundant.ts'
import { watchTransfers } from './watch/watch-transfers.ts'

let rig: TransferRig
before(async () => {
  rig = await openTransferRig()
})
after(async () => await rig.server.close())

test('quota moves between channels of one warehouse, never more than is left of it', async () => {
  await rig.stock('Q', 'BJ', 10)
  await rig.apply({ do: 'quota', sku: 'Q', warehouse: 'BJ', channel: 'shop', granted: 10, actor: 'test' })
  const lines = (quantity: number) => [{ sku: 'Q', quantity, fromChannel: 'shop', toChannel: 'live' }]
  const made = await rig.make({ from: 'BJ', to: 'BJ', lines: lines(4) })
  assert.deepEqual([made.status, made.body.state], [200, 'received'])
  const quotas = await rig.server
    .sql`select channel, granted, left_over from stock_quota where sku = 'Q' order by channel`
  assert.deepEqual(quotas, [
    { channel: 'live', granted: 4, left_over: 4 },
    { channel: 'shop', granted: 6, left_over: 6 },
  ])
  assert.deepEqual(await rig.level('Q', 'BJ'), [10, 0, 10, 0, 0])
  const refused = await rig.make({ from: 'BJ', to: 'BJ', lines: lines(7) })
  assert.deepEqual([refused.status, refused.body.code], [422, 'transfer.quota_short'])
  await rig.counted()
})

test('goods of a quota travel and arrive in the quota of another channel; a cancelled one gives it back', async () => {
  await rig.stock('R', 'BJ', 6)
  await rig.apply({ do: 'quota', sku: 'R', warehouse: 'BJ', channel: 'shop', granted: 6, actor: 'test' })
  const lines = [{ sku: 'R', quantity: 4, fromChannel: 'shop', toChannel: 'live' }]
  const first = await rig.make({ from: 'BJ', to: 'SH', lines })
  assert.equal(first.body.state, 'locked')
  await rig.counted()
  await rig.act(first.body.id, 'cancel', { reason: '改主意了' })
  const quota = async () =>
    await rig.server
      .sql`select warehouse, channel, granted, left_over from stock_quota where sku = 'R' order by 1, 2`
  assert.deepEqual(await quota(), [{ warehouse: 'BJ', channel: 'shop', granted: 6, left_over: 6 }])
  const second = await rig.make({ from: 'BJ', to: 'SH', lines })
  await rig.act(second.body.id, 'dispatch')
  await rig.act(second.body.id, 'receive', { lines: [{ line: 1, good: 4, damaged: 0, lost: 0 }] })
  assert.deepEqual(await quota(), [
    { warehouse: 'BJ', channel: 'shop', granted: 2, left_over: 2 },
    { warehouse: 'SH', channel: 'live', granted: 4, left_over: 4 },
  ])
  await rig.counted()
})

async function order(orderNo: string, sku: string, quantity: number): Promise<bigint> {
  const id = await seedOrder(rig.server.sql, { orderNo, connection: 'shop', status: 'awaiting_shipment' })
  await rig.server
    .sql`insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift)
    values (${id}, 'l1', 'shop', ${sku}, ${sku}, ${sku}, ${quantity}, false)`
  return id
}
async function lockFor(id: bigint, generation: number, sku: string, quantity: number, warehouse: string) {
  const done = await rig.apply({
    do: 'lock',
    key: `hub:order:${id}:${generation}`,
    kind: 'lock',
    owner: { kind: 'order', id: id.toString(), reference: `T${id}` },
    channel: 'shop',
    lines: [{ sku, quantity, warehouse }],
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'paid',
    actor: 'test',
    ttlSeconds: 900,
    onDeadline: 'ask',
  })
  assert.ok(done.ok)
}
async function heldBy(id: bigint): Promise<unknown[]> {
  return await rig.server.sql`
    select h.key, l.warehouse, l.open from stock_hold h join stock_hold_line l on l.hold_id = h.id
    where h.owner_kind = 'order' and h.owner = ${id.toString()} and l.open > 0 order by h.id, l.warehouse`
}

test("an order's lock follows the goods that were moved for it, in the transaction of the receipt", async () => {
  await rig.stock('O', 'BJ', 10)
  const id = await order('T-follow', 'O', 3)
  await lockFor(id, 1, 'O', 3, 'BJ')
  const made = await rig.make(one('O', 2, { orderId: id.toString() }))
  await rig.act(made.body.id, 'dispatch')
  await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 2, damaged: 0, lost: 0 }] })
  assert.deepEqual(await heldBy(id), [
    { key: `hub:order:${id}:1`, warehouse: 'BJ', open: 1 },
    { key: `hub:order:${id}:2`, warehouse: 'SH', open: 2 },
  ])
  assert.deepEqual(await rig.level('O', 'BJ'), [8, 1, 0, 0, 7])
  assert.deepEqual(await rig.level('O', 'SH'), [2, 2, 0, 0, 0])
  await rig.counted()
})

test('at a captured destination the lock follows once the warehouse shows the goods', async () => {
  await rig.stock('P', 'BJ', 4)
  const id = await order('T-later', 'P', 2)
  await lockFor(id, 1, 'P', 2, 'BJ')
  const made = await rig.make(one('P', 2, { to: 'GZ', orderId: id.toString() }))
  await rig.act(made.body.id, 'dispatch')
  await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 2, damaged: 0, lost: 0 }] })
  await watchTransfers(rig.deps)
  assert.deepEqual(await heldBy(id), [{ key: `hub:order:${id}:1`, warehouse: 'BJ', open: 2 }])
  await rig.apply({
    do: 'adjust',
    key: null,
    changes: [{ sku: 'P', warehouse: 'GZ', source: { quantity: 2, version: 1n } }],
    cause: 'capture',
    actor: 'feed',
    evidence: null,
  })
  await watchTransfers(rig.deps)
  assert.deepEqual(await heldBy(id), [{ key: `hub:order:${id}:2`, warehouse: 'GZ', open: 2 }])
})

test('a lock taken at one warehouse frees the older one at another; an order that holds enough is left alone', async () => {
  await rig.stock('D', 'BJ', 5)
  await rig.stock('D', 'SH', 5)
  const twice = await order('T-twice', 'D', 2)
  await lockFor(twice, 1, 'D', 2, 'BJ')
  await lockFor(twice, 2, 'D', 2, 'SH')
  const spread = await order('T-spread', 'D', 3)
  await lockFor(spread, 1, 'D', 1, 'BJ')
  await lockFor(spread, 2, 'D', 2, 'SH')
  assert.equal(await freeRedundant(rig.deps), 2)
  assert.deepEqual(await heldBy(twice), [{ key: `hub:order:${twice}:2`, warehouse: 'SH', open: 2 }])
  assert.equal((await heldBy(spread)).length, 2)
  assert.equal(await freeRedundant(rig.deps), 0)
  await rig.counted()
})

async function upload(text: string, dryRun = false) {
  const answer = await rig.server.app.inject({
    method: 'POST',
    url: `/api/transfers/import${dryRun ? '?dryRun=1' : ''}`,
    headers: { ...(await rig.server.asKey('stock:write')), 'content-type': 'text/csv' },
    payload: text,
  })
  return answer.json() as {
    transfers: { name: string; lines: number; id: string | null; isRepeat: boolean; lacks: number }[]
    errors: { row: number; column: string; code: string }[]
  }
}

test('a list makes all its transfers or none; the same file again makes nothing new', async () => {
  await rig.stock('I1', 'BJ', 50)
  await rig.stock('I2', 'BJ', 50)
  const good =
    '调拨单,调出仓,调入仓,SKU,数量,原因\nT1,北京仓,SH,I1,5,补货\nT1,北京仓,SH,I2,6,\n,BJ,GZ,I1,7,\n'
  const dry = await upload(good, true)
  assert.deepEqual(
    dry.transfers.map(({ name, lines, id }) => [name, lines, id]),
    [
      ['T1', 2, null],
      ['BJ → GZ', 1, null],
    ],
  )
  assert.deepEqual(await rig.level('I1', 'BJ'), [50, 0, 0, 0, 50])
  const done = await upload(good)
  assert.ok(done.transfers.every((one) => one.id !== null && !one.isRepeat))
  const again = await upload(good)
  assert.ok(again.transfers.every((one) => one.isRepeat))
  assert.deepEqual(await rig.level('I1', 'BJ'), [50, 0, 12, 0, 38])

  const bad = await upload('from,to,sku,quantity\nBJ,SH,I1,1\nBJ,nowhere,I1,1\nBJ,SH,I2,x\n')
  assert.deepEqual(
    bad.errors.map(({ row, column, code }) => [row, column, code]),
    [
      [3, 'to', 'transfer.unknown_warehouse'],
      [4, 'quantity', 'transfer.bad_cell'],
    ],
  )
  assert.ok(bad.transfers.every((one) => one.id === null))
  assert.deepEqual(await rig.level('I1', 'BJ'), [50, 0, 12, 0, 38], 'not even the good row')
})
