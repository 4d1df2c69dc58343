import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { file } from '#connectors/channels/file/index.ts'
import { dingtalk } from '#connectors/notifiers/dingtalk/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import { raiseAlarm } from '#platform/alarms/store.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { type SimRobot, simDingtalk } from '#sim/platforms/robots.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import type { Notifier } from './deps.ts'
import { alertingRoutes } from './http.ts'
import { tellAlarms } from './tell-alarms.ts'

let server: TestServer
let robot: SimRobot
const audited: { action: string; subject: string; detail: Record<string, unknown> }[] = []
const notifiers = new Map<string, Notifier>()

const deps = () => {
  const http = openHttp({ allowLoopback: true, allowPrivate: false })
  return {
    db: server.sql,
    clock: systemClock,
    random: systemRandom,
    find: (id: string) => notifiers.get(id) ?? null,
    callsFor: () => ({ http, openTcp: noTcp, clock: systemClock, random: systemRandom }),
    publicUrl: () => null,
    zone: () => 'Asia/Shanghai',
  }
}

before(async () => {
  robot = await simDingtalk({ clock: systemClock })
  notifiers.set('ding', {
    id: 'ding',
    name: '值班群',
    kind: 'dingtalk',
    paused: false,
    settings: robot.settings,
    connector: dingtalk,
  })
  notifiers.set('files', {
    id: 'files',
    name: 'files',
    kind: 'file',
    paused: false,
    settings: {},
    connector: file,
  })
  server = await openTestServer((app, { sql }) =>
    alertingRoutes(app, {
      ...deps0(sql),
      audit: async (_tx, entry) => void audited.push(entry),
      cardOf: async (rule) => (rule === 'outbox.dead' ? '# 卡片 · card' : null),
    }),
  )
  for (const [subject, severity] of [
    ['a', 'info'],
    ['b', 'critical'],
    ['c', 'warning'],
    ['d', 'critical'],
  ] as const)
    await raiseAlarm(
      server.sql,
      {
        rule: 'outbox.dead',
        subject,
        severity,
        words: { zh: `${subject} 100% 坏了`, en: `${subject} is broken` },
        evidence: { count: 3 },
        link: '/outbox',
      },
      systemClock.now(),
    )
})
after(async () => {
  await server.close()
  await robot.close()
})

function deps0(sql: TestServer['sql']) {
  server = { ...(server ?? {}), sql } as TestServer
  return deps()
}

type Alarm = { id: string; subject: string; state: string; severity: string }
async function listed(query = ''): Promise<string[]> {
  const { body } = await server.call('GET', `/api/alarms${query}`)
  return (body as { items: Alarm[] }).items.map(({ subject }) => subject)
}
async function idOf(subject: string): Promise<string> {
  const { body } = await server.call('GET', `/api/alarms?subject=${subject}`)
  return (body as { items: Alarm[] }).items[0]?.id ?? ''
}
const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { code?: string }).code,
]

test('alarms are listed worst first, over pages and by filter', async () => {
  assert.deepEqual(await listed(), ['d', 'b', 'c', 'a'])
  const first = (await server.call('GET', '/api/alarms?limit=3')).body as { items: Alarm[]; next: string }
  const second = (await server.call('GET', `/api/alarms?limit=3&cursor=${first.next}`)).body as {
    items: Alarm[]
    next: null
  }
  assert.deepEqual(
    [...first.items, ...second.items].map(({ subject }) => subject),
    ['d', 'b', 'c', 'a'],
  )
  assert.equal(second.next, null)
  assert.deepEqual(await listed('?severity=critical&severity=info'), ['d', 'b', 'a'])
  assert.deepEqual(await listed('?q=100%25'), ['d', 'b', 'c', 'a'])
  assert.deepEqual(await listed('?q=1000'), [])
  assert.deepEqual(await listed('?rule=outbox.*&subject=c'), ['c'])
  assert.deepEqual(await listed('?rule=callback.*'), [])
  assert.deepEqual(codeOf(await server.call('GET', '/api/alarms?cursor=xx')), [400, 'http.bad_cursor'])
})

test('the summary counts what is open', async () => {
  const { body } = await server.call('GET', '/api/alarms/summary')
  const { open, acknowledged, rules } = body as {
    open: object
    acknowledged: number
    rules: { title: { zh: string } }[]
  }
  assert.deepEqual([open, acknowledged], [{ critical: 2, warning: 1, info: 1 }, 0])
  assert.equal(rules[0]?.title.zh, '对外动作已放弃重试')
})

test('one alarm is shown with its card; acknowledging and resolving are audited and happen once', async () => {
  const id = await idOf('a')
  const { body } = await server.call('GET', `/api/alarms/${id}`)
  assert.deepEqual((body as { card: string; evidence: object }).card, '# 卡片 · card')
  const seen = await server.call('POST', `/api/alarms/${id}/acknowledge`, { note: ' 我在看 ' })
  assert.deepEqual(
    [(seen.body as Alarm).state, (seen.body as { note: string }).note],
    ['acknowledged', '我在看'],
  )
  assert.deepEqual(codeOf(await server.call('POST', `/api/alarms/${id}/acknowledge`, {})), [
    409,
    'alerting.state_conflict',
  ])
  const over = await server.call('POST', `/api/alarms/${id}/resolve`, {})
  assert.equal((over.body as Alarm).state, 'resolved')
  assert.deepEqual(
    audited.slice(-2).map(({ action }) => action),
    ['alerting.acknowledged', 'alerting.resolved'],
  )
  assert.deepEqual(codeOf(await server.call('POST', '/api/alarms/999999/resolve', {})), [
    404,
    'alerting.not_found',
  ])
  const ids = [await idOf('b'), await idOf('d'), id]
  assert.deepEqual((await server.call('POST', '/api/alarms/acknowledge', { ids })).body, { acknowledged: 2 })
  assert.deepEqual(await listed('?state=open'), ['c'])
})

test('a route is checked, kept, changed, tested and removed', async () => {
  const make = async (more: object) =>
    await server.call('POST', '/api/alarm-routes', { name: '值班', targets: ['ding'], ...more })
  assert.deepEqual(codeOf(await make({ targets: [] })), [422, 'alerting.no_target'])
  assert.deepEqual(codeOf(await make({ targets: ['files'] })), [422, 'alerting.target_unknown'])
  assert.deepEqual(codeOf(await make({ rules: ['DROP TABLE'] })), [422, 'alerting.bad_pattern'])
  assert.deepEqual(codeOf(await make({ quietFrom: '22:00' })), [422, 'alerting.bad_quiet_hours'])
  assert.deepEqual(codeOf(await make({ quietFrom: '22:00', quietTo: '08:00', zone: 'Mars' })), [
    422,
    'alerting.bad_quiet_hours',
  ])
  assert.deepEqual(codeOf(await make({ quietFrom: '22:00', quietTo: '22:00' })), [
    422,
    'alerting.bad_quiet_hours',
  ])
  assert.deepEqual(codeOf(await make({ quietFrom: '25:00', quietTo: '08:00' })), [400, 'http.invalid'])
  assert.deepEqual(codeOf(await make({ escalateAfterMinutes: 5 })), [
    422,
    'alerting.escalation_without_target',
  ])
  assert.deepEqual(codeOf(await make({ name: '  ' })), [422, 'alerting.bad_name'])
  const made = await make({ quietFrom: '22:00', quietTo: '08:00', groupSeconds: 0 })
  const route = made.body as { id: string; quietFrom: string; leastSeverity: string; language: string }
  assert.deepEqual([route.quietFrom, route.leastSeverity, route.language], ['22:00', 'warning', 'zh'])
  assert.deepEqual(codeOf(await make({})), [409, 'alerting.route_exists'])
  const changed = await server.call('PUT', `/api/alarm-routes/${route.id}`, {
    name: '值班',
    targets: ['ding'],
    language: 'both',
    groupSeconds: 0,
  })
  assert.equal((changed.body as { quietFrom: null; language: string }).language, 'both')
  const tested = await server.call('POST', `/api/alarm-routes/${route.id}/test`)
  assert.deepEqual(tested.body, {
    items: [{ target: 'ding', name: '值班群', state: 'delivered', words: 'errcode 0 ok' }],
  })
  assert.match(robot.texts[0] ?? '', /测试/)
  assert.equal(await tellAlarms(deps()), 1)
  const { body } = await server.call('GET', '/api/alarm-deliveries')
  const log = (body as { items: { kind: string; state: string; words: string | null }[] }).items
  assert.deepEqual(
    log.map(({ kind, state }) => `${kind} ${state}`),
    ['opened queued', 'test delivered'],
  )
  assert.deepEqual((await server.call('GET', '/api/alarm-routes')).status, 200)
  assert.equal((await server.call('DELETE', `/api/alarm-routes/${route.id}`)).status, 204)
  assert.deepEqual(codeOf(await server.call('DELETE', `/api/alarm-routes/${route.id}`)), [
    404,
    'alerting.route_not_found',
  ])
  assert.ok(!JSON.stringify(audited).includes(robot.settings.access_token ?? '?'))
})

test('a silence says what, until when and why', async () => {
  const until = systemClock.now().add({ hours: 2 }).toString()
  const make = async (more: object) =>
    await server.call('POST', '/api/alarm-silences', {
      rules: ['outbox.*'],
      subjects: [],
      until,
      reason: '发版',
      ...more,
    })
  assert.deepEqual(codeOf(await make({ rules: [] })), [422, 'alerting.silence_everything'])
  assert.deepEqual(codeOf(await make({ reason: ' ' })), [422, 'alerting.reason_missing'])
  assert.deepEqual(codeOf(await make({ until: 'tomorrow' })), [422, 'alerting.bad_until'])
  assert.deepEqual(
    codeOf(
      await make({
        until: systemClock
          .now()
          .add({ hours: 24 * 31 })
          .toString(),
      }),
    ),
    [422, 'alerting.bad_until'],
  )
  const made = (await make({})).body as { id: string; holds: boolean }
  assert.equal(made.holds, true)
  assert.equal((await server.call('DELETE', `/api/alarm-silences/${made.id}`)).status, 204)
  assert.deepEqual(codeOf(await server.call('DELETE', `/api/alarm-silences/${made.id}`)), [
    404,
    'alerting.silence_not_found',
  ])
  const { body } = await server.call('GET', '/api/alarm-silences?ended=true')
  assert.deepEqual(
    (body as { items: { holds: boolean }[] }).items.map(({ holds }) => holds),
    [false],
  )
})

test('cards are given for rules that exist, and for nothing else', async () => {
  const { body } = await server.call('GET', '/api/runbooks/outbox.dead')
  assert.equal((body as { markdown: string }).markdown, '# 卡片 · card')
  for (const rule of ['nothing.here', '..%2f..%2fpackage.json'])
    assert.deepEqual(codeOf(await server.call('GET', `/api/runbooks/${rule}`)), [
      404,
      'alerting.card_not_found',
    ])
})

test('reading does not allow changing', async () => {
  const headers = await server.asKey('alarms:read')
  for (const [method, url] of [
    ['POST', '/api/alarms/1/resolve'],
    ['POST', '/api/alarm-routes'],
    ['DELETE', '/api/alarm-silences/1'],
    ['POST', '/api/alarm-routes/1/test'],
  ] as const) {
    const answer = await server.app.inject({
      method,
      url,
      headers,
      ...(method === 'POST' ? { payload: {} } : {}),
    })
    assert.equal(answer.json().code, 'identity.forbidden', url)
  }
})
