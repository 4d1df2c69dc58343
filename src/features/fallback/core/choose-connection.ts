import type { ConnectionId } from '#kernel/id.ts'

/** A connection that can be asked about parcels. */
export type Askable = {
  readonly id: ConnectionId
  readonly kind: string
}

/**
 * Whom to ask about a parcel, best first: the carrier's own connection, then the aggregators, each group by id so that all
 * processes choose alike. One that has said that it does not know this carrier is left out.
 */
export function candidatesFor(
  carrier: string,
  connections: readonly Askable[],
  isUnfit: (connection: string, carrier: string) => boolean,
): readonly Askable[] {
  const rank = (one: Askable): number => (one.kind.toUpperCase() === carrier ? 0 : 1)
  return connections
    .filter((one) => !isUnfit(one.id, carrier))
    .toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
}
