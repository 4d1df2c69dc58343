import type { PlanPiece, PlanUnit, SplitAnswer, SplitAsk, SplitParcel } from '#domain/fulfilment.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { clusterUnits } from './cluster.ts'
import { applyLimits, PARCELS_MOST } from './limits.ts'
import {
  assignWarehouse,
  type Cell,
  type Draft,
  partNeverTogether,
  separateBy,
  separateLines,
} from './separate.ts'
import { isNamed, readSteps, type SplitStep } from './steps.ts'
import { compareText } from './units.ts'

/** Units of one plan; a merge of more goes to a person. */
export const UNITS_MOST = 1_000

/**
 * Splits units into parcels as the rules' actions ask. Every splitter takes parcels and gives parcels, and only ever parts them, so what
 * one of them reached no later one undoes: bindings first, then what may never share a parcel, then separations and warehouses in the
 * rules' order, then all limits at once. Every piece is in exactly one parcel; what is bound hard is in one. Without actions: one
 * parcel. The order of units, bindings and lines makes no difference.
 *
 * Refusals, each with `data.nodes`: `splitting.bindings_conflict`, `.cannot_fit`, `.unknown_measure`, `.warehouse_conflict`,
 * `.too_many_parcels`, `.too_many_units`, `.bad_action`.
 */
export function splitOrder(ask: SplitAsk): Result<SplitAnswer> {
  if (ask.units.length > UNITS_MOST)
    return refuse('splitting.too_many_units', `a plan has at most ${UNITS_MOST} units`, { nodes: [] })
  const read = readSteps(ask.actions)
  if (!read.ok) return read
  const steps = read.value
  const units = [...ask.units].sort((a, b) => compareText(a.key, b.key))
  const clustered = clusterUnits(units, ask.bindings, steps)
  const split = splitClusters(clustered, steps)
  if (!split.ok) return split
  const hold = steps.find((step) => step.is === 'hold')
  return ok({
    parcels: split.value.map((draft) => toParcel(draft, steps)),
    bindings: clustered.bindings,
    hold: hold === undefined ? null : { node: hold.node, reason: hold.reason },
  })
}

function splitClusters(
  clustered: ReturnType<typeof clusterUnits>,
  steps: readonly SplitStep[],
): Result<readonly Draft[]> {
  const { clusters } = clustered
  const cells = clusters.map((cluster): Cell => ({ cluster, copies: cluster.copies }))
  if (cells.length === 0) return ok([])
  const apart = partNeverTogether({ cells, warehouse: null, reasons: [] }, clustered, steps)
  if (!apart.ok) return apart
  let parcels: readonly Draft[] = apart.value
  for (const step of steps) {
    const next = applyStep(parcels, step)
    if (!next.ok) return next
    parcels = next.value
  }
  const limits = steps.filter((step) => step.is === 'limit')
  const cut: Draft[] = []
  for (const parcel of parcels) {
    const some = applyLimits(parcel, limits)
    if (!some.ok) return some
    cut.push(...some.value)
  }
  if (cut.length > PARCELS_MOST)
    return refuse('splitting.too_many_parcels', `more than ${PARCELS_MOST} parcels of one plan`, {
      nodes: [...new Set(steps.map(({ node }) => node))],
    })
  return ok(cut)
}

function applyStep(parcels: readonly Draft[], step: SplitStep): Result<readonly Draft[]> {
  switch (step.is) {
    case 'separate':
      return separateLines(parcels, step)
    case 'separate_by':
      return ok(separateBy(parcels, step))
    case 'warehouse':
      return assignWarehouse(parcels, step)
    default:
      return ok(parcels)
  }
}

function toParcel({ cells, warehouse, reasons }: Draft, steps: readonly SplitStep[]): SplitParcel {
  const needs = steps.flatMap((step) => {
    if (step.is !== 'needs') return []
    const isHere = cells.some(({ cluster }) => cluster.units.some((unit) => isNamed(step.lines, unit)))
    return isHere ? [step.tag] : []
  })
  return {
    groups: cells.flatMap(({ cluster, copies }) =>
      cluster.groups.map((group) => group.map((piece) => ({ ...piece, quantity: piece.quantity * copies }))),
    ),
    together: cells.some(({ cluster }) => cluster.together),
    warehouse: warehouse?.code ?? null,
    needs: [...new Set(needs)].sort(compareText),
    reasons,
  }
}

/** All pieces of a parcel, whatever its groups. */
export function piecesOf(parcel: Pick<SplitParcel, 'groups'>): PlanPiece[] {
  return parcel.groups.flat()
}

/**
 * What the buyer pays for each parcel, in minor units: a unit's value is cut where its pieces are cut, so that the parcels of a plan add
 * up to its units exactly, whatever the number of cuts. Parcels that hold other pieces than the units have get a share of those.
 */
export function valuesOf(parcels: readonly (readonly PlanPiece[])[], units: readonly PlanUnit[]): bigint[] {
  const byKey = new Map(units.map((unit) => [unit.key, unit]))
  const given = new Map<string, number>()
  return parcels.map((pieces) =>
    pieces.reduce((sum, { unit: key, quantity }) => {
      const unit = byKey.get(key)
      if (unit === undefined) return sum
      const from = given.get(key) ?? 0
      given.set(key, from + quantity)
      const upTo = (pieces_: number): bigint => (unit.valueMinor * BigInt(pieces_)) / BigInt(unit.quantity)
      return sum + upTo(from + quantity) - upTo(from)
    }, 0n),
  )
}
