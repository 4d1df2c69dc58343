import type { Demand, Taken } from '#domain/stock.ts'

/** An open hold of one owner. */
export type OpenHold = {
  readonly id: bigint
  readonly key: string
  readonly lines: readonly { readonly sku: string; readonly warehouse: string; readonly open: number }[]
}
export type HandOver = {
  readonly lock: readonly Demand[]
  readonly release: readonly { readonly key: string; readonly lines: readonly Taken[] }[]
}

/**
 * A lock follows the goods: what has arrived at one warehouse is locked there as far as it is still wanted, and as many pieces held
 * elsewhere are given back, the oldest hold first. Never locks more than `demand`, never leaves less held than before.
 */
export function decideHandOver(
  demand: ReadonlyMap<string, number>,
  holds: readonly OpenHold[],
  arrived: ReadonlyMap<string, number>,
  destination: string,
): HandOver {
  const lock: Demand[] = []
  const surplus = new Map<string, number>()
  for (const [sku, pieces] of arrived) {
    const wanted = demand.get(sku) ?? 0
    const here = openOf(holds, sku, (warehouse) => warehouse === destination)
    const there = openOf(holds, sku, (warehouse) => warehouse !== destination)
    const quantity = Math.min(pieces, Math.max(0, wanted - here))
    if (quantity > 0) lock.push({ sku, warehouse: destination, quantity })
    surplus.set(sku, Math.min(there, Math.max(0, here + quantity + there - wanted)))
  }
  return { lock, release: giveBack(holds, surplus, (warehouse) => warehouse !== destination) }
}

/**
 * What is held beyond the demand, over all warehouses and holds. The newest hold is the newer route's choice and stays; the oldest
 * gives back first. Only SKUs that are held in more than one place: one hold that is too large is its owner's own affair.
 */
export function decideRedundant(
  demand: ReadonlyMap<string, number>,
  holds: readonly OpenHold[],
): HandOver['release'] {
  const places = new Map<string, number>()
  const surplus = new Map<string, number>()
  for (const { lines } of holds)
    for (const { sku, open } of lines) {
      if (open === 0) continue
      places.set(sku, (places.get(sku) ?? 0) + 1)
      surplus.set(sku, (surplus.get(sku) ?? -(demand.get(sku) ?? 0)) + open)
    }
  for (const [sku, pieces] of surplus)
    if (pieces <= 0 || (places.get(sku) ?? 0) < 2 || !demand.has(sku)) surplus.delete(sku)
  return giveBack(holds, surplus, () => true)
}

function giveBack(
  holds: readonly OpenHold[],
  surplus: ReadonlyMap<string, number>,
  from: (warehouse: string) => boolean,
): HandOver['release'] {
  const rest = new Map(surplus)
  const oldest = [...holds].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  return oldest.flatMap(({ key, lines }) => {
    const back: Taken[] = []
    for (const { sku, warehouse, open } of lines) {
      const quantity = from(warehouse) ? Math.min(open, rest.get(sku) ?? 0) : 0
      if (quantity <= 0) continue
      rest.set(sku, (rest.get(sku) ?? 0) - quantity)
      back.push({ sku, warehouse, quantity })
    }
    return back.length === 0 ? [] : [{ key, lines: back }]
  })
}

function openOf(holds: readonly OpenHold[], sku: string, at: (warehouse: string) => boolean): number {
  return holds
    .flatMap((hold) => hold.lines)
    .reduce((sum, line) => (line.sku === sku && at(line.warehouse) ? sum + line.open : sum), 0)
}
