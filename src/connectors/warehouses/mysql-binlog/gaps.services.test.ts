import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  begun,
  closeAll,
  endOf,
  feedOf,
  hears,
  open,
  SCHEMA,
  start,
  until,
  warehouse,
} from '#test-support/binlog-feed.ts'
import { type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'

after(closeAll)
let db: MariadbServer
before(async () => {
  db = await warehouse()
})

test('a purged binlog, a reset one and another server at the address are gaps that say why', async () => {
  const other = await warehouse({ serverId: 1 })
  const following = start(feedOf(db), null)
  await begun(following)
  const position = following.position()
  await following.stop()
  const replaced = await endOf(start(feedOf(other), position))
  assert.ok(replaced.reason === 'gap' && /another server/.test(replaced.words.en), JSON.stringify(replaced))
  await db.sql('flush binary logs')
  const [second] = (await db.sql('show master status')) as { File: string }[]
  await db.sql(`purge binary logs to '${second?.File}'`)
  const whole = start(feedOf(db), position)
  await begun(whole)
  await db.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'missed', 1)`)
  await hears(whole, 1)
  await whole.stop()
  assert.deepEqual(
    whole.told(),
    ['SH/missed=1@1'],
    'the file is gone, but nothing was in it that we had not read',
  )
  await db.sql('flush binary logs')
  const [newest] = (await db.sql('show master status')) as { File: string }[]
  await until(
    async () => {
      // A file that a follower who just left still holds is spared.
      await db.sql(`purge binary logs to '${newest?.File}'`)
      return (await db.sql('show binary logs')).length === 1
    },
    () => 'not purged',
  )
  const purged = await endOf(start(feedOf(db), position))
  assert.ok(purged.reason === 'gap' && /purged/.test(purged.words.en), JSON.stringify(purged))
  assert.ok(purged.reason === 'gap' && purged.words.zh.includes('已清理'))
  const fresh = start(feedOf(other), null)
  await begun(fresh)
  await other.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'x', 1)`)
  await hears(fresh, 1)
  await fresh.stop()
  await other.sql('reset master')
  const reset = await endOf(start(feedOf(other), fresh.position()))
  assert.equal(reset.reason, 'gap')
  const nonsense = await endOf(start(feedOf(other), 'no position at all'))
  assert.equal(nonsense.reason, 'gap')
})

test('TRUNCATE and changes logged as statements cannot be followed: a gap, at once', async () => {
  const one = start(feedOf(db), null)
  await begun(one)
  await db.sql('truncate table wms.stock')
  const emptied = await endOf(one)
  assert.ok(emptied.reason === 'gap' && /TRUNCATE/.test(emptied.words.en))
  const two = start(feedOf(db), null)
  await begun(two)
  const client = await db.client('wms')
  await client.query(`set session binlog_format = 'STATEMENT'`)
  await client.query(`insert into stock (wh, sku, qty) values ('SH', 'hidden', 1)`)
  await client.end()
  const written = await endOf(two)
  assert.ok(written.reason === 'gap' && /statements/.test(written.words.en))
  const three = start(feedOf(db), null)
  await begun(three)
  const partial = await db.client('wms')
  await partial.query(`set session binlog_row_image = 'MINIMAL'`)
  await partial.query(`update stock set qty = qty + 1 where sku = 'hidden'`)
  await partial.end()
  const cut = await endOf(three)
  assert.ok(cut.reason === 'gap' && /some of their columns/.test(cut.words.en))
})

for (const rowMetadata of ['NO_LOG', 'FULL'] as const)
  test(`ALTER TABLE is noticed, while following and after having been away (${rowMetadata})`, async () => {
    const altered = await warehouse({ rowMetadata })
    const one = start(feedOf(altered), null)
    await begun(one)
    await altered.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'before', 1)`)
    await hears(one, 1)
    await altered.sql('alter table wms.stock add index by_sku (sku)')
    await altered.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'indexed', 1)`)
    await hears(one, 2)
    const position = one.position()
    await altered.sql('alter table wms.stock add column lot varchar(20) after wh')
    const wider = await endOf(one)
    assert.ok(wider.reason === 'schema_changed' && wider.usable, JSON.stringify(wider))
    await altered.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'after', 1)`)
    const away = await endOf(start(feedOf(altered), position))
    assert.ok(away.reason === 'schema_changed' && away.usable)
    const two = start(feedOf(altered), null)
    await begun(two)
    await altered.sql('alter table wms.stock change qty on_hand decimal(12,3) not null')
    const gone = await endOf(two)
    assert.ok(gone.reason === 'schema_changed' && !gone.usable && gone.words.en.includes('qty'))
    await altered.sql('drop table wms.stock')
    const missing = await endOf(start(feedOf(altered), null))
    assert.ok(missing.reason === 'schema_changed' && !missing.usable)
  })

test('a replica that takes over is followed on by its transaction ids; a stranger with the same number is a gap', async () => {
  const replica = await mariadbServer({ serverId: 2, more: ['log_slave_updates=ON'] })
  open.push(replica)
  const primary = await mariadbServer({ serverId: 7 })
  open.push(primary)
  await replica.sql(
    `change master to master_host = '127.0.0.1', master_port = ${primary.port}, master_user = 'copier', master_password = 'copier-password', master_use_gtid = slave_pos`,
  )
  await primary.account('copier', { slave: true })
  await primary.sql('create database wms')
  await primary.sql(SCHEMA)
  await primary.account('reader', { select: ['wms.stock'], slave: true, client: true })
  await replica.sql('start slave')
  const one = start(feedOf(primary), null)
  await begun(one)
  await primary.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'A', 1)`)
  await hears(one, 1)
  const position = one.position()
  await one.stop()
  await primary.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'B', 2)`)
  await until(
    async () =>
      (await replica.sql(`select 1 from information_schema.tables where table_schema = 'wms'`)).length ===
        1 && (await replica.sql('select 1 from wms.stock')).length === 2,
    () => 'not copied',
  )
  await primary.stop('SIGKILL')
  await replica.sql('stop slave')
  await replica.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'C', 3)`)
  const two = start(feedOf(replica), position)
  await hears(two, 2)
  await two.stop()
  assert.deepEqual(two.told(), ['SH/B=2@1', 'SH/C=3@1'])
  const stranger = await warehouse({ serverId: 7 })
  for (let i = 0; i < 30; i += 1)
    await stranger.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'S${i}', 1)`)
  assert.equal((await endOf(start(feedOf(stranger), position))).reason, 'gap')
})
