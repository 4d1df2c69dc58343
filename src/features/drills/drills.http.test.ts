import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import type { InjectOptions } from 'fastify'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { type PlayedStage, POOL, playedStage } from '#test-support/drill-stage.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { type DrillDeps, type DrillWatch, drillRoutes, startDrillWatch } from './index.ts'

let server: TestServer
let stage: PlayedStage
let deps: DrillDeps
let watch: DrillWatch
let dir: string
let gone: string[] = []
let atOnce = 2
type Headers = Record<string, string>
let ann: Headers
let bob: Headers
let viewer: Headers

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-drills-'))
  stage = playedStage()
  server = await openTestServer((app, { sql }) => {
    deps = {
      db: sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
      stage,
      scenarioDir: () => join(dir, 'scenarios'),
      atOnce: () => atOnce,
      process: 'this',
      isGone: (process) => gone.includes(process),
      onError: (error) => assert.fail(String(error)),
    }
    drillRoutes(app, { ...deps, onStarted: () => watch.wake() })
  })
  watch = startDrillWatch(deps)
  ;[ann, bob, viewer] = await Promise.all([
    server.asUser('operator'),
    server.asUser('warehouse'),
    server.asUser('viewer'),
  ])
})
after(async () => {
  await watch?.stop()
  await server?.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  await server.sql`delete from drill_run`
  stage.calls.length = 0
  atOnce = 2
  gone = []
})

type Drill = {
  id: string
  state: string
  speed: number
  points: number | null
  toFix: number | null
  person: { isMe: boolean; name: string }
  signInUrl: string | null
  faultAt: string | null
  virtualNow: string | null
  goals: { doneAt: string | null }[]
  openedHints: unknown[]
  answers: { cause: string; right: boolean }[]
  timeline: { at: string; kind: string }[]
  rules: { rule: string; title: { en: string } }[]
  debrief: { zh: string } | null
  incident: { here: { en: string }; isAsBad: boolean } | null
  problem: string | null
  actions: { id: string }[]
}
type Answer<T> = { status: number; body: T & { code?: string } }

async function ask<T>(headers: Headers, method: InjectOptions['method'], path: string, payload?: object) {
  const answer = await server.app.inject({
    method: method ?? 'GET',
    url: `/api/drills${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  })
  const body = answer.body === '' ? {} : answer.json()
  return { status: answer.statusCode, body } as Answer<T>
}
const start = (headers: Headers, scenario = POOL.id, speed = 20) =>
  ask<Drill>(headers, 'POST', '/runs', { scenario, speed })
const codeOf = ({ status, body }: Answer<unknown>): string => `${status} ${body.code ?? ''}`.trim()

test('a drill from its start to its debrief; nothing shown before the end names the cause', async () => {
  const begun = await start(ann)
  assert.equal(begun.status, 200)
  const { id } = begun.body
  assert.equal(begun.body.signInUrl, 'http://127.0.0.1:1/link#secret')
  // DR3: the moment of the fault and the alarm rules would tell what it is.
  assert.deepEqual([begun.body.faultAt, begun.body.rules, begun.body.debrief], [null, [], null])
  assert.equal(begun.body.incident, null)
  assert.deepEqual(
    begun.body.timeline.map((one) => one.kind),
    ['alarm'],
  )
  assert.match(begun.body.virtualNow ?? '', /^2026-03-02T17:\d\d:00\.000\+08:00$/)
  const run = `/runs/${id}`
  assert.equal((await ask<Drill>(ann, 'POST', `${run}/hint`)).body.openedHints.length, 1)
  const wrong = await ask<{ right: boolean; drill: Drill }>(ann, 'POST', `${run}/answer`, {
    cause: 'printer',
  })
  assert.equal(wrong.body.right, false)
  const right = await ask<{ right: boolean; drill: Drill }>(ann, 'POST', `${run}/answer`, {
    cause: 'empty_pool',
  })
  assert.deepEqual(right.body.drill.answers, [
    { cause: 'printer', right: false },
    { cause: 'empty_pool', right: true },
  ])
  assert.equal((await ask<Drill>(ann, 'POST', `${run}/speed`, { speed: 60 })).body.speed, 60)
  const acted = await ask<Drill>(ann, 'POST', `${run}/act`, { action: 'ask_carrier' })
  assert.ok(acted.body.goals.every((goal) => goal.doneAt !== null))
  const current = await ask<{ drill: Drill | null; others: Drill[] }>(ann, 'GET', '/current')
  assert.equal(current.body.drill?.id, id)
  const ended = await ask<Drill>(ann, 'POST', `${run}/end`)
  // 100 less one hint (5) and one wrong answer (10).
  assert.deepEqual([ended.body.state, ended.body.points, ended.body.toFix], ['ended', 85, 5])
  assert.equal(ended.body.signInUrl, null)
  assert.equal(ended.body.rules[0]?.rule, 'pool.empty')
  assert.equal(ended.body.debrief?.zh, '号段用完了。')
  assert.deepEqual([ended.body.incident?.here.en, ended.body.incident?.isAsBad], ['7 orders', false])
  assert.ok(ended.body.faultAt !== null && ended.body.timeline.some((one) => one.kind === 'fault'))
  assert.deepEqual(stage.calls, [
    'start empty-pool 20',
    'hint',
    'answer printer',
    'answer empty_pool',
    'speed 60',
    'act ask_carrier',
    'end',
  ])
  const lines = await server.sql<{ action: string }>`
    select action from audit_entry where subject = ${`drill ${id}`} order by id`
  assert.deepEqual(
    lines.map((one) => one.action),
    [
      'drills.started',
      'drills.hint_opened',
      'drills.answered',
      'drills.answered',
      'drills.speed_set',
      'drills.acted',
      'drills.ended',
    ],
  )
  const none = await ask<{ drill: Drill | null }>(ann, 'GET', '/current')
  assert.equal(none.body.drill, null)
})

test('DR1 one drill a person and two in the hub, asked at once; with DRILLS_AT_ONCE=0 none', async () => {
  const twice = await Promise.all([start(ann), start(ann)])
  assert.deepEqual(twice.map(codeOf).sort(), ['200', '409 drills.running_conflict'])
  assert.equal((await start(bob)).status, 200)
  const admin = await server.asUser('admin')
  assert.equal(codeOf(await start(admin)), '409 drills.full_conflict')
  atOnce = 0
  assert.equal(codeOf(await start(admin)), '422 drills.off')
  atOnce = 2
  assert.equal(codeOf(await start(admin, 'nothing')), '404 drills.scenario_not_found')
  assert.equal(codeOf(await start(admin, POOL.id, 121)), '422 drills.speed')
})

test('DR2 others see a drill but not its sign-in link, and do not command it; an administrator ends it', async () => {
  const { id } = (await start(ann)).body
  const seen = await ask<Drill>(bob, 'GET', `/runs/${id}`)
  assert.deepEqual([seen.status, seen.body.person.isMe, seen.body.signInUrl], [200, false, null])
  for (const [what, payload] of [
    ['hint', undefined],
    ['end', undefined],
    ['speed', { speed: 2 }],
    ['act', { action: 'x' }],
    ['answer', { cause: 'x' }],
  ] as const)
    assert.equal(
      codeOf(await ask(bob, 'POST', `/runs/${id}/${what}`, payload)),
      '403 drills.not_yours_forbidden',
    )
  assert.equal(codeOf(await start(viewer)), '403 identity.forbidden')
  const admin = await server.asUser('admin')
  assert.equal(codeOf(await ask(admin, 'POST', `/runs/${id}/hint`)), '403 drills.not_yours_forbidden')
  assert.equal((await ask<Drill>(admin, 'POST', `/runs/${id}/end`)).body.state, 'ended')
  assert.equal(codeOf(await ask(ann, 'POST', `/runs/${id}/end`)), '409 drills.over_conflict')
  assert.equal(codeOf(await ask(ann, 'GET', '/runs/999999')), '404 drills.not_found')
})

test('what the stage refuses reaches the person; a start that fails is written down and blocks nothing', async () => {
  const { id } = (await start(ann)).body
  await ask(ann, 'POST', `/runs/${id}/hint`)
  await ask(ann, 'POST', `/runs/${id}/hint`)
  assert.equal(codeOf(await ask(ann, 'POST', `/runs/${id}/hint`)), '422 drills.no_more_hints')
  await ask(ann, 'POST', `/runs/${id}/end`)
  stage.refuseStart = true
  assert.equal(codeOf(await start(ann)), '422 drills.sandbox_failed')
  stage.refuseStart = false
  const list = await ask<{ items: Drill[] }>(ann, 'GET', '/runs')
  assert.deepEqual(
    list.body.items.map((one) => [one.state, one.problem]),
    [
      ['failed', 'no room for a sandbox'],
      ['ended', null],
    ],
  )
  assert.equal((await start(ann)).status, 200)
})

test('DR5 a sandbox that dies fails its drill; so do the drills of a process that ended or went silent', async () => {
  const { id } = (await start(ann)).body
  stage.crash(id)
  assert.equal(await watch.look(), 1)
  const dead = await ask<Drill>(ann, 'GET', `/runs/${id}`)
  assert.deepEqual(
    [dead.body.state, dead.body.problem, dead.body.points],
    ['failed', 'the sandbox died', null],
  )
  assert.deepEqual(
    [dead.body.rules, dead.body.debrief],
    [[], null],
    'it can be begun again and tells nothing',
  )
  const states = async () =>
    (
      await server.sql<{ process: string; state: string }>`select process, state from drill_run order by id`
    ).map((row) => `${row.process} ${row.state}`)
  const other = async (headers: Headers, process: string, seconds: number): Promise<void> => {
    const { body } = await start(headers)
    const seen = systemClock.now().subtract({ seconds })
    await server.sql`update drill_run set process = ${process}, seen_at = ${seen} where id = ${BigInt(body.id)}`
  }
  await other(ann, 'dead', 1)
  await other(bob, 'far', 50)
  gone = ['dead']
  await startDrillWatch(deps).look()
  assert.deepEqual(await states(), ['this failed', 'dead failed', 'far running'])
  await server.sql`update drill_run set seen_at = ${systemClock.now().subtract({ seconds: 61 })} where process = 'far'`
  assert.equal((await ask<{ others: Drill[] }>(ann, 'GET', '/current')).body.others.length, 0)
  assert.deepEqual(await states(), ['this failed', 'dead failed', 'far failed'])
})

test('a click that reaches another process is carried out by the one that holds the sandbox', async () => {
  const { id } = (await start(ann)).body
  const elsewhere = await openTestServer((app, _own) =>
    drillRoutes(app, { ...deps, process: 'other', onStarted: () => undefined }),
  )
  try {
    // Its own accounts, the same drills: the person is put in by hand.
    const headers = await elsewhere.asUser('operator')
    const [account] = await elsewhere.sql<{ id: string }>`select id::text as id from account limit 1`
    await server.sql`update drill_run set actor_id = ${account?.id ?? ''} where id = ${BigInt(id)}`
    const clicked = elsewhere.app.inject({
      method: 'POST',
      url: `/api/drills/runs/${id}/answer`,
      headers,
      payload: { cause: 'empty_pool' },
    })
    watch.wake()
    const answer = await clicked
    assert.deepEqual([answer.statusCode, answer.json().right], [200, true])
    assert.deepEqual(answer.json().drill.answers, [{ cause: 'empty_pool', right: true }])
    assert.equal((await server.sql`select 1 from drill_ask`).length, 0)
  } finally {
    await elsewhere.close()
  }
})

test('DR4 a drill that is over stays as it ended, whatever is seen or stopped later', async () => {
  const { id } = (await start(ann)).body
  await ask(ann, 'POST', `/runs/${id}/end`)
  const before = (await ask<Drill>(ann, 'GET', `/runs/${id}`)).body
  stage.crash(id)
  await watch.look()
  await startDrillWatch({ ...deps, stage: playedStage() }).stop()
  assert.deepEqual((await ask<Drill>(ann, 'GET', `/runs/${id}`)).body, before)
})

test('history, statistics and cards: best, last and trend of each person', async () => {
  const play = async (headers: Headers, hints: number): Promise<void> => {
    const { id } = (await start(headers)).body
    for (let i = 0; i < hints; i += 1) await ask(headers, 'POST', `/runs/${id}/hint`)
    await ask(headers, 'POST', `/runs/${id}/end`)
  }
  await play(ann, 2)
  await play(ann, 0)
  await play(bob, 1)
  const first = await ask<{ items: Drill[]; next: string }>(ann, 'GET', '/runs?limit=2')
  assert.deepEqual(
    first.body.items.map((one) => [one.person.isMe, one.points]),
    [
      [false, 95],
      [true, 100],
    ],
  )
  const rest = await ask<{ items: Drill[]; next: null }>(
    ann,
    'GET',
    `/runs?limit=2&cursor=${first.body.next}`,
  )
  assert.deepEqual([rest.body.items.map((one) => one.points), rest.body.next], [[90], null])
  assert.equal((await ask<{ items: Drill[] }>(ann, 'GET', '/runs?mine=true')).body.items.length, 2)
  assert.equal(
    (await ask<{ items: Drill[] }>(ann, 'GET', '/runs?scenario=silent-webhook')).body.items.length,
    0,
  )
  assert.equal(codeOf(await ask(ann, 'GET', '/runs?cursor=nonsense')), '400 http.bad_cursor')
  type Standing = { times: number; best: number; last: number; trend: number | null; points: number[] }
  const { items } = (await ask<{ items: Standing[] }>(ann, 'GET', '/statistics')).body
  assert.deepEqual(
    items.map(({ times, best, last, trend, points }) => [times, best, last, trend, points]),
    [
      [2, 100, 100, 10, [90, 100]],
      [1, 95, 95, null, [95]],
    ],
  )
  type Card = {
    id: string
    mine: { best: number } | null
    record: { points: number } | null
    rules?: unknown
  }
  const cards = (await ask<{ items: Card[] }>(bob, 'GET', '/scenarios')).body.items
  assert.deepEqual(
    cards.map((one) => [one.id, one.mine?.best ?? null, one.record?.points ?? null, one.rules]),
    [
      ['empty-pool', 95, 100, undefined],
      ['silent-webhook', null, null, undefined],
    ],
  )
  const fitting = (await ask<{ items: Card[] }>(bob, 'GET', '/scenarios?rule=callback.silent')).body.items
  assert.deepEqual(
    fitting.map((one) => one.id),
    ['silent-webhook'],
  )
})

test('DR6 own scenarios: checked with lines, whole on the disk, replaced only when meant, never a built-in one', async () => {
  const send = (path: string, text: string, replace?: boolean) =>
    ask<{ id: string; data?: { problems: { line: number }[] } }>(ann, 'POST', path, {
      text,
      ...(replace === undefined ? {} : { replace }),
    })
  const bad = await send('/scenarios', 'title: x')
  assert.deepEqual([codeOf(bad), bad.body.data?.problems[0]?.line], ['422 drills.scenario_invalid', 1])
  assert.equal(codeOf(await send('/scenarios', 'id: ../evil')), '422 drills.scenario_id')
  assert.equal((await send('/scenarios/check', 'id: my-own')).body.id, 'my-own')
  assert.equal((await send('/scenarios', 'id: my-own')).status, 200)
  assert.equal(codeOf(await send('/scenarios', 'id: my-own\n# second')), '409 drills.scenario_exists')
  assert.equal((await send('/scenarios', 'id: my-own\n# second', true)).status, 200)
  assert.equal(codeOf(await send('/scenarios', 'id: empty-pool', true)), '409 drills.scenario_exists')
  assert.deepEqual(readdirSync(join(dir, 'scenarios')), ['my-own.yaml'])
  assert.equal(readFileSync(join(dir, 'scenarios/my-own.yaml'), 'utf8'), 'id: my-own\n# second')
  const source = await ask<{ text: string }>(ann, 'GET', '/scenarios/my-own/source')
  assert.equal(source.body.text, 'id: my-own\n# second')
  assert.equal(codeOf(await ask(viewer, 'GET', '/scenarios/my-own/source')), '403 identity.forbidden')
  for (const id of ['empty-pool', '..%2F..%2Fsecret', 'none'])
    assert.equal(codeOf(await ask(ann, 'GET', `/scenarios/${id}/source`)), '404 drills.scenario_not_found')
  assert.equal(
    codeOf(await send('/scenarios', `id: big\n${'#'.repeat(65_536)}`)),
    '413 drills.scenario_too_large',
  )
  assert.equal((await ask(ann, 'DELETE', '/scenarios/my-own')).status, 204)
  assert.equal(codeOf(await ask(ann, 'DELETE', '/scenarios/my-own')), '404 drills.scenario_not_found')
  assert.deepEqual(readdirSync(join(dir, 'scenarios')), [])
})
