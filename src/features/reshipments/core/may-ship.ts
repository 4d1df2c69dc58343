import type { Proof } from './proof.ts'

export type Piece = { readonly lineId: string; readonly quantity: number }

/** A shipment that left or is about to. `pieces` null: nobody said that it holds only a part. */
export type Sent = { readonly trackingNo: string | null; readonly pieces: readonly Piece[] | null }

export const GRANT_STATES = ['waiting', 'proven', 'approved', 'rejected', 'withdrawn', 'sent'] as const
export type ReshipmentState = (typeof GRANT_STATES)[number]

/** A re-ship as it was asked for; `byPerson`: somebody with the right approved it, whatever the facts say. */
export type Grant = {
  readonly state: ReshipmentState
  readonly byPerson: boolean
  readonly trackingNos: readonly string[]
  readonly pieces: readonly Piece[]
}

/** Whether the re-ship may leave now: approved, or its parcels are proven not to have arrived by what is known at this moment. */
export function isGranted(grant: Grant, proofs: readonly Proof[]): boolean {
  if (grant.state !== 'approved' && grant.state !== 'proven' && grant.state !== 'sent') return false
  return grant.byPerson || isProven(grant.trackingNos, proofs)
}

/** Every parcel that is to be replaced is proven not to have arrived; no parcel named: the whole order came back. */
export function isProven(trackingNos: readonly string[], proofs: readonly Proof[]): boolean {
  const whole = proofs.some((proof) => proof.trackingNo === null)
  if (trackingNos.length === 0) return whole
  return trackingNos.every((no) => whole || proofs.some((proof) => proof.trackingNo === no))
}

/**
 * Whether a re-ship of these parcels and lines was granted before. One proof replaces a parcel once; what is asked for again is for a
 * person to decide. No parcel named: all of the order.
 */
export function wasReplaced(
  ask: Pick<Grant, 'trackingNos' | 'pieces'>,
  grants: readonly Pick<Grant, 'trackingNos' | 'pieces'>[],
): boolean {
  return grants.some(
    (grant) =>
      grant.pieces.some(({ lineId }) => ask.pieces.some((piece) => piece.lineId === lineId)) &&
      (grant.trackingNos.length === 0 ||
        ask.trackingNos.length === 0 ||
        grant.trackingNos.some((no) => ask.trackingNos.includes(no))),
  )
}

export type ShipQuestion = {
  readonly ordered: readonly Piece[]
  readonly sent: readonly Sent[]
  /** Pieces of the re-ships that are granted now. */
  readonly granted: readonly Piece[]
  /** Null: whatever is still to be sent. */
  readonly wanted: readonly Piece[] | null
}

/**
 * Whether another parcel may leave: every piece leaves once, and once more for every re-ship that is granted. A parcel that came back,
 * was lost or was revoked has left all the same; only its re-ship makes room for another. Null: yes; else the line that was sent already.
 */
export function whySentAlready({ ordered, sent, granted, wanted }: ShipQuestion): string | null {
  if (sent.length === 0) return null
  const all = tally(ordered)
  const allowed = tally([...ordered, ...granted])
  const isWhole = sent.some((one) => one.pieces === null)
  const left = tally(sent.flatMap((one) => one.pieces ?? []))
  const wholes = sent.filter((one) => one.pieces === null).length
  const sentOf = (line: string): number =>
    (left.get(line) ?? 0) + wholes * (all.get(line) ?? (isWhole ? 1 : 0))
  if (wanted === null || wanted.length === 0) {
    if (all.size === 0) return granted.length > 0 ? null : 'the order'
    const room = [...allowed].some(([line, quantity]) => sentOf(line) < quantity)
    return room ? null : ([...all.keys()][0] ?? 'the order')
  }
  const tooMany = [...tally(wanted)].find(([line, quantity]) => {
    const most = allowed.get(line)
    // A line that the order does not know (a gift of a rule) leaves once, like any other.
    if (!all.has(line)) return sentOf(line) > 0 && sentOf(line) + quantity > firstOf(sent, line) + (most ?? 0)
    return sentOf(line) + quantity > (most ?? 0)
  })
  return tooMany === undefined ? null : tooMany[0]
}

/** How many of a line that the order does not know left at first: the most that one parcel holds. */
function firstOf(sent: readonly Sent[], line: string): number {
  return Math.max(1, ...sent.map((one) => tally(one.pieces ?? []).get(line) ?? 0))
}

export function tally(pieces: readonly Piece[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { lineId, quantity } of pieces) sums.set(lineId, (sums.get(lineId) ?? 0) + quantity)
  return sums
}
