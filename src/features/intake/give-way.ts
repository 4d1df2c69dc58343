import type { Database, Sql } from '#platform/postgres/database.ts'

export type GiveWay = {
  /** A batch that must be quick begins; answers how to say that it is done. */
  readonly enter: () => () => void
  /** The database for one batch that can wait: its statements are held back while a quick batch is under way. */
  readonly polite: (db: Database) => Database
}

/**
 * A batch is held back no longer than this altogether: low-latency lanes that are always busy must not stop the others, and a quick
 * batch may wait for a row that the held one has locked.
 */
const LONGEST_MS = 100

/**
 * Lets batches of high throughput give way between their statements. Both kinds share one Node thread and one PostgreSQL, and a
 * batch is some 25 statements one after another: beside a flood's batch each of them waits for that one's work.
 */
export function openGiveWay(): GiveWay {
  let quick = 0
  let held: (() => void)[] = []
  const free = async (ms: number): Promise<void> =>
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      held.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  return {
    enter: () => {
      quick += 1
      return () => {
        quick -= 1
        if (quick > 0) return
        for (const goOn of held) goOn()
        held = []
      }
    },
    polite: (db) => {
      let left = LONGEST_MS
      const over =
        (sql: Sql): Sql =>
        async (text, ...values) => {
          while (quick > 0 && left > 0) {
            const begunAt = performance.now()
            await free(left)
            left -= performance.now() - begunAt
          }
          return await sql(text, ...values)
        }
      return Object.assign(over(db), {
        begin: <T>(run: (tx: Sql) => Promise<T>) => db.begin((tx) => run(over(tx))),
        listen: db.listen,
        raw: db.raw,
        end: db.end,
      })
    },
  }
}
