import type { Cluster } from './cluster.ts'
import type { Load } from './measure.ts'

/** Copies of clusters that share a parcel. */
export type Bin = { readonly counts: Map<number, number>; readonly used: number[] }

/** Packings of up to so many copies are searched to the end, or to `STEPS_MOST`. */
const EXACT_COPIES = 12
const STEPS_MOST = 2_000

/**
 * Packs clusters into few parcels, none beyond a limit; every copy fits into an empty one (the caller has taken the others out).
 * Lines stay whole where that costs no parcel. Deterministic. Null: more than `binsMost` parcels.
 */
export function pack(
  clusters: readonly Item[],
  limits: readonly number[],
  load: Load,
  binsMost: number,
): Bin[] | null {
  const items = inOrder(clusters, limits, load)
  const least = fewestPossible(items, limits, load)
  if (least > binsMost) return null
  let best: Bin[] | null = null
  for (const [order, keepsWhole] of [
    [besideLeaders(items), true],
    [items, true],
    [items, false],
  ] as const) {
    best = better(best, firstFit(order, limits, load, binsMost, keepsWhole), items)
    if (best !== null && best.length === least && giftsAlone(best, items) === 0) return best
  }
  const copies = items.reduce((sum, item) => sum + item.copies, 0)
  if (copies > EXACT_COPIES || best?.length === least) return best
  return search(items, limits, load, least, best?.length ?? binsMost + 1) ?? best
}

type Item = { readonly cluster: Cluster; readonly copies: number }

/** Fewer parcels; of as many, fewer with nothing but gifts. */
function better(a: Bin[] | null, b: Bin[] | null, items: readonly Item[]): Bin[] | null {
  if (a === null || b === null) return a ?? b
  if (a.length !== b.length) return a.length < b.length ? a : b
  return giftsAlone(b, items) < giftsAlone(a, items) ? b : a
}
function giftsAlone(bins: readonly Bin[], items: readonly Item[]): number {
  const gifts = new Set(items.filter(isFollower).map(({ cluster }) => cluster.at))
  return gifts.size === 0
    ? 0
    : bins.filter(({ counts }) => [...counts.keys()].every((at) => gifts.has(at))).length
}

/** Each gift, and what a rule wants beside it, right after what it follows, so that nothing else takes its room. */
function besideLeaders(items: readonly Item[]): readonly Item[] {
  const leads = items.filter(({ cluster }) => cluster.follows.length === 0)
  const led = new Set(leads.map(({ cluster }) => cluster.at))
  const leaderOf = ({ cluster }: Item): number | undefined => cluster.follows.find((at) => led.has(at))
  const followers = Map.groupBy(
    items.filter(({ cluster }) => cluster.follows.length > 0),
    leaderOf,
  )
  if (followers.size === 0) return items
  return [
    ...leads.flatMap((item) => [item, ...(followers.get(item.cluster.at) ?? [])]),
    ...(followers.get(undefined) ?? []),
  ]
}

/** The bulkiest copy first, gifts after the products that they follow. */
function inOrder(items: readonly Item[], limits: readonly number[], load: Load): Item[] {
  const bulk = new Map(
    items.map(({ cluster }) => {
      const one = load(cluster, 1)
      return [cluster.at, Math.max(...limits.map((most, index) => (one[index] ?? 0) / most))]
    }),
  )
  return [...items].sort(
    (a, b) =>
      Number(isFollower(a)) - Number(isFollower(b)) ||
      (bulk.get(b.cluster.at) ?? 0) - (bulk.get(a.cluster.at) ?? 0) ||
      a.cluster.at - b.cluster.at,
  )
}
function isFollower({ cluster }: Item): boolean {
  return cluster.isGift && cluster.follows.length > 0
}

function fewestPossible(items: readonly Item[], limits: readonly number[], load: Load): number {
  const totals = limits.map((_, index) =>
    items.reduce((sum, { cluster, copies }) => sum + (load(cluster, copies)[index] ?? 0), 0),
  )
  return Math.max(1, ...limits.map((most, index) => Math.ceil((totals[index] ?? 0) / most)))
}

function emptyBin(limits: readonly number[]): Bin {
  return { counts: new Map(), used: limits.map(() => 0) }
}

/** How many more copies fit; loads only grow with the copies, so halving finds it. */
function room(bin: Bin, { cluster, copies }: Item, limits: readonly number[], load: Load): number {
  const has = bin.counts.get(cluster.at) ?? 0
  const before = load(cluster, has)
  const fits = (more: number): boolean => {
    const after = load(cluster, has + more)
    return limits.every(
      (most, index) => (bin.used[index] ?? 0) - (before[index] ?? 0) + (after[index] ?? 0) <= most,
    )
  }
  if (fits(copies)) return copies
  let [low, high] = [0, copies]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}

function put(bin: Bin, cluster: Cluster, copies: number, load: Load): void {
  const has = bin.counts.get(cluster.at) ?? 0
  const [before, after] = [load(cluster, has), load(cluster, has + copies)]
  bin.used.forEach((used, index) => {
    bin.used[index] = used - (before[index] ?? 0) + (after[index] ?? 0)
  })
  if (has + copies === 0) bin.counts.delete(cluster.at)
  else bin.counts.set(cluster.at, has + copies)
}

/** `keepsWhole`: a line that fits into a parcel by itself is not taken apart. */
function firstFit(
  items: readonly Item[],
  limits: readonly number[],
  load: Load,
  binsMost: number,
  keepsWhole: boolean,
): Bin[] | null {
  const bins: Bin[] = []
  for (const { cluster, copies } of items) {
    let left = copies
    const isWhole = keepsWhole && room(emptyBin(limits), { cluster, copies }, limits, load) === copies
    for (const bin of [...withPartners(bins, cluster), ...bins]) {
      if (left === 0) break
      const more = room(bin, { cluster, copies: left }, limits, load)
      if (more === 0 || (isWhole && more < left)) continue
      put(bin, cluster, more, load)
      left -= more
    }
    while (left > 0) {
      if (bins.length === binsMost) return null
      const bin = emptyBin(limits)
      const more = room(bin, { cluster, copies: left }, limits, load)
      put(bin, cluster, more, load)
      bins.push(bin)
      left -= more
    }
  }
  return bins
}

function withPartners(bins: readonly Bin[], { follows }: Cluster): Bin[] {
  return follows.length === 0 ? [] : bins.filter(({ counts }) => follows.some((at) => counts.has(at)))
}

/** Depth first over the copies; null where nothing under `below` bins turns up within the steps. */
function search(
  items: readonly Item[],
  limits: readonly number[],
  load: Load,
  least: number,
  below: number,
): Bin[] | null {
  const copies = items.flatMap(({ cluster, copies: n }) => Array.from({ length: n }, () => cluster))
  const bins: Bin[] = []
  let best: Bin[] | null = null
  let fewest = below
  let steps = 0
  const visit = (index: number, from: number): void => {
    if (fewest === least || bins.length >= fewest || ++steps > STEPS_MOST) return
    const cluster = copies[index]
    if (cluster === undefined) {
      fewest = bins.length
      best = bins.map(({ counts, used }) => ({ counts: new Map(counts), used: [...used] }))
      return
    }
    // Copies of one cluster are alike: the next one never goes before the last.
    const next = (at: number): number => (copies[index + 1] === cluster ? at : 0)
    for (let at = from; at < bins.length; at += 1) {
      const bin = bins[at]
      if (bin === undefined || room(bin, { cluster, copies: 1 }, limits, load) === 0) continue
      put(bin, cluster, 1, load)
      visit(index + 1, next(at))
      put(bin, cluster, -1, load)
    }
    if (bins.length + 1 >= fewest) return
    const bin = emptyBin(limits)
    put(bin, cluster, 1, load)
    bins.push(bin)
    visit(index + 1, next(bins.length - 1))
    bins.pop()
  }
  visit(0, 0)
  return best
}
