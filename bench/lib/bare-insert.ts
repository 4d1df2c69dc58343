import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { byteaArray, textArray } from '#platform/postgres/arrays.ts'
import { openDatabase } from '#platform/postgres/database.ts'

/** The machine's limit for keeping: rows per second of plain batched inserts of the same bodies, two commits in flight. */
export async function bareInsertRate(
  dataDir: string,
  bodies: readonly Buffer[],
  batch: number,
): Promise<number> {
  const server = await startPostgres({ dataDir })
  const db = openDatabase({ url: server.url, connections: 2 })
  try {
    await db.raw(
      'create table bare (id bigint generated always as identity primary key, topic text not null, body bytea not null)',
    )
    const batches = Array.from({ length: Math.ceil(bodies.length / batch) }, (_, i) =>
      bodies.slice(i * batch, (i + 1) * batch),
    )
    const startedAt = performance.now()
    let next = 0
    const writer = async (): Promise<void> => {
      for (let mine = batches[next++]; mine !== undefined; mine = batches[next++])
        await db`insert into bare (topic, body) select * from unnest(${textArray(mine.map(() => 'orders/create'))}::text[], ${byteaArray(mine)}::bytea[])`
    }
    await Promise.all([writer(), writer()])
    return bodies.length / ((performance.now() - startedAt) / 1_000)
  } finally {
    await db.end()
    await server.stop()
  }
}
