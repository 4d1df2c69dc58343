import type { Connector } from '#domain/connector.ts'
import type { FactKind } from '#domain/fact.ts'
import type { FileTemplate } from '#domain/file-order.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { FileStore } from './files/file-store.ts'

export type ImportDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly files: FileStore
  readonly intake: Intake
  readonly onAccepted: () => void
  /** Called once work is queued, so that a runner takes it at once. */
  readonly onQueued: () => void
  /** The file channel's reader: what it refuses, the import reports by row and column. */
  readonly read: Connector['read']
  /** Name and pause switch of a file connection; null: there is none of this id. */
  readonly connectionOf: (id: string) => { readonly name: string; readonly paused: boolean } | null
  readonly rulesFor: (connection: string) => ReadonlyMap<string, FactKind | 'none'>
  /**
   * Writes a template's status map into the connection's own status mapping. Codes that the mapping of the connection
   * decides already stay as they are; `kept` lists those that it reads differently.
   */
  readonly publishStatuses: (
    connection: string,
    template: FileTemplate,
    actor: Actor,
  ) => Promise<Result<{ readonly added: readonly string[]; readonly kept: readonly string[] }>>
}
