import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Instant } from '#kernel/clock.ts'
import { type Detail, one, openTransferRig, type TransferRig } from '#test-support/transfers.ts'
import { tryLocks, watchTransfers } from './watch/watch-transfers.ts'

let rig: TransferRig
before(async () => {
  rig = await openTransferRig()
})
after(async () => await rig.server.close())

test('instructed, locked, on the way, received in parts: every figure at every step', async () => {
  await rig.stock('A', 'BJ', 10)
  const made = await rig.make(one('A', 6))
  assert.equal(made.status, 200)
  assert.equal(made.body.state, 'locked')
  assert.ok((made.body.lockMs ?? 9_999) < 1_000)
  assert.deepEqual(await rig.level('A', 'BJ'), [10, 0, 6, 0, 4])

  const away = await rig.act(made.body.id, 'dispatch', { key: 'd1', expectedAt: '2026-11-13' })
  assert.equal(away.body.state, 'dispatched')
  assert.deepEqual(await rig.level('A', 'BJ'), [4, 0, 0, 0, 4])
  assert.deepEqual(await rig.level('A', 'SH'), [0, 0, 0, 6, 6])
  const again = await rig.act(made.body.id, 'dispatch', { key: 'd1', expectedAt: '2026-11-13' })
  assert.equal(again.status, 200, 'the same step asked again is the same step')
  assert.deepEqual(await rig.level('A', 'SH'), [0, 0, 0, 6, 6])
  const other = await rig.act(made.body.id, 'dispatch', { key: 'd1', note: 'other' })
  assert.deepEqual([other.status, other.body.code], [409, 'transfer.key_reused_conflict'])

  const part = await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 3, damaged: 1, lost: 0 }] })
  assert.equal(part.body.state, 'part_received')
  assert.deepEqual(
    await rig.level('A', 'SH'),
    [3, 0, 0, 2, 5],
    'a damaged piece is off the way and on no shelf',
  )

  const more = await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 3, damaged: 0, lost: 0 }] })
  assert.deepEqual([more.status, more.body.code], [422, 'transfer.over_receipt'])
  assert.deepEqual(more.body.data, { line: 1, sku: 'A', given: 3, most: 2 })

  const rest = await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 1, damaged: 0, lost: 1 }] })
  assert.equal(rest.body.state, 'received')
  assert.deepEqual(await rig.level('A', 'SH'), [4, 0, 0, 0, 4])
  assert.deepEqual(rest.body.may, [])
  assert.deepEqual(
    rest.body.events.map((event) => event.kind),
    ['received', 'received', 'dispatched', 'locked', 'instructed'],
  )
  await rig.counted()
  assert.deepEqual(rig.audited.slice(0, 4), [
    'transfers.instructed',
    'transfers.dispatched',
    'transfers.received',
    'transfers.received',
  ])
})

test('the same key is the same transfer, for something else it is refused', async () => {
  await rig.stock('K', 'BJ', 10)
  const body = { key: 'same', reason: '补货', ...one('K', 2) }
  const [first, second] = await Promise.all([
    rig.server.call('POST', '/api/transfers', body),
    rig.server.call('POST', '/api/transfers', body),
  ])
  assert.deepEqual([first.status, second.status], [200, 200])
  assert.equal((first.body as Detail).id, (second.body as Detail).id)
  assert.deepEqual(await rig.level('K', 'BJ'), [10, 0, 2, 0, 8])
  const other = await rig.server.call('POST', '/api/transfers', {
    ...body,
    lines: [{ sku: 'K', quantity: 3 }],
  })
  assert.deepEqual(
    [other.status, (other.body as { code: string }).code],
    [409, 'transfer.key_reused_conflict'],
  )
})

test('what is not there is tried again, flagged after 30 s, given up after the limit, and says what lacks', async () => {
  await rig.stock('S', 'BJ', 5, 3)
  const made = await rig.make(one('S', 4))
  assert.deepEqual([made.status, made.body.state, made.body.code], [200, 'instructed', 'transfer.short'])
  assert.match(made.body.words, /S at BJ: 4 wanted, 2 available/)
  assert.deepEqual(await rig.level('S', 'BJ'), [5, 0, 0, 0, 5])
  const alarms = async () =>
    await rig.server.sql<{ severity: string; zh: string }>`
      select severity, zh from alarm where rule = 'transfer.lock_late' and state <> 'resolved'`
  await watchTransfers(rig.deps)
  assert.deepEqual(await alarms(), [])

  rig.clock.advance({ seconds: 31 })
  await tryLocks(rig.deps)
  await watchTransfers(rig.deps)
  const [raised] = await alarms()
  assert.equal(raised?.severity, 'warning')
  assert.match(raised?.zh ?? '', /北京仓 有 1 张调拨单下达 30 秒后仍未锁到货/)

  rig.clock.advance({ seconds: 100 })
  await tryLocks(rig.deps)
  await watchTransfers(rig.deps)
  const failed = (await rig.server.call('GET', `/api/transfers/${made.body.id}`)).body as Detail
  assert.equal(failed.state, 'failed')
  assert.deepEqual(
    failed.events.map((event) => event.kind),
    ['failed', 'flagged', 'instructed'],
  )
  assert.equal((await alarms())[0]?.severity, 'critical')

  await rig.stock('S', 'BJ', 9, 3)
  const retried = await rig.act(made.body.id, 'retry')
  assert.equal(retried.body.state, 'locked')
  await watchTransfers(rig.deps)
  assert.deepEqual(await alarms(), [], 'a lock that stands heals the alarm')
})

test('rows that somebody else holds: told by name within seconds, no connection kept, locked once they are free', async () => {
  await rig.stock('H', 'BJ', 10)
  const letGo = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const report = rig.server.sql.begin(async (tx) => {
    await tx`select 1 from stock_level where sku = 'H' for update`
    held.resolve()
    await letGo.promise
  })
  await held.promise
  try {
    const began = performance.now()
    const made = await rig.make(one('H', 4))
    assert.ok(performance.now() - began < 6_000)
    assert.deepEqual([made.status, made.body.state, made.body.code], [200, 'instructed', 'INV_LOCK_TIMEOUT'])
    letGo.resolve()
    await report
    rig.clock.advance({ seconds: 5 })
    await tryLocks(rig.deps)
    const later = (await rig.server.call('GET', `/api/transfers/${made.body.id}`)).body as Detail
    assert.equal(later.state, 'locked')
    assert.deepEqual(await rig.level('H', 'BJ'), [10, 0, 4, 0, 6])
  } finally {
    letGo.resolve()
    await report
  }
})

test('stock that comes in time is locked by the next try', async () => {
  const made = await rig.make(one('L', 4))
  assert.equal(made.body.state, 'instructed')
  await rig.stock('L', 'BJ', 4)
  rig.clock.advance({ seconds: 3 })
  await tryLocks(rig.deps)
  assert.deepEqual(await rig.level('L', 'BJ'), [4, 0, 4, 0, 0])
})

test('cancelled before it leaves: free again; afterwards only a return leg brings it back', async () => {
  await rig.stock('C', 'BJ', 10)
  const made = await rig.make(one('C', 4))
  await rig.act(made.body.id, 'cancel', { reason: '不需要了' })
  assert.deepEqual(await rig.level('C', 'BJ'), [10, 0, 0, 0, 10])

  const second = await rig.make(one('C', 4))
  await rig.act(second.body.id, 'dispatch', { lines: [{ line: 1, quantity: 3 }] })
  const refused = await rig.act(second.body.id, 'cancel', { reason: '不需要了' })
  assert.deepEqual([refused.status, refused.body.code], [422, 'transfer.return_leg_needed'])
  await rig.act(second.body.id, 'receive', { lines: [{ line: 1, good: 1, damaged: 0, lost: 0 }] })
  const back = await rig.act(second.body.id, 'turn-back', { reason: '送错了' })
  assert.equal(back.body.state, 'short_closed')
  assert.deepEqual(
    await rig.level('C', 'BJ'),
    [7, 0, 0, 2, 9],
    'two on the way home, the one that had not left is free',
  )
  assert.deepEqual(await rig.level('C', 'SH'), [1, 0, 0, 0, 1])
  const home = await rig.act(back.body.returnedBy ?? '', 'receive', {
    lines: [{ line: 1, good: 2, damaged: 0, lost: 0 }],
  })
  assert.equal(home.body.state, 'received')
  assert.deepEqual(await rig.level('C', 'BJ'), [9, 0, 0, 0, 9])
  await rig.counted()
})

test('closed short: what did not come is lost, what had not left is free', async () => {
  await rig.stock('X', 'BJ', 10)
  const made = await rig.make(one('X', 5))
  await rig.act(made.body.id, 'dispatch', { lines: [{ line: 1, quantity: 4 }] })
  await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 1, damaged: 0, lost: 0 }] })
  const closed = await rig.act(made.body.id, 'close', { reason: '承运方丢件' })
  assert.equal(closed.body.state, 'short_closed')
  assert.deepEqual(closed.body.lines[0]?.lost, 3)
  assert.deepEqual(await rig.level('X', 'BJ'), [6, 0, 0, 0, 6])
  assert.deepEqual(await rig.level('X', 'SH'), [1, 0, 0, 0, 1])
  const late = await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 1, damaged: 0, lost: 0 }] })
  assert.deepEqual([late.status, late.body.code], [409, 'transfer.state_conflict'])
})

test('a captured destination counts by itself: a receipt only takes the goods off the way', async () => {
  await rig.stock('G', 'BJ', 5)
  const made = await rig.make(one('G', 5, { to: 'GZ' }))
  await rig.act(made.body.id, 'dispatch')
  assert.deepEqual(await rig.level('G', 'GZ'), [0, 0, 0, 5, 5])
  await rig.apply({
    do: 'adjust',
    key: null,
    changes: [{ sku: 'G', warehouse: 'GZ', source: { quantity: 5, version: 1n } }],
    cause: 'capture',
    actor: 'feed',
    evidence: null,
  })
  await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 5, damaged: 0, lost: 0 }] })
  assert.deepEqual(await rig.level('G', 'GZ'), [5, 0, 0, 0, 5], 'five, not ten')
})

test('a reservation that somebody ended by force fails the transfer, and a new try takes a new one', async () => {
  await rig.stock('F', 'BJ', 5)
  const made = await rig.make(one('F', 5))
  await rig.apply({ do: 'release', key: `hub:transfer:${made.body.id}`, reason: '强制解锁', actor: 'boss' })
  await watchTransfers(rig.deps)
  const failed = (await rig.server.call('GET', `/api/transfers/${made.body.id}`)).body as Detail
  assert.deepEqual([failed.state, failed.code], ['failed', 'transfer.hold_lost'])
  assert.match(failed.words, /boss: 强制解锁/)
  assert.equal((await rig.act(made.body.id, 'retry')).body.state, 'locked')
  await rig.act(made.body.id, 'dispatch')
  assert.deepEqual(await rig.level('F', 'SH'), [0, 0, 0, 5, 5])
})

test('past its expected arrival it is an alarm, and in the list', async () => {
  await rig.stock('E', 'BJ', 5)
  const made = await rig.make(one('E', 5))
  const due: Instant = rig.clock.now().add({ hours: 5 })
  await rig.act(made.body.id, 'dispatch', { expectedAt: due.toString() })
  rig.clock.set(due.add({ hours: 3 }))
  await watchTransfers(rig.deps)
  const [alarm] = await rig.server.sql<{ zh: string; link: string }>`
    select zh, link from alarm where rule = 'transfer.overdue' and state <> 'resolved'`
  assert.match(alarm?.zh ?? '', /上海仓 有 \d+ 张调拨单过了预计到货时间还没收齐/)
  const list = (await rig.server.call('GET', '/api/transfers?view=overdue&q=E&limit=5')).body as {
    items: Detail[]
  }
  assert.ok(list.items.some((item) => item.id === made.body.id))
  const counts = (await rig.server.call('GET', '/api/transfers/counts')).body as { overdue: number }
  assert.ok(counts.overdue >= 1)
})

test('pages by cursor see each transfer once, the newest first', async () => {
  const all: string[] = []
  let next: string | null = null
  do {
    const page = (
      await rig.server.call('GET', `/api/transfers?limit=3${next === null ? '' : `&cursor=${next}`}`)
    ).body as { items: Detail[]; next: string | null }
    all.push(...page.items.map((item) => item.id))
    next = page.next
  } while (next !== null)
  assert.equal(new Set(all).size, all.length)
  const [count] = await rig.server.sql<{ n: bigint }>`select count(*) as n from transfer`
  assert.equal(all.length, Number(count?.n))
})

test('bad input is refused with its code', async () => {
  const codes = [
    [one('A', 1, { from: 'nowhere' }), 'transfer.unknown_warehouse'],
    [one('A', 1, { to: 'BJ' }), 'transfer.bad_lines'],
    [
      one('A', 1, {
        lines: [
          { sku: 'A', quantity: 1 },
          { sku: 'A', quantity: 2 },
        ],
      }),
      'transfer.bad_lines',
    ],
    [one('A', 1, { orderId: '999999' }), 'transfer.unknown_order'],
    [one('A', 1, { lines: [{ sku: 'A', quantity: 1, toChannel: 'none' }] }), 'transfer.unknown_channel'],
    [
      one('A', 1, { to: 'GZ', lines: [{ sku: 'A', quantity: 1, toChannel: 'shop' }] }),
      'transfer.channel_at_captured',
    ],
    [one('A', 1, { expectedAt: 'soon' }), 'transfer.bad_time'],
    [one('A', 0), 'http.invalid'],
  ] as const
  for (const [body, code] of codes) assert.equal((await rig.make(body)).body.code, code)
  assert.equal((await rig.act('99999', 'dispatch')).body.code, 'transfer.not_found')
  await rig.stock('B', 'BJ', 3)
  const made = await rig.make(one('B', 3))
  const over = await rig.act(made.body.id, 'dispatch', { lines: [{ line: 1, quantity: 4 }] })
  assert.equal(over.body.code, 'transfer.over_dispatch')
  assert.equal(
    (await rig.act(made.body.id, 'dispatch', { lines: [{ line: 2, quantity: 1 }] })).body.code,
    'transfer.unknown_line',
  )
  assert.equal(
    (await rig.act(made.body.id, 'dispatch', { lines: [{ line: 1, quantity: 0 }] })).body.code,
    'transfer.nothing_given',
  )
  assert.equal(
    (await rig.act(made.body.id, 'receive', { lines: [{ line: 1, good: 1, damaged: 0, lost: 0 }] })).body
      .code,
    'transfer.state_conflict',
  )
})

test('a preview says what would be found at both ends, and locks nothing', async () => {
  await rig.stock('V', 'BJ', 5, 2)
  await rig.stock('V', 'SH', 1)
  const answer = await rig.server.call('POST', '/api/transfers/preview', one('V', 4))
  const preview = answer.body as { ok: boolean; lines: { lacks: number; source: { free: number } }[] }
  assert.deepEqual([preview.ok, preview.lines[0]?.lacks, preview.lines[0]?.source.free], [false, 1, 3])
  const all = await rig.server.call('POST', '/api/transfers/preview', { ...one('V', 4), drawSafety: true })
  assert.equal((all.body as { ok: boolean }).ok, true)
  assert.deepEqual(await rig.level('V', 'BJ'), [5, 0, 0, 0, 5])
})

test('movements add up to the levels, and name the transfer', async () => {
  const wrong = await rig.server.sql`
    select l.sku, l.warehouse from stock_level l join lateral (
      select coalesce(sum(physical), 0) as p, coalesce(sum(in_transit), 0) as t, coalesce(sum(reserved), 0) as r
      from stock_movement m where m.sku = l.sku and m.warehouse = l.warehouse) m on true
    where m.p <> l.physical or m.t <> l.in_transit or m.r <> l.reserved`
  assert.deepEqual(wrong, [])
  const unnamed = await rig.server.sql`
    select 1 from stock_movement where cause like 'transfer%' and not (evidence ? 'transfer')`
  assert.equal(unnamed.length, 0)
})
