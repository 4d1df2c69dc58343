import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import type { PrintSource } from './core/source.ts'
import type { CheckFonts } from './fonts/check-apart.ts'

/** What a printer said of waybills whose labels came out. */
export type Printed = {
  readonly waybillIds: readonly bigint[]
  readonly batchNo: string
  readonly deviceId: string
  readonly at: Instant
  readonly actor: string
}

export type LabelDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly vault: Pick<Vault, 'seal' | 'open'>
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Waybills with a number, in the order asked for, 500 at most. */
  readonly sources: (sql: Sql, waybillIds: readonly bigint[]) => Promise<readonly PrintSource[]>
  /** Numbers of those waybills that are still good: a label is not printed for one that was cancelled meanwhile. */
  readonly issued: (sql: Sql, waybillIds: readonly bigint[]) => Promise<ReadonlyMap<bigint, string>>
  /** Makes batch number and device facts of the orders, in the acknowledgement's own transaction. */
  readonly notePrinted: (tx: Sql, printed: Printed) => Promise<void>
  /** A key that lets a printer's program in, and nothing else. */
  readonly makeDeviceKey: (by: Actor, name: string) => Promise<Result<{ id: string; text: string }>>
  readonly dropDeviceKey: (by: Actor, id: string) => Promise<void>
  readonly checkFonts: CheckFonts
  readonly onJobQueued: () => void
  /** Minutes after which a printer that was given labels must have said what became of them. */
  readonly ackMinutes: number
  /** Days for which the pages of a batch are kept. */
  readonly keepDays: number
}
