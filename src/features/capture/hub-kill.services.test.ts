import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addFeed, findingsOf, freshLedger, ledgerOf } from '#test-support/captured.ts'
import { until } from '#test-support/hub.ts'
import { type HubProcess, seedCallback, startHubProcess } from '#test-support/hub-process.ts'
import { type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

// Two hubs as processes of their own, killed as a machine would kill them.

const PLACES = 40
let database: FreshDatabase
let maria: MariadbServer
const hubs: HubProcess[] = []

before(async () => {
  database = await freshDatabase({ connections: 6 })
  await freshLedger(database.sql)
  maria = await mariadbServer()
  await maria.sql('create database wms')
  await maria.sql(
    'create table wms.stock (sku varchar(20) primary key, qty int not null, updated_at datetime not null default current_timestamp on update current_timestamp)',
  )
  await maria.sql(
    'create table wms.moved (id bigint primary key auto_increment, sku varchar(20) not null, n int not null)',
  )
  const client = await maria.client('wms')
  await client.query(`insert into stock (sku, qty) select concat('S', seq), 1000 from seq_1_to_${PLACES}`)
  await client.end()
  await maria.account('reader', { select: ['wms.stock', 'wms.moved'], slave: true, client: true })
  const settings = {
    host: '127.0.0.1',
    port: String(maria.port),
    database: 'wms',
    user: 'reader',
    password: 'reader-password',
  }
  await seedCallback(database.sql, { id: 'wms', kind: 'mysql-binlog', settings })
  const columns = { sku: 'sku', quantity: 'qty', warehouse: null, zone: 'UTC' }
  const levels = await addFeed(database.sql, 'levels', {
    mapping: { ...columns, table: 'wms.stock', version: 'updated_at' },
  })
  const moves = await addFeed(database.sql, 'moves', {
    mapping: { ...columns, table: 'wms.moved', mode: 'movements', quantity: 'n', version: null, id: 'id' },
  })
  await database.sql`update stock_feed set connection_id = 'wms'`
  await database.sql`delete from stock_feed_warehouse`
  await database.sql`
    insert into stock_feed_warehouse (feed_id, source_code, warehouse) values (${levels}, '', 'W'), (${moves}, '', 'V')`
})
after(async () => {
  for (const hub of hubs) hub.child.kill('SIGKILL')
  await maria.close()
  await database.close()
})

const start = async (): Promise<HubProcess> => {
  const hub = await startHubProcess({ DATABASE_URL: database.url, PORT: '0' })
  hubs.push(hub)
  return hub
}
async function tables(): Promise<Record<string, number>> {
  const rows = await maria.sql('select sku, qty as n from wms.stock')
  const moved = await maria.sql('select sku, sum(n) as n from wms.moved group by sku')
  const told = [
    ...rows.map((row) => [`${row.sku}@W`, Number(row.n)] as const),
    ...moved.map((row) => [`${row.sku}@V`, Number(row.n)] as const),
  ]
  return Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('hubs that are killed in the middle of taking changes lose none and take none twice', async () => {
  const states = async () =>
    await database.sql<{ status: string }>`select name, status, words_en from stock_feed order by name`
  let hub = await start()
  await until(
    async () => (await states()).every((one) => one.status === 'following'),
    async () => JSON.stringify(await states()) + hub.said().slice(-500),
    30,
  )
  let writing = true
  const write = async (): Promise<void> => {
    const client = await maria.client('wms')
    for (let i = 0; writing; i += 1) {
      await client.query('start transaction')
      await client.query('update stock set qty = qty - 1 where sku in (?, ?)', [
        `S${1 + (i % PLACES)}`,
        `S${1 + ((i * 7) % PLACES)}`,
      ])
      await client.query('insert into moved (sku, n) values (?, ?)', [`S${1 + (i % 5)}`, 1 + (i % 3)])
      await client.query(i % 9 === 0 ? 'rollback' : 'commit')
    }
    await client.end()
  }
  const writer = write()
  for (let kill = 0; kill < 2; kill += 1) {
    // The other process stands by for the lock before the first dies.
    const next = await start()
    await sleep(700)
    await hub.end('SIGKILL')
    hub = next
  }
  await sleep(500)
  writing = false
  await writer
  await until(
    async () => JSON.stringify(sorted(await ledgerOf(database.sql))) === JSON.stringify(await tables()),
    async () =>
      JSON.stringify([
        await states(),
        await ledgerOf(database.sql),
        await tables(),
        await findingsOf(database.sql),
      ]),
    30,
  )
  const [twice] = await database.sql<{ n: number }>`
    select count(*)::int as n from (select 1 from stock_movement where warehouse = 'V' and physical <> 0
      group by evidence ->> 'movement' having count(*) > 1) as t`
  assert.deepEqual([twice?.n, await findingsOf(database.sql)], [0, []])
  assert.doesNotMatch(hubs.map((one) => one.said()).join(''), /reader-password/)
})

function sorted(figures: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1)))
}
