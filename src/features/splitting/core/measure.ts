import type { PlanUnit } from '#domain/fulfilment.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Cluster } from './cluster.ts'
import { isNamed, type SplitStep } from './steps.ts'

export type Limit = Extract<SplitStep, { is: 'limit' }>

/** What so many copies of a cluster take of each limit. */
export type Load = (cluster: Cluster, copies: number) => readonly number[]

/**
 * How the pieces are measured against the limits: g, cm3, minor units (a share of the unit's value, rounded up) or pieces. Refused:
 * `splitting.unknown_measure`, where a weight or volume that a limit asks for was never told and there is something to split.
 */
export function loadOf(
  cells: readonly { cluster: Cluster; copies: number }[],
  limits: readonly Limit[],
): Result<Load> {
  const isOnePiece = cells.length === 1 && cells[0]?.copies === 1
  const unknown = new Map<string, { readonly sku: string; readonly node: string; readonly measure: string }>()
  for (const limit of limits)
    for (const { cluster } of cells)
      for (const unit of cluster.units)
        if (isNamed(limit.lines, unit) && pieceOf(limit, unit) === null)
          unknown.set(`${unit.sku}\n${limit.measure}`, {
            sku: unit.sku,
            node: limit.node,
            measure: limit.measure,
          })
  const lacking = [...unknown.values()]
  if (lacking.length > 0 && !isOnePiece) {
    const nodes = [...new Set(lacking.map(({ node }) => node))]
    const skus = [...new Set(lacking.map(({ sku }) => sku))]
    const measures = [...new Set(lacking.map(({ measure }) => measure))]
    const detail = `nobody told the ${measures.join(' and ')} of ${skus.slice(0, 10).join(', ')}`
    return refuse('splitting.unknown_measure', detail, { nodes, skus, measures })
  }
  const kept = new Map<string, readonly number[]>()
  return ok((cluster, copies) => {
    const key = `${cluster.at}/${copies}`
    const seen = kept.get(key)
    if (seen !== undefined) return seen
    const load = limits.map((limit) =>
      cluster.units.reduce(
        (sum, unit) => sum + (isNamed(limit.lines, unit) ? taken(limit, unit, cluster, copies) : 0),
        0,
      ),
    )
    kept.set(key, load)
    return load
  })
}

function taken(limit: Limit, unit: PlanUnit, cluster: Cluster, copies: number): number {
  const pieces = (unit.quantity / cluster.copies) * copies
  if (limit.measure !== 'value') return (pieceOf(limit, unit) ?? 0) * pieces
  return Number(ceilShare(unit.valueMinor, pieces, unit.quantity))
}

/** Of one piece; 0 for values, whose share hangs on the number of pieces. */
function pieceOf({ measure }: Limit, unit: PlanUnit): number | null {
  if (measure === 'weight') return unit.weightG
  if (measure === 'volume') return unit.volumeCm3
  return measure === 'pieces' ? 1 : 0
}

function ceilShare(value: bigint, pieces: number, of: number): bigint {
  const share = value * BigInt(pieces)
  const whole = BigInt(of)
  return share > 0n ? (share + whole - 1n) / whole : share / whole
}
