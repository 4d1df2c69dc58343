import type { ParcelStage } from '#domain/order-status.ts'
import { type Piece, tally } from './may-ship.ts'

/** A parcel as far as it matters here: on its way to the buyer or with them. */
export type LiveParcel = {
  readonly trackingNo: string
  readonly stage: ParcelStage
  /** Empty: nobody said that it holds only a part. */
  readonly pieces: readonly Piece[]
  readonly issuedAtMs: number
}

export type Duplicate = {
  readonly trackingNos: readonly string[]
  /** Pieces that are on their way too often. */
  readonly pieces: readonly Piece[]
  /** The parcel to stop: the last that left of those that can still be stopped; null: all are delivered. */
  readonly stop: string | null
}

/**
 * Two parcels for the same pieces. A parcel of unknown contents counts as the whole order where the order has one piece, or where it is the
 * only such parcel beside others whose contents are known; anywhere else nothing is known and nothing is said.
 */
export function findDuplicate(
  ordered: readonly Piece[],
  granted: readonly Piece[],
  live: readonly LiveParcel[],
): Duplicate | null {
  if (live.length < 2) return null
  const all = tally(ordered)
  const count = [...all.values()].reduce((sum, quantity) => sum + quantity, 0)
  const unknown = live.filter((parcel) => parcel.pieces.length === 0)
  if (unknown.length > 0 && count !== 1 && !(unknown.length === 1 && count > 0)) return null
  const contents = (parcel: LiveParcel): readonly Piece[] =>
    parcel.pieces.length === 0 ? ordered : parcel.pieces
  const onTheWay = tally(live.flatMap(contents))
  const allowed = tally([...ordered, ...granted])
  const over = [...onTheWay].flatMap(([lineId, quantity]) => {
    const most = allowed.get(lineId)
    return most !== undefined && quantity > most ? [{ lineId, quantity: quantity - most }] : []
  })
  if (over.length === 0) return null
  const lines = new Set(over.map((piece) => piece.lineId))
  const involved = live.filter((parcel) => contents(parcel).some((piece) => lines.has(piece.lineId)))
  const stoppable = involved
    .filter((parcel) => parcel.stage !== 'delivered')
    .toSorted((a, b) => b.issuedAtMs - a.issuedAtMs || (a.trackingNo < b.trackingNo ? 1 : -1))
  return {
    trackingNos: involved.map((parcel) => parcel.trackingNo).toSorted(),
    pieces: over,
    stop: stoppable[0]?.trackingNo ?? null,
  }
}
