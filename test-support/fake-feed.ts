import type { Words } from '#domain/notice.ts'
import type { FeedBatch, FeedChange, FeedEnd, FeedOrder, StockFeed } from '#domain/stock-feed.ts'
import { ok, refuse } from '#kernel/result.ts'

export type FakeSource = {
  /** All that ever changed, oldest first; a position is how many of them are read. */
  readonly log: FeedChange[]
  /** The table as it stands, for snapshots; null: this source only tells of changes. */
  table: (() => readonly FeedChange[]) | null
  batch: number
  /** What the next follow ends with, once. */
  end: FeedEnd | null
  committedAt: Temporal.Instant | null
  order: FeedOrder | null
  isAway: boolean
  snapshots: number
  follows: number
  /** How many follow at this moment, and the most that ever did. */
  inside: number
  most: number
}

export const NO_END_WORDS: Words = { zh: '测试', en: 'test' }

export function fakeSource(table: FakeSource['table'] = null): FakeSource {
  return {
    log: [],
    table,
    batch: 3,
    end: null,
    committedAt: null,
    order: null,
    isAway: false,
    snapshots: 0,
    follows: 0,
    inside: 0,
    most: 0,
  }
}

/** A feed over a source in memory: hands over what the log holds and then waits for more, as a binlog does. */
export function fakeFeed(source: FakeSource): StockFeed {
  const batchOf = (changes: readonly FeedChange[], to: number): FeedBatch => ({
    changes,
    faults: [],
    position: String(to),
    committedAt: source.committedAt,
    evidence: `log:${to}`,
    ...(source.order === null ? {} : { order: source.order }),
  })
  const snapshot: StockFeed['snapshot'] = async (_mapping, sink, signal) => {
    source.snapshots += 1
    const position = String(source.log.length)
    const rows = source.table?.() ?? []
    for (let at = 0; at < rows.length; at += source.batch) {
      if (signal.aborted) return refuse('fake.stopped', 'stopped')
      await sink({ ...batchOf(rows.slice(at, at + source.batch), 0), position, evidence: `table:${at}` })
    }
    return ok({ position })
  }
  return {
    check: () => Promise.resolve([]),
    tables: () => Promise.resolve(ok([])),
    sample: () => Promise.resolve(source.isAway ? refuse('fake.away', 'away') : ok([])),
    ...(source.table === null ? {} : { snapshot }),
    follow: async (_mapping, from, sink, signal) => {
      source.follows += 1
      source.inside += 1
      source.most = Math.max(source.most, source.inside)
      try {
        return await followLog(source, from, sink, signal, batchOf)
      } finally {
        source.inside -= 1
      }
    },
    close: () => Promise.resolve(),
  }
}

async function followLog(
  source: FakeSource,
  from: string | null,
  sink: (batch: FeedBatch) => Promise<void>,
  signal: AbortSignal,
  batchOf: (changes: readonly FeedChange[], to: number) => FeedBatch,
): Promise<FeedEnd> {
  let at = from === null ? source.log.length : Number(from)
  for (;;) {
    if (signal.aborted) return { reason: 'stopped' }
    if (source.end !== null) {
      const end = source.end
      source.end = null
      return end
    }
    const next = source.log.slice(at, at + source.batch)
    if (next.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    else {
      at += next.length
      await sink(batchOf(next, at))
    }
  }
}
