import type { Connector } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Rules } from './core/rules.ts'
import type { MappingDirectory } from './directory.ts'
import type { By } from './edit-draft.ts'
import type { PreviewMessages, ReplayMessages } from './preview-port.ts'
import type { Scope } from './store.ts'

/** Who shows published mappings beside other rules; both calls within the publishing transaction. */
export type MappingMirror = {
  /** Before the scope is locked: whoever publishes there takes the same locks in the same order. */
  readonly lock: (tx: Sql, scope: Scope) => Promise<void>
  readonly live: (
    tx: Sql,
    published: { readonly scope: Scope; readonly rules: Rules; readonly note: string; readonly actor: By },
  ) => Promise<void>
}

export type MappingDeps = {
  readonly db: Database
  readonly connectors: readonly Connector[]
  readonly directory: MappingDirectory
  readonly clock: Clock
  /** Ids of the connections of a kind. */
  readonly connectionsOf: (kind: string) => readonly string[]
  readonly preview: PreviewMessages
  readonly replay: ReplayMessages
  readonly mirror?: MappingMirror
}
