import type { Binding, PlanPiece, PlanUnit } from '#domain/fulfilment.ts'
import { isNamed, type SplitStep } from './steps.ts'

/**
 * What no rule takes apart. `copies`: how often it may be repeated in different parcels: the pieces of an unbound unit, the sets of a
 * bundle; 1 for whatever else is bound.
 */
export type Cluster = {
  readonly at: number
  readonly key: string
  readonly units: readonly PlanUnit[]
  /** Groups that stay whole at the warehouse too, with the pieces of one copy. */
  readonly groups: readonly (readonly PlanPiece[])[]
  readonly copies: number
  /** One warehouse for all of it, also where a nearer one has a part. */
  readonly together: boolean
  /** Nodes of the rules that bound it. */
  readonly nodes: readonly string[]
  /** Clusters that hold the main products of a gift which is bound softly; in order; the gift goes with the first where it may. */
  readonly follows: readonly number[]
  /** Nothing but gifts. */
  readonly isGift: boolean
}

export type Clustered = {
  readonly clusters: readonly Cluster[]
  /** Index of the cluster by unit key. */
  readonly of: ReadonlyMap<string, number>
  /** Those that came in and the hard ones that the rules added. */
  readonly bindings: readonly Binding[]
}

/** Joins what is bound hard, and what a rule keeps in one parcel. `units` in order of their keys. */
export function clusterUnits(
  units: readonly PlanUnit[],
  given: readonly Binding[],
  steps: readonly SplitStep[],
): Clustered {
  const bindings = [...given, ...ruleBindings(units, steps)]
  const hard = joined(units, bindings)
  const kept = joined(units, [...bindings, ...keptApartFromStock(units, steps)])
  const forced = new Set(forcedKeys(units, steps))
  const members = new Map<number, PlanUnit[]>()
  units.forEach((unit, index) => {
    const root = kept(index)
    members.set(root, [...(members.get(root) ?? []), unit])
  })
  const indexOf = new Map(units.map((unit, index) => [unit.key, index]))
  const of = new Map<string, number>()
  const drafts = [...members.values()].map((of_, at) => {
    for (const unit of of_) of.set(unit.key, at)
    const copies = copiesOf(of_, bindings)
    const groups = Map.groupBy(of_, (unit) => hard(indexOf.get(unit.key) ?? 0))
    return {
      at,
      key: of_[0]?.key ?? '',
      units: of_,
      groups: [...groups.values()].map((group) =>
        group.map(({ key, quantity }) => ({ unit: key, quantity: quantity / copies })),
      ),
      copies,
      together: of_.some(({ key }) => forced.has(key)),
      isGift: of_.every(({ gift }) => gift),
    }
  })
  const nodes = nodesByCluster(units, bindings, steps, of)
  const follows = followed(bindings, of)
  const clusters = drafts.map((draft) => ({
    ...draft,
    nodes: nodes.get(draft.at) ?? [],
    follows: follows.get(draft.at) ?? [],
  }))
  // What a rule keeps together softly is a wish about parcels: nobody's goods wait for others on its account.
  return {
    clusters,
    of,
    bindings: bindings.filter(({ why, strength }) => why !== 'rule' || strength === 'hard'),
  }
}

function ruleBindings(units: readonly PlanUnit[], steps: readonly SplitStep[]): Binding[] {
  return steps.flatMap((step): Binding[] => {
    if (step.is !== 'bind' && !(step.is === 'force' && step.ignoresStock)) return []
    const keys = units.filter((unit) => isNamed(step.lines, unit)).map(({ key }) => key)
    if (keys.length < 2) return []
    return [
      { strength: step.is === 'bind' ? step.strength : 'hard', why: 'rule', units: keys, node: step.node },
    ]
  })
}

/** Forced into one parcel as far as stock allows: one here, while a warehouse that lacks a part may still part it. */
function keptApartFromStock(units: readonly PlanUnit[], steps: readonly SplitStep[]): Binding[] {
  return steps.flatMap((step): Binding[] => {
    if (step.is !== 'force' || step.ignoresStock) return []
    const keys = units.filter((unit) => isNamed(step.lines, unit)).map(({ key }) => key)
    return keys.length < 2 ? [] : [{ strength: 'hard', why: 'rule', units: keys, node: step.node }]
  })
}

function forcedKeys(units: readonly PlanUnit[], steps: readonly SplitStep[]): string[] {
  return steps.flatMap((step) =>
    step.is === 'force' && step.ignoresStock
      ? units.filter((unit) => isNamed(step.lines, unit)).map(({ key }) => key)
      : [],
  )
}

/** Union-find over hard bindings; the answer names the set of a unit by its index. */
function joined(units: readonly PlanUnit[], bindings: readonly Binding[]): (index: number) => number {
  const parent = units.map((_, index) => index)
  const find = (index: number): number => {
    let root = index
    while (parent[root] !== root) root = parent[root] ?? root
    parent[index] = root
    return root
  }
  const indexOf = new Map(units.map((unit, index) => [unit.key, index]))
  for (const binding of bindings) {
    if (binding.strength !== 'hard') continue
    const known = binding.units.map((key) => indexOf.get(key)).filter((index) => index !== undefined)
    for (const index of known.slice(1)) {
      const [a, b] = [find(known[0] ?? index), find(index)]
      // The lower one leads, so that names of sets do not hang on the order of the bindings.
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b)
    }
  }
  return find
}

/** Pieces of an unbound unit and whole sets of a bundle may part; anything else that is bound may not. */
function copiesOf(units: readonly PlanUnit[], bindings: readonly Binding[]): number {
  const [first] = units
  if (first === undefined) return 1
  const keys = new Set(units.map(({ key }) => key))
  const bound = bindings.filter(
    ({ strength, units: of }) => strength === 'hard' && of.some((key) => keys.has(key)),
  )
  if (units.length === 1 && bound.length === 0) return first.quantity / unitStep(first)
  if (bound.some(({ why }) => why !== 'bundle')) return 1
  const sets = first.quantity / first.perBundle
  const isOneBundle = units.every(
    (unit) =>
      unit.bundle !== null &&
      unit.bundle === first.bundle &&
      unit.orderId === first.orderId &&
      unit.quantity === unit.perBundle * sets,
  )
  return isOneBundle && Number.isInteger(sets) ? sets : 1
}

/** A bundle of one part alone still leaves in whole sets. */
function unitStep(unit: PlanUnit): number {
  return unit.bundle !== null && unit.quantity % unit.perBundle === 0 ? unit.perBundle : 1
}

function nodesByCluster(
  units: readonly PlanUnit[],
  bindings: readonly Binding[],
  steps: readonly SplitStep[],
  of: ReadonlyMap<string, number>,
): ReadonlyMap<number, string[]> {
  const nodes = new Map<number, string[]>()
  for (const { strength, node, units: keys } of [...bindings, ...keptApartFromStock(units, steps)]) {
    const at = of.get(keys[0] ?? '')
    if (strength !== 'hard' || node === null || at === undefined) continue
    if (!nodes.get(at)?.includes(node)) nodes.set(at, [...(nodes.get(at) ?? []), node])
  }
  return nodes
}

/** Soft partners by cluster: a gift after its main product; what a rule keeps together softly, each after the first. */
function followed(
  bindings: readonly Binding[],
  of: ReadonlyMap<string, number>,
): ReadonlyMap<number, number[]> {
  const follows = new Map<number, number[]>()
  for (const { strength, units: keys } of bindings) {
    const main = of.get(keys[0] ?? '')
    if (strength !== 'soft' || main === undefined) continue
    for (const key of keys.slice(1)) {
      const at = of.get(key)
      if (at === undefined || at === main || follows.get(at)?.includes(main)) continue
      follows.set(
        at,
        [...(follows.get(at) ?? []), main].sort((a, b) => a - b),
      )
    }
  }
  return follows
}
