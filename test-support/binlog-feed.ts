import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { mysqlBinlog } from '#connectors/warehouses/mysql-binlog/index.ts'
import type { CallDeps, Line, OpenTcp, Settings } from '#domain/connector.ts'
import type { FeedBatch, FeedChange, FeedEnd, FeedMapping, StockFeed } from '#domain/stock-feed.ts'
import { systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { type MariadbOptions, type MariadbServer, mariadbServer } from './mariadb.ts'

// A warehouse in MariaDB, and what following its binlog heard.

export const lines: Line[] = []
export const openTcp: OpenTcp = async (target) => {
  const line = await openTcpTo({ allowLoopback: true, allowPrivate: false })(target)
  lines.push(line)
  return line
}
export const deps: CallDeps = {
  http: async () => assert.fail('no HTTP here'),
  openTcp,
  clock: systemClock,
  random: systemRandom,
}
export const MAPPING: FeedMapping = {
  mode: 'levels',
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: 'wh',
  version: 'ver',
  id: null,
  reference: 'doc',
  zone: 'Asia/Shanghai',
}
export const SCHEMA = `create table wms.stock (
  id bigint unsigned primary key auto_increment, wh varchar(20) not null, sku varchar(64), qty decimal(12,3) not null,
  ver bigint unsigned not null default 1, doc varchar(40), note text, unique key (wh, sku)) charset utf8mb4`

export const open: MariadbServer[] = []
/** Ends every server that `warehouse` or a test put into `open`. */
export async function closeAll(): Promise<void> {
  for (const one of open) await one.close()
}

export async function warehouse(options: MariadbOptions = {}): Promise<MariadbServer> {
  const one = await mariadbServer(options)
  open.push(one)
  await one.sql('create database wms')
  await one.sql(SCHEMA)
  await one.account('reader', { select: ['wms.stock'], slave: true, client: true })
  return one
}

export function settingsOf(db: MariadbServer, more: Settings = {}): Settings {
  return {
    host: '127.0.0.1',
    port: String(db.port),
    database: 'wms',
    user: 'reader',
    password: 'reader-password',
    ...more,
  }
}
export function feedOf(db: MariadbServer, more: Settings = {}): StockFeed {
  const feed = mysqlBinlog.stockFeed?.(settingsOf(db, more), deps)
  assert.ok(feed)
  return feed
}

export type Following = {
  readonly batches: FeedBatch[]
  readonly changes: () => FeedChange[]
  /** `sku=quantity@version` of each change, in order. */
  readonly told: () => string[]
  readonly position: () => string
  readonly ended: Promise<FeedEnd>
  readonly stop: () => Promise<FeedEnd>
}

export function start(
  feed: StockFeed,
  from: string | null,
  sink: (batch: FeedBatch) => Promise<void> = async () => undefined,
  mapping = MAPPING,
): Following {
  const abort = new AbortController()
  const batches: FeedBatch[] = []
  const ended = feed.follow(
    mapping,
    from,
    async (batch) => {
      await sink(batch)
      batches.push(batch)
    },
    abort.signal,
  )
  ended.catch(() => undefined)
  const changes = (): FeedChange[] => batches.flatMap((batch) => batch.changes)
  return {
    batches,
    changes,
    told: () => changes().map(toldAs),
    position: () => batches.at(-1)?.position ?? '',
    ended,
    stop: async () => {
      abort.abort()
      return await ended
    },
  }
}

export function toldAs(change: FeedChange): string {
  return change.kind === 'movement'
    ? `${change.id}:${change.sku}${change.delta >= 0 ? '+' : ''}${change.delta}`
    : `${change.warehouse}/${change.sku}=${change.removed ? 'gone' : change.quantity}@${change.version ?? '-'}`
}

export async function until(
  holds: () => boolean | Promise<boolean>,
  words: () => string,
  ms = 10_000,
): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 10) {
    assert.ok(waited < ms, words())
    await sleep(10)
  }
}
export const begun = (following: Following): Promise<void> =>
  until(
    () => following.batches.length > 0,
    () => 'no first batch',
  )
/** How it ended, within ten seconds. */
export async function endOf(following: Following): Promise<FeedEnd> {
  const end = await Promise.race([following.ended, sleep(10_000, null, { ref: false })])
  assert.ok(end, `still following; heard ${following.told().join(' ')}`)
  return end
}
export const hears = (following: Following, count: number): Promise<void> =>
  until(
    () => following.changes().length >= count,
    () => `heard ${following.told().join(' ')}`,
  )
