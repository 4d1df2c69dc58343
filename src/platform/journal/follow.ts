import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { type AlarmSignal, raiseAlarm } from '../alarms/store.ts'
import { openBell } from '../bell.ts'
import type { Database, Sql } from '../postgres/database.ts'
import {
  acceptRestoredRows,
  aloneAsReader,
  hasReadAll,
  movePlace,
  nextTransaction,
  noteSkipped,
  noteStuck,
  openReader,
  type PlacedRow,
  type ReaderPlace,
  readPlace,
  readSettled,
} from './reader-store.ts'
import { JOURNAL_CHANNEL, type JournalRow } from './store.ts'

export type FollowDeps = {
  readonly db: Database
  /** Unique per purpose and never changed: it is where the reader's place is kept. */
  readonly name: string
  /** Most rows in one transaction, 1 to 10,000. */
  readonly batch: number
  /** Runs in the transaction that moves the reader on: what it writes and the move come together or not at all. */
  readonly handler: (tx: Sql, rows: readonly JournalRow[]) => Promise<void>
  readonly onError: (error: unknown) => void
  /** Beginnings of the kinds that the handler is given; all unless told otherwise. The others are passed over unread. */
  readonly kinds?: readonly string[]
  /** Where a reader that is not known yet begins; the end unless told otherwise. */
  readonly from?: 'beginning' | 'end'
  /** Failures of one row by itself after which the reader goes on without it; 8 unless told otherwise. */
  readonly attempts?: number
  /** How long `stop` waits for a pass; 5,000 unless told otherwise. */
  readonly stopWithinMs?: number
  readonly clock?: Clock
}
export type Follower = {
  readonly wake: () => void
  /** Resolves when what is under way has ended, or after five seconds: a pass that hangs is given up, and rolls back with its connection. */
  readonly stop: () => Promise<void>
  /** Resolves once all that is committed now has been handled, by this process or another one. */
  readonly caughtUp: () => Promise<void>
}

const LOOK_EVERY_MS = 1_000
const ATTEMPTS = 8
const STOP_WITHIN_MS = 5_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 30_000

/**
 * Gives every row of the journal to the handler exactly once in effect, one process at a time. Rows within a batch come in the
 * order of their ids; over batches a row may come after one with a larger id, where its transaction lasted longer, so a handler
 * takes a row as word that something changed and looks at how it stands now. A batch that fails is halved until the row at
 * fault is alone; that one is tried again with growing pauses, then told (`journal.reader_stuck`), kept in `journal_skipped` and
 * left behind. An unreachable database is waited for and counts against nobody.
 */
export async function followJournal(deps: FollowDeps): Promise<Follower> {
  const bell = openBell(LOOK_EVERY_MS)
  const stopping = new AbortController()
  if (await acceptRestoredRows(deps.db)) deps.onError(new Error('the journal came from a restored database'))
  await openReader(deps.db, deps.name, deps.from ?? 'end')
  const unlisten = await deps.db.listen(JOURNAL_CHANNEL, bell.ring)
  const done = follow(deps, bell, stopping.signal)
  return {
    wake: bell.ring,
    stop: async () => {
      stopping.abort()
      bell.ring()
      const ended = (async () => {
        await done
        await unlisten()
        return true
      })()
      const isOver = await Promise.race([
        ended,
        sleep(deps.stopWithinMs ?? STOP_WITHIN_MS, false, { ref: false }),
      ])
      if (isOver) return
      ended.catch(deps.onError)
      deps.onError(new Error(`"${deps.name}" hung and was left when the hub stopped`))
    },
    caughtUp: async () => {
      const before = await nextTransaction(deps.db)
      while (!stopping.signal.aborted && !(await hasReadAll(deps.db, deps.name, before))) {
        bell.ring()
        await sleep(20)
      }
    },
  }
}

/** The reading itself, by hand: `readOnce` answers how many rows it passed, and throws what the handler threw. `open` before the first. */
export function journalReader(deps: FollowDeps): {
  readonly open: () => Promise<void>
  readonly readOnce: () => Promise<number>
} {
  return {
    open: () => openReader(deps.db, deps.name, deps.from ?? 'end'),
    readOnce: async () => {
      const pass = await readOnce(deps, deps.batch)
      if (pass.outcome === 'failed') throw pass.error
      return pass.rows
    },
  }
}

async function follow(
  deps: FollowDeps,
  bell: ReturnType<typeof openBell>,
  stopping: AbortSignal,
): Promise<void> {
  let size = deps.batch
  let pause = FIRST_PAUSE_MS
  while (!stopping.aborted) {
    const pass = await readOnce(deps, size)
    if (pass.outcome === 'handled') {
      pause = FIRST_PAUSE_MS
      const full = pass.rows === size
      // Grows back slowly: the row at fault is often one of several.
      size = Math.min(deps.batch, size * 2)
      if (!full) await bell.rest()
      continue
    }
    deps.onError(pass.error)
    if (pass.rows > 1) {
      size = Math.ceil(pass.rows / 2)
      continue
    }
    await sleep(pause, undefined, { signal: stopping }).catch(() => undefined)
    pause = Math.min(LONGEST_PAUSE_MS, pause * 3)
    if (pass.row !== null) size = (await setAside(deps, pass.row, pass.error)) ? deps.batch : 1
  }
}

type Pass =
  | { readonly outcome: 'handled'; readonly rows: number }
  | {
      readonly outcome: 'failed'
      readonly rows: number
      readonly row: PlacedRow | null
      readonly error: unknown
    }

async function readOnce({ db, name, handler, kinds }: FollowDeps, limit: number): Promise<Pass> {
  let rows: PlacedRow[] = []
  try {
    await db.begin(async (tx) => {
      if (!(await aloneAsReader(tx, name))) return
      const place = await readPlace(tx, name)
      if (place === null) return
      const read = await readSettled(tx, place, limit, kinds)
      rows = read
      const last = read.at(-1)
      if (last === undefined) return
      const taken = read.filter((row) => row.isTaken)
      if (taken.length > 0) await handler(tx, inOrder(taken))
      await movePlace(tx, name, last)
    })
    return { outcome: 'handled', rows: rows.length }
  } catch (error) {
    const away = error instanceof Outage && error.code === 'database.unreachable'
    return { outcome: 'failed', rows: away ? 0 : rows.length, row: away ? null : (rows[0] ?? null), error }
  }
}

function inOrder(rows: readonly PlacedRow[]): JournalRow[] {
  return rows
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, at, kind, orderId, data }) => ({ id, at, kind, orderId, data }))
}

/** Counts the row's failure; answers whether it was left behind, which happens after `attempts` of them. */
async function setAside(deps: FollowDeps, row: PlacedRow, error: unknown): Promise<boolean> {
  const { db, name } = deps
  try {
    const attempts = await noteStuck(db, name, row.id)
    if (attempts < (deps.attempts ?? ATTEMPTS)) return false
    const words = error instanceof Error ? error.message : String(error)
    return await db.begin(async (tx) => {
      if (!(await aloneAsReader(tx, name))) return false
      const place = await readPlace(tx, name)
      // Another process may have handled it meanwhile.
      if (place === null || !isBefore(place, row)) return true
      await noteSkipped(tx, name, row.id, words)
      await movePlace(tx, name, row)
      await raiseAlarm(tx, stuckSignal(name, row, words, attempts), (deps.clock ?? systemClock).now())
      return true
    })
  } catch (failure) {
    deps.onError(failure)
    return false
  }
}

function isBefore(place: ReaderPlace, row: PlacedRow): boolean {
  const [a, b] = [BigInt(place.xact), BigInt(row.xact)]
  return a < b || (a === b && place.id < row.id)
}

function stuckSignal(name: string, row: JournalRow, words: string, attempts: number): AlarmSignal {
  const order = row.orderId === null ? null : String(row.orderId)
  return {
    rule: 'journal.reader_stuck',
    subject: name,
    severity: 'warning',
    words: {
      zh: `「${name}」处理变更记录 ${row.id}（${row.kind}）连续失败 ${attempts} 次，已跳过：${words.slice(0, 200)}。请先查看相关订单，再按处置卡补做。`,
      en: `"${name}" failed ${attempts} times on journal row ${row.id} (${row.kind}) and went on without it: ${words.slice(0, 200)}. Look at the order first, then follow the card.`,
    },
    evidence: {
      journalId: String(row.id),
      kind: row.kind,
      orderId: order,
      attempts,
      words: words.slice(0, 500),
    },
    link: order === null ? null : `/orders?order=${order}`,
  }
}
