import { PIECES_MOST, SKU_MOST } from '#domain/stock.ts'
import type { FeedChange } from '#domain/stock-feed.ts'

export type Placed =
  | {
      readonly kind: 'level'
      readonly warehouse: string
      readonly sku: string
      readonly quantity: number
      readonly version: bigint | null
      readonly reference: string | null
    }
  | {
      readonly kind: 'movement'
      readonly warehouse: string
      readonly sku: string
      readonly delta: number
      readonly id: string
      readonly reference: string | null
    }
export type Misplaced = {
  readonly index: number
  readonly kind: 'unknown_warehouse' | 'unreadable'
  readonly code: string
  readonly warehouse: string
  readonly sku: string
  readonly detail: string
}
export type PlacedChange = { readonly index: number; readonly change: Placed }

const ID_MOST = 120
const PLACE_BYTES = 40

/**
 * Finds the hub's warehouse of every change and refuses what no ledger could hold. `codes`: what the source calls a warehouse to the
 * hub's code; null: the changes carry the hub's own codes. A row that is gone counts as none there, under the version after its last, so
 * that a late report of the row does not bring it back.
 */
export function placeChanges(
  changes: readonly FeedChange[],
  codes: ReadonlyMap<string, string> | null,
): { readonly placed: readonly PlacedChange[]; readonly misplaced: readonly Misplaced[] } {
  const placed: PlacedChange[] = []
  const misplaced: Misplaced[] = []
  for (const [index, change] of changes.entries()) {
    const fault = faultOf(change)
    const warehouse = codes === null ? change.warehouse : codes.get(change.warehouse)
    if (fault !== null)
      misplaced.push({
        index,
        kind: 'unreadable',
        code: fault.code,
        warehouse: (warehouse ?? change.warehouse).slice(0, PLACE_BYTES),
        sku: change.sku.slice(0, SKU_MOST),
        detail: fault.detail,
      })
    else if (warehouse === undefined)
      misplaced.push({
        index,
        kind: 'unknown_warehouse',
        code: 'capture.unknown_warehouse',
        warehouse: change.warehouse.slice(0, 100),
        sku: '',
        detail: `no warehouse here stands for "${change.warehouse.slice(0, 100)}"`,
      })
    else placed.push({ index, change: placeOne(change, warehouse) })
  }
  return { placed, misplaced }
}

function faultOf(change: FeedChange): { readonly code: string; readonly detail: string } | null {
  if (change.sku.trim() === '' || change.sku.length > SKU_MOST)
    return { code: 'capture.bad_sku', detail: `a SKU has 1 to ${SKU_MOST} characters` }
  const figure = change.kind === 'level' ? change.quantity : change.delta
  if (!Number.isInteger(figure) || Math.abs(figure) > PIECES_MOST)
    return { code: 'capture.bad_quantity', detail: `${figure} is not a whole number up to ${PIECES_MOST}` }
  if (change.kind === 'movement' && (change.id === '' || change.id.length > ID_MOST))
    return { code: 'capture.bad_id', detail: `a movement's id has 1 to ${ID_MOST} characters` }
  return null
}

function placeOne(change: FeedChange, warehouse: string): Placed {
  const { sku, reference } = change
  if (change.kind === 'movement')
    return { kind: 'movement', warehouse, sku, delta: change.delta, id: change.id, reference }
  if (!change.removed)
    return { kind: 'level', warehouse, sku, quantity: change.quantity, version: change.version, reference }
  const version = change.version === null ? null : change.version + 1n
  return { kind: 'level', warehouse, sku, quantity: 0, version, reference }
}

/** A movement takes effect once, whichever channel reports it: its key is of the warehouse, not of the feed. */
export function movementKey(warehouse: string, id: string): string {
  return `feed:${warehouse}:${id}`
}
