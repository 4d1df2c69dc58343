import { verdictOf } from '#connectors/warehouses/feed-check.ts'
import type { CallDeps, Calls, Connector, Settings } from '#domain/connector.ts'
import type { StockFeed } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { check } from './check.ts'
import { follow } from './follow.ts'
import { sample, tables } from './look.ts'
import { FIELDS, parseStreamSettings, type StreamSettings } from './settings.ts'

/** A warehouse whose WMS writes its stock changes to a Redis stream; the hub reads them as a consumer group of its own. */
export const redisStream: Connector = {
  kind: 'redis-stream',
  role: 'warehouse',
  zh: '仓库消息流 Redis Stream',
  en: 'Warehouse stream (Redis Stream)',
  // Entry ids are UTC; times inside an entry are in the zone that the feed's mapping names.
  zone: 'UTC',
  fields: FIELDS,
  codes: [],
  // Nothing is pushed over HTTP, so nobody is ever given this.
  retryReply: { status: 503, contentType: 'text/plain', body: 'not stored' },
  read: () =>
    refuse('redis_stream.no_messages', 'entries of a stream come by the stock feed, not by the inbox'),
  calls,
  reports: false,
  stockFeed,
  accountOf: (settings) => settings.nodes ?? '',
}

function calls(settings: Settings, deps: CallDeps): Calls {
  return { test: async () => verdictOf('redis_stream', await check(settings, deps)) }
}

function stockFeed(settings: Settings, deps: CallDeps): StockFeed {
  const parsed = parseStreamSettings(settings)
  const ending = new AbortController()
  const withSettings = async <T>(work: (own: StreamSettings) => Promise<Result<T>>): Promise<Result<T>> =>
    parsed.ok ? await work(parsed.value) : parsed
  return {
    check: () => check(settings, deps),
    tables: () => withSettings((own) => tables(deps, own)),
    sample: (key, limit) => withSettings((own) => sample(deps, own, key, limit)),
    follow: async (mapping, from, sink, signal) => {
      if (!parsed.ok) throw new Outage(parsed.refusal.code, parsed.refusal.detail, { retryable: false })
      const until = AbortSignal.any([signal, ending.signal])
      return await follow({ deps, settings: parsed.value }, mapping, from, sink, until)
    },
    close: async () => ending.abort(),
  }
}
