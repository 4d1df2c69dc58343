import type { Binding, PlanPiece, PlanUnit, SplitParcel } from '#domain/fulfilment.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A parcel as a person arranged it; `warehouse` null leaves the choice to sourcing. */
export type ManualParcel = { readonly pieces: readonly PlanPiece[]; readonly warehouse: string | null }

const PARCELS_MOST = 100

/**
 * Checks a person's arrangement against what there is to send. Refuses with `fulfilment.pieces_differ` (not every piece is in exactly one
 * parcel; data: which), `fulfilment.binding_broken` (what is bound hard would be torn apart), `fulfilment.too_many_parcels`.
 */
export function checkManual(
  parcels: readonly ManualParcel[],
  units: readonly PlanUnit[],
  bindings: readonly Binding[],
): Result<readonly SplitParcel[]> {
  if (parcels.length > PARCELS_MOST)
    return refuse('fulfilment.too_many_parcels', `${PARCELS_MOST} parcels at most`)
  const differing = differences(parcels, units)
  if (differing.length > 0)
    return refuse(
      'fulfilment.pieces_differ',
      `every piece belongs in exactly one parcel: ${differing[0]?.words}`,
      {
        units: differing,
      },
    )
  for (const binding of bindings) {
    if (binding.strength !== 'hard') continue
    const torn = tornBy(parcels, units, binding)
    if (torn !== null)
      return refuse('fulfilment.binding_broken', `${torn.join(', ')} must leave in one parcel`, {
        units: torn,
      })
  }
  return ok(parcels.filter((parcel) => parcel.pieces.length > 0).map((parcel) => splitParcel(parcel, units)))
}

function splitParcel({ pieces, warehouse }: ManualParcel, units: readonly PlanUnit[]): SplitParcel {
  const tags = new Map(units.map((unit) => [unit.key, unit.tags]))
  return {
    groups: [pieces],
    together: true,
    warehouse,
    needs: [...new Set(pieces.flatMap((piece) => tags.get(piece.unit) ?? []))].sort(),
    reasons: [{ node: null, words: { zh: '人工安排', en: 'arranged by a person' } }],
  }
}

function differences(parcels: readonly ManualParcel[], units: readonly PlanUnit[]) {
  const placed = new Map<string, number>()
  for (const { unit, quantity } of parcels.flatMap((parcel) => parcel.pieces)) {
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      return [{ unit, words: `${unit}: ${quantity} pieces` }]
    placed.set(unit, (placed.get(unit) ?? 0) + quantity)
  }
  const known = new Map(units.map((unit) => [unit.key, unit.quantity]))
  return [...new Set([...known.keys(), ...placed.keys()])].flatMap((unit) => {
    const wanted = known.get(unit) ?? 0
    const got = placed.get(unit) ?? 0
    return wanted === got ? [] : [{ unit, words: `${unit}: ${got} of ${wanted}` }]
  })
}

/** SKUs of a hard binding that would not be in the same parcels; null where it holds. */
function tornBy(
  parcels: readonly ManualParcel[],
  units: readonly PlanUnit[],
  binding: Binding,
): string[] | null {
  const members = units.filter((unit) => binding.units.includes(unit.key))
  const [main] = members.filter((unit) => unit.key === binding.units[0])
  const torn = parcels.some(({ pieces }) => {
    const here = (key: string): boolean => pieces.some((piece) => piece.unit === key)
    if (binding.why === 'gift')
      return (
        main !== undefined &&
        members.some((unit) => unit.key !== main.key && here(unit.key)) &&
        !here(main.key)
      )
    const present = members.filter((unit) => here(unit.key))
    return present.length > 0 && present.length < members.length
  })
  return torn ? members.map((unit) => unit.sku) : null
}
