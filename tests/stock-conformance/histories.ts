import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { Answered, StockCommand, StockEngine } from '#features/stock/index.ts'
import { adjust, codeOf, commit, contradictions, lock, release } from './asks.ts'
import { type Ask, available, held, newOracle, type Oracle, tell } from './oracle.ts'
import type { World } from './world.ts'

const PLACES = ['a@SH', 'a@GZ', 'b@SH', 'c@BJ']
const place = fc.constantFrom(...PLACES)
const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6')
const channel = fc.constantFrom(null, null, 'dy', 'pdd')

const ask: fc.Arbitrary<Ask> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('lock' as const),
      key,
      kind: fc.constantFrom('lock' as const, 'lock' as const, 'reservation' as const),
      channel,
      drawSafety: fc.boolean(),
      lines: fc.array(fc.tuple(place, fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'commit' as const),
      key,
      part: fc.option(fc.integer({ min: 1, max: 4 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      place,
      physical: fc.integer({ min: -4, max: 10 }),
      transit: fc.integer({ min: -2, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('safety' as const),
      place,
      safety: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('quota' as const),
      place,
      channel: fc.constantFrom('dy', 'pdd'),
      granted: fc.integer({ min: 0, max: 6 }),
    }),
  },
)

/** Random histories against the oracle. Each run has SKUs and keys of its own, so that the tables need not be emptied. */
export function histories(world: () => World, runs: number): void {
  let run = 0
  const engineAt = (i: number): StockEngine => (i % 2 === 0 ? world().first.engine : world().second.engine)

  test('any history, by turns of two processes: every answer and every figure as the rules say', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { minLength: 1, maxLength: 40 }), async (asks) => {
        run += 1
        const mark = `h${run}`
        const oracle = newOracle(PLACES)
        for (const [i, one] of asks.entries()) {
          const expected = tell(oracle, one)
          const answer = await engineAt(i).ask(commandOf(mark, one, oracle))
          assert.equal(codeOf(answer), expected, `${i}: ${JSON.stringify(one)} ${wordsOf(answer)}`)
          // Who asks the other process sees it too.
          if (i % 3 === 0) await compare(engineAt(i + 1), mark, oracle)
        }
        await compare(engineAt(0), mark, oracle)
        assert.deepEqual(await contradictions(world().db), [])
      }),
      { numRuns: runs },
    )
  })

  test('any history, all at once: nothing contradicts itself, and no lock was granted that was not there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { minLength: 5, maxLength: 60 }), async (asks) => {
        run += 1
        const mark = `c${run}`
        for (const one of PLACES)
          await engineAt(0).ask(commandOf(mark, { do: 'move', place: one, physical: 6, transit: 0 }, null))
        await Promise.all(asks.map((one, i) => engineAt(i).ask(commandOf(mark, one, null))))
        assert.deepEqual(await contradictions(world().db), [])
        const negative = await world().db`
          select m.sku from stock_movement m where m.sku like ${`${mark}-%`} and m.cause in ('lock', 'reserve')
            and m.available_after < 0`
        assert.deepEqual(negative, [])
      }),
      { numRuns: Math.ceil(runs / 2) },
    )
  })
}

function commandOf(mark: string, one: Ask, oracle: Oracle | null): StockCommand {
  const at = (text: string): { sku: string; warehouse: string } => {
    const [sku = '', warehouse = ''] = text.split('@')
    return { sku: `${mark}-${sku}`, warehouse }
  }
  switch (one.do) {
    case 'lock':
      return lock(
        `${mark}-${one.key}`,
        one.lines.map(([text, quantity]) => [at(text).sku, at(text).warehouse, quantity]),
        {
          kind: one.kind,
          channel: one.channel,
          drawSafety: one.drawSafety,
          owner: { kind: 'api', id: mark, reference: mark },
        },
      )
    case 'release':
    case 'commit': {
      const make = one.do === 'release' ? release : commit
      // A part is of the hold's first line; without a hold there is nothing to name.
      const first = oracle?.holds.get(one.key)?.lines[0]
      if (one.part === null || first === undefined) return make(`${mark}-${one.key}`)
      const { sku, warehouse } = at(first.place)
      return make(`${mark}-${one.key}`, [[sku, warehouse, one.part]])
    }
    case 'move':
      return adjust([{ ...at(one.place), physical: one.physical, inTransit: one.transit }])
    case 'safety':
      return adjust([{ ...at(one.place), setSafety: one.safety }])
    case 'quota':
      return { do: 'quota', ...at(one.place), channel: one.channel, granted: one.granted, actor: 'test' }
  }
}

/**
 * Through Redis a figure may be as old as the last look at what others did, where their process has just passed Redis by; but it comes.
 */
async function compare(engine: StockEngine, mark: string, oracle: Oracle): Promise<void> {
  for (let waited = 0; ; waited += 20) {
    try {
      return await compareNow(engine, mark, oracle)
    } catch (error) {
      if (waited >= 2_000) throw error
      await sleep(20)
    }
  }
}

async function compareNow(engine: StockEngine, mark: string, oracle: Oracle): Promise<void> {
  const places = PLACES.map((text) => text.split('@')).map(([sku, warehouse = '']) => ({
    sku: `${mark}-${sku}`,
    warehouse,
  }))
  const levels = await engine.levels(places)
  for (const [i, text] of PLACES.entries()) {
    const level = levels.find((one) => one.sku === places[i]?.sku && one.warehouse === places[i]?.warehouse)
    const cell = oracle.cells.get(text)
    assert.deepEqual(
      [level?.physical ?? 0, level?.locked ?? 0, level?.safety ?? 0, level?.available ?? 0],
      [cell?.physical, held(oracle, text, 'lock'), cell?.safety, available(oracle, text)],
      text,
    )
  }
}

function wordsOf(answer: Answered): string {
  return answer.ok ? '' : answer.refusal.detail
}
