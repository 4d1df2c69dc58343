/** What a rule set is for: everybody (`*`), a kind of system, one connection. */
export type Place = { readonly connectorKind: string; readonly connectionId: string | null }
export type Whose = { readonly connection: string; readonly connectorKind: string }

export function isFor({ connectorKind, connectionId }: Place, order: Whose): boolean {
  if (connectionId !== null) return connectionId === order.connection
  return connectorKind === '*' || connectorKind === order.connectorKind
}

/** 0: everybody, 1: a kind, 2: one connection. The closest set decides. */
export function closeness({ connectorKind, connectionId }: Place): 0 | 1 | 2 {
  if (connectionId !== null) return 2
  return connectorKind === '*' ? 0 : 1
}

/** True where the set, once live, would decide for the order: it is for it, and none of the others that are is closer. */
export function wouldDecide(own: Place, others: readonly Place[], order: Whose): boolean {
  return isFor(own, order) && !others.some((one) => closeness(one) > closeness(own) && isFor(one, order))
}

/** Of the wider sets the closest that is for the order: what decides now where the set has no live version. */
export function widerThan<P extends Place>(own: Place, others: readonly P[], order: Whose): P | null {
  const wider = others.filter((one) => closeness(one) < closeness(own) && isFor(one, order))
  return wider.reduce<P | null>(
    (best, one) => (best === null || closeness(one) > closeness(best) ? one : best),
    null,
  )
}
