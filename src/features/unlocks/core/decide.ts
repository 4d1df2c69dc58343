import type { Refusal } from '#kernel/result.ts'
import { type HoldFace, hasLeft, hasWaybill, type OrderFace } from './figures.ts'

export const REQUEST_STATES = ['waiting', 'approved', 'rejected', 'withdrawn', 'moot'] as const
export type RequestState = (typeof REQUEST_STATES)[number]

/** Whose holds may be freed by force; a transfer is cancelled, a finding decided, a person's reservation given back. */
const BY_FORCE: readonly string[] = ['order', 'api']

/** Whether freeing this hold may be asked for; null: it may. The first reason wins. */
export function checkAsk(hold: HoldFace | null, order: OrderFace | null, isAsked: boolean): Refusal | null {
  if (hold === null) return { code: 'stock.hold_not_found', detail: 'there is no such hold' }
  if (hold.state !== 'held')
    return { code: 'unlocks.ended_conflict', detail: 'the hold has ended; nothing is left to free' }
  if (!BY_FORCE.includes(hold.ownerKind))
    return { code: 'unlocks.other_way', detail: OTHER_WAYS[hold.ownerKind] ?? '' }
  if (order !== null && hasLeft(order))
    return {
      code: 'unlocks.goods_left',
      detail: `order ${order.orderNo} has left; its hold is to be committed, freeing it would sell what is not there`,
    }
  if (isAsked)
    return {
      code: 'unlocks.asked_exists',
      detail: 'somebody has asked already; the request waits for its decision',
    }
  return null
}

const OTHER_WAYS: Readonly<Record<string, string>> = {
  transfer: 'a transfer holds these; cancel the transfer',
  finding: 'a finding holds these; decide the finding',
  person: 'a person reserved these; give the reservation back',
}

export type Approver = { readonly id: string; readonly isAdmin: boolean }

/** What comes of an approval: it frees, it comes too late, or it is refused with the reason. */
export type Verdict =
  | { readonly is: 'free' }
  | { readonly is: 'moot' }
  | { readonly is: 'refused'; readonly refusal: Refusal }

/**
 * Whether this person may approve this request now. Two people, unless the setting says otherwise; a printed label asks for an
 * administrator; goods that have left are never freed; what the approver looked at must still hold.
 */
export function decideApproval(
  asked: { readonly state: string; readonly askedById: string },
  hold: HoldFace | null,
  order: OrderFace | null,
  approver: Approver,
  rule: { readonly twoPeople: boolean; readonly digest: string; readonly seen: string | null },
): Verdict {
  const no = (code: string, detail: string): Verdict => ({ is: 'refused', refusal: { code, detail } })
  if (asked.state !== 'waiting')
    return no('unlocks.decided_conflict', `the request is ${asked.state} already`)
  if (hold === null || hold.state !== 'held' || hold.lines.every(({ pieces }) => pieces === 0))
    return { is: 'moot' }
  if (rule.twoPeople && asked.askedById === approver.id)
    return no('unlocks.same_person_forbidden', 'whoever asked does not approve; another person decides')
  if (order !== null && hasLeft(order))
    return no('unlocks.goods_left', `order ${order.orderNo} has left meanwhile; its hold is to be committed`)
  if (order !== null && hasWaybill(order) && !approver.isAdmin)
    return no(
      'unlocks.waybill_printed_forbidden',
      `a waybill of order ${order.orderNo} is printed; cancel it first, or let an administrator decide`,
    )
  if (rule.seen !== null && rule.seen !== rule.digest)
    return no('unlocks.changed_conflict', 'the hold or its order changed since you looked; look again')
  return { is: 'free' }
}

/** What an approver has looked at, as text to compare: pieces by place, the order's status and labels. Time runs, so it is left out. */
export function lookedAt(hold: HoldFace, order: OrderFace | null): unknown {
  return {
    lines: hold.lines.map(({ sku, warehouse, pieces }) => [sku, warehouse, pieces]),
    status: order?.status ?? null,
    parcels: order?.parcels.map(({ trackingNo, status }) => [trackingNo, status]) ?? [],
  }
}
