import type { LaneClass, LaneConfig } from '#domain/lane.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { LaneRow } from './core/lane-rules.ts'
import type { MinuteTally } from './core/minutes.ts'

/** Channel of the notification that makes every process read the lanes again. */
export const LANE_CHANNEL = 'lane'

type Row = {
  readonly name: string
  readonly class: LaneClass
  readonly weight: number
  readonly concurrency: number
  readonly depth_limit: number
  readonly alarm_depth: number
  readonly updated_by: string
  readonly updated_at: Temporal.Instant
}

export async function readLanes(sql: Sql): Promise<LaneRow[]> {
  const rows = await sql<Row>`
    select name, class, weight, concurrency, depth_limit, alarm_depth, updated_by, updated_at from lane order by name`
  return rows.map(rowToLane)
}

export async function readLane(sql: Sql, name: string): Promise<LaneRow | undefined> {
  const rows = await sql<Row>`
    select name, class, weight, concurrency, depth_limit, alarm_depth, updated_by, updated_at from lane where name = ${name}`
  return rows.map(rowToLane)[0]
}

function rowToLane(row: Row): LaneRow {
  return {
    name: row.name,
    class: row.class,
    weight: row.weight,
    concurrency: row.concurrency,
    depthLimit: row.depth_limit,
    alarmDepth: row.alarm_depth,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }
}

export async function readChosenLanes(sql: Sql): Promise<{ connection_id: string; lane: string }[]> {
  return await sql`select connection_id, lane from lane_of_connection order by connection_id`
}

/** Two who change the same lane take turns, also where it has no row yet. */
export async function lockLane(tx: Sql, name: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.lane.' || ${name}::text, 0))`
}

export async function saveLane(
  tx: Sql,
  name: string,
  config: LaneConfig,
  by: string,
  at: Temporal.Instant,
): Promise<void> {
  await tx`
    insert into lane (name, class, weight, concurrency, depth_limit, alarm_depth, updated_by, updated_at)
    values (${name}, ${config.class}, ${config.weight}, ${config.concurrency}, ${config.depthLimit}, ${config.alarmDepth}, ${by}, ${at})
    on conflict (name) do update set class = excluded.class, weight = excluded.weight, concurrency = excluded.concurrency,
      depth_limit = excluded.depth_limit, alarm_depth = excluded.alarm_depth, updated_by = excluded.updated_by,
      updated_at = excluded.updated_at`
  await notify(tx)
}

/** False where the lane had no row. */
export async function removeLane(tx: Sql, name: string): Promise<boolean> {
  const rows = await tx`delete from lane where name = ${name} returning name`
  await notify(tx)
  return rows.length > 0
}

/** Null: the connection's own lane again. False where there is no such connection. */
export async function chooseLane(tx: Sql, connection: string, lane: string | null): Promise<boolean> {
  const known = await tx`select 1 from connection where id = ${connection} for share`
  if (known.length === 0) return false
  if (lane === null) await tx`delete from lane_of_connection where connection_id = ${connection}`
  else
    await tx`
      insert into lane_of_connection (connection_id, lane) values (${connection}, ${lane})
      on conflict (connection_id) do update set lane = excluded.lane`
  await notify(tx)
  return true
}

async function notify(sql: Sql): Promise<void> {
  await sql`select pg_notify(${LANE_CHANNEL}, '')`
}

/** Adds to what other processes wrote. Rows are taken in the order of their key, so that two processes never lock crosswise. */
export async function addMinutes(sql: Sql, minutes: readonly MinuteTally[]): Promise<void> {
  if (minutes.length === 0) return
  const numbers = (field: 'arrived' | 'interpreted' | 'parked' | 'refused') =>
    int8Array(minutes.map((one) => BigInt(one[field])))
  await sql`
    insert into lane_minute (lane, minute, arrived, interpreted, parked, refused)
    select * from unnest(${textArray(minutes.map((one) => one.lane))}::text[], ${instantArray(minutes.map((one) => one.minute))}::timestamptz[],
      ${numbers('arrived')}::bigint[], ${numbers('interpreted')}::bigint[], ${numbers('parked')}::bigint[], ${numbers('refused')}::bigint[]
    ) as told (lane, minute, arrived, interpreted, parked, refused) order by lane, minute
    on conflict (lane, minute) do update set arrived = lane_minute.arrived + excluded.arrived,
      interpreted = lane_minute.interpreted + excluded.interpreted, parked = lane_minute.parked + excluded.parked,
      refused = lane_minute.refused + excluded.refused`
}

export async function readMinutes(sql: Sql, since: Temporal.Instant): Promise<MinuteTally[]> {
  const rows = await sql<{
    lane: string
    minute: Temporal.Instant
    arrived: bigint
    interpreted: bigint
    parked: bigint
    refused: bigint
  }>`
    select lane, minute, arrived, interpreted, parked, refused from lane_minute where minute >= ${since} order by lane, minute`
  return rows.map((row) => ({
    lane: row.lane,
    minute: row.minute,
    arrived: Number(row.arrived),
    interpreted: Number(row.interpreted),
    parked: Number(row.parked),
    refused: Number(row.refused),
  }))
}

export async function pruneMinutes(sql: Sql, before: Temporal.Instant): Promise<number> {
  const rows = await sql<{ count: bigint }>`
    with gone as (delete from lane_minute where minute < ${before} returning 1) select count(*) as count from gone`
  return Number(rows[0]?.count ?? 0n)
}
