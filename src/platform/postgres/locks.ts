import pg from 'pg'
import { Outage } from '#kernel/outage.ts'

/** Frees what was held. */
export type Release = () => Promise<void>

/**
 * Names that one process at a time may hold, for as long as it likes: many of them over one connection, where a transaction for each
 * would keep a connection of the pool busy for hours.
 */
export type Locks = {
  /**
   * Holds the name, or answers null when somebody else does. While the database is away a held name stays held, since nobody can
   * take it there either; `onLost` is called if, once it is back, another process was quicker. Throws `Outage`.
   */
  readonly tryHold: (name: string, onLost: () => void) => Promise<Release | null>
  readonly end: () => Promise<void>
}

const AGAIN_AFTER_MS = 1_000
const CONNECT_WITHIN_MS = 5_000
const ANSWER_WITHIN_MS = 10_000

export function openLocks(url: string): Locks {
  const held = new Map<string, () => void>()
  const asked = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  let client: Promise<pg.Client> | null = null
  let ended = false
  let timer: NodeJS.Timeout | null = null

  const connect = async (): Promise<pg.Client> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'holdfast locks',
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    })
    next.on('error', () => undefined)
    next.once('end', () => {
      client = null
      if (!ended && held.size > 0) regainSoon()
    })
    await next.connect()
    return next
  }
  const connected = (): Promise<pg.Client> => {
    client ??= connect().catch((error: unknown) => {
      client = null
      throw new Outage('database.unreachable', 'the database did not answer when a lock was asked for', {
        cause: error,
      })
    })
    return client
  }
  /** One statement at a time: the connection is everybody's. */
  const inTurn = (name: string, what: 'pg_try_advisory_lock' | 'pg_advisory_unlock'): Promise<boolean> => {
    const turn = last.then(() => ask(name, what))
    last = turn.catch(() => undefined)
    return turn
  }
  const take = (name: string): Promise<boolean> => inTurn(name, 'pg_try_advisory_lock')
  const ask = async (name: string, what: string): Promise<boolean> => {
    const open = await connected()
    try {
      const answer = await open.query<{ done: boolean }>(`select ${what}(hashtextextended($1, 0)) as done`, [
        name,
      ])
      return answer.rows[0]?.done === true
    } catch (error) {
      // A connection that does not answer may hold locks that nobody believes in any more.
      await open.end().catch(() => undefined)
      throw new Outage('database.unreachable', 'the database did not answer when a lock was asked for', {
        cause: error,
      })
    }
  }
  const regain = async (): Promise<void> => {
    for (const [name, onLost] of [...held]) {
      if (await take(name)) continue
      held.delete(name)
      onLost()
    }
  }
  const regainSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      regain().catch(() => {
        if (!ended) regainSoon()
      })
    }, AGAIN_AFTER_MS).unref()
  }
  return {
    tryHold: async (name, onLost) => {
      // The server would give the same connection the same lock again.
      if (held.has(name) || asked.has(name)) return null
      asked.add(name)
      try {
        if (!(await take(name))) return null
        held.set(name, onLost)
      } finally {
        asked.delete(name)
      }
      return async () => {
        if (!held.delete(name) || client === null) return
        await inTurn(name, 'pg_advisory_unlock').catch(() => undefined)
      }
    },
    end: async () => {
      ended = true
      if (timer !== null) clearTimeout(timer)
      const open = await client?.catch(() => null)
      await open?.end()
    },
  }
}
