import type { CodeEntry, Fact, MappingVersion, Rules } from '#/api/intake-types.ts'

/** What a code is read with: the connector's defaults, the kind's live rules, and the connection's where that is the scope. */
export type RuleBook = {
  readonly defaults: readonly CodeEntry[]
  readonly kindLive: Rules
  readonly live: Rules
  readonly draft: Rules | null
}
export type CodeRow = {
  readonly code: string
  readonly words: CodeEntry | null
  readonly byDefault: Fact | null
  /** Null: nobody decided it. */
  readonly now: Fact | null
  readonly from: 'default' | 'kind' | 'own' | null
  /** Differs from `now`; undefined: no draft, or the draft leaves it. */
  readonly drafted: Fact | null | undefined
}

/** Every code that is known or decided, the connector's in its order, then those that people added. */
export function codeRows(book: RuleBook): readonly CodeRow[] {
  const known = new Map(book.defaults.map((entry) => [entry.code, entry]))
  const added = [book.kindLive, book.live, book.draft ?? {}]
    .flatMap((rules) => Object.keys(rules))
    .filter((code) => !known.has(code))
    .toSorted()
  return [...known.keys(), ...new Set(added)].map((code) => {
    const words = known.get(code) ?? null
    const byDefault = words?.fact ?? null
    const now = book.live[code] ?? book.kindLive[code] ?? byDefault
    const from = code in book.live ? 'own' : code in book.kindLive ? 'kind' : byDefault ? 'default' : null
    const after = book.draft ? (book.draft[code] ?? book.kindLive[code] ?? byDefault) : now
    return { code, words, byDefault, now, from, drafted: after === now ? undefined : after }
  })
}

export type RuleChange = { readonly code: string; readonly from: Fact | null; readonly to: Fact | null }

/** Codes that are read differently under `after` than under `before`; null where nothing would decide them. */
export function diffRules(
  before: Rules,
  after: Rules,
  fallback: (code: string) => Fact | null,
): readonly RuleChange[] {
  const codes = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return codes
    .map((code) => ({
      code,
      from: before[code] ?? fallback(code),
      to: after[code] ?? fallback(code),
    }))
    .filter(({ from, to }) => from !== to)
}

/** What a code is read as where this scope has no rule of its own. */
export function fallbackOf(book: Pick<RuleBook, 'defaults' | 'kindLive'>): (code: string) => Fact | null {
  const byDefault = new Map(book.defaults.map((entry) => [entry.code, entry.fact]))
  return (code) => book.kindLive[code] ?? byDefault.get(code) ?? null
}

/** The rules with one code decided anew; back to the fallback means no rule at all. */
export function withRule(
  rules: Rules,
  code: string,
  fact: Fact | null,
  fallback: (code: string) => Fact | null,
): Rules {
  const { [code]: _old, ...rest } = rules
  return fact === null || fact === fallback(code) ? rest : { ...rest, [code]: fact }
}

export function versionBefore(
  version: MappingVersion,
  history: readonly MappingVersion[],
): MappingVersion | null {
  return history.find((one) => one.version < version.version) ?? null
}
