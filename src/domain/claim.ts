import type { ConnectionId, OrderNo, TrackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import type { FactDetail, FactKind } from './fact.ts'
import type { ContentClaim } from './order.ts'

/**
 * Whom a message speaks of; `order` means an order of the message's own connection, or of the shop that the hub itself names in its
 * own events.
 */
export type ClaimSubject =
  | { readonly by: 'order'; readonly orderNo: OrderNo; readonly connection?: ConnectionId }
  | { readonly by: 'reference'; readonly orderNo: OrderNo }
  | { readonly by: 'parcel'; readonly trackingNo: TrackingNo }

/**
 * What a message claims, in the upstream system's own code (`order_status:2`, `opCode:50`). Which fact that is, is data:
 * the published status mapping decides, never the connector.
 */
export type Claim = {
  readonly subject: ClaimSubject
  readonly code: string
  readonly at: SourceTime
  readonly detail: FactDetail
}

/** An order that a push only names; its content must be fetched by the channel's API. */
export type FetchRequest = { readonly orderNo: OrderNo; readonly because: string }

/** All that a message says. Pure data, made by a connector's `read`. */
export type Reading = {
  readonly claims: readonly Claim[]
  readonly content: readonly ContentClaim[]
  readonly fetch: readonly FetchRequest[]
}

/** One line of a connector's code table: the default reading of an upstream code, editable as a mapping rule. */
export type CodeEntry = {
  readonly code: string
  /** `none`: known, and says nothing about the order's course. */
  readonly fact: FactKind | 'none'
  readonly zh: string
  readonly en: string
}

export const EMPTY_READING: Reading = { claims: [], content: [], fetch: [] }
