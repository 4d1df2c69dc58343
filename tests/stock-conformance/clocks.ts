import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, contradictions, fill, free, holdOf, lock, release } from './asks.ts'
import { START, type World } from './world.ts'

/** The machine's clock jumps; nothing that is held depends on it. */
export function clocks(world: () => World): void {
  for (const [name, jump] of [
    ['backwards by a day', { hours: -24 }],
    ['forwards by a day', { hours: 24 }],
    ['backwards by half a second', { milliseconds: -500 }],
  ] as const)
    test(`the clock jumps ${name}: holds stand, deadlines never come nearer, locking goes on`, async () => {
      const { clock, first, second, db } = world()
      const sku = `clock-${jump === undefined ? '' : name.replaceAll(' ', '-')}`
      clock.set(START)
      await fill(first.engine, sku, 'SH', 5)
      const before = holdOf(await first.engine.ask(lock(`${sku}-1`, [[sku, 'SH', 2]])))
      clock.advance(jump)
      assert.equal(await free(second.engine, sku, 'SH'), 3)
      const again = holdOf(await second.engine.ask(lock(`${sku}-1`, [[sku, 'SH', 2]])))
      assert.equal(again.id, before.id)
      const renewed = holdOf(await first.engine.ask({ do: 'renew', key: `${sku}-1`, ttlSeconds: 60 }))
      assert.ok(Temporal.Instant.compare(renewed.deadlineAt, before.deadlineAt) >= 0)
      assert.ok(Temporal.Instant.compare(renewed.heartbeatAt, before.heartbeatAt) > 0)
      assert.equal(codeOf(await second.engine.ask(lock(`${sku}-2`, [[sku, 'SH', 3]]))), 'ok')
      assert.equal(
        codeOf(await first.engine.ask(lock(`${sku}-3`, [[sku, 'SH', 1]]))),
        'SKU_NOT_AVAILABLE_IN_WAREHOUSE',
      )
      assert.equal(holdOf(await first.engine.ask(release(`${sku}-1`))).state, 'released')
      assert.equal(await free(first.engine, sku, 'SH'), 2)
      clock.set(START)
      assert.deepEqual(await contradictions(db), [])
    })

  test('past its deadline a hold still holds: only people and the sweep end it', async () => {
    const { clock, first } = world()
    clock.set(START)
    await fill(first.engine, 'deadline', 'SH', 1)
    await first.engine.ask(lock('deadline-1', [['deadline', 'SH', 1]], { ttlSeconds: 1 }))
    clock.advance({ hours: 2 })
    assert.equal(
      codeOf(await first.engine.ask(lock('deadline-2', [['deadline', 'SH', 1]]))),
      'SKU_NOT_AVAILABLE_IN_WAREHOUSE',
    )
    clock.set(START)
  })

  test('an answer that cannot come in time is INV_LOCK_TIMEOUT, and nothing stays locked', async () => {
    const { first, db } = world()
    await fill(first.engine, 'late', 'SH', 3)
    let letGo = (): void => undefined
    const blocked = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let isHeld = (): void => undefined
    const holding = new Promise<void>((resolve) => {
      isHeld = resolve
    })
    const other = db.begin(async (tx) => {
      await tx`select 1 from stock_level where sku = 'late' for update`
      isHeld()
      await blocked
    })
    await holding
    const answer = await first.engine.ask(lock('late-1', [['late', 'SH', 2]]), { deadlineMs: 200 })
    assert.equal(codeOf(answer), 'INV_LOCK_TIMEOUT')
    letGo()
    await other
    // The whole of it is free for the next, as soon as the late one has been given back.
    for (let tries = 0; ; tries += 1) {
      if (codeOf(await first.engine.ask(lock(`late-2-${tries}`, [['late', 'SH', 3]]))) === 'ok') break
      assert.ok(tries < 200, 'what was refused for being late is still held')
    }
    assert.deepEqual(await contradictions(db), [])
  })
}
