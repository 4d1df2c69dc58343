import type { Connector } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { MappingDirectory } from './directory.ts'
import type { PreviewMessages, ReplayMessages } from './preview-port.ts'

export type MappingDeps = {
  readonly db: Database
  readonly connectors: readonly Connector[]
  readonly directory: MappingDirectory
  readonly clock: Clock
  /** Ids of the connections of a kind. */
  readonly connectionsOf: (kind: string) => readonly string[]
  readonly preview: PreviewMessages
  readonly replay: ReplayMessages
}
