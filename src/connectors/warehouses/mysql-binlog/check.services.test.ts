import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Settings } from '#domain/connector.ts'
import type { FeedCheck } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import {
  begun,
  closeAll,
  deps,
  feedOf,
  hears,
  settingsOf,
  start,
  warehouse,
} from '#test-support/binlog-feed.ts'
import type { MariadbServer } from '#test-support/mariadb.ts'
import { mysqlBinlog } from './index.ts'

after(closeAll)
let db: MariadbServer
before(async () => {
  db = await warehouse()
})

function outcomeOf(checks: readonly FeedCheck[] | undefined, name: string): FeedCheck {
  const found = checks?.find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

test('the check passes for the documented account, and the test button says so', async () => {
  const checks = await feedOf(db).check()
  assert.deepEqual(
    checks.filter(({ outcome }) => outcome !== 'ok').map(({ name, outcome }) => `${name} ${outcome}`),
    ['tls warning'],
  )
  const tested = await mysqlBinlog.calls?.(settingsOf(db), deps).test()
  assert.ok(tested?.ok && tested.value.words.startsWith('15 checks passed'))
  const seen = await feedOf(db).tables()
  assert.ok(seen.ok)
  const stock = seen.value.find(({ name }) => name === 'wms.stock')
  assert.deepEqual(stock?.columns[0], { name: 'id', type: 'bigint(20) unsigned', key: true })
})

test('the check names what is wrong, with a command that mends it', async () => {
  const off = await warehouse({ binlog: false })
  const mixed = await warehouse({
    format: 'MIXED',
    rowImage: 'MINIMAL',
    more: ['binlog_expire_logs_seconds=3600', 'binlog_ignore_db=wms'],
  })
  await mixed.account('nothing', {})
  await mixed.account('watcher', { select: ['wms.stock'], client: true })
  await mixed.account('follower', { select: ['wms.stock'], slave: true })
  const cases: readonly (readonly [MariadbServer, Settings, string, RegExp])[] = [
    [off, {}, 'binlog_enabled', /log_bin=mysql-bin/],
    [mixed, {}, 'binlog_format', /SET GLOBAL binlog_format = 'ROW'/],
    [mixed, {}, 'binlog_row_image', /SET GLOBAL binlog_row_image = 'FULL'/],
    [
      mixed,
      { user: 'watcher', password: 'watcher-password' },
      'replication_rights',
      /GRANT REPLICATION SLAVE, REPLICATION CLIENT ON \*\.\* TO 'watcher'/,
    ],
    [
      mixed,
      { user: 'follower', password: 'follower-password' },
      'monitor_rights',
      /GRANT REPLICATION SLAVE, REPLICATION CLIENT/,
    ],
    [
      mixed,
      { user: 'nothing', password: 'nothing-password' },
      'table_rights',
      /GRANT SELECT ON `wms`\.`stock` TO 'nothing'/,
    ],
    [mixed, { password: 'wrong-password' }, 'login', /CREATE USER 'reader'/],
    [mixed, { tls: 'required' }, 'tls', /ssl_cert/],
    [mixed, { port: '1' }, 'network', /nc -vz/],
  ]
  for (const [server, more, name, command] of cases) {
    const checks = await feedOf(server, more).check()
    const found = outcomeOf(checks, name)
    assert.equal(found.outcome, 'failed', `${name}: ${JSON.stringify(found)}`)
    assert.match(found.remedy?.command ?? '', command)
    assert.ok(!JSON.stringify(checks).includes('-password'), 'no secret')
  }
  const checks = await feedOf(mixed).check()
  assert.equal(outcomeOf(checks, 'retention').outcome, 'warning')
  assert.equal(outcomeOf(checks, 'binlog_filter').outcome, 'failed')
  const tested = await mysqlBinlog.calls?.(settingsOf(off), deps).test()
  assert.ok(tested?.ok === false && tested.refusal.code === 'mysql_binlog.binlog_enabled')
  const guarded = mysqlBinlog.stockFeed?.(settingsOf(off), {
    ...deps,
    openTcp: openTcpTo({ allowLoopback: false, allowPrivate: false }),
  })
  const inner = outcomeOf(await guarded?.check(), 'network')
  assert.ok(inner.outcome === 'failed' && inner.remedy?.command?.includes('PRIVATE_TARGETS='))
  await assert.rejects(
    async () => await start(feedOf(off), null).ended,
    (error) => error instanceof Outage && error.code === 'mysql_binlog.binlog_enabled' && !error.retryable,
  )
})

test('TLS: encrypted, verified by an authority of one’s own, and refused for another name or authority', async () => {
  const secure = await warehouse({ tls: true, more: ['require_secure_transport=ON'] })
  const authority = secure.ca ?? ''
  const plain = outcomeOf(await feedOf(secure).check(), 'tls')
  assert.equal(plain.outcome, 'failed')
  for (const more of [
    { tls: 'required' },
    { tls: 'verify', authority },
    { tls: 'verify', authority, host: 'localhost' },
  ] as Settings[]) {
    assert.equal(
      outcomeOf(await feedOf(secure, more).check(), 'tls').outcome,
      'ok',
      JSON.stringify(more.host),
    )
    const following = start(feedOf(secure, more), null)
    await begun(following)
    await secure.sql(`insert into wms.stock (wh, sku, qty) values ('SH', '${crypto.randomUUID()}', 1)`)
    await hears(following, 1)
    await following.stop()
  }
  const strange = outcomeOf(await feedOf(secure, { tls: 'verify' }).check(), 'tls')
  assert.ok(strange.outcome === 'failed' && strange.remedy !== null)
  const misnamed = await warehouse({ tls: ['wms-db.example.com'] })
  for (const host of ['127.0.0.1', 'localhost']) {
    const more = { tls: 'verify', authority: misnamed.ca ?? '', host }
    assert.equal(
      outcomeOf(await feedOf(misnamed, more).check(), 'tls').outcome,
      'failed',
      'the certificate is for another name',
    )
  }
})
