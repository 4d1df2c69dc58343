import type { Connection } from 'mysql2/promise'
import type { Random } from '#kernel/random.ts'
import { type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'
import { runWarehouse, type SimWarehouse } from './warehouse-book.ts'

const USER = 'holdfast'
const PASSWORD = 'wms-demo-password'

// As many a WMS has it: one row an article and place with a version, and a journal of movements beside it.
const TABLES = [
  `create table kc_stock (
    id bigint unsigned not null auto_increment primary key,
    warehouse_code varchar(20) not null,
    sku_code varchar(64) not null,
    sku_name varchar(120) not null,
    on_hand decimal(12,3) not null,
    version bigint unsigned not null,
    last_doc varchar(60) null,
    updated_at timestamp(6) not null default current_timestamp(6) on update current_timestamp(6),
    unique key place (warehouse_code, sku_code)
  ) charset utf8mb4`,
  `create table kc_move (
    id bigint unsigned not null auto_increment primary key,
    warehouse_code varchar(20) not null,
    sku_code varchar(64) not null,
    kind varchar(20) not null,
    delta decimal(12,3) not null,
    stock_version bigint unsigned not null,
    doc_no varchar(60) not null,
    created_at timestamp(6) not null default current_timestamp(6),
    unique key once (warehouse_code, sku_code, stock_version)
  ) charset utf8mb4`,
  `create table sys_user (id int primary key, name varchar(40), password_hash varchar(100))`,
]

/** A warehouse with Debian's MariaDB under it and a read-only account for the hub that sees the two stock tables and nothing else. */
export async function simMariadbWarehouse({
  code,
  random,
  opening,
}: {
  readonly code: string
  readonly random: Random
  readonly opening: ReadonlyMap<string, number>
}): Promise<SimWarehouse & { readonly server: MariadbServer }> {
  const server = await mariadbServer()
  await server.sql('create database wms')
  let client: Connection = await server.client('wms')
  for (const table of TABLES) await client.query(table)
  for (const [sku, quantity] of opening)
    await client.query(
      'insert into kc_stock (warehouse_code, sku_code, sku_name, on_hand, version) values (?, ?, ?, ?, 1)',
      [code, sku, `商品 ${sku}`, quantity],
    )
  await server.sql(`create user '${USER}'@'%' identified by '${PASSWORD}'`)
  for (const table of ['kc_stock', 'kc_move'])
    await server.sql(`grant select on wms.${table} to '${USER}'@'%'`)
  await server.sql(`grant replication slave, replication client on *.* to '${USER}'@'%'`)
  const warehouse = runWarehouse(
    {
      kind: 'mysql-binlog',
      settings: {
        host: '127.0.0.1',
        port: String(server.port),
        database: 'wms',
        user: USER,
        password: PASSWORD,
        tls: 'off',
      },
      mapping: {
        mode: 'levels',
        table: 'wms.kc_stock',
        sku: 'sku_code',
        quantity: 'on_hand',
        warehouse: 'warehouse_code',
        version: 'version',
        id: null,
        reference: 'last_doc',
        zone: 'Asia/Shanghai',
      },
      commit: async (move, level) => {
        try {
          await client.beginTransaction()
          // Both say the version, so that a movement that is written again after a crash finds itself done.
          await client.query(
            `insert ignore into kc_move (warehouse_code, sku_code, kind, delta, stock_version, doc_no) values (?, ?, ?, ?, ?, ?)`,
            [code, move.sku, move.kind, move.delta, level.version, move.document],
          )
          await client.query(
            `insert into kc_stock (warehouse_code, sku_code, sku_name, on_hand, version, last_doc) values (?, ?, ?, ?, ?, ?)
             on duplicate key update on_hand = values(on_hand), version = values(version), last_doc = values(last_doc)`,
            [code, move.sku, `商品 ${move.sku}`, level.quantity, level.version, move.document],
          )
          await client.commit()
        } catch (error) {
          client.destroy()
          client = await server.client('wms').catch(() => client)
          throw error
        }
      },
      stop: server.stop,
      start: async () => {
        await server.start()
      },
      close: async () => {
        client.destroy()
        await server.close()
      },
    },
    { code, random, opening },
  )
  return { ...warehouse, server }
}
