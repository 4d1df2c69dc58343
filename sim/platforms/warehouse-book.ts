import type { Settings } from '#domain/connector.ts'
import type { FeedMapping } from '#domain/stock-feed.ts'
import type { Random } from '#kernel/random.ts'

export type SimMoveKind = 'receipt' | 'sale' | 'pick' | 'count'
export type SimMove = {
  readonly kind: SimMoveKind
  readonly sku: string
  readonly delta: number
  readonly document: string
}
export type SimLevel = { readonly quantity: number; readonly version: number }

/** A simulated warehouse: a real server with a WMS's data in it, whose stock moves by the warehouse's own rules. */
export type SimWarehouse = {
  /** The connector that reads it, and the settings with which it does. */
  readonly kind: 'mysql-binlog' | 'redis-stream'
  readonly settings: Settings
  readonly mapping: FeedMapping
  /** What it calls itself in its own data. */
  readonly code: string
  /** What is true: the figure and version of every article, as the warehouse committed them. */
  readonly book: ReadonlyMap<string, SimLevel>
  /** One movement, committed when it resolves. Answers null where the warehouse has not enough of it. */
  readonly move: (move: SimMove) => Promise<SimLevel | null>
  /** Goods for an order of the hub's leave the shelf; counted down by the warehouse itself, as in life. */
  readonly pick: (sku: string, quantity: number, orderNo: string) => Promise<SimLevel | null>
  /** People begin to work: so many movements a minute of all kinds. A second call changes the pace, 0 stops it. */
  readonly begin: (perMinute: number) => void
  /** Resolves when no movement is under way. */
  readonly settled: () => Promise<void>
  /** The server dies or is stopped, and comes back with all it had committed. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What a kind of server does for the rules. */
export type Shelf = {
  readonly kind: SimWarehouse['kind']
  readonly settings: Settings
  readonly mapping: FeedMapping
  /** Commits the movement with its outcome. Doing the same twice (same version) must change nothing the second time. */
  readonly commit: (move: SimMove, level: SimLevel) => Promise<void>
  readonly stop: SimWarehouse['stop']
  readonly start: SimWarehouse['start']
  readonly close: SimWarehouse['close']
}

// Of a hundred movements: what people in the simulated warehouse do.
const SHARES = { receipt: 0.12, count: 0.03 }
const RETRY_MS = 100

/** Runs the rules over a shelf. Movements of one warehouse go one after another, as its own locks make them. */
export function runWarehouse(
  shelf: Shelf,
  {
    code,
    random,
    opening,
  }: { readonly code: string; readonly random: Random; readonly opening: ReadonlyMap<string, number> },
): SimWarehouse {
  const book = new Map<string, SimLevel>(
    [...opening].map(([sku, quantity]) => [sku, { quantity, version: 1 }]),
  )
  const skus = [...opening.keys()]
  let open = true
  let serial = 0
  let timer: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  const commit = async (move: SimMove): Promise<SimLevel | null> => {
    const now = book.get(move.sku) ?? { quantity: 0, version: 0 }
    if (now.quantity + move.delta < 0) return null
    const next = { quantity: now.quantity + move.delta, version: now.version + 1 }
    while (open) {
      try {
        await shelf.commit(move, next)
        book.set(move.sku, next)
        return next
      } catch {
        // The server is away or died before it answered: the same movement again, which it may have by then.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    return null
  }
  const move: SimWarehouse['move'] = (one) => {
    const done = last.then(() => (open ? commit(one) : null))
    last = done.catch(() => undefined)
    return done
  }
  const document = (prefix: string): string => {
    serial += 1
    return `${prefix}-${code}-${serial}`
  }
  const live = async (): Promise<void> => {
    const sku = skus[Math.floor(random.next() * skus.length)]
    if (sku === undefined) return
    const chance = random.next()
    if (chance < SHARES.receipt)
      await move({
        kind: 'receipt',
        sku,
        delta: 10 + Math.floor(random.next() * 40),
        document: document('RK'),
      })
    else if (chance < SHARES.receipt + SHARES.count)
      // A count finds a few more or less than the book.
      await move({ kind: 'count', sku, delta: random.next() < 0.5 ? -1 : 1, document: document('PD') })
    else
      await move({ kind: 'sale', sku, delta: -1 - Math.floor(random.next() * 3), document: document('XS') })
  }
  return {
    kind: shelf.kind,
    settings: shelf.settings,
    mapping: shelf.mapping,
    code,
    book,
    move,
    pick: (sku, quantity, orderNo) => move({ kind: 'pick', sku, delta: -quantity, document: orderNo }),
    begin: (perMinute) => {
      clearInterval(timer)
      if (perMinute > 0) timer = setInterval(() => void live(), 60_000 / perMinute)
    },
    settled: async () => void (await last),
    stop: shelf.stop,
    start: shelf.start,
    close: async () => {
      open = false
      clearInterval(timer)
      await last
      await shelf.close()
    },
  }
}
