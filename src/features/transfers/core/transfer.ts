import { ok, type Result, refuse } from '#kernel/result.ts'

export const TRANSFER_STATES = [
  'instructed',
  'locked',
  'dispatched',
  'part_received',
  'received',
  'short_closed',
  'cancelled',
  'failed',
] as const
export type TransferState = (typeof TRANSFER_STATES)[number]
export const TRANSFER_KINDS = ['warehouse', 'channel'] as const
export type TransferKind = (typeof TRANSFER_KINDS)[number]

/** Pieces of one SKU; `received` are the good ones. */
export type TransferLine = {
  readonly line: number
  readonly sku: string
  readonly fromChannel: string | null
  readonly toChannel: string | null
  readonly quantity: number
  readonly dispatched: number
  readonly received: number
  readonly damaged: number
  readonly lost: number
  readonly returned: number
  readonly handedOver: number
}
export type Transfer = {
  readonly id: bigint
  readonly transferNo: string
  readonly kind: TransferKind
  readonly from: string
  readonly to: string
  readonly state: TransferState
  readonly orderId: bigint | null
  readonly holdNo: number
  readonly drawSafety: boolean
  readonly lines: readonly TransferLine[]
}

/** What people do with a transfer; `turn_back` sends what is on the way back to where it came from. */
export const ACTIONS = ['dispatch', 'receive', 'close', 'cancel', 'turn_back', 'retry'] as const
export type Action = (typeof ACTIONS)[number]

const ENDED: Readonly<Record<Action, boolean>> = {
  dispatch: false,
  receive: false,
  close: false,
  cancel: false,
  turn_back: false,
  retry: false,
}
/** What may be done in which state. A new state or action does not compile until every cell is decided. */
const MAY: Readonly<Record<TransferState, Readonly<Record<Action, boolean>>>> = {
  instructed: { ...ENDED, cancel: true, retry: true },
  locked: { ...ENDED, dispatch: true, cancel: true },
  dispatched: { ...ENDED, dispatch: true, receive: true, close: true, turn_back: true },
  part_received: { ...ENDED, dispatch: true, receive: true, close: true, turn_back: true },
  received: ENDED,
  short_closed: ENDED,
  cancelled: ENDED,
  failed: { ...ENDED, retry: true },
}

/**
 * Refuses with `transfer.return_leg_needed` to cancel what has left, and with `transfer.state_conflict` whatever else the state does
 * not allow.
 */
export function decideAction({ state, transferNo }: Transfer, action: Action): Result<null> {
  if (MAY[state][action]) return ok(null)
  if (action === 'cancel' && MAY[state].turn_back)
    return refuse(
      'transfer.return_leg_needed',
      `${transferNo} has left: turn back what is on the way, or close it short`,
      { state },
    )
  return refuse('transfer.state_conflict', `${transferNo} is ${state}; it cannot be ${WORDS[action]} now`, {
    state,
  })
}
const WORDS: Readonly<Record<Action, string>> = {
  dispatch: 'dispatched',
  receive: 'received',
  close: 'closed short',
  cancel: 'cancelled',
  turn_back: 'turned back',
  retry: 'tried again',
}

export const mayDo = (state: TransferState): readonly Action[] =>
  ACTIONS.filter((action) => MAY[state][action])

/** Pieces on the way. */
export function onTheWay(line: TransferLine): number {
  return line.dispatched - line.received - line.damaged - line.lost - line.returned
}
/** Pieces that still wait at the source. */
export function notLeft(line: TransferLine): number {
  return line.quantity - line.dispatched
}

/** How a warehouse transfer stands once something of it has left: by its figures alone. */
export function stateOf(lines: readonly TransferLine[]): 'dispatched' | 'part_received' | 'received' {
  if (lines.every((line) => notLeft(line) === 0 && onTheWay(line) === 0)) return 'received'
  return lines.some((line) => line.received + line.damaged + line.lost > 0) ? 'part_received' : 'dispatched'
}

/** Key of the reservation at the source; one that was lost is never asked for again. */
export function holdKeyOf({ id, holdNo }: Pick<Transfer, 'id' | 'holdNo'>): string {
  return holdNo === 1 ? `hub:transfer:${id}` : `hub:transfer:${id}:${holdNo}`
}

/** Seconds before the lock is tried once more. */
const PAUSES = [2, 3, 5, 10, 15, 30] as const
export function pauseAfter(tries: number): number {
  return PAUSES[Math.min(Math.max(tries, 1), PAUSES.length) - 1] ?? PAUSES[0]
}

/** Adds up by SKU. */
export function bySku<T extends { readonly sku: string }>(
  rows: readonly T[],
  pieces: (row: T) => number,
): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  for (const row of rows) {
    const n = pieces(row)
    if (n !== 0) sums.set(row.sku, (sums.get(row.sku) ?? 0) + n)
  }
  return sums
}
