import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/** Who asked: a person or a program with a key. */
export type By = Pick<Actor, 'kind' | 'id' | 'name'>

/** A file of figures as the hub keeps it, opened: its header and the rows below it, numbered as a spreadsheet does. */
export type FigureFile = {
  readonly header: readonly string[]
  readonly rows: () => AsyncGenerator<{ readonly row: number; readonly cells: readonly string[] }>
}

export type DeskDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  /** Writes an audit line within the given transaction. */
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Whether this connection is a channel. */
  readonly isChannel: (id: string) => boolean
  readonly onJobQueued: () => void
  readonly files: {
    /** Keeps the bytes; answers an id that the same bytes always have. Refused: too large, empty, not a table. */
    readonly keep: (
      bytes: AsyncIterable<Uint8Array>,
      name: string,
      by: string,
    ) => Promise<Result<{ id: string }>>
    /** Opens a kept file. Refused: gone, unreadable. */
    readonly open: (id: string) => Promise<Result<FigureFile>>
    /** Runs what reads the rows of a file; what the file is to blame for becomes a refusal. */
    readonly reading: <T>(run: () => Promise<Result<T>>) => Promise<Result<T>>
  }
}
