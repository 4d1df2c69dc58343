import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { seededRandom } from '#kernel/random.ts'
import { type SimReport, simulate } from './run.ts'
import { type Asked, pinnedSeeds, randomSeeds } from './seeds.ts'

// Every run lives the pinned seeds, and two that nobody has seen: what CI tries grows with every run. A random one that fails says how it is
// lived again. More lives are compared in same-life.long.test.ts, more are lived by `npm run sim`.

const RANDOM_STEPS = 12
/** Without the whole run around it each run of this file is another one. */
const chance = seededRandom(Number(process.env.HOLDFAST_TEST_CHANCE ?? Math.floor(Math.random() * 2 ** 32)))
const [twice, ...once] = randomSeeds(2, RANDOM_STEPS, () => chance.next()) as [Asked, ...Asked[]]

describe('seeded lives hold every invariant after every step, through crashes between any two statements', {
  concurrency: 2,
}, () => {
  for (const asked of [...pinnedSeeds(), ...once])
    test(`${asked.seed}, ${asked.steps} steps`, async (t) => {
      holds(t, asked, await simulate(asked))
    })

  test(`${twice.seed}, ${twice.steps} steps, is the same life beside itself, by other plans of the database`, async (t) => {
    const [one, same] = await Promise.all([simulate(twice), simulate({ ...twice, otherPlans: true })])
    holds(t, twice, one)
    assert.equal(same.hash, one.hash, `${again(twice)} --trace DIR, and with --other-plans`)
  })
})

function holds(
  t: TestContext,
  { seed, steps }: Asked,
  { failures, checks, counts, seconds }: SimReport,
): void {
  const crashes = counts['crashes'] ?? 0
  t.diagnostic(`seed ${seed}, ${steps} steps: ${checks} checks, ${crashes} crashes, ${seconds} s`)
  const words = failures.map(({ step, what, lines }) => `step ${step}: ${what}\n  ${lines.join('\n  ')}`)
  assert.deepEqual(words, [], `${words.join('\n')}\n${again({ seed, steps })} --say`)
  assert.ok(checks >= 100 * steps, 'every invariant was looked at after every step')
}

function again({ seed, steps }: Asked): string {
  return `once more: npm run sim -- --seed ${seed} --steps ${steps}`
}
