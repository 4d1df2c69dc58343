import type { Taken } from '#domain/stock.ts'
import type { Quantities, StockOrder, Target } from './target.ts'

export const STOCK_STATES = [
  'none',
  'waiting',
  'short',
  'locked',
  'committed',
  'released',
  'returned',
] as const
export type StockState = (typeof STOCK_STATES)[number]

/** Why an order has no lock; each has its line in docs/errors.md. */
export const SHORT = 'order_stock.short'
export const UNMATCHED = 'order_stock.unmatched'
export const NO_LINES = 'order_stock.no_lines'
export const NO_ROUTE = 'order_stock.no_route'
export const HOLD_FREED = 'order_stock.hold_freed'
export const LEFT_UNLOCKED = 'order_stock.left_unlocked'
/** The main goods are held, a gift bound softly is not there yet. */
export const PART_WAITS = 'order_stock.part_waits'
export const TRY_AGAIN = 'order_stock.try_again'

export type OrderHold = {
  readonly id: bigint
  readonly key: string
  readonly state: 'held' | 'released' | 'committed'
  readonly lines: readonly {
    readonly sku: string
    readonly warehouse: string
    readonly open: number
    readonly committed: number
  }[]
}

/** How the stock of an order stood when it was last looked at. */
export type Standing = {
  readonly state: StockState
  readonly generation: number
  readonly holdKey: string | null
  readonly restored: readonly Taken[]
  readonly code: string | null
}

export type Known = {
  readonly standing: Standing | null
  /** All holds that this feature ever made for the order. */
  readonly holds: readonly OrderHold[]
}

export type Circumstances = {
  /** Whether a warehouse serves the order. */
  readonly hasRoute: boolean
  /** It left before the hub counted anything: its goods are not in the figures. */
  readonly beforeStock: boolean
  /** A demand that could not be had was tried already: what is held stays held. */
  readonly keepOld: boolean
  /** What it holds is given to another order: freed at once, and taken anew where there still is some. */
  readonly givesUp: boolean
  /** Somebody asks for it now; a hold that was taken from the order may be taken again. */
  readonly asked: boolean
  /** Where its plan wants the goods; null: wherever the route finds them. */
  readonly places: readonly Taken[] | null
}

/** What is to be done, in this order: commit, give back, restore, take anew. */
export type Plan = {
  readonly commit: readonly { readonly key: string; readonly lines: readonly Taken[] }[]
  /** `lines` null: all that is open. */
  readonly release: readonly { readonly key: string; readonly lines: readonly Taken[] | null }[]
  readonly restore: readonly Taken[]
  readonly lock: {
    readonly generation: number
    readonly lines: Quantities
    /** Where each piece is taken from; null: wherever the route finds it. */
    readonly places: readonly Taken[] | null
  } | null
  /** The lock takes the place of goods that are still held: both or neither. */
  readonly replaces: boolean
  /** Once the lock stands, a part of it has left already and is committed. */
  readonly leavesAtOnce: boolean
  /** How the order stands after this, if the lock (where there is one) is had. */
  readonly state: StockState
  readonly code: string | null
}

/** Compares what the facts ask for with what is held, and says the least that brings the two together. */
export function decideStock(target: Target, known: Known, how: Circumstances): Plan {
  const { standing } = known
  const held = known.holds.filter((hold) => hold.state === 'held')
  // Ended holds are kept for half a year: of an order older than that nobody can say any more what was counted for it, and it was.
  const isForgotten =
    standing !== null &&
    standing.holdKey !== null &&
    known.holds.every((hold) => hold.key !== standing.holdKey)
  if (isForgotten && target.hold.size === 0 && held.length === 0)
    return { ...NOTHING, state: standing.state, code: standing.code }
  const isCounted = how.beforeStock || isForgotten
  const restored = standing?.restored ?? []
  const committed = committedOf(known.holds)
  const netOut = minus(sum(committed), sum(restored))
  const openNow = sum(held.flatMap(openLines))
  const due = minus(target.out, netOut)
  // What had left before the hub counted is no part of what it holds.
  const commits = planCommits(held, isCounted ? least(due, minus(openNow, target.hold)) : due)
  // Left, but nothing of it is held: it has to be taken before it can be committed.
  const missed = isCounted ? EMPTY : commits.missing
  const restore = planRestore(committed, restored, minus(netOut, target.out))
  const open = minus(openNow, sum(commits.taken))
  const outAfter = minus(plus(netOut, sum(commits.taken)), sum(restore))
  const done = { commit: commits.commands, restore }
  const isEnough = isSame(open, target.hold)
  // A plan names its places only for goods that are all still here.
  const places =
    missed.size === 0 && how.places !== null && isSame(sum(how.places), target.hold) ? how.places : null
  const isCovered = isEnough && (places === null || isPlaced(held, commits.taken, places))
  const blocked = blockOf(target, known, how, { isCovered, missed })
  if (blocked !== null) return { ...NOTHING, ...done, ...blocked }
  const wanted = plus(target.hold, missed)
  const rests = restingState(target, known, outAfter, restore.length > 0)
  // Goods that cannot be moved to where the plan wants them stay where they are held.
  const stays = isCovered || (isEnough && how.keepOld)
  if (missed.size === 0 && stays && !how.givesUp) return { ...NOTHING, ...done, ...rests }
  const left = held.filter((hold) => hold.lines.some((line) => openAfter(line, commits.taken) > 0))
  if (wanted.size === 0)
    return { ...NOTHING, ...done, release: left.map(({ key }) => ({ key, lines: null })), ...rests }
  if (how.keepOld)
    return {
      ...NOTHING,
      ...done,
      release: excessOf(left, commits.taken, wanted),
      state: 'short',
      code: SHORT,
    }
  return {
    ...done,
    release: left.map(({ key }) => ({ key, lines: null })),
    lock: { generation: nextGeneration(known), lines: wanted, places },
    replaces: left.length > 0 && !how.givesUp,
    leavesAtOnce: missed.size > 0,
    state: target.hold.size > 0 ? 'locked' : 'committed',
    code: null,
  }
}

const EMPTY: Quantities = new Map()
const NOTHING = {
  commit: [],
  release: [],
  restore: [],
  lock: null,
  replaces: false,
  leavesAtOnce: false,
} as const

/** Whether the plan asks anything of the ledger. */
export function isIdle({ commit, release, restore, lock }: Plan): boolean {
  return commit.length === 0 && release.length === 0 && restore.length === 0 && lock === null
}

/** What keeps an order from being locked although it should be. */
function blockOf(
  target: Target,
  { standing, holds }: Known,
  how: Circumstances,
  { isCovered, missed }: { readonly isCovered: boolean; readonly missed: Quantities },
): Pick<Plan, 'state' | 'code'> | null {
  if (!target.waits) {
    // Looked at again with every later fact of the order: what comes into the warehouse meanwhile is not what it left with.
    const isMissed = missed.size > 0 && standing?.code === LEFT_UNLOCKED && !how.asked
    return isMissed ? { state: 'short', code: LEFT_UNLOCKED } : null
  }
  if (!target.hasLines) return { state: 'waiting', code: NO_LINES }
  if (target.unmatched > 0) return { state: 'waiting', code: UNMATCHED }
  if (isCovered && missed.size === 0 && !how.givesUp) return null
  if (target.hold.size + missed.size === 0) return null
  if (!how.hasRoute) return { state: 'waiting', code: NO_ROUTE }
  if (how.asked || how.givesUp || standing === null) return null
  if (standing.code === HOLD_FREED) return { state: 'short', code: HOLD_FREED }
  if (standing.state !== 'locked') return null
  // Held when it was last looked at, and nobody here gave it back: a person freed it for somebody else, who goes first now.
  const current = holds.find((hold) => hold.key === standing.holdKey)
  return current?.state === 'released' ? { state: 'short', code: HOLD_FREED } : null
}

function restingState(
  target: Target,
  { standing, holds }: Known,
  out: Quantities,
  restores: boolean,
): Pick<Plan, 'state' | 'code'> {
  if (target.hold.size > 0) return { state: 'locked', code: null }
  if (out.size > 0) return { state: 'committed', code: null }
  if (restores || (standing?.restored.length ?? 0) > 0) return { state: 'returned', code: null }
  return { state: holds.length > 0 ? 'released' : 'none', code: null }
}

/** One more than any generation that a hold was made under. */
function nextGeneration({ standing, holds }: Known): number {
  const used = holds.map((hold) => Number(hold.key.slice(hold.key.lastIndexOf(':') + 1)))
  const before = standing !== null && standing.holdKey !== null ? standing.generation : 0
  return Math.max(before, ...used, 0) + 1
}

/** The key of an order's hold. */
export function holdKeyOf(order: Pick<StockOrder, 'id'>, generation: number): string {
  return `hub:order:${order.id}:${generation}`
}

type Line = OrderHold['lines'][number]

function openLines(hold: OrderHold): Taken[] {
  return hold.lines
    .filter((line) => line.open > 0)
    .map(({ sku, warehouse, open }) => ({ sku, warehouse, quantity: open }))
}

function openAfter(line: Line, taken: readonly Taken[]): number {
  const gone = taken.filter((one) => one.sku === line.sku && one.warehouse === line.warehouse)
  return line.open - gone.reduce((pieces, one) => pieces + one.quantity, 0)
}

/** Whether exactly these places are held. */
function isPlaced(held: readonly OrderHold[], taken: readonly Taken[], places: readonly Taken[]): boolean {
  const open = held.flatMap((hold) =>
    hold.lines.map((line) => ({
      sku: line.sku,
      warehouse: line.warehouse,
      quantity: openAfter(line, taken),
    })),
  )
  const a = merged(open).filter((one) => one.quantity > 0)
  const b = merged(places)
  return (
    a.length === b.length &&
    a.every((one, i) => byPlace(one, b[i] ?? one) === 0 && one.quantity === b[i]?.quantity)
  )
}

function committedOf(holds: readonly OrderHold[]): Taken[] {
  return holds.flatMap((hold) =>
    hold.lines
      .filter((line) => line.committed > 0)
      .map(({ sku, warehouse, committed }) => ({ sku, warehouse, quantity: committed })),
  )
}

/** Takes what has left from the open lines, SKU by SKU, warehouses by their code; what no line covers is missing. */
function planCommits(held: readonly OrderHold[], wanted: Quantities) {
  const missing = new Map(wanted)
  const commands: { key: string; lines: Taken[] }[] = []
  for (const hold of held) {
    const lines: Taken[] = []
    for (const line of [...openLines(hold)].sort(byPlace)) {
      const pieces = Math.min(line.quantity, missing.get(line.sku) ?? 0)
      if (pieces === 0) continue
      lines.push({ ...line, quantity: pieces })
      missing.set(line.sku, (missing.get(line.sku) ?? 0) - pieces)
    }
    if (lines.length > 0) commands.push({ key: hold.key, lines })
  }
  return {
    commands,
    taken: commands.flatMap((one) => one.lines),
    missing: new Map([...missing].filter(([, pieces]) => pieces > 0)),
  }
}

/** Puts pieces back where they were taken from. */
function planRestore(
  committed: readonly Taken[],
  restored: readonly Taken[],
  surplus: Quantities,
): readonly Taken[] {
  const back: Taken[] = []
  for (const [sku, pieces] of surplus) {
    let rest = pieces
    for (const place of merged(committed.filter((one) => one.sku === sku)).sort(byPlace)) {
      const already = restored.filter((one) => one.sku === sku && one.warehouse === place.warehouse)
      const out = place.quantity - already.reduce((total, one) => total + one.quantity, 0)
      const quantity = Math.min(rest, out)
      if (quantity <= 0) continue
      back.push({ ...place, quantity })
      rest -= quantity
    }
  }
  return back
}

/** Adds up pieces of one place. */
export function merged(lines: readonly Taken[]): Taken[] {
  const sums = new Map<string, Taken>()
  for (const line of lines) {
    const place = `${line.sku}\n${line.warehouse}`
    sums.set(place, { ...line, quantity: line.quantity + (sums.get(place)?.quantity ?? 0) })
  }
  return [...sums.values()].sort(byPlace)
}

/** What is held beyond the demand: nobody is served by keeping it while the rest is waited for. */
function excessOf(held: readonly OrderHold[], taken: readonly Taken[], wanted: Quantities): Plan['release'] {
  const rest = new Map(wanted)
  return held.flatMap((hold) => {
    const lines = [...hold.lines]
      .map((line) => ({ sku: line.sku, warehouse: line.warehouse, quantity: openAfter(line, taken) }))
      .sort(byPlace)
      .flatMap((line) => {
        const kept = Math.min(line.quantity, rest.get(line.sku) ?? 0)
        rest.set(line.sku, (rest.get(line.sku) ?? 0) - kept)
        return line.quantity > kept ? [{ ...line, quantity: line.quantity - kept }] : []
      })
    return lines.length > 0 ? [{ key: hold.key, lines }] : []
  })
}

function byPlace(a: Taken, b: Taken): number {
  if (a.sku !== b.sku) return a.sku < b.sku ? -1 : 1
  return a.warehouse < b.warehouse ? -1 : a.warehouse > b.warehouse ? 1 : 0
}

function sum(lines: readonly Taken[]): Quantities {
  const sums = new Map<string, number>()
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
  return sums
}

function plus(a: Quantities, b: Quantities): Quantities {
  const sums = new Map(a)
  for (const [sku, pieces] of b) sums.set(sku, (sums.get(sku) ?? 0) + pieces)
  return sums
}

function least(a: Quantities, b: Quantities): Quantities {
  return new Map(
    [...a].map(([sku, n]) => [sku, Math.min(n, b.get(sku) ?? 0)] as const).filter(([, pieces]) => pieces > 0),
  )
}

/** Only what remains. */
function minus(a: Quantities, b: Quantities): Quantities {
  return new Map(
    [...a].map(([sku, n]) => [sku, n - (b.get(sku) ?? 0)] as const).filter(([, pieces]) => pieces > 0),
  )
}

function isSame(a: Quantities, b: Quantities): boolean {
  return a.size === b.size && [...a].every(([sku, pieces]) => b.get(sku) === pieces)
}

/** Pauses before a short order is tried again by itself, in minutes; stock that comes does not wait for them. */
const PAUSES = [1, 2, 5, 15, 30, 60] as const

export function nextTry(tries: number): number {
  return PAUSES[Math.min(tries, PAUSES.length - 1)] ?? 60
}
