import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector } from '#domain/connector.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok, refuse } from '#kernel/result.ts'
import { openVault, type Vault } from '#platform/vault.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { ConnectionDeps } from './deps.ts'
import { connectionDirectory, type DirectoryEntry } from './directory.ts'
import { addConnection, changeConnection, dropConnection } from './save-connection.ts'
import { readConnections, readTraffic } from './store.ts'
import { testConnection } from './test-connection.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
})
after(() => database.close())

const vaultOf = (byte: number): Vault =>
  openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(byte)]]) })

let answer: () => Promise<unknown> = async () => ok({ words: 'pong' })
const shop = {
  kind: 'shop',
  role: 'channel',
  zh: '店铺',
  en: 'Shop',
  zone: 'Asia/Shanghai',
  fields: [
    { name: 'appId', zh: '', en: '', secret: false, required: true },
    { name: 'appSecret', zh: '', en: '', secret: true, required: true },
  ],
  codes: [],
  calls: () => ({ test: () => answer() }),
} as unknown as Connector

function depsOf(random = seededRandom(1)): ConnectionDeps {
  const { sql: db } = database
  const vault = vaultOf(1)
  return {
    db,
    vault,
    connectors: [shop],
    directory: connectionDirectory({ db, vault, connectors: [shop] }),
    clock: manualClock(Temporal.Instant.from('2026-02-11T10:00:00Z')),
    random,
    callsFor: () => ({
      http: () => Promise.reject(new Error('no network in this test')),
      openTcp: noTcp,
      clock: manualClock(Temporal.Instant.from('2026-02-11T10:00:00Z')),
      random,
    }),
    allowLoopback: false,
  }
}
const settings = { appId: '42', appSecret: 'top-secret-value' }

async function until(what: () => boolean): Promise<number> {
  const start = performance.now()
  while (!what()) {
    assert.ok(performance.now() - start < 5_000, 'waited too long')
    await sleep(5)
  }
  return performance.now() - start
}

test('secrets lie sealed in the database and open in the directory only', async () => {
  const deps = depsOf()
  const added = await addConnection(deps, SYSTEM, { kind: 'shop', name: 'First', settings })
  assert.ok(added.ok)
  const [row] = await readConnections(deps.db)
  assert.deepEqual(row?.settings, { appId: '42' })
  assert.ok(!Buffer.from(row?.secrets ?? []).includes('top-secret-value'))
  assert.match(row?.callback_token ?? '', /^[A-Za-z0-9_-]{32}$/)
  const entry = deps.directory.byToken(row?.callback_token ?? '') as DirectoryEntry
  assert.equal(entry.id, added.value)
  assert.equal(entry.settings.appSecret, 'top-secret-value')
  assert.equal(entry.zone, 'Asia/Shanghai')
  const audit = await deps.db<{ detail: unknown }>`select detail from audit_entry`
  assert.ok(!JSON.stringify(audit).includes('top-secret-value'))
  assert.equal(audit.length, 1)
})

test('a name is used once, also by two who add at the same moment', async () => {
  const results = await Promise.all(
    [2, 3, 4].map((seed) =>
      addConnection(depsOf(seededRandom(seed)), SYSTEM, { kind: 'shop', name: 'Twin', settings }),
    ),
  )
  assert.equal(results.filter((result) => result.ok).length, 1)
  const refused = results.find((result) => !result.ok)
  assert.ok(refused !== undefined && !refused.ok && refused.refusal.code === 'connections.name_exists')
})

test('another process sees a change within a second, and a change of a test outcome wakes nobody', async () => {
  const here = depsOf(seededRandom(5))
  const there = depsOf(seededRandom(6)).directory
  await there.start()
  try {
    let changes = 0
    there.onChange(() => {
      changes += 1
    })
    const added = await addConnection(here, SYSTEM, { kind: 'shop', name: 'Seen', settings, id: 'seen' })
    assert.ok(added.ok)
    assert.ok((await until(() => there.byId('seen') !== null)) < 1_000)
    await changeConnection(here, SYSTEM, 'seen', { paused: true, settings: { appSecret: 'rotated' } })
    await until(() => there.byId('seen')?.paused === true)
    assert.equal(there.byId('seen')?.settings.appSecret, 'rotated')
    assert.equal(there.byId('seen')?.settings.appId, '42')
    const before = changes
    await testConnection(here, 'seen')
    await there.refresh()
    assert.equal(changes, before)
    assert.ok((await dropConnection(here, SYSTEM, 'seen')).ok)
    await until(() => there.byId('seen') === null)
  } finally {
    await there.stop()
  }
})

test('a connection whose key is gone is reported and does not take the others with it', async () => {
  const deps = depsOf(seededRandom(7))
  const added = await addConnection(deps, SYSTEM, { kind: 'shop', name: 'Kept', settings, id: 'kept' })
  assert.ok(added.ok)
  await deps.db`update connection set secrets = ${vaultOf(9).seal(Buffer.from('{}'))} where id = 'kept'`
  const problems: string[] = []
  const directory = connectionDirectory({ ...deps, onProblem: (id) => void problems.push(id) })
  await directory.refresh()
  assert.deepEqual(problems, ['kept'])
  assert.equal(directory.byId('kept'), null)
  assert.ok(directory.all().length > 0)
})

test('a test call keeps its outcome without secrets, and ends at its deadline', async () => {
  const deps = depsOf(seededRandom(8))
  assert.ok((await addConnection(deps, SYSTEM, { kind: 'shop', name: 'Called', settings, id: 'called' })).ok)
  const outcomeOf = async (reply: () => Promise<unknown>, deadline?: number) => {
    answer = reply
    const tested = await testConnection(deps, 'called', deadline)
    assert.ok(tested.ok)
    const row = (await readConnections(deps.db)).find((one) => one.id === 'called')
    assert.deepEqual(row?.last_test, tested.value)
    return tested.value
  }
  assert.deepEqual(await outcomeOf(async () => ok({ words: 'pong' })), {
    ok: true,
    words: 'pong',
    code: null,
    at: '2026-02-11T10:00:00Z',
  })
  const refused = await outcomeOf(async () => refuse('shop.bad_key', 'key top-secret-value is wrong'))
  assert.deepEqual([refused.ok, refused.code, refused.words], [false, 'shop.bad_key', 'key ••• is wrong'])
  const down = await outcomeOf(() => Promise.reject(new Outage('http.refused', 'nobody listens')))
  assert.deepEqual([down.ok, down.code, down.words], [false, 'http.refused', 'nobody listens'])
  const late = await outcomeOf(() => new Promise(() => undefined), 30)
  assert.equal(late.code, 'connections.test_timeout')
})

test('a connection with messages is paused, not removed; its traffic is counted by verdict', async () => {
  const deps = depsOf(seededRandom(9))
  assert.ok((await addConnection(deps, SYSTEM, { kind: 'shop', name: 'Busy', settings, id: 'busy' })).ok)
  await deps.db.raw(
    "create table if not exists inbox_message_test partition of inbox_message for values from ('2026-02-10') to ('2026-02-12')",
  )
  const add = (verdict: string, at: string) => deps.db`
    insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status, response_body, latency_us)
    values (${Temporal.Instant.from(at)}, 'busy', 'http', 't', 'k', '{}', ''::bytea, ${verdict}, 200, '', 1)`
  await add('accepted', '2026-02-10T11:00:00Z')
  await add('accepted', '2026-02-11T09:00:00Z')
  await add('duplicate', '2026-02-11T09:10:00Z')
  await add('rejected', '2026-02-11T09:20:00Z')
  await add('accepted', '2026-02-10T09:00:00Z')
  const traffic = await readTraffic(deps.db, Temporal.Instant.from('2026-02-10T10:00:00Z'))
  const busy = traffic.find((one) => one.connection_id === 'busy')
  assert.deepEqual([busy?.accepted, busy?.rejected], [2n, 1n])
  const dropped = await dropConnection(deps, SYSTEM, 'busy')
  assert.ok(!dropped.ok && dropped.refusal.code === 'connections.has_records_conflict')
})
