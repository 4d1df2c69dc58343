import type { Database } from '#platform/postgres/database.ts'

/** One look at the hub and its database. Bytes, milliseconds and counts. */
export type Look = {
  readonly rss: number
  readonly heap: number
  readonly handles: number
  readonly files: number
  readonly loopP99: number
  readonly backlog: number
  readonly openIntents: number
  readonly working: number
  readonly deadShare: number
  readonly disk: number
  readonly connections: number
  readonly ackP99: number
  readonly queries: Readonly<Record<string, number>>
}

/** What is worked off again: these must not grow with what has passed through, however long it goes on. */
const WORKING_TABLES = [
  'inbox_task',
  'hub_process',
  'outward_process',
  'rate_budget',
  'breaker',
  'breaker_second',
  'sweep_run',
  'alarm',
  'job',
] as const
const QUERY_RUNS = 12

/** Five looks that people take all day. */
export const QUERIES = {
  'order list': '/api/orders?limit=50',
  'order by number': '/api/orders?limit=50&q=B5',
  'orders of a status': '/api/orders?limit=50&status=in_transit',
  'raw messages': '/api/messages?limit=50',
  alarms: '/api/alarms?limit=50',
} as const

export type Looking = {
  readonly db: Database
  readonly hub: string
  readonly key: string
  readonly latencies: () => readonly number[]
}

export async function takeLook({ db, hub, key, latencies }: Looking): Promise<Look> {
  const text = await (await fetch(`${hub}/metrics`)).text()
  const metric = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? 0)
  const [tables] = await db<{ working: number; dead: number }>`
    select coalesce(sum(pg_total_relation_size(relid)) filter (where relname = any(string_to_array(${WORKING_TABLES.join(',')}, ','))), 0)::float8 as working,
      coalesce(sum(n_dead_tup)::float8 / nullif(sum(n_live_tup + n_dead_tup), 0), 0)::float8 as dead
    from pg_stat_user_tables`
  const [counts] = await db<{ backlog: bigint; intents: bigint; disk: bigint; connections: bigint }>`
    select (select count(*) from inbox_task where state = 'pending') as backlog,
      (select count(*) from outbox_intent where state in ('pending', 'sending', 'unknown')) as intents,
      pg_database_size(current_database()) as disk,
      (select count(*) from pg_stat_activity where datname = current_database()) as connections`
  const queries: Record<string, number> = {}
  for (const [name, path] of Object.entries(QUERIES)) queries[name] = await timeQuery(`${hub}${path}`, key)
  return {
    rss: metric('holdfast_process_resident_memory_bytes'),
    heap: metric('holdfast_nodejs_heap_size_used_bytes'),
    handles: metric('holdfast_nodejs_active_resources_total'),
    files: metric('holdfast_process_open_fds'),
    loopP99: metric('holdfast_nodejs_eventloop_lag_p99_seconds') * 1_000,
    backlog: Number(counts?.backlog ?? 0n),
    openIntents: Number(counts?.intents ?? 0n),
    working: tables?.working ?? 0,
    deadShare: (tables?.dead ?? 0) * 100,
    disk: Number(counts?.disk ?? 0n),
    connections: Number(counts?.connections ?? 0n),
    ackP99: quantile(latencies(), 0.99),
    queries,
  }
}

/** The slowest of twelve: an estimate of the 99th percentile that errs upward. Throws for an answer that is none. */
async function timeQuery(url: string, key: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < QUERY_RUNS; i += 1) {
    const begun = performance.now()
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    await answer.arrayBuffer()
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
    times.push(performance.now() - begun)
  }
  return Math.max(...times)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
