import type { Fact, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'

/** Strictly later; a time that nobody knows is before every time that is known. */
export function isAfter(a: Instant | null, b: Instant | null): boolean {
  if (a === null) return false
  return b === null || Temporal.Instant.compare(a, b) > 0
}

/** The earliest known instant of the given kinds, or null. */
export function earliest(facts: readonly Fact[], kinds: readonly FactKind[]): Instant | null {
  return extreme(facts, kinds, -1)
}

export function latest(facts: readonly Fact[], kinds: readonly FactKind[]): Instant | null {
  return extreme(facts, kinds, 1)
}

function extreme(facts: readonly Fact[], kinds: readonly FactKind[], direction: 1 | -1): Instant | null {
  let best: Instant | null = null
  for (const { kind, at } of facts) {
    if (at.instant === null || !kinds.includes(kind)) continue
    if (best === null || Temporal.Instant.compare(at.instant, best) * direction > 0) best = at.instant
  }
  return best
}

export function has(facts: readonly Fact[], kinds: readonly FactKind[]): boolean {
  return facts.some((fact) => kinds.includes(fact.kind))
}
