import type { CodeEntry } from '#domain/claim.ts'
import type { Connector } from '#domain/connector.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type Compiled, compileRules, type Rules } from './core/rules.ts'
import type { RulesFor } from './preview-port.ts'
import { MAPPING_CHANNEL, readLive, type Scope } from './store.ts'

export type MappingDirectory = {
  readonly rulesFor: RulesFor
  /** The rules as they would be with this version live. */
  readonly rulesWith: (scope: Scope, rules: Rules) => RulesFor
  readonly refresh: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Calls back after every read that changed something; answers how to stop. */
  readonly onChange: (listener: () => void) => () => void
}

export type MappingDirectoryDeps = {
  readonly db: Database
  readonly connectors: readonly Connector[]
  readonly onProblem?: (error: unknown) => void
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000
const NO_RULES: Rules = {}

/** The live rules of every kind and connection, compiled in memory; every process has a new version within a moment. */
export function mappingDirectory({ db, connectors, onProblem }: MappingDirectoryDeps): MappingDirectory {
  const defaults = new Map<string, readonly CodeEntry[]>(connectors.map(({ kind, codes }) => [kind, codes]))
  let live = new Map<string, Rules>()
  let compiled = new Map<string, Compiled>()
  let digest = ''
  let reading: Promise<void> = Promise.resolve()
  const listeners = new Set<() => void>()
  const read = async (): Promise<void> => {
    const rows = await readLive(db)
    const seen = rows.map((row) => row.id).join()
    if (seen === digest) return
    digest = seen
    live = new Map(rows.map((row) => [keyOf(row.kind, row.connection_id), row.rules]))
    compiled = new Map()
    for (const listener of listeners) listener()
  }
  const refresh = (): Promise<void> => {
    // One after another, so that an older answer can never overwrite a newer one.
    reading = reading.catch(() => undefined).then(read)
    return reading
  }
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => onProblem?.(error))
  }
  const compile = (kind: string, connection: string, replaced?: { scope: Scope; rules: Rules }): Compiled => {
    const rulesOf = (id: string | null): Rules =>
      replaced !== undefined && replaced.scope.kind === kind && replaced.scope.connectionId === id
        ? replaced.rules
        : (live.get(keyOf(kind, id)) ?? NO_RULES)
    return compileRules(defaults.get(kind) ?? [], rulesOf(null), rulesOf(connection))
  }
  const memo = (kind: string, connection: string): Compiled => {
    // A connection without rules of its own shares its kind's map.
    const own = live.has(keyOf(kind, connection)) ? connection : null
    const key = keyOf(kind, own)
    const known = compiled.get(key)
    if (known !== undefined) return known
    const made = compile(kind, connection)
    compiled.set(key, made)
    return made
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    rulesFor: memo,
    rulesWith: (scope, rules) => {
      const made = new Map<string, Compiled>()
      return (kind, connection) => {
        const key = keyOf(kind, connection)
        const map = made.get(key) ?? compile(kind, connection, { scope, rules })
        made.set(key, map)
        return map
      }
    },
    refresh,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: async () => {
      unlisten = await db.listen(MAPPING_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
    },
  }
}

function keyOf(kind: string, connection: string | null): string {
  return `${kind}\n${connection ?? ''}`
}
