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
const KEEP_ALIVE_MS = 10_000

/** A connection and who it is to the server: the time tells it from a later one with the same number. */
type Session = { readonly client: pg.Client; readonly pid: number; readonly startedAt: string }

export function openLocks(url: string): Locks {
  const held = new Map<string, () => void>()
  const asked = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()
  let session: Session | null = null
  /** Lost on our side; the server may not know yet and hold our names for it. */
  let lost: Session | null = null
  let ended = false
  let timer: NodeJS.Timeout | null = null

  const forget = (gone: Session): void => {
    if (session !== gone) return
    session = null
    lost = gone
    if (!ended && held.size > 0) regainSoon()
  }
  const connect = async (): Promise<Session> => {
    const client = await openClient(url)
    const next = { client, ...(await introduce(client).catch((error) => giveUp(client, error))) }
    client.once('end', () => forget(next))
    if (lost !== null) await endBackend(client, lost)
    lost = null
    return next
  }
  /** One statement at a time: the connection is everybody's. */
  const inTurn = (name: string, what: 'pg_try_advisory_lock' | 'pg_advisory_unlock'): Promise<boolean> => {
    const turn = last.then(() => ask(name, what))
    last = turn.catch(() => undefined)
    return turn
  }
  const ask = async (name: string, what: string): Promise<boolean> => {
    try {
      session ??= await connect()
      const answer = await session.client.query<{ done: boolean }>(
        `select ${what}(hashtextextended($1, 0)) as done`,
        [name],
      )
      return answer.rows[0]?.done === true
    } catch (error) {
      // A connection that does not answer may hold locks that nobody believes in any more.
      const broken = session
      if (broken !== null) {
        forget(broken)
        void broken.client.end().catch(() => undefined)
      }
      throw new Outage('database.unreachable', 'the database did not answer when a lock was asked for', {
        cause: error,
      })
    }
  }
  const regain = async (): Promise<void> => {
    for (const [name, onLost] of [...held]) {
      if (await inTurn(name, 'pg_try_advisory_lock')) continue
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
        if (!(await inTurn(name, 'pg_try_advisory_lock'))) return null
        held.set(name, onLost)
      } finally {
        asked.delete(name)
      }
      return async () => {
        if (!held.delete(name) || session === null) return
        await inTurn(name, 'pg_advisory_unlock').catch(() => undefined)
      }
    },
    end: async () => {
      ended = true
      if (timer !== null) clearTimeout(timer)
      await last
      await session?.client.end().catch(() => undefined)
    },
  }
}

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'holdfast locks',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // The server's own look at a line that died without a word; where it is not a network line this says nothing.
    options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3',
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

/** A standby gives locks as well, and nobody on the primary knows of them. */
async function introduce(client: pg.Client): Promise<Pick<Session, 'pid' | 'startedAt'>> {
  const { rows } = await client.query<{ pid: number; started: string; standby: boolean }>(
    `select pid, backend_start::text as started, pg_is_in_recovery() as standby
     from pg_stat_activity where pid = pg_backend_pid()`,
  )
  const [row] = rows
  if (row?.standby === true) throw new Error('this server is a standby')
  return { pid: row?.pid ?? 0, startedAt: row?.started ?? '' }
}

async function giveUp(client: pg.Client, error: unknown): Promise<never> {
  await client.end().catch(() => undefined)
  throw error
}

/** The server side of a line that is dead on ours keeps its locks until somebody tells it; the same account may. */
async function endBackend(client: pg.Client, { pid, startedAt }: Session): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid, 2000) from pg_stat_activity where pid = $1 and backend_start::text = $2',
    [pid, startedAt],
  )
}
