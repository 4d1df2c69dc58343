import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { mappingMirror } from '#app/rule-mirror.ts'
import type { Connector } from '#domain/connector.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { manualClock } from '#kernel/clock.ts'
import type { Job } from '#platform/jobs/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import type { MappingDeps } from '../deps.ts'
import { mappingDirectory } from '../directory.ts'
import { addDraft } from '../edit-draft.ts'
import type { RecordedFilter } from '../preview-port.ts'
import { publishDraft, rollBack } from '../publish-version.ts'
import { readVersions, type Scope } from '../store.ts'
import { mirrorLiveMappings } from './mirror-live.ts'
import { modelOfRules, rulesOfModel } from './model.ts'
import { previewModel, publishModel, REREAD_JOB, rereadJobs } from './publish-model.ts'

const database = await freshDatabase()
after(() => database.close())
const { sql } = database
await ensurePartitions(sql, Temporal.PlainDate.from('2026-02-11'))
beforeEach(async () => {
  await sql.raw('truncate mapping_version, rule_set, job restart identity cascade')
})

const shop = {
  kind: 'shop',
  codes: [{ code: 's:1', fact: 'paid', zh: '', en: '' }],
} as unknown as Connector
const KIND: Scope = { kind: 'shop', connectionId: null }
const NOW = Temporal.Instant.from('2026-02-11T10:00:00Z')
const clock = manualClock(NOW)
let replays: RecordedFilter[] = []

function depsOf(mirrored = true): MappingDeps {
  replays = []
  return {
    db: sql,
    connectors: [shop],
    directory: mappingDirectory({ db: sql, connectors: [shop] }),
    clock,
    connectionsOf: (kind) => (kind === 'shop' ? ['shop-a', 'shop-b'] : []),
    preview: async () => ({
      messages: 30,
      orders: [{ id: '7', orderNo: 'NO-7', from: 'paid', to: 'dispatched', factsAdded: 1, factsRemoved: 1 }],
      factsAdded: 1,
      factsRemoved: 1,
      unknownLeft: [],
    }),
    replay: async (filter) => {
      replays.push(filter)
      return 5
    },
    ...(mirrored ? { mirror: mappingMirror(clock, () => null) } : {}),
  }
}

async function publishOnPage(deps: MappingDeps, rules: Record<string, string>): Promise<void> {
  const draft = await addDraft(deps, SYSTEM, KIND, { rules, note: 'why' })
  assert.ok(draft.ok)
  const published = await publishDraft(deps, SYSTEM, draft.value.id, 7)
  assert.ok(published.ok)
}

const publishInRulebook = (deps: MappingDeps, rules: Record<string, string> | null, number = 3) =>
  sql.begin((tx) =>
    publishModel(deps, tx, {
      connectorKind: 'shop',
      connectionId: null,
      model: rules === null ? null : modelOfRules(rules as Parameters<typeof modelOfRules>[0]),
      number,
      actor: SYSTEM,
      now: NOW,
    }),
  )

async function history(): Promise<string[]> {
  const rows = await sql<{ number: number; state: string; model: Parameters<typeof rulesOfModel>[0] }>`
    select number, state, model from rule_version order by number`
  return rows.map(({ number, state, model }) => {
    const rules = rulesOfModel(model)
    return `${number} ${state} ${JSON.stringify(rules.ok ? { ...rules.value } : rules.refusal.code)}`
  })
}

test('what the rulebook publishes is what messages are read with, and what it concerns is read again', async () => {
  const deps = depsOf()
  await deps.directory.refresh()
  const done = await publishInRulebook(deps, { 's:1': 'dispatched' })
  assert.ok(done.ok)
  const [live] = await readVersions(sql, KIND, 10)
  assert.deepEqual([live?.state, live?.rules, live?.note], ['live', { 's:1': 'dispatched' }, '规则库 v3'])
  const [job] = await sql<{ payload: Job['payload'] }>`select payload from job where kind = ${REREAD_JOB}`
  assert.ok(job !== undefined)
  const handler = rereadJobs(deps)[REREAD_JOB]
  await handler?.({ payload: job.payload } as Job, async () => undefined)
  assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('s:1'), 'dispatched')
  assert.deepEqual(replays, [{ connections: ['shop-a', 'shop-b'], from: NOW.subtract({ hours: 24 * 7 }) }])
})

test('a model that is no mapping publishes nothing; nothing live any more means the defaults', async () => {
  const deps = depsOf()
  const odd = await publishInRulebook(deps, { 's:1': 'shiped' })
  assert.equal(odd.ok ? '' : odd.refusal.code, 'mapping.unknown_fact')
  assert.deepEqual(await readVersions(sql, KIND, 10), [])
  await publishInRulebook(deps, { 's:1': 'dispatched' })
  await publishInRulebook(deps, null)
  await deps.directory.refresh()
  assert.equal(deps.directory.rulesFor('shop', 'shop-a').get('s:1'), 'paid')
  const nobody = await sql.begin((tx) =>
    publishModel(deps, tx, {
      connectorKind: '*',
      connectionId: null,
      model: modelOfRules({}),
      number: 1,
      actor: SYSTEM,
      now: NOW,
    }),
  )
  assert.equal(nobody.ok ? '' : nobody.refusal.code, 'mapping.kind_not_found')
})

test('what the mapping page publishes or rolls back is the newest live version of the rulebook, in the same commit', async () => {
  const deps = depsOf()
  await publishOnPage(deps, { 's:2': 'dispatched' })
  await publishOnPage(deps, { 's:2': 'delivered' })
  assert.deepEqual(await history(), ['1 retired {"s:2":"dispatched"}', '2 live {"s:2":"delivered"}'])
  const back = await rollBack(deps, SYSTEM, KIND, 1, 7)
  assert.ok(back.ok)
  assert.deepEqual((await history()).slice(1), [
    '2 retired {"s:2":"delivered"}',
    '3 live {"s:2":"dispatched"}',
  ])
  const [set] = await sql<{
    name: string
    connector_kind: string
    live: number
    previous: number
    revision: bigint
  }>`
    select s.name, s.connector_kind, l.number as live, p.number as previous, s.revision from rule_set s
    join rule_version l on l.id = s.live_version join rule_version p on p.id = s.previous_version`
  assert.deepEqual(
    [set?.name, set?.connector_kind, set?.live, set?.previous, set?.revision],
    ['状态映射 shop', 'shop', 3, 2, 3n],
  )
})

test('mappings from before the rulebook are shown there once, and an empty one is not', async () => {
  await publishOnPage(depsOf(false), { 's:2': 'dispatched' })
  assert.deepEqual(await history(), [])
  await mirrorLiveMappings(depsOf())
  await mirrorLiveMappings(depsOf())
  assert.deepEqual(await history(), ['1 live {"s:2":"dispatched"}'])
  await sql.raw('truncate mapping_version, rule_set restart identity cascade')
  await publishOnPage(depsOf(false), {})
  await mirrorLiveMappings(depsOf())
  assert.deepEqual(await history(), [])
})

test('two who publish at once, one on each page, never wait for each other for ever', async () => {
  const deps = depsOf()
  await publishOnPage(deps, { 's:2': 'dispatched' })
  const inRulebook = async (n: number) =>
    await sql.begin(async (tx) => {
      await tx`select id from rule_set for update`
      await publishModel(deps, tx, {
        connectorKind: 'shop',
        connectionId: null,
        model: modelOfRules({ 's:2': n % 2 === 0 ? 'dispatched' : 'delivered' }),
        number: n,
        actor: SYSTEM,
        now: NOW,
      })
    })
  await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      n % 2 === 0 ? inRulebook(n) : publishOnPage(deps, { 's:2': 'delivered', [`s:${n}`]: 'none' }),
    ),
  )
  const live = (await readVersions(sql, KIND, 100)).filter((row) => row.state === 'live')
  assert.equal(live.length, 1)
})

test('the dry run of a mapping reads recorded messages, and wants a person where facts are taken back', async () => {
  const ask = { model: modelOfRules({ 's:1': 'dispatched' }), connectorKind: 'shop', connectionId: null }
  const found = await previewModel(depsOf(), { ...ask, from: NOW.subtract({ hours: 48 }) })
  assert.ok(found.ok)
  const [change] = found.value.changes
  assert.deepEqual(
    [found.value.looked, change?.orderNo, change?.group, change?.after.en],
    [30, 'NO-7', 'paid→dispatched', 'dispatched (+1 −1)'],
  )
  assert.match(found.value.objection?.en ?? '', /1 recorded facts would be taken back/)
})
