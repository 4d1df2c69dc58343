import type { Instant } from '#kernel/clock.ts'
import { textArray } from '../postgres/arrays.ts'
import type { Sql } from '../postgres/database.ts'

/** What a process says of itself, once. */
export type ProcessFacts = {
  readonly id: string
  readonly roles: readonly string[]
  readonly version: string
  readonly host: string
  readonly pid: number
  readonly home: string
  readonly pidMark: string
  readonly startedAt: Instant
}

/** What it says with every sign of life. */
export type ProcessLoad = {
  /** Of one core; over 100 where it uses several. */
  readonly cpuPercent: number
  readonly memoryBytes: number
  /** The 99th percentile of the last seconds. */
  readonly loopDelayMs: number
  readonly acceptedPerSecond: number
  readonly interpretedPerSecond: number
  readonly effectsPerSecond: number
}

export type ProcessRow = ProcessFacts &
  ProcessLoad & {
    readonly url: string
    readonly state: 'running' | 'draining'
    readonly seenAt: Instant
    readonly goneAt: Instant | null
    /** Since its last sign of life, by the database's clock. */
    readonly silentMs: number
    /** Some connection holds its lock: it is alive, however silent. */
    readonly held: boolean
  }

/** The name of the lock that a process holds while it lives. */
export function processLock(id: string): string {
  return `holdfast.process.${id}`
}

/** Notes a sign of life; a process that was taken for dead is alive again by it. */
export async function noteProcess(
  sql: Sql,
  facts: ProcessFacts,
  now: { readonly url: string; readonly state: 'running' | 'draining'; readonly load: ProcessLoad },
): Promise<void> {
  const { load } = now
  await sql`
    insert into hub_process (id, roles, version, host, pid, home, pid_mark, url, state, started_at, seen_at, cpu_percent, memory_bytes,
      loop_delay_ms, accepted_per_second, interpreted_per_second, effects_per_second)
    values (${facts.id}, ${textArray(facts.roles)}::text[], ${facts.version}, ${facts.host}, ${facts.pid}, ${facts.home}, ${facts.pidMark},
      ${now.url}, ${now.state}, ${facts.startedAt}, clock_timestamp(), ${load.cpuPercent}, ${BigInt(Math.round(load.memoryBytes))},
      ${load.loopDelayMs}, ${load.acceptedPerSecond}, ${load.interpretedPerSecond}, ${load.effectsPerSecond})
    on conflict (id) do update set url = excluded.url, state = excluded.state, seen_at = excluded.seen_at, gone_at = null,
      cpu_percent = excluded.cpu_percent, memory_bytes = excluded.memory_bytes, loop_delay_ms = excluded.loop_delay_ms,
      accepted_per_second = excluded.accepted_per_second, interpreted_per_second = excluded.interpreted_per_second,
      effects_per_second = excluded.effects_per_second`
}

/** All that are on record, the oldest first. A lock by a 64-bit key stands in `pg_locks` as its two halves. */
export async function readProcesses(sql: Sql): Promise<ProcessRow[]> {
  const rows = await sql<{
    id: string
    roles: string[]
    version: string
    host: string
    pid: number
    home: string
    pid_mark: string
    url: string
    state: 'running' | 'draining'
    started_at: Instant
    seen_at: Instant
    gone_at: Instant | null
    silent_ms: number
    held: boolean
    cpu_percent: number
    memory_bytes: bigint
    loop_delay_ms: number
    accepted_per_second: number
    interpreted_per_second: number
    effects_per_second: number
  }>`
    with held as materialized (
      select (classid::bigint << 32) | objid::bigint as key from pg_locks
      where locktype = 'advisory' and objsubid = 1 and granted
        and database = (select oid from pg_database where datname = current_database())
    )
    select p.*, (extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as silent_ms,
      hashtextextended('holdfast.process.' || id, 0) in (select key from held) as held
    from hub_process p order by started_at, id`
  return rows.map((row) => ({
    id: row.id,
    roles: row.roles,
    version: row.version,
    host: row.host,
    pid: row.pid,
    home: row.home,
    pidMark: row.pid_mark,
    url: row.url,
    state: row.state,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    goneAt: row.gone_at,
    silentMs: Math.max(0, row.silent_ms),
    held: row.held,
    cpuPercent: row.cpu_percent,
    memoryBytes: Number(row.memory_bytes),
    loopDelayMs: row.loop_delay_ms,
    acceptedPerSecond: row.accepted_per_second,
    interpretedPerSecond: row.interpreted_per_second,
    effectsPerSecond: row.effects_per_second,
  }))
}

/** Notes these as dead, if nobody did before; answers who was new. One that has shown itself since `seen` is left. */
export async function noteGone(
  sql: Sql,
  gone: readonly Pick<ProcessRow, 'id' | 'seenAt'>[],
): Promise<string[]> {
  const noted: string[] = []
  for (const { id, seenAt } of gone) {
    const rows = await sql<{ id: string }>`
      update hub_process set gone_at = clock_timestamp() where id = ${id} and gone_at is null and seen_at = ${seenAt} returning id`
    noted.push(...rows.map((row) => row.id))
  }
  return noted
}

/** A clean goodbye; the dead of days ago go with it. */
export async function forgetProcess(sql: Sql, id: string): Promise<void> {
  await sql`delete from hub_process where id = ${id} or gone_at < clock_timestamp() - interval '1 day'`
}
