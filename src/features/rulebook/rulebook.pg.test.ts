import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { feeInput, feeModel, feePart, openTestRulebook, testEngine } from '#test-support/rulebook.ts'
import {
  ann,
  bob,
  code,
  countedAlarms,
  GRAY,
  LIVE,
  newSet,
  ready,
  value,
} from '#test-support/rulebook-steps.ts'
import { settleRuleAlarms } from './alarms.ts'
import { rulebookChecks } from './checks.ts'
import type { By, RulebookDeps } from './deps.ts'
import { addDraft, checkVersion, dropDraft, saveDraft } from './edit-draft.ts'
import { addSet, editSet } from './edit-set.ts'
import { decideApproval, promote, publishVersion, rollBack, setShare } from './publish-version.ts'
import { readEvents, readSet, readVersion } from './store.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
const because = { zh: '试', en: 'test' }

let database: FreshDatabase
let deps: RulebookDeps
before(async () => {
  database = await freshDatabase({ connections: 8 })
  await ensurePartitions(database.sql, START.toZonedDateTimeISO('UTC').toPlainDate())
  deps = await openTestRulebook(database.sql, { clock })
})
after(async () => {
  await deps.directory.stop()
  await database.close()
})

test('from draft to gray, live and back, each decides at once and leaves its line', async () => {
  const { id, choose } = await newSet(deps)
  const first = await ready(deps, id, feeModel('10.00'))
  assert.equal(choose('NO-1'), null)
  assert.equal(value(await publishVersion(deps, ann, first, LIVE)), 'published')
  assert.equal(choose('NO-1')?.rules.decide(feeInput(100n)).values.fee, 1_000n)
  const second = await ready(deps, id, feeModel('12.00'))
  value(await publishVersion(deps, ann, second, GRAY))
  const arms = Array.from({ length: 200 }, (_, i) => choose(`NO-${i}`)?.arm)
  assert.ok(arms.includes('gray') && arms.includes('live'))
  const inGray = arms.flatMap((arm, i) => (arm === 'gray' ? [`NO-${i}`] : []))
  value(await setShare(deps, ann, id, 9_000))
  for (const key of inGray) assert.equal(choose(key)?.arm, 'gray')
  value(await setShare(deps, ann, id, 1))
  for (const key of inGray) assert.equal(choose(key, second)?.versionId, second)
  value(await promote(deps, ann, id, because))
  assert.equal(choose('NO-1')?.versionId, second)
  assert.equal((await readVersion(database.sql, first))?.state, 'retired')
  // One click: the version before decides again, under its own number.
  value(await rollBack(deps, ann, id, { because, to: null }))
  assert.equal(choose('NO-1')?.versionId, first)
  assert.equal((await readVersion(database.sql, second))?.state, 'retired')
  // And back to the newer one, named.
  value(await rollBack(deps, ann, id, { because, to: second }))
  assert.equal(choose('NO-1')?.versionId, second)
  value(await rollBack(deps, ann, id, { because, to: null }))
  value(await rollBack(deps, ann, id, { because, to: null }))
  assert.equal(choose('NO-1'), null, 'before the first version nothing decided')
  assert.equal(code(await rollBack(deps, ann, id, { because, to: null })), 'rulebook.nothing_live_conflict')
  const events = await readEvents(database.sql, id, null, 50)
  assert.deepEqual(events.map(({ what }) => what).reverse(), [
    ...[
      'made',
      'drafted',
      'saved',
      'checked',
      'published',
      'drafted',
      'saved',
      'checked',
      'gray',
      'share',
      'share',
    ],
    ...['promoted', 'rolled_back', 'rolled_back', 'rolled_back', 'rolled_back'],
  ])
  const audit = await database.sql`select 1 from audit_entry where subject = ${`fee/${id}`}`
  assert.equal(audit.length, events.length)
})

test('what is not checked, not tried or not the newest save is refused', async () => {
  const { id } = await newSet(deps)
  const draft = value(await addDraft(deps, ann, id, { from: null, note: '' }))
  assert.equal(code(await addDraft(deps, bob, id, { from: null, note: '' })), 'rulebook.draft_exists')
  assert.equal(code(await publishVersion(deps, ann, draft, GRAY)), 'rulebook.wrong_state_conflict')
  const saved = value(await saveDraft(deps, ann, draft, { model: feeModel('1.00'), note: '', revision: 1 }))
  assert.equal(saved.version.revision, 2)
  const stale = await saveDraft(deps, bob, draft, { model: feeModel('2.00'), note: '', revision: 1 })
  assert.equal(code(stale), 'rulebook.changed_conflict')
  value(await checkVersion(deps, ann, draft))
  assert.equal(code(await publishVersion(deps, ann, draft, GRAY)), 'rulebook.dry_run_missing')
  await database.sql`update rule_version set dry_run_id = 1 where id = ${draft}`
  assert.equal(
    code(await publishVersion(deps, ann, draft, { ...LIVE, because: ' ' })),
    'rulebook.because_missing',
  )
  // Moving a node keeps the check; other content takes check and dry run away.
  const moved = {
    ...feeModel('1.00'),
    nodes: feeModel('1.00').nodes.map((node) => ({ ...node, at: { x: 5, y: 5 } })),
  }
  const kept = value(await saveDraft(deps, ann, draft, { model: moved, note: '', revision: 2 })).version
  assert.deepEqual([kept.state, kept.dry_run_id, kept.checked?.errors], ['checked', 1n, 0])
  const lost = value(
    await saveDraft(deps, ann, draft, { model: feeModel('3.00'), note: '', revision: 3 }),
  ).version
  assert.deepEqual([lost.state, lost.dry_run_id, lost.checked], ['draft', null, null])
  value(await dropDraft(deps, ann, draft))
  assert.equal(code(await dropDraft(deps, ann, draft)), 'rulebook.version_not_found')
})

test('a model with a fault, or that fails a case, does not become checked', async () => {
  const { id } = await newSet(deps)
  const draft = value(await addDraft(deps, ann, id, { from: null, note: '' }))
  const open = feeModel('1.00')
  const gap = {
    ...open,
    nodes: open.nodes.map((node) => (node.type === 'branch' ? { ...node, otherwise: null } : node)),
  }
  value(await saveDraft(deps, ann, draft, { model: gap, note: '', revision: 1 }))
  assert.equal(value(await checkVersion(deps, ann, draft)).version.state, 'draft')
  value(await saveDraft(deps, ann, draft, { model: open, note: '', revision: 2 }))
  await database.sql`
    insert into rule_case (set_id, name, input, expected, origin, created_by, updated_at)
    values (${id}, 'free', '{"currency":"CNY","values":{"amount":{"int":"100"}},"lines":[]}',
      '{"outcome":"decided","values":{"fee":{"int":"0"}}}', 'person', 'ann', ${START})`
  const checked = value(await checkVersion(deps, ann, draft))
  assert.deepEqual([checked.version.state, checked.cases.map(({ passed }) => passed)], ['draft', [false]])
})

test('of two who publish at the same moment one is refused, and one gray version is there', async () => {
  const { id, choose } = await newSet(deps)
  const version = await ready(deps, id, feeModel('10.00'))
  const results = await Promise.all(
    [1, 2, 3, 4].map(() => publishVersion(deps, ann, version, { ...GRAY, bps: 10_000 })),
  )
  assert.deepEqual(results.map(code).sort(), ['ok', ...Array(3).fill('rulebook.wrong_state_conflict')].sort())
  assert.equal(choose('any')?.versionId, version)
  const set = await readSet(database.sql, id)
  assert.equal(set?.revision, 1n)
})

test('two people: who had a hand in it waits for another, who may not be one of them', async () => {
  const { id, choose } = await newSet(deps, { needsApproval: true })
  const version = await ready(deps, id, feeModel('10.00'))
  assert.equal(value(await publishVersion(deps, ann, version, LIVE)), 'waiting')
  assert.equal(choose('NO-1'), null)
  const yes = { yes: true, words: 'fine' }
  assert.equal(code(await decideApproval(deps, ann, version, yes)), 'rulebook.own_approval_forbidden')
  const key: By = { kind: 'key', id: 'k', name: 'robot' }
  assert.equal(code(await decideApproval(deps, key, version, yes)), 'rulebook.own_approval_forbidden')
  value(await decideApproval(deps, bob, version, { yes: false, words: 'no' }))
  assert.equal(code(await decideApproval(deps, bob, version, yes)), 'rulebook.approval_not_found')
  assert.equal(value(await publishVersion(deps, ann, version, LIVE)), 'waiting')
  value(await decideApproval(deps, bob, version, yes))
  assert.equal(choose('NO-1')?.versionId, version)
  // Who had no hand in it is the second person already; and going back never asks.
  const next = await ready(deps, id, feeModel('11.00'))
  assert.equal(value(await publishVersion(deps, bob, next, LIVE)), 'published')
  value(await rollBack(deps, ann, id, { because, to: null }))
  assert.equal(choose('NO-1')?.versionId, version)
})

test('another process has a publication within a second, and never an older one after it', async () => {
  const other = openDatabase({ url: database.url, connections: 2 })
  const second = await openTestRulebook(other, { clock })
  const { id, connectorKind } = await newSet(deps)
  const scope = { connection: 'x', connectorKind, key: 'NO-1' }
  try {
    for (const fee of ['1.00', '2.00', '3.00']) {
      const version = await ready(deps, id, feeModel(fee))
      value(await publishVersion(deps, ann, version, LIVE))
      const startedAt = performance.now()
      while (second.directory.choose('fee', scope)?.versionId !== version) {
        assert.ok(performance.now() - startedAt < 1_000, 'not there within a second')
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    const revision = second.directory.revisionOf(id)
    await Promise.all([second.directory.refresh(), second.directory.refresh()])
    assert.equal(second.directory.revisionOf(id), revision)
  } finally {
    await second.directory.stop()
    await other.end()
  }
})

test('a process that cannot load a version keeps the one before, or lets people decide, and says so', async () => {
  const { id, connectorKind, choose } = await newSet(deps)
  const scope = { connection: 'x', connectorKind, key: 'NO-1' }
  const first = await ready(deps, id, feeModel('1.00'))
  value(await publishVersion(deps, ann, first, LIVE))
  let knows = true
  const engine = {
    ...testEngine,
    compile: ((kind, model) =>
      knows
        ? testEngine.compile(kind, model)
        : {
            ok: false,
            refusal: { code: 'rulebook.model_faulty', detail: 'unknown here' },
          }) as typeof testEngine.compile,
  }
  const old = await openTestRulebook(database.sql, { clock, over: { engine } })
  knows = false
  const second = await ready(deps, id, feeModel('2.00'))
  value(await publishVersion(deps, ann, second, LIVE))
  await old.directory.refresh()
  assert.equal(choose('NO-1')?.versionId, second)
  assert.equal(old.directory.choose('fee', scope)?.versionId, first)
  const fresh = await openTestRulebook(database.sql, { clock, over: { engine } })
  const decision = fresh.directory.choose('fee', scope)?.rules.decide(feeInput(1n))
  assert.deepEqual([decision?.outcome, decision?.reason?.code], ['review', 'rulebook.not_loaded'])
  const raised = new Map<string, number>()
  await settleRuleAlarms(countedAlarms(deps, raised))
  assert.ok((raised.get('rules.not_loaded') ?? 0) >= 1)
  const [check] = rulebookChecks({ ...deps, engine })
  assert.equal((await check?.run())?.outcome, 'failed')
  knows = true
  await old.directory.refresh()
  await fresh.directory.refresh()
  assert.equal(old.directory.choose('fee', scope)?.versionId, second)
  assert.equal(fresh.directory.choose('fee', scope)?.versionId, second)
  await settleRuleAlarms(countedAlarms(deps, raised))
  assert.equal(raised.get('rules.not_loaded'), 0)
  await old.directory.stop()
  await fresh.directory.stop()
})

test("the kind's hook shares the transaction: its refusal refuses the publication", async () => {
  const { id, choose } = await newSet(deps)
  const version = await ready(deps, id, feeModel('1.00'))
  const seenBy: (bigint | null)[] = []
  const hooked = (refuses: boolean): RulebookDeps => ({
    ...deps,
    hooks: {
      fee: async (_, { versionId }) => {
        seenBy.push(versionId)
        return refuses ? { ok: false, refusal: { code: 'fee.no', detail: 'no' } } : { ok: true, value: null }
      },
    },
  })
  assert.equal(code(await publishVersion(hooked(true), ann, version, LIVE)), 'fee.no')
  assert.equal((await readVersion(database.sql, version))?.state, 'checked')
  assert.equal(choose('NO-1'), null)
  value(await publishVersion(hooked(false), ann, version, LIVE))
  value(await editSet(hooked(false), ann, id, { active: false }))
  assert.deepEqual(seenBy, [version, version, null])
  assert.equal(choose('NO-1'), null)
})

test('one active set a place and name; a retired one gives them free', async () => {
  const { id, connectorKind } = await newSet(deps)
  const again = {
    kind: 'fee',
    note: '',
    connectorKind,
    connectionId: null,
    needsApproval: false,
    active: true,
    template: null,
  }
  const name = (await readSet(database.sql, id))?.name ?? ''
  assert.equal(code(await addSet(deps, ann, { ...again, name })), 'rulebook.name_exists')
  assert.equal(code(await addSet(deps, ann, { ...again, name: 'another' })), 'rulebook.place_exists')
  assert.equal(
    code(await addSet(deps, ann, { ...again, name: 'x', kind: 'none' })),
    'rulebook.kind_not_found',
  )
  assert.equal(
    code(await addSet(deps, ann, { ...again, name: 'x', template: 'no' })),
    'rulebook.template_not_found',
  )
  assert.equal(
    code(await addSet(deps, ann, { ...again, name: 'x', connectorKind: 'temu', connectionId: 'shop-1' })),
    'rulebook.place_invalid',
  )
  value(await editSet(deps, ann, id, { active: false }))
  value(await addSet(deps, ann, { ...again, name, template: 'simple' }))
  assert.equal(code(await editSet(deps, ann, id, { active: true })), 'rulebook.name_exists')
})

test('a kind without gray goes live at once, and no share of it can be tried', async () => {
  const atOnce = { ...feePart, kind: { ...feePart.kind, kind: 'code', gray: false } }
  const own = { ...deps, parts: new Map([['code', atOnce]]) }
  const id = value(
    await addSet(own, ann, {
      ...{ kind: 'code', name: 'codes', note: '', connectorKind: '*', connectionId: null },
      ...{ needsApproval: false, active: true, template: null },
    }),
  )
  const draft = value(await addDraft(own, ann, id, { from: null, note: '' }))
  value(await saveDraft(own, ann, draft, { model: feeModel('1.00'), note: '', revision: 1 }))
  value(await checkVersion(own, ann, draft))
  assert.equal(code(await publishVersion(own, ann, draft, GRAY)), 'rulebook.no_gray')
  value(await publishVersion(own, ann, draft, { ...LIVE, because: '' }))
  assert.equal((await readVersion(database.sql, draft))?.state, 'live')
})
