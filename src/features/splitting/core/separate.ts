import type { SplitParcel } from '#domain/fulfilment.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Cluster, Clustered } from './cluster.ts'
import { isNamed, type Lines, type SplitStep } from './steps.ts'
import { compareText } from './units.ts'

/** So many copies of a cluster. */
export type Cell = { readonly cluster: Cluster; readonly copies: number }
/** A parcel in the making. */
export type Draft = {
  readonly cells: readonly Cell[]
  readonly warehouse: { readonly code: string; readonly node: string } | null
  readonly reasons: SplitParcel['reasons']
}
type Reason = SplitParcel['reasons'][number]

/**
 * Parts what may never share a parcel, all such rules at once, into few parcels. Goods that no rule speaks of stay with the first of
 * them, gifts with their main product. Refused: `splitting.bindings_conflict` where a hard binding holds such goods together.
 */
export function partNeverTogether(
  draft: Draft,
  clustered: Clustered,
  steps: readonly SplitStep[],
): Result<Draft[]> {
  const apart = steps.filter((step) => step.is === 'apart')
  if (apart.length === 0) return ok([draft])
  const enemies = new Map<number, Set<number>>()
  const nodesOf = new Map<number, Set<string>>()
  for (const step of apart) {
    const found = pairsOf(clustered, step.a, step.b)
    for (const [left, right] of found) {
      if (left === right) return conflict(clustered.clusters[left], step.node)
      for (const [one, other] of [
        [left, right],
        [right, left],
      ] as const) {
        enemies.set(one, (enemies.get(one) ?? new Set()).add(other))
        nodesOf.set(one, (nodesOf.get(one) ?? new Set()).add(step.node))
      }
    }
  }
  if (enemies.size === 0) return ok([draft])
  const colours = colour(draft.cells, enemies)
  const parcels = partitionBy(draft, ({ cluster }) => colours.get(cluster.at) ?? 0)
  return ok(
    parcels.map((parcel) => {
      const nodes = new Set(parcel.cells.flatMap(({ cluster }) => [...(nodesOf.get(cluster.at) ?? [])]))
      const reasons = [...nodes].sort(compareText).map((node) => ({ node, words: NEVER_TOGETHER }))
      return { ...parcel, reasons: [...parcel.reasons, ...reasons] }
    }),
  )
}
const NEVER_TOGETHER = { zh: '含不能同装的商品', en: 'holds goods that may not share a parcel' }

function pairsOf({ clusters, of }: Clustered, a: Lines, b: Lines): [number, number][] {
  const units = clusters.flatMap((cluster) => cluster.units)
  const left = units.filter((unit) => isNamed(a, unit))
  const right = units.filter((unit) => isNamed(b, unit))
  return left.flatMap((one) =>
    right
      .filter((other) => other.key !== one.key)
      .map((other): [number, number] => [of.get(one.key) ?? 0, of.get(other.key) ?? 0]),
  )
}

function conflict(cluster: Cluster | undefined, node: string) {
  const nodes = [...(cluster?.nodes ?? []), node]
  const skus = cluster?.units.map(({ sku }) => sku) ?? []
  return refuse(
    'splitting.bindings_conflict',
    `${skus.join(', ')} are bound to leave together, and node ${node} wants them apart`,
    { nodes, units: cluster?.units.map(({ key }) => key) ?? [], skus },
  )
}

/** Colours by the most-constrained first: exact where there are two sides, few colours elsewhere. Then those without enemies. */
function colour(
  cells: readonly Cell[],
  enemies: ReadonlyMap<number, ReadonlySet<number>>,
): ReadonlyMap<number, number> {
  const colours = new Map<number, number>()
  // What its enemies have is kept with each: asked for anew at every choice, 500 lines took seconds.
  const open = cells
    .filter(({ cluster }) => enemies.has(cluster.at))
    .map(({ cluster }) => ({ cluster, used: new Set<number>(), degree: enemies.get(cluster.at)?.size ?? 0 }))
  const waiting = new Map(open.map((one) => [one.cluster.at, one]))
  while (waiting.size > 0) {
    let next: (typeof open)[number] | undefined
    for (const one of waiting.values()) if (next === undefined || isTighter(one, next)) next = one
    if (next === undefined) break
    const { cluster, used } = next
    waiting.delete(cluster.at)
    const wish = cluster.follows
      .map((at) => colours.get(at))
      .find((one) => one !== undefined && !used.has(one))
    let free = 0
    while (used.has(free)) free += 1
    colours.set(cluster.at, wish ?? free)
    for (const enemy of enemies.get(cluster.at) ?? []) waiting.get(enemy)?.used.add(wish ?? free)
  }
  for (const { cluster } of cells)
    if (!colours.has(cluster.at)) colours.set(cluster.at, colours.get(cluster.follows[0] ?? -1) ?? 0)
  return colours
}

type Uncoloured = { readonly cluster: Cluster; readonly used: ReadonlySet<number>; readonly degree: number }

function isTighter(a: Uncoloured, b: Uncoloured): boolean {
  const more = a.used.size - b.used.size || a.degree - b.degree
  return more === 0 ? a.cluster.at < b.cluster.at : more > 0
}

/** Takes the named goods out into a parcel of their own. What is bound hard comes along, and so does a softly bound gift. */
export function separateLines(
  parcels: readonly Draft[],
  step: Extract<SplitStep, { is: 'separate' }>,
): Result<Draft[]> {
  const words =
    step.reason === ''
      ? { zh: '规则要求单独成包', en: 'a rule asks for a parcel of its own' }
      : { zh: step.reason, en: step.reason }
  return takeOut(parcels, step.lines, step.node, (chosen) => {
    return { ...chosen, reasons: [...chosen.reasons, { node: step.node, words }] }
  })
}

/** Gives the named goods (all that have none: where no lines are named) to one warehouse, in parcels of their own. */
export function assignWarehouse(
  parcels: readonly Draft[],
  step: Extract<SplitStep, { is: 'warehouse' }>,
): Result<Draft[]> {
  const { code, node, lines } = step
  if (lines === null) {
    return ok(parcels.map((one) => (one.warehouse === null ? { ...one, warehouse: { code, node } } : one)))
  }
  const reason = { node, words: { zh: `指定仓库 ${code}`, en: `given to warehouse ${code}` } }
  const taken = takeOut(parcels, lines, node, (chosen) => ({
    ...chosen,
    reasons: [...chosen.reasons, reason],
  }))
  if (!taken.ok) return taken
  const done: Draft[] = []
  for (const parcel of taken.value) {
    const isChosen = parcel.cells.some(({ cluster }) => isTouched(cluster, lines))
    if (isChosen && parcel.warehouse !== null && parcel.warehouse.code !== code)
      return refuse(
        'splitting.warehouse_conflict',
        `node ${parcel.warehouse.node} wants warehouse ${parcel.warehouse.code}, node ${node} wants ${code}`,
        { nodes: [parcel.warehouse.node, node] },
      )
    done.push(isChosen ? { ...parcel, warehouse: { code, node } } : parcel)
  }
  return ok(done)
}

function takeOut(
  parcels: readonly Draft[],
  lines: Lines,
  node: string,
  mark: (chosen: Draft) => Draft,
): Result<Draft[]> {
  const done: Draft[] = []
  for (const parcel of parcels) {
    const torn = parcel.cells.find(({ cluster }) => tearsGift(cluster, lines))
    if (torn !== undefined) return conflict(torn.cluster, node)
    const chosen = new Set(
      parcel.cells.filter(({ cluster }) => isTouched(cluster, lines)).map(({ cluster }) => cluster.at),
    )
    const isOut = ({ cluster }: Cell): boolean =>
      chosen.has(cluster.at) || (cluster.isGift && chosen.has(cluster.follows[0] ?? -1))
    const [out, rest] = [parcel.cells.filter(isOut), parcel.cells.filter((cell) => !isOut(cell))]
    if (out.length === 0 || rest.length === 0) done.push(parcel)
    else done.push({ ...parcel, cells: rest }, mark({ ...parcel, cells: out }))
  }
  return ok(done)
}

function isTouched(cluster: Cluster, lines: Lines): boolean {
  return cluster.units.some((unit) => isNamed(lines, unit))
}

/** A rule that names the gift alone would take it from the product that it is bound to. */
function tearsGift({ units }: Cluster, lines: Lines): boolean {
  const [named, others] = [
    units.filter((unit) => isNamed(lines, unit)),
    units.filter((unit) => !isNamed(lines, unit)),
  ]
  return named.length > 0 && named.every(({ gift }) => gift) && others.some(({ gift }) => !gift)
}

/** A parcel for each tag, SKU or line. Bound goods share the tags of all their parts; a softly bound gift goes with its main product. */
export function separateBy(
  parcels: readonly Draft[],
  step: Extract<SplitStep, { is: 'separate_by' }>,
): Draft[] {
  const own = (cluster: Cluster): string => namesOf(cluster, step).join('、')
  return parcels.flatMap((parcel) => {
    const here = new Map(parcel.cells.map(({ cluster }) => [cluster.at, cluster]))
    const nameOf = (cluster: Cluster): string => {
      const main = cluster.isGift ? here.get(cluster.follows[0] ?? -1) : undefined
      return main !== undefined && (step.by !== 'tag' || own(cluster) === '') ? own(main) : own(cluster)
    }
    const parts = partitionBy(parcel, ({ cluster }) => nameOf(cluster))
    if (parts.length === 1) return parts
    return parts.map((part): Draft => {
      const first = part.cells[0]
      const name = first === undefined ? '' : nameOf(first.cluster)
      return { ...part, reasons: [...part.reasons, reasonBy(step, name)] }
    })
  })
}

function namesOf({ units }: Cluster, { by, prefix }: Extract<SplitStep, { is: 'separate_by' }>): string[] {
  const names = units.flatMap((unit) => {
    if (by === 'sku') return [unit.sku]
    if (by === 'line') return [`${unit.orderId}/${unit.lineId}`]
    return unit.tags.filter((tag) => tag.startsWith(prefix))
  })
  return [...new Set(names)].sort(compareText)
}

function reasonBy({ node, by }: Extract<SplitStep, { is: 'separate_by' }>, name: string): Reason {
  if (by === 'line') return { node, words: { zh: '按行分开', en: 'a parcel for each line' } }
  if (by === 'sku') return { node, words: { zh: `按商品分开：${name}`, en: `by SKU: ${name}` } }
  const shown = name === '' ? { zh: '无标签', en: 'none' } : { zh: name, en: name }
  return { node, words: { zh: `按标签分开：${shown.zh}`, en: `by tag: ${shown.en}` } }
}

function partitionBy(draft: Draft, nameOf: (cell: Cell) => string | number): Draft[] {
  const parts = Map.groupBy(draft.cells, nameOf)
  return [...parts.values()].map((cells) => ({ ...draft, cells }))
}
