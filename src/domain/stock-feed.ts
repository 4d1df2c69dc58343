import type { Instant } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Words } from './notice.ts'

// How a warehouse's own system tells the hub of its stock: a database's binlog, a stream, a push or a file.

/** Which table and columns, or which fields of a message, hold what. Column names as the source spells them. */
export type FeedMapping = {
  /** `levels`: rows say how much is there. `movements`: rows say how much came or went. */
  readonly mode: 'levels' | 'movements'
  /** `database.table`; for a stream its key. */
  readonly table: string
  readonly sku: string
  /** The figure: pieces there, or pieces come (+) or gone (-). */
  readonly quantity: string
  /** Column with the warehouse's own code; null where everything belongs to one. */
  readonly warehouse: string | null
  /** levels: a number or time that grows with every change of the row, the same on every channel that reports it. */
  readonly version: string | null
  /** movements: the row's own id, the same on every channel that reports it. */
  readonly id: string | null
  /** Order or document number that the change is for. */
  readonly reference: string | null
  /** IANA zone of times without offset in this source. */
  readonly zone: string
}

/** One change as the source tells it, values as text as they stand there. */
export type FeedChange =
  | {
      readonly kind: 'level'
      readonly warehouse: string
      readonly sku: string
      readonly quantity: number
      /** Comparable within one (warehouse, sku); null where the mapping names no version. */
      readonly version: bigint | null
      readonly reference: string | null
      /** The row is gone from the source: nothing is there. */
      readonly removed: boolean
    }
  | {
      readonly kind: 'movement'
      readonly warehouse: string
      readonly sku: string
      readonly delta: number
      readonly id: string
      readonly reference: string | null
    }

/** A row or message that the mapping cannot read: kept as a finding, never guessed. */
export type FeedFault = {
  readonly code: string
  readonly detail: string
  readonly row: Readonly<Record<string, string | null>>
}

export type FeedBatch = {
  readonly changes: readonly FeedChange[]
  readonly faults: readonly FeedFault[]
  /** Where to go on after this batch; text of the connector's own that the hub keeps as it is. */
  readonly position: string
  /** When the source committed the newest of these; null where it does not say. */
  readonly committedAt: Instant | null
  /** How a person finds it there: `mysql-bin.000003:4711`, a stream id. */
  readonly evidence: string
  /**
   * What the order of its changes is worth beside what this same feed told before. `committed`: the source's own order of commits, so
   * that the later stands whatever its version (two within one second, a clock that went back, a row made anew). `sent`: decides between
   * equal versions. Absent: versions alone decide.
   */
  readonly order?: FeedOrder
}
export type FeedOrder = 'committed' | 'sent'

/** Resolves once the batch is durable in the hub; the feed goes on (and acknowledges) only then. */
export type FeedSink = (batch: FeedBatch) => Promise<void>

/** Why following ended. Both but `stopped` lead to a new snapshot of the table. */
export type FeedEnd =
  | { readonly reason: 'stopped' }
  /** The position is no longer there (binlog purged, stream trimmed, server replaced). */
  | { readonly reason: 'gap'; readonly words: Words }
  /** The table is not what the mapping was made for. `usable`: the mapped columns are all still there. */
  | { readonly reason: 'schema_changed'; readonly usable: boolean; readonly words: Words }

/** One thing that must be so before a feed can work. `remedy` is a command or a sentence that a person can follow. */
export type FeedCheck = {
  /** `network`, `login`, `binlog_enabled`, `binlog_format`, `binlog_row_image`, `replication_rights`, `table_rights`, `tls`, `version`, `stream_exists`, `group`... */
  readonly name: string
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped'
  readonly words: Words
  readonly remedy: (Words & { readonly command: string | null }) | null
}

export type FeedTable = {
  readonly name: string
  readonly rows: number | null
  readonly columns: readonly { readonly name: string; readonly type: string; readonly key: boolean }[]
}

/** Talks to the warehouse's system. Refusals are returned, outages thrown; nothing is ever written there but a stream's group. */
export type StockFeed = {
  /** Looks at everything that can be wrong; never throws for what it can name. */
  readonly check: () => Promise<readonly FeedCheck[]>
  /** Tables (or streams) that the account can see, 500 at most. */
  readonly tables: () => Promise<Result<readonly FeedTable[]>>
  /** Real rows as they stand, `limit` at most (100). */
  readonly sample: (
    table: string,
    limit: number,
  ) => Promise<Result<readonly Readonly<Record<string, string | null>>[]>>
  /**
   * Reads the whole table in batches, consistent at the position it answers; following from there misses nothing. Absent for a
   * source that only tells of changes.
   */
  readonly snapshot?: (
    mapping: FeedMapping,
    sink: FeedSink,
    signal: AbortSignal,
  ) => Promise<Result<{ readonly position: string }>>
  /**
   * Follows until the signal aborts, from a position, or (null) from now. An unreachable source throws `Outage`; the caller waits
   * and calls again from the last position that was made durable.
   */
  readonly follow: (
    mapping: FeedMapping,
    from: string | null,
    sink: FeedSink,
    signal: AbortSignal,
  ) => Promise<FeedEnd>
  readonly close: () => Promise<void>
}
