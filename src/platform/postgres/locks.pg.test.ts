import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type Locks, openLocks } from './locks.ts'

let database: FreshDatabase
const opened: Locks[] = []
const locks = (): Locks => {
  const one = openLocks(database.url)
  opened.push(one)
  return one
}
const never = (): void => assert.fail('nothing was lost')

before(async () => {
  database = await freshDatabase()
})
after(async () => {
  for (const one of opened) await one.end()
  await database.close()
})

/** The tests' server listens in a folder. */
function socketOf(url: string): string {
  const folder = decodeURIComponent(/host=([^&]+)/.exec(url)?.[1] ?? '')
  return `${folder}/.s.PGSQL.${/port=(\d+)/.exec(url)?.[1] ?? '5432'}`
}

function through({ port }: AddressInfo): string {
  return database.url.replace(/@\/([^?]+).*$/, `@127.0.0.1:${port}/$1`)
}

/** Ends the connection that holds the locks, as a restart of the server does. */
async function cut(): Promise<void> {
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'holdfast locks' and datname = current_database()`
}

test('a name is held by one process at a time, many names over one connection', async () => {
  const [a, b] = [locks(), locks()]
  const release = await a.tryHold('one', never)
  assert.ok(release)
  assert.equal(await b.tryHold('one', never), null)
  assert.equal(await a.tryHold('one', never), null, 'the holder itself does not get it twice')
  for (let i = 0; i < 50; i += 1) assert.ok(await a.tryHold(`many ${i}`, never))
  const [row] = await database.sql<{ count: bigint }>`select count(*) from pg_stat_activity
    where application_name = 'holdfast locks' and datname = current_database()`
  assert.equal(row?.count, 2n)
  await release()
  assert.ok(await b.tryHold('one', never))
})

test('a name that was held over a lost connection is held again', async () => {
  const a = locks()
  const holders = async (): Promise<string> => {
    const rows = await database.sql<{ pid: number }>`select pid from pg_locks
      where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
      order by pid`
    return rows.map((row) => row.pid).join()
  }
  assert.ok(await a.tryHold('kept', never))
  const [own] = await database.sql<{ pid: number }>`select pid from pg_locks
    where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
    order by pid desc limit 1`
  await cut()
  await until(
    async () => {
      const now = await holders()
      return now !== '' && !now.split(',').includes(String(own?.pid))
    },
    () => 'it was not taken again',
    8,
  )
  await until(
    async () => (await locks().tryHold('kept', () => undefined)) === null,
    () => 'somebody else could take it',
    8,
  )
})

test('who was slower after the connection was lost is told', async () => {
  const [a, b] = [locks(), locks()]
  let lost = false
  assert.ok(await a.tryHold('contested', () => (lost = true)))
  await cut()
  await until(
    async () => (await b.tryHold('contested', never).catch(() => null)) !== null,
    () => 'b did not get it',
    2,
  )
  await until(
    async () => lost,
    () => 'a was not told',
    5,
  )
})

test('a line that is dead on our side only is ended on the other, and the name held again', async () => {
  // A proxy that drops its client and leaves the server's side open, as a router does that forgot the connection.
  const clients = new Set<Socket>()
  const proxy = createServer((client) => {
    clients.add(client)
    client.on('error', () => undefined)
    const server = connect(socketOf(database.url))
    server.on('error', () => undefined)
    client.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => client.write(bytes))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const a = openLocks(through(proxy.address() as AddressInfo))
  try {
    assert.ok(await a.tryHold('dead line', never))
    for (const client of clients) client.destroy()
    await until(
      async () => {
        const [row] = await database.sql<{ count: bigint }>`select count(*) from pg_stat_activity
          where application_name = 'holdfast locks' and datname = current_database() and client_port = any(
            select client_port from pg_stat_activity where application_name = 'holdfast locks')`
        return (
          (row?.count ?? 0n) >= 1n && clients.size > 1 && (await locks().tryHold('dead line', never)) === null
        )
      },
      () => 'it was not held again',
      10,
    )
  } finally {
    await a.end()
    for (const client of clients) client.destroy()
    proxy.close()
  }
})

test('three that ask while the first connection fails share the next one', async () => {
  let refuse = true
  const open = new Set<Socket>()
  const proxy = createServer((client) => {
    client.on('error', () => undefined)
    if (refuse) {
      client.destroy()
      return
    }
    const server = connect(socketOf(database.url))
    open.add(server)
    server.on('error', () => undefined)
    client.pipe(server)
    server.pipe(client)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const a = openLocks(through(proxy.address() as AddressInfo))
  try {
    const first = a.tryHold('x1', never).catch(() => null)
    await first
    refuse = false
    const [x, y] = await Promise.all([a.tryHold('x2', never), a.tryHold('x3', never)])
    assert.ok(x && y)
    await y()
    assert.ok(await a.tryHold('x3', never), 'what was given back can be taken again')
    assert.equal(open.size, 1)
  } finally {
    await a.end()
    proxy.close()
  }
})
