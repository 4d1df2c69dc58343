import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { openDatabase } from './database.ts'

// A server that may only be read says 25006 like a standby does; the real one is met in `npm run failover -- --only led_to_the_standby`.

let database: FreshDatabase

before(async () => {
  database = await freshDatabase()
  await database.sql.raw('create table note (n int)')
})
after(async () => await database.close())

test('a server that may only be read is away, in a statement and in a transaction', async () => {
  const away = { name: 'Outage', code: 'database.unreachable' }
  const sql = openDatabase({ url: database.url, connections: 1 })
  try {
    await sql`select set_config('default_transaction_read_only', 'on', false)`
    await assert.rejects(
      sql.begin((tx) => tx`insert into note values (1)`),
      away,
    )
    // The line that led to it is not used again: the next one may lead to the primary.
    await sql.begin((tx) => tx`insert into note values (2)`)
    await sql`select set_config('default_transaction_read_only', 'on', false)`
    await assert.rejects(sql`insert into note values (3)`, away)
    await sql`insert into note values (4)`
    assert.deepEqual(await sql`select n from note order by n`, [{ n: 2 }, { n: 4 }])
  } finally {
    await sql.end()
  }
})

/** Between us and the server: answers LISTEN as a standby does, until it is told otherwise. */
async function refusingListen(url: string): Promise<{
  readonly url: string
  readonly refuse: (refuses: boolean) => void
  readonly cut: () => void
  readonly refused: () => number
  readonly close: () => void
}> {
  const folder = decodeURIComponent(/host=([^&]+)/.exec(url)?.[1] ?? '')
  const socket = `${folder}/.s.PGSQL.${/port=(\d+)/.exec(url)?.[1] ?? '5432'}`
  const open = new Set<Socket>()
  let refuses = true
  let refused = 0
  const proxy = createServer((client) => {
    const server = connect(socket)
    for (const one of [client, server]) {
      open.add(one)
      one.on('error', () => undefined).on('close', () => [client, server].map((each) => each.destroy()))
    }
    client.on('data', (bytes) => {
      if (!refuses || !bytes.includes('listen ')) {
        server.write(bytes)
        return
      }
      refused += 1
      client.write(refusal('25006', 'cannot execute LISTEN during recovery'))
    })
    server.pipe(client)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: url.replace(/@\/([^?]+).*$/, `@127.0.0.1:${port}/$1`),
    refuse: (next) => {
      refuses = next
    },
    cut: () => {
      for (const one of open) one.destroy()
    },
    refused: () => refused,
    close: () => {
      proxy.close()
      for (const one of open) one.destroy()
    },
  }
}

/** ErrorResponse and ReadyForQuery of the protocol. */
function refusal(code: string, words: string): Buffer {
  const fields = Buffer.from(`SERROR\0VERROR\0C${code}\0M${words}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields, Buffer.from([0x5a, 0, 0, 0, 5, 0x49])])
}

test('a listener that a standby refused listens again once it leads to the primary', async () => {
  const proxy = await refusingListen(database.url)
  const heard: string[] = []
  const sql = openDatabase({ url: proxy.url, connections: 1 })
  try {
    proxy.refuse(false)
    const stop = await sql.listen('news', (payload) => void heard.push(payload))
    proxy.refuse(true)
    proxy.cut()
    await until(
      async () => proxy.refused() > 0,
      () => 'it did not come again',
      5,
    )
    proxy.refuse(false)
    await until(
      async () => heard.includes(''),
      () => 'it does not listen any more',
      5,
    )
    await stop()
  } finally {
    await sql.end()
    proxy.close()
  }
})
