import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adjust, codeOf, commit, contradictions, fill, free, holdOf, lock, release, shortOf } from './asks.ts'
import type { World } from './world.ts'

/** What every engine promises of single commands. Each test has SKUs of its own. */
export function basics(world: () => World): void {
  const engine = () => world().first.engine

  test('all lines or none', async () => {
    await fill(engine(), 'ab-a', 'SH', 5)
    await fill(engine(), 'ab-b', 'SH', 1)
    const no = await engine().ask(
      lock('ab-1', [
        ['ab-a', 'SH', 5],
        ['ab-b', 'SH', 2],
      ]),
    )
    assert.deepEqual(shortOf(no), [{ sku: 'ab-b', warehouse: 'SH', wanted: 2, available: 1, elsewhere: [] }])
    assert.equal(await free(engine(), 'ab-a', 'SH'), 5)
    const yes = await engine().ask(
      lock('ab-2', [
        ['ab-a', 'SH', 5],
        ['ab-b', 'SH', 1],
      ]),
    )
    assert.equal(holdOf(yes).lines.length, 2)
    assert.equal(await free(engine(), 'ab-a', 'SH'), 0)
    assert.equal(await free(engine(), 'ab-b', 'SH'), 0)
  })

  test('lines of one SKU and warehouse are one demand', async () => {
    await fill(engine(), 'sum', 'SH', 3)
    const two = [
      ['sum', 'SH', 2],
      ['sum', 'SH', 2],
    ] as const
    assert.equal(shortOf(await engine().ask(lock('sum-1', two)))[0]?.wanted, 4)
    await fill(engine(), 'sum', 'SH', 4)
    assert.deepEqual(
      holdOf(await engine().ask(lock('sum-2', two))).lines.map((line) => line.quantity),
      [4],
    )
  })

  test('a refusal says what is where', async () => {
    await fill(engine(), 'where', 'SH', 1)
    await fill(engine(), 'where', 'GZ', 7, { setSafety: 2 })
    await fill(engine(), 'where', 'BJ', 9)
    const short = shortOf(await engine().ask(lock('where-1', [['where', 'SH', 3]])))
    assert.deepEqual(short, [
      {
        sku: 'where',
        warehouse: 'SH',
        wanted: 3,
        available: 1,
        elsewhere: [
          { warehouse: 'BJ', available: 9 },
          { warehouse: 'GZ', available: 5 },
        ],
      },
    ])
  })

  test('the same key is the same hold, also when nothing is left, and also at once', async () => {
    await fill(engine(), 'key', 'SH', 2)
    const first = holdOf(await engine().ask(lock('key-1', [['key', 'SH', 2]])))
    const again = await engine().ask(lock('key-1', [['key', 'SH', 2]]))
    assert.equal(holdOf(again).id, first.id)
    assert.ok(again.ok && 'isRepeat' in again.value && again.value.isRepeat)
    const other = await world().second.engine.ask(lock('key-1', [['key', 'SH', 2]]))
    assert.equal(holdOf(other).id, first.id)
    await fill(engine(), 'key', 'SH', 3)
    const same = Array.from({ length: 20 }, (_, i) =>
      (i % 2 === 0 ? engine() : world().second.engine).ask(lock('key-2', [['key', 'SH', 1]])),
    )
    const ids = (await Promise.all(same)).map((answer) => holdOf(answer).id)
    assert.equal(new Set(ids).size, 1)
    assert.equal(await free(engine(), 'key', 'SH'), 0)
  })

  test('a key for another demand is refused, and so is one that was given back', async () => {
    await fill(engine(), 'reuse', 'SH', 9)
    await engine().ask(lock('reuse-1', [['reuse', 'SH', 1]]))
    assert.equal(codeOf(await engine().ask(lock('reuse-1', [['reuse', 'SH', 2]]))), 'stock.key_reused')
    // More than there is: the key is what is wrong, whichever is found first.
    assert.equal(codeOf(await engine().ask(lock('reuse-1', [['reuse', 'SH', 99]]))), 'stock.key_reused')
    await engine().ask(release('reuse-1'))
    assert.equal(codeOf(await engine().ask(lock('reuse-1', [['reuse', 'SH', 1]]))), 'stock.hold_ended')
  })

  test('release, commit and renew: once, whoever asks and however often', async () => {
    await fill(engine(), 'end', 'SH', 10)
    await engine().ask(lock('end-1', [['end', 'SH', 4]]))
    await engine().ask(lock('end-2', [['end', 'SH', 5]]))
    for (const asked of [engine(), world().second.engine, engine()]) {
      assert.equal(holdOf(await asked.ask(release('end-1'))).state, 'released')
      assert.equal(holdOf(await asked.ask(commit('end-2'))).state, 'committed')
    }
    const [level] = await engine().levels([{ sku: 'end', warehouse: 'SH' }])
    assert.deepEqual([level?.physical, level?.locked, level?.available], [5, 0, 5])
    assert.equal(codeOf(await engine().ask(commit('end-1'))), 'stock.hold_ended')
    assert.equal(codeOf(await engine().ask(release('end-2'))), 'ok')
    assert.equal(
      codeOf(await engine().ask({ do: 'renew', key: 'end-2', ttlSeconds: 60 })),
      'stock.hold_ended',
    )
    assert.equal(codeOf(await engine().ask(release('end-none'))), 'stock.hold_not_found')
  })

  test('parts of a hold leave or come back', async () => {
    await fill(engine(), 'part', 'SH', 10)
    await engine().ask(lock('part-1', [['part', 'SH', 6]]))
    await engine().ask(commit('part-1', [['part', 'SH', 2]]))
    const after = holdOf(await engine().ask(release('part-1', [['part', 'SH', 1]])))
    assert.deepEqual([after.state, after.lines[0]?.open, after.lines[0]?.committed], ['held', 3, 2])
    const [level] = await engine().levels([{ sku: 'part', warehouse: 'SH' }])
    assert.deepEqual([level?.physical, level?.locked, level?.available], [8, 3, 5])
    assert.equal(codeOf(await engine().ask(commit('part-1', [['part', 'SH', 4]]))), 'stock.more_than_held')
    assert.equal(holdOf(await engine().ask(commit('part-1'))).state, 'committed')
  })

  test('safety stock is for those who ask for it', async () => {
    await fill(engine(), 'safe', 'SH', 5, { setSafety: 3 })
    assert.equal(shortOf(await engine().ask(lock('safe-1', [['safe', 'SH', 3]])))[0]?.available, 2)
    assert.equal(codeOf(await engine().ask(lock('safe-2', [['safe', 'SH', 2]]))), 'ok')
    assert.equal(codeOf(await engine().ask(lock('safe-3', [['safe', 'SH', 3]], { drawSafety: true }))), 'ok')
    assert.equal(await free(engine(), 'safe', 'SH'), 0)
  })

  test('in-transit goods count where the warehouse says so', async () => {
    for (const warehouse of ['SH', 'DRY'])
      await engine().ask(adjust([{ sku: 'way', warehouse, setPhysical: 1, inTransit: 4 }]))
    assert.equal(await free(engine(), 'way', 'SH'), 5)
    assert.equal(await free(engine(), 'way', 'DRY'), 1)
    assert.equal(codeOf(await engine().ask(lock('way-1', [['way', 'SH', 5]]))), 'ok')
    assert.equal(shortOf(await engine().ask(lock('way-2', [['way', 'DRY', 2]])))[0]?.available, 1)
  })

  test("a channel's quota is its own, and what it takes beyond is free stock", async () => {
    await fill(engine(), 'quota', 'SH', 10)
    const set = (granted: number) =>
      engine().ask({ do: 'quota', sku: 'quota', warehouse: 'SH', channel: 'dy', granted, actor: 'test' })
    assert.equal(codeOf(await set(6)), 'ok')
    assert.equal(await free(engine(), 'quota', 'SH'), 4)
    assert.equal(shortOf(await engine().ask(lock('quota-1', [['quota', 'SH', 5]])))[0]?.available, 4)
    const other = lock('quota-2', [['quota', 'SH', 5]], { channel: 'pdd' })
    assert.equal(shortOf(await engine().ask(other))[0]?.available, 4)
    const own = holdOf(await engine().ask(lock('quota-3', [['quota', 'SH', 8]], { channel: 'dy' })))
    assert.equal(own.lines[0]?.fromQuota, 6)
    assert.equal(await free(engine(), 'quota', 'SH'), 2)
    await engine().ask(release('quota-3'))
    assert.equal(await free(engine(), 'quota', 'SH'), 4)
    // A reservation is nobody's sale and draws no quota.
    const kept = lock('quota-4', [['quota', 'SH', 5]], { channel: 'dy', kind: 'reservation' })
    assert.equal(shortOf(await engine().ask(kept))[0]?.available, 4)
    assert.equal(codeOf(await engine().ask(lock('quota-5', [['quota', 'SH', 6]], { channel: 'dy' }))), 'ok')
    assert.equal(codeOf(await set(20)), 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  })

  test('candidates: the first that has all; lines and units spread only where that is allowed', async () => {
    await fill(engine(), 'cand-a', 'SH', 1)
    await fill(engine(), 'cand-a', 'GZ', 5)
    await fill(engine(), 'cand-b', 'SH', 5)
    const free2 = [
      ['cand-a', null, 2],
      ['cand-b', null, 1],
    ] as const
    const from = { candidates: ['SH', 'GZ'] }
    assert.equal(codeOf(await engine().ask(lock('cand-1', free2, from))), 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
    const lines = holdOf(await engine().ask(lock('cand-2', free2, { ...from, spread: 'lines' }))).lines
    assert.deepEqual(lines.map((line) => `${line.sku}@${line.warehouse}x${line.quantity}`).sort(), [
      'cand-a@GZx2',
      'cand-b@SHx1',
    ])
    const units = lock('cand-3', [['cand-a', null, 4]], { ...from, spread: 'units' })
    assert.deepEqual(
      holdOf(await engine().ask(units))
        .lines.map((line) => `${line.warehouse}x${line.quantity}`)
        .sort(),
      ['GZx3', 'SHx1'],
    )
    assert.equal(codeOf(await engine().ask(lock('cand-4', [['cand-a', null, 1]]))), 'stock.no_candidate')
  })

  test("a captured warehouse's own figures, and what left unseen", async () => {
    const say = (quantity: number, version: bigint) =>
      engine().ask(adjust([{ sku: 'cap', warehouse: 'CAP', source: { quantity, version } }]))
    await say(10, 1n)
    await engine().ask(lock('cap-1', [['cap', 'CAP', 3]]))
    await engine().ask(commit('cap-1'))
    const level = async () => (await engine().levels([{ sku: 'cap', warehouse: 'CAP' }]))[0]
    assert.deepEqual([(await level())?.physical, (await level())?.unseenOut], [7, 3])
    // Its system has not seen the parcel leave: the figure is still the old one.
    await say(10, 2n)
    assert.deepEqual([(await level())?.physical, (await level())?.unseenOut], [7, 3])
    await say(7, 3n)
    assert.deepEqual([(await level())?.physical, (await level())?.unseenOut], [7, 0])
    const old = await say(99, 2n)
    assert.ok(old.ok && 'changes' in old.value)
    assert.equal(old.value.changes[0]?.outcome, 'older')
    assert.equal((await level())?.physical, 7)
  })

  test('wrong asks are refused by their names', async () => {
    await fill(engine(), 'bad', 'SH', 5)
    const cases: [string, ReturnType<typeof lock>][] = [
      ['stock.nothing_asked', lock('bad-1', [])],
      ['stock.bad_quantity', lock('bad-2', [['bad', 'SH', 0]])],
      ['stock.bad_quantity', lock('bad-3', [['bad', 'SH', 1.5]])],
      ['stock.bad_quantity', lock('bad-4', [['bad', 'SH', -1]])],
      ['stock.key_invalid', lock('', [['bad', 'SH', 1]])],
      ['stock.unknown_warehouse', lock('bad-5', [['bad', 'NOWHERE', 1]])],
      ['stock.warehouse_inactive', lock('bad-6', [['bad', 'OFF', 1]])],
      ['SKU_NOT_AVAILABLE_IN_WAREHOUSE', lock('bad-7', [['bad-unknown', 'SH', 1]])],
    ]
    for (const [code, command] of cases) assert.equal(codeOf(await engine().ask(command)), code, command.key)
    assert.equal(await free(engine(), 'bad', 'SH'), 5)
  })

  test('an adjustment under a key takes effect once', async () => {
    const add = adjust([{ sku: 'once', warehouse: 'SH', physical: 5 }], 'once-1')
    await Promise.all([engine().ask(add), world().second.engine.ask(add), engine().ask(add)])
    assert.equal(await free(engine(), 'once', 'SH'), 5)
  })

  test('several commands of one call are decided in their order', async () => {
    await fill(engine(), 'order', 'SH', 1)
    const answers = await engine().askAll([
      lock('order-1', [['order', 'SH', 1]]),
      release('order-1'),
      lock('order-2', [['order', 'SH', 1]]),
    ])
    assert.deepEqual(answers.map(codeOf), ['ok', 'ok', 'ok'])
  })

  test('nothing in the ledger contradicts itself afterwards', async () => {
    assert.deepEqual(await contradictions(world().db), [])
  })
}
