import { verdictOf } from '#connectors/warehouses/feed-check.ts'
import type { CallDeps, Calls, Connector, Settings } from '#domain/connector.ts'
import type { StockFeed } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { check } from './check.ts'
import { follow } from './follow.ts'
import { sample, snapshot, tables } from './read-table.ts'
import { FIELDS, parseServerSettings, type ServerSettings } from './settings.ts'

/** A warehouse whose WMS keeps its stock in MySQL or MariaDB: the table is read once and its binlog followed. */
export const mysqlBinlog: Connector = {
  kind: 'mysql-binlog',
  role: 'warehouse',
  zh: '仓库数据库 MySQL / MariaDB（binlog）',
  en: 'Warehouse database MySQL / MariaDB (binlog)',
  // DATETIME columns have no offset; a feed's mapping names the zone they are in.
  zone: 'UTC',
  fields: FIELDS,
  codes: [],
  // Nothing is pushed over HTTP, so nobody is ever given this.
  retryReply: { status: 503, contentType: 'text/plain', body: 'not stored' },
  read: () =>
    refuse('mysql_binlog.no_messages', 'a database sends no messages; its changes come by its stock feed'),
  calls,
  reports: false,
  stockFeed,
  accountOf: (settings) => `${settings.host ?? ''}:${settings.port ?? ''}`,
}

function calls(settings: Settings, deps: CallDeps): Calls {
  return { test: async () => verdictOf('mysql_binlog', await check(settings, deps)) }
}

function stockFeed(settings: Settings, deps: CallDeps): StockFeed {
  const parsed = parseServerSettings(settings)
  const ending = new AbortController()
  const withSettings = async <T>(work: (own: ServerSettings) => Promise<Result<T>>): Promise<Result<T>> =>
    parsed.ok ? await work(parsed.value) : parsed
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, ending.signal])
  return {
    check: () => check(settings, deps),
    tables: () => withSettings((own) => tables(deps, own)),
    sample: (table, limit) => withSettings((own) => sample(deps, own, table, limit)),
    snapshot: (mapping, sink, signal) =>
      withSettings((own) => snapshot(deps, own, mapping, sink, until(signal))),
    follow: async (mapping, from, sink, signal) => {
      if (!parsed.ok) throw new Outage(parsed.refusal.code, parsed.refusal.detail, { retryable: false })
      return await follow({ deps, settings: parsed.value }, mapping, from, sink, until(signal))
    },
    // Every question opens and closes its own connection; what is still following ends.
    close: async () => ending.abort(),
  }
}
