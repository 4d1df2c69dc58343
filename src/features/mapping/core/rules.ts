import type { CodeEntry } from '#domain/claim.ts'
import { FACT_KINDS, type FactKind } from '#domain/fact.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type Reading = FactKind | 'none'
export type Rules = Readonly<Record<string, Reading>>
export type Compiled = ReadonlyMap<string, Reading>

export const RULES_LIMIT = 2_000
const CODE_LIMIT = 200

/** The connector's defaults, the kind's rules over them, the connection's own over those. */
export function compileRules(defaults: readonly CodeEntry[], ofKind: Rules, own: Rules): Compiled {
  const compiled = new Map<string, Reading>(defaults.map(({ code, fact }) => [code, fact]))
  for (const [code, fact] of Object.entries(ofKind)) compiled.set(code, fact)
  for (const [code, fact] of Object.entries(own)) compiled.set(code, fact)
  return compiled
}

/** Refuses `mapping.bad_code`, `mapping.unknown_fact` and `mapping.too_many_rules`. Codes are kept to the letter. */
export function parseRules(typed: Readonly<Record<string, unknown>>): Result<Rules> {
  const entries = Object.entries(typed)
  if (entries.length > RULES_LIMIT)
    return refuse('mapping.too_many_rules', `a mapping has at most ${RULES_LIMIT} rules`)
  for (const [code, fact] of entries) {
    if (code.trim() === '' || code.length > CODE_LIMIT)
      return refuse('mapping.bad_code', `an upstream code has 1 to ${CODE_LIMIT} characters`)
    if (fact !== 'none' && !FACT_KINDS.some((kind) => kind === fact))
      return refuse(
        'mapping.unknown_fact',
        `"${String(fact).slice(0, 40)}" (for ${code}) is not a kind of fact`,
        { code },
      )
  }
  return ok(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as Rules)
}

export type Change = {
  /** Read differently now, or no longer silent: recorded messages must be read again. */
  readonly changed: readonly string[]
  /** Undecided before: parked messages can go on. */
  readonly decided: readonly string[]
  /** Decided before and now nobody's. */
  readonly undecided: readonly string[]
}

export function compareRules(before: Compiled, after: Compiled): Change {
  const changed: string[] = []
  const decided: string[] = []
  for (const [code, fact] of after) {
    const old = before.get(code)
    if (old === undefined) decided.push(code)
    else if (old !== fact) changed.push(code)
  }
  const undecided = [...before.keys()].filter((code) => !after.has(code))
  return { changed: changed.sort(), decided: decided.sort(), undecided: undecided.sort() }
}
