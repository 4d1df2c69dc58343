import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, commit, contradictions, fill, free, type Line, lock, release } from './asks.ts'
import type { World } from './world.ts'

/** Many at once, over two processes. */
export function races(world: () => World): void {
  const either = (i: number) => (i % 2 === 0 ? world().first.engine : world().second.engine)

  test('1,000 pieces and 5,000 callers in two processes: 1,000 are sold', async () => {
    await fill(either(0), 'race', 'SH', 1_000)
    const answers = await Promise.all(
      Array.from({ length: 5_000 }, (_, i) =>
        either(i).ask(lock(`race-${i}`, [['race', 'SH', 1]]), { deadlineMs: 30_000 }),
      ),
    )
    const codes = Map.groupBy(answers.map(codeOf), (code) => code)
    assert.deepEqual(Object.fromEntries([...codes].map(([code, list]) => [code, list.length])), {
      ok: 1_000,
      SKU_NOT_AVAILABLE_IN_WAREHOUSE: 4_000,
    })
    assert.equal(await free(either(0), 'race', 'SH'), 0)
    assert.deepEqual(await contradictions(world().db), [])
    // Who holds one and asks again has it still, sold out or not.
    const winners = answers.flatMap((answer, i) => (answer.ok ? [i] : [])).filter((_, at) => at % 20 === 0)
    const again = await Promise.all(
      winners.map((i) => either(i + 1).ask(lock(`race-${i}`, [['race', 'SH', 1]]), { deadlineMs: 30_000 })),
    )
    assert.deepEqual(
      again.map(codeOf),
      winners.map(() => 'ok'),
    )
  })

  test('baskets in every order: no two wait for each other, and each has all or nothing', async () => {
    const skus = ['bk-1', 'bk-2', 'bk-3', 'bk-4', 'bk-5']
    for (const sku of skus) await fill(either(0), sku, 'GZ', 40)
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) => {
        const lines = skus.map((_, at): Line => [skus[(at * (1 + (i % 4)) + i) % 5] ?? '', 'GZ', 1])
        return either(i).ask(lock(`bk-${i}`, i % 2 === 0 ? lines : lines.toReversed()), {
          deadlineMs: 30_000,
        })
      }),
    )
    assert.equal(answers.filter((one) => one.ok).length, 40)
    assert.deepEqual(await contradictions(world().db), [])
    for (const sku of skus) assert.equal(await free(either(1), sku, 'GZ'), 0)
  })

  test('taken, given back and sent by many at once: the figures come out', async () => {
    await fill(either(0), 'storm', 'BJ', 50)
    const sent = await Promise.all(
      Array.from({ length: 150 }, async (_, i) => {
        const taken = await either(i).ask(lock(`storm-${i}`, [['storm', 'BJ', 1 + (i % 3)]]), {
          deadlineMs: 30_000,
        })
        if (!taken.ok) return 0
        if (i % 3 !== 0) {
          await Promise.all([either(i).ask(release(`storm-${i}`)), either(i + 1).ask(release(`storm-${i}`))])
          return 0
        }
        await Promise.all([either(i).ask(commit(`storm-${i}`)), either(i + 1).ask(commit(`storm-${i}`))])
        return 1
      }),
    )
    const gone = sent.reduce<number>((sum, one) => sum + one, 0)
    const [level] = await either(0).levels([{ sku: 'storm', warehouse: 'BJ' }])
    assert.deepEqual([level?.physical, level?.locked, level?.available], [50 - gone, 0, 50 - gone])
    assert.deepEqual(await contradictions(world().db), [])
  })

  test('the last piece is never refused to all: somebody has it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const sku = `last-${round}`
      await fill(either(round), sku, 'SH', 1)
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => either(i).ask(lock(`${sku}-${i}`, [[sku, 'SH', 1]]))),
      )
      assert.equal(answers.filter((one) => one.ok).length, 1, sku)
    }
  })
}
