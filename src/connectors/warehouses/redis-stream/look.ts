import type { CallDeps } from '#domain/connector.ts'
import type { FeedRow } from '#domain/read-feed-row.ts'
import type { FeedTable } from '#domain/stock-feed.ts'
import type { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { rowsOf } from './entry.ts'
import { outageOf } from './faults.ts'
import { type Client, openRedis } from './open-redis.ts'
import type { StreamSettings } from './settings.ts'
import { entriesOf } from './stream-facts.ts'

const STREAMS_MOST = 500
const SAMPLE_MOST = 100
/** A server with millions of keys is not walked to its end for a list. */
const SCANS_MOST = 2_000

export function tables(deps: CallDeps, settings: StreamSettings): Promise<Result<readonly FeedTable[]>> {
  return withRedis(deps, settings, async (client) => {
    const streams = await listStreams(client, STREAMS_MOST)
    const found: FeedTable[] = []
    for (const name of streams) {
      const length = Number(await client.call('XLEN', name))
      const rows = await newest(client, settings, name, found.length < 50 ? 20 : 1)
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 200)
      found.push({
        name,
        rows: length,
        columns: columns.map((column) => ({ name: column, type: 'text', key: column === '$id' })),
      })
    }
    return ok(found)
  })
}

/** The newest entries, newest first. */
export function sample(
  deps: CallDeps,
  settings: StreamSettings,
  key: string,
  limit: number,
): Promise<Result<readonly FeedRow[]>> {
  return withRedis(deps, settings, async (client) => {
    if (String(await client.call('TYPE', key)) !== 'stream')
      return refuse('redis_stream.stream_missing', `there is no stream ${key.slice(0, 100)}`)
    const most = Math.max(1, Math.min(SAMPLE_MOST, Math.trunc(limit)))
    return ok((await newest(client, settings, key, most)).slice(0, most))
  })
}

async function newest(
  client: Client,
  { jsonField }: StreamSettings,
  key: string,
  count: number,
): Promise<FeedRow[]> {
  const entries = entriesOf(await client.call('XREVRANGE', key, '+', '-', 'COUNT', count))
  return entries.flatMap((entry) => {
    const rows = rowsOf(entry, jsonField)
    // Shown as it is, so that a person sees why it cannot be read.
    return 'code' in rows ? [rows.row] : rows
  })
}

/** SCAN TYPE stream over every node that holds keys, by name. */
export async function listStreams(client: Client, most: number): Promise<string[]> {
  const names = new Set<string>()
  for (const holder of client.holders()) {
    let cursor = '0'
    let scans = 0
    do {
      const answer = await holder.call('SCAN', cursor, 'TYPE', 'stream', 'COUNT', 1_000)
      const [next, keys] = Array.isArray(answer) ? answer : ['0', []]
      cursor = String(next)
      if (Array.isArray(keys)) for (const key of keys) names.add(String(key))
      scans += 1
    } while (cursor !== '0' && scans < SCANS_MOST && names.size < most)
  }
  return [...names].sort().slice(0, most)
}

/** What only a person can mend is refused; the rest is an outage. */
async function withRedis<T>(
  { openTcp }: CallDeps,
  settings: StreamSettings,
  work: (client: Client) => Promise<Result<T>>,
): Promise<Result<T>> {
  let client: Client | null = null
  try {
    client = await openRedis(openTcp, settings)
    return await work(client)
  } catch (error) {
    const outage: Outage = outageOf(error)
    if (!outage.retryable) return refuse(outage.code, outage.message)
    throw outage
  } finally {
    client?.close()
  }
}
