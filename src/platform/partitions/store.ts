import { textArray } from '../postgres/arrays.ts'
import { type Database, type Sql, sqlState } from '../postgres/database.ts'

/** Tables cut by UTC day, each a partition `<table>_<yyyymmdd>`. */
const DAILY_TABLES = ['inbox_message', 'inbox_subject', 'journal'] as const
const MESSAGE_TABLES = ['inbox_message', 'inbox_subject', 'journal']
const DAYS_AHEAD = 3

/** Makes the partitions of the given day and the days after it; safe when several processes do it at once. */
export async function ensurePartitions(db: Database, today: Temporal.PlainDate, daysBack = 0): Promise<void> {
  await db.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.partitions', 0))`
    for (let day = -daysBack; day <= DAYS_AHEAD; day += 1) {
      const date = today.add({ days: day })
      for (const table of DAILY_TABLES) await createPartition(tx, table, date)
    }
    await createMovementPartitions(tx)
  })
}

/** Those that go by the database's clock. */
const CLOCKED_TABLES = ['stock_movement', 'rule_decision'] as const

/** Those of stock movements and rule decisions, which go by the database's clock. */
export async function createMovementPartitions(sql: Sql): Promise<void> {
  const [row] = await sql<{ today: string }>`select (now() at time zone 'UTC')::date as today`
  const today = Temporal.PlainDate.from(row?.today ?? '1970-01-01')
  for (const table of CLOCKED_TABLES)
    for (let day = 0; day <= DAYS_AHEAD; day += 1) await createPartition(sql, table, today.add({ days: day }))
}

/**
 * Whether a row found no partition for its day: the hub's upkeep is at fault, never the row. It shares its SQLSTATE (23514) with broken
 * check constraints, which are named.
 */
export function isPartitionMissing(error: unknown): boolean {
  if (sqlState(error) !== '23514') return false
  return !(error instanceof Error && 'constraint' in error && typeof error.constraint === 'string')
}

/**
 * Drops the partitions of UTC days before `oldest` and forgets their deduplication keys. What was still to be interpreted of
 * those days goes first: a task without its message could never end. Answers the tables dropped.
 */
export async function prunePartitions(db: Database, oldest: Temporal.PlainDate): Promise<readonly string[]> {
  const start = oldest.toZonedDateTime('UTC').toInstant()
  await db`delete from inbox_task where received_at < ${start}`
  await db`delete from inbox_key where day < ${oldest.toString()}::date`
  return await dropBefore(db, oldest, MESSAGE_TABLES)
}

/** Drops the movements of stock of UTC days before `oldest`. */
export async function pruneMovements(db: Database, oldest: Temporal.PlainDate): Promise<readonly string[]> {
  return await dropBefore(db, oldest, ['stock_movement'])
}

/** Drops the decisions of rules of UTC days before `oldest`. */
export async function pruneDecisions(db: Database, oldest: Temporal.PlainDate): Promise<readonly string[]> {
  return await dropBefore(db, oldest, ['rule_decision'])
}

async function dropBefore(
  db: Database,
  oldest: Temporal.PlainDate,
  tables: readonly string[],
): Promise<readonly string[]> {
  const rows = await db<{ name: string }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname = any(${textArray(tables)}::text[]) and right(c.relname, 8) < ${nameOfDay(oldest)} order by 1`
  for (const { name } of rows) if (/^[a-z_]+_\d{8}$/.test(name)) await db.raw(`drop table if exists ${name}`)
  return rows.map((row) => row.name)
}

async function createPartition(tx: Sql, table: string, day: Temporal.PlainDate): Promise<void> {
  await tx`select holdfast_create_partition(${table}, ${`${table}_${nameOfDay(day)}`}, ${`${day.toString()}T00:00:00Z`}::timestamptz, ${`${day.add({ days: 1 }).toString()}T00:00:00Z`}::timestamptz)`
}

function nameOfDay(day: Temporal.PlainDate): string {
  return day.toString().replaceAll('-', '')
}
