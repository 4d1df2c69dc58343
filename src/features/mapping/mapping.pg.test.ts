import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connector } from '#domain/connector.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { MappingDeps } from './deps.ts'
import { mappingDirectory } from './directory.ts'
import { addDraft, changeDraft, dropDraft, previewDraft } from './edit-draft.ts'
import type { RecordedFilter, RulesFor } from './preview-port.ts'
import { publishDraft, replayDecided, rollBack } from './publish-version.ts'
import { readVersions, type Scope } from './store.ts'

const database: FreshDatabase = await freshDatabase()
after(() => database.close())
beforeEach(async () => {
  await database.sql.raw('truncate mapping_version, mapping_unknown, inbox_task')
})

const shop = {
  kind: 'shop',
  codes: [
    { code: 'status:1', fact: 'paid', zh: '', en: '' },
    { code: 'status:2', fact: 'dispatched', zh: '', en: '' },
  ],
} as unknown as Connector
const KIND: Scope = { kind: 'shop', connectionId: null }
const OWN: Scope = { kind: 'shop', connectionId: 'shop-a' }
const NOW = Temporal.Instant.from('2026-02-11T10:00:00Z')

function depsOf() {
  const replays: RecordedFilter[] = []
  const previews: { filter: RecordedFilter; rulesFor: RulesFor }[] = []
  const db = database.sql
  const deps: MappingDeps = {
    db,
    connectors: [shop],
    directory: mappingDirectory({ db, connectors: [shop] }),
    clock: manualClock(NOW),
    connectionsOf: (kind) => (kind === 'shop' ? ['shop-a', 'shop-b'] : []),
    preview: async (filter, rulesFor) => {
      previews.push({ filter, rulesFor })
      return { messages: 0, orders: [], factsAdded: 0, factsRemoved: 0, unknownLeft: [] }
    },
    replay: async (filter) => {
      replays.push(filter)
      return filter.ids?.length ?? 10
    },
  }
  return { deps, replays, previews }
}

async function draft(deps: MappingDeps, scope: Scope, rules: Record<string, string>): Promise<bigint> {
  const added = await addDraft(deps, SYSTEM, scope, { rules, note: 'why' })
  assert.ok(added.ok)
  return added.value.id
}

async function publish(deps: MappingDeps, scope: Scope, rules: Record<string, string>, days = 7) {
  const published = await publishDraft(deps, SYSTEM, await draft(deps, scope, rules), days)
  assert.ok(published.ok)
  return published.value
}

async function park(id: number, connection: string, detail: string): Promise<void> {
  await database.sql`
    insert into inbox_task (message_id, received_at, lane, state, park_code, park_detail, parked_at)
    values (${id}, ${NOW}, ${connection}, 'parked', 'mapping.unknown_code', ${detail}, ${NOW})`
}

const states = async (scope: Scope): Promise<string[]> =>
  (await readVersions(database.sql, scope, 100)).map((row) => `${row.version} ${row.state}`)

test('a draft reads nothing until it is published, then every process reads it within a second', async () => {
  const { deps } = depsOf()
  const there = mappingDirectory({ db: database.sql, connectors: [shop] })
  await there.start()
  try {
    const id = await draft(deps, KIND, { 'status:2': 'picked_up' })
    await deps.directory.refresh()
    assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('status:2'), 'dispatched')
    const published = await publishDraft(deps, SYSTEM, id, 7)
    assert.deepEqual(published, { ok: true, value: { version: 1, replayed: 10 } })
    assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('status:2'), 'picked_up')
    const start = performance.now()
    while (there.rulesFor('shop', 'shop-b').get('status:2') !== 'picked_up') {
      assert.ok(performance.now() - start < 1_000, 'too late')
      await sleep(5)
    }
    assert.equal(there.rulesFor('shop', 'shop-b').get('status:1'), 'paid')
  } finally {
    await there.stop()
  }
})

test('a connection’s own rules go before its kind’s, for that connection only', async () => {
  const { deps } = depsOf()
  await publish(deps, KIND, { 'status:2': 'picked_up', extra: 'held' })
  await publish(deps, OWN, { 'status:2': 'in_transit' })
  const read = (connection: string) => deps.directory.rulesFor('shop', connection)
  assert.deepEqual([read('shop-a').get('status:2'), read('shop-a').get('extra')], ['in_transit', 'held'])
  assert.equal(read('shop-b').get('status:2'), 'picked_up')
})

test('one version is live, older ones are kept, and a rollback is a new version', async () => {
  const { deps } = depsOf()
  await publish(deps, KIND, { 'status:2': 'picked_up' })
  await publish(deps, KIND, { 'status:2': 'in_transit' })
  assert.deepEqual(await states(KIND), ['2 live', '1 retired'])
  const back = await rollBack(deps, SYSTEM, KIND, 1, 7)
  assert.ok(back.ok && back.value.version === 3)
  assert.deepEqual(await states(KIND), ['3 live', '2 retired', '1 retired'])
  assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('status:2'), 'picked_up')
  const none = await rollBack(deps, SYSTEM, KIND, 9, 7)
  assert.ok(!none.ok && none.refusal.code === 'mapping.version_not_found')
})

test('the first version is rolled back to the defaults, and what it read is read again', async () => {
  const { deps, replays } = depsOf()
  await publish(deps, KIND, { 'status:2': 'picked_up' }, 0)
  const back = await rollBack(deps, SYSTEM, KIND, 0, 7)
  assert.deepEqual(back, { ok: true, value: { version: 2, replayed: 10 } })
  assert.deepEqual(await states(KIND), ['2 live', '1 retired'])
  const [live] = await readVersions(database.sql, KIND, 1)
  assert.deepEqual([live?.rules, live?.note], [{}, '↩ 默认 / defaults'])
  assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('status:2'), 'dispatched')
  assert.deepEqual(
    replays.map(({ connections }) => connections),
    [['shop-a', 'shop-b']],
  )
})

test('drafts made at the same moment get numbers of their own, and publishing them leaves one live', async () => {
  const { deps } = depsOf()
  const ids = await Promise.all(
    Array.from({ length: 5 }, () => draft(deps, KIND, { 'status:2': 'picked_up' })),
  )
  await Promise.all(ids.map((id) => publishDraft(deps, SYSTEM, id, 0)))
  const all = await states(KIND)
  assert.equal(all.length, 5)
  assert.equal(all.filter((one) => one.endsWith('live')).length, 1)
})

test('a published version is not edited, dropped or published again', async () => {
  const { deps } = depsOf()
  const id = await draft(deps, KIND, {})
  assert.ok((await changeDraft(deps, SYSTEM, id, { rules: { 'status:2': 'picked_up' } })).ok)
  assert.ok((await publishDraft(deps, SYSTEM, id, 0)).ok)
  const refused = [
    await changeDraft(deps, SYSTEM, id, { note: 'x' }),
    await dropDraft(deps, SYSTEM, id),
    await publishDraft(deps, SYSTEM, id, 0),
  ]
  for (const result of refused)
    assert.ok(!result.ok && result.refusal.code === 'mapping.not_a_draft_conflict')
})

test('publishing puts back the parked messages whose codes are all decided now', async () => {
  const { deps, replays } = depsOf()
  await park(1, 'shop-a', 'new:1')
  await park(2, 'shop-a', 'new:1 new:2')
  await park(3, 'shop-b', 'new:1')
  await park(4, 'other', 'new:1')
  const published = await publish(deps, KIND, { 'new:1': 'delivered' })
  assert.equal(published.replayed, 2)
  assert.deepEqual(replays, [{ ids: ['20260211-1'] }, { ids: ['20260211-3'] }])
  replays.length = 0
  await publish(deps, OWN, { 'new:2': 'none' })
  assert.deepEqual(
    replays.flatMap((filter) => filter.ids ?? []),
    ['20260211-1', '20260211-2', '20260211-3'],
  )
})

test('recorded messages are read again only where a known code changed its meaning', async () => {
  const { deps, replays } = depsOf()
  await publish(deps, KIND, { fresh: 'paid' })
  assert.deepEqual(replays, [])
  await publish(deps, OWN, { 'status:2': 'picked_up' }, 3)
  assert.deepEqual(replays, [
    { connections: ['shop-a'], from: Temporal.Instant.from('2026-02-08T10:00:00Z') },
  ])
  replays.length = 0
  await publish(deps, OWN, { 'status:2': 'dispatched' }, 0)
  assert.deepEqual(replays, [])
})

test('a preview reads with the draft in its scope and with the live rules elsewhere', async () => {
  const { deps, previews } = depsOf()
  await publish(deps, KIND, { extra: 'held' }, 0)
  const id = await draft(deps, OWN, { 'status:2': 'picked_up' })
  assert.ok((await previewDraft(deps, id, 2)).ok)
  const [{ filter, rulesFor } = assert.fail()] = previews
  assert.deepEqual(filter, { connections: ['shop-a'], from: Temporal.Instant.from('2026-02-09T10:00:00Z') })
  assert.equal(rulesFor('shop', 'shop-a').get('status:2'), 'picked_up')
  assert.equal(rulesFor('shop', 'shop-a').get('extra'), 'held')
  assert.equal(rulesFor('shop', 'shop-b').get('status:2'), 'dispatched')
  assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('status:2'), 'dispatched')
})

test('the sweep walks more parked messages than one batch holds', async () => {
  const { deps, replays } = depsOf()
  await database.sql`
    insert into inbox_task (message_id, received_at, lane, state, park_code, park_detail, parked_at)
    select n, ${NOW}, 'shop-a', 'parked', 'mapping.unknown_code', case when n % 2 = 0 then 'status:1' else 'zzz' end, ${NOW}
    from generate_series(1, 2500) as n`
  assert.equal(await replayDecided(deps), 1_250)
  assert.equal(new Set(replays.flatMap((filter) => filter.ids ?? [])).size, 1_250)
})

test('scopes that do not exist are refused', async () => {
  const { deps } = depsOf()
  const codeOf = async (scope: Scope): Promise<string> => {
    const added = await addDraft(deps, SYSTEM, scope, { rules: {}, note: '' })
    return added.ok ? 'ok' : added.refusal.code
  }
  assert.equal(await codeOf({ kind: 'nobody', connectionId: null }), 'mapping.kind_not_found')
  assert.equal(await codeOf({ kind: 'shop', connectionId: 'shop-z' }), 'mapping.connection_not_found')
})
