import type { SourceAsk, SourceWeights } from '#domain/fulfilment.ts'
import { bigAsk, drawFrom, smallAsk } from '#features/sourcing/core/made-asks.ts'
import { bruteForce } from '#features/sourcing/core/oracle.ts'
import {
  DEFAULT_WEIGHTS,
  STEPS_MOST,
  sourceParcels,
  sourcingKind,
  sourcingOptionsOf,
} from '#features/sourcing/index.ts'
import { round, summary } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const LINES = 20
const WAREHOUSES = 20
const ORDERS = 150
const SMALL = 2_000
const AGAIN = 5

/**
 * Sourcing of 20 lines over 20 warehouses, each with some half of the SKUs: by the built-in weights and by each shipped template. Each order is
 * sourced five times and the quickest counts, so that a busy machine does not (the processor's own clock ticks too coarsely). How many answers are proven to be the best there is; how many
 * parcels the nearest-first way would need; and on small questions the same figures as trying every way.
 */
export async function source(say: (line: string) => void): Promise<BenchReport> {
  const startedAt = performance.now()
  for (let seed = 1; seed <= 200; seed += 1) sourceParcels(bigAsk(drawFrom(seed), LINES, WAREHOUSES))
  const goals: Record<string, ReturnType<typeof measure>> = {}
  for (const [name, weights] of goalsOf()) {
    const figures = measure(weights)
    goals[name] = figures
    say(
      `${name}: p50 ${figures.p50} ms, p99 ${figures.p99} ms, proven ${figures.provenShare}, parcels ${figures.parcels}`,
    )
  }
  const main = goals['default']
  const all = Object.values(goals)
  return {
    name: 'source',
    p50: main?.p50 ?? 0,
    p99: main?.p99 ?? 0,
    seconds: round((performance.now() - startedAt) / 1_000),
    provenShare: main?.provenShare ?? 0,
    p99OfAllGoals: Math.max(...all.map((one) => one.p99)),
    provenShareOfAllGoals: round(all.reduce((sum, one) => sum + one.provenShare, 0) / all.length),
    parcelsToGreedy: main?.toGreedy ?? 0,
    sameAsBruteForce: sameAsBruteForce(),
    goals,
  }
}

function goalsOf(): [string, SourceWeights][] {
  const templates = sourcingKind.templates.map(({ id, model }): [string, SourceWeights] => {
    const node = model.nodes.find((one) => one.type === 'action' && ['weights', 'usual'].includes(one.id))
    const params = node?.type === 'action' ? node.params : {}
    const read = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, BigInt(value)]))
    return [id, sourcingOptionsOf([{ node: 'x', action: 'weights', params: read }]).weights]
  })
  return [['default', DEFAULT_WEIGHTS], ...templates]
}

function measure(weights: SourceWeights) {
  const times: number[] = []
  let proven = 0
  let parcels = 0
  let greedy = 0
  for (let seed = 1; seed <= ORDERS; seed += 1) {
    const ask = { ...bigAsk(drawFrom(seed), LINES, WAREHOUSES), weights, stepsMost: STEPS_MOST }
    const { answer, ms } = quickest(ask)
    times.push(ms)
    if (!answer.ok) continue
    if (answer.value.isProven) proven += 1
    parcels += answer.value.score.parcels
    greedy += nearestParcels(ask)
  }
  const { p50, p99 } = summary(Float64Array.from(times))
  return {
    p50,
    p99,
    provenShare: round(proven / ORDERS),
    parcels: round(parcels / ORDERS),
    toGreedy: round(parcels / greedy),
  }
}

function quickest(ask: SourceAsk) {
  let ms = Number.POSITIVE_INFINITY
  let answer = sourceParcels(ask)
  for (let again = 0; again < AGAIN; again += 1) {
    const startedAt = performance.now()
    answer = sourceParcels(ask)
    ms = Math.min(ms, performance.now() - startedAt)
  }
  return { answer, ms }
}

/** Line by line from the nearest warehouse that has all of it. */
function nearestParcels({ units, warehouses, free }: SourceAsk): number {
  const near = warehouses.toSorted((a, b) => (a.km ?? 1e9) - (b.km ?? 1e9))
  const used = units.map(
    ({ sku, quantity }) => near.find(({ code }) => (free?.get(`${sku}\n${code}`) ?? 0) >= quantity)?.code,
  )
  return new Set(used).size
}

/** Of small questions: how many answers are as good as the best of all ways. */
function sameAsBruteForce(): string {
  let same = 0
  for (let seed = 1; seed <= SMALL; seed += 1) {
    const ask = smallAsk(drawFrom(seed))
    const answer = sourceParcels(ask)
    const best = bruteForce(ask)
    const { parcels: first, ...others } = ask.weights
    const extra = first > Object.values(others).reduce((sum, one) => sum + one, 0) ? 1e10 : 0
    if (
      !answer.ok
        ? best === null
        : best !== null && answer.value.score.total === best.cost - extra * best.parcels
    )
      same += 1
  }
  return `${same} of ${SMALL}`
}
