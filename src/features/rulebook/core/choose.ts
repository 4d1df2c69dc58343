import type { ChosenRules, CompiledRules, RuleScope } from '#domain/rulebook.ts'
import { isInShare } from './bucket.ts'

/** A version that may decide now. */
export type Arm = { readonly versionId: bigint; readonly number: number; readonly rules: CompiledRules }

/** What decides in one rule set. */
export type SetInForce = {
  readonly setId: bigint
  readonly kind: string
  readonly connectorKind: string
  readonly connectionId: string | null
  readonly revision: bigint
  readonly live: Arm | null
  readonly gray: (Arm & { readonly bps: number; readonly salt: string }) | null
}

/** By kind, connector kind and connection. */
export type InForce = ReadonlyMap<string, SetInForce>

export function placeOf(kind: string, connectorKind: string, connectionId: string | null): string {
  return `${kind}\n${connectorKind}\n${connectionId ?? ''}`
}

/**
 * Which version decides: the one that decided before while it may still, else that of the closest set (the connection's, its kind's,
 * everybody's) that has one for this order.
 */
export function chooseRules(sets: InForce, kind: string, scope: RuleScope): ChosenRules | null {
  const near = [
    sets.get(placeOf(kind, scope.connectorKind, scope.connection)),
    sets.get(placeOf(kind, scope.connectorKind, null)),
    scope.connectorKind === '*' ? undefined : sets.get(placeOf(kind, '*', null)),
  ]
  const pinned = scope.pinned ?? null
  if (pinned !== null)
    for (const set of near) {
      if (set?.live?.versionId === pinned) return chosen(set, set.live, 'live')
      if (set?.gray?.versionId === pinned) return chosen(set, set.gray, 'gray')
    }
  for (const set of near) {
    if (set === undefined) continue
    if (set.gray !== null && isInShare(set.gray.salt, scope.key, set.gray.bps))
      return chosen(set, set.gray, 'gray')
    if (set.live !== null) return chosen(set, set.live, 'live')
  }
  return null
}

/** What is live in one set, without asking for which order. */
export function liveOf(sets: InForce, kind: string, setId: bigint): ChosenRules | null {
  const set = [...sets.values()].find((one) => one.setId === setId && one.kind === kind)
  return set === undefined || set.live === null ? null : chosen(set, set.live, 'live')
}

function chosen(set: SetInForce, arm: Arm, name: 'live' | 'gray'): ChosenRules {
  const { kind, setId } = set
  return { kind, setId, versionId: arm.versionId, number: arm.number, arm: name, rules: arm.rules }
}
