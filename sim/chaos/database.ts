import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startPostgres } from '#platform/embedded-postgres/index.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'

/** The PostgreSQL of a run: it may be killed, stopped for a while and started again; its address stays the same. */
export type ChaosDatabase = {
  readonly url: string
  /** The harness's own eyes; fails while the server is away. */
  readonly sql: Database
  /** 0 while there is none. */
  readonly postmaster: () => number
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Until it answers. */
  readonly answers: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function openChaosDatabase(
  dataDir: string,
  log: (line: string) => void,
): Promise<ChaosDatabase> {
  const first = await startPostgres({ dataDir, log })
  // A server that is still starting when the run is interrupted is waited for and ended too.
  let server: Promise<EmbeddedPostgres> | null = Promise.resolve(first)
  const { url } = first
  // Every promise is looked at over all that a run wrote, on a machine that does other things as well.
  const sql = openDatabase({
    url,
    connections: 2,
    applicationName: 'chaos harness',
    statementTimeoutMs: 180_000,
  })
  let closed = false
  const start = async (): Promise<void> => {
    if (closed) return
    server ??= startPostgres({ dataDir, log })
    const starting = server
    await starting.catch((error: unknown) => {
      if (server === starting) server = null
      throw error
    })
  }
  const stop = async (): Promise<void> => {
    const ending = server
    server = null
    const running = await ending?.catch(() => null)
    await running?.stop()
  }
  return {
    url,
    sql,
    postmaster: () => {
      const path = join(dataDir, 'postgres/18/postmaster.pid')
      return existsSync(path) ? Number(readFileSync(path, 'utf8').split('\n')[0]) : 0
    },
    start,
    stop,
    answers: async () => {
      for (let tries = 0; ; tries += 1) {
        const failure = await sql`select 1`.then(
          () => null,
          (error: unknown) => error,
        )
        if (failure === null) return
        if (tries > 600) throw failure
        await sleep(100)
      }
    },
    close: async () => {
      closed = true
      await sql.end().catch(() => undefined)
      await stop()
    },
  }
}
