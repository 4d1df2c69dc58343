import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { dingtalk } from '#connectors/notifiers/dingtalk/index.ts'
import { webhook } from '#connectors/notifiers/webhook/index.ts'
import type { Connector, Settings } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { ifAlone } from '#platform/postgres/alone.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type SimRobot, simDingtalk, simWebhook } from '#sim/platforms/robots.ts'
import { until } from '#test-support/hub.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { databaseSignal } from './core/own-signals.ts'
import type { AlertingDeps, Notifier } from './deps.ts'
import { notifyHandler } from './send-notice.ts'
import { saveRoute } from './store.ts'
import { tellAlarms, tellInTime } from './tell-alarms.ts'
import { openDirectTelling } from './tell-directly.ts'
import { watchDatabase } from './watch-database.ts'
import { watchTelling } from './watch-telling.ts'

// What reaches people where the database does not answer.

// 20:00 in Shanghai.
const START = Temporal.Instant.from('2026-11-11T12:00:00Z')

let database: FreshDatabase
let robot: SimRobot
let hook: SimRobot
let clock: ReturnType<typeof manualClock>
let deps: AlertingDeps

const ROUTE = {
  name: 'duty',
  rules: [],
  leastSeverity: 'warning',
  targets: ['ding'],
  escalateTo: [],
  escalateAfterMinutes: null,
  quietFrom: null,
  quietTo: null,
  zone: null,
  groupSeconds: 0,
  repeatMinutes: null,
  tellResolved: true,
  language: 'zh',
  active: true,
} as const

before(async () => {
  database = await freshDatabase()
})
after(async () => await database.close())

beforeEach(async (context) => {
  await database.sql`truncate alarm, alarm_route, alarm_silence, alarm_delivery, alarm_told, outbox_intent cascade`
  clock = manualClock(START)
  robot = await simDingtalk({ clock })
  hook = await simWebhook({ clock })
  const http = openHttp({ allowLoopback: true, allowPrivate: false })
  const notifiers = new Map<string, Notifier>([
    ['ding', notifier('ding', dingtalk, robot.settings)],
    ['hook', notifier('hook', webhook, hook.settings)],
  ])
  deps = {
    db: database.sql,
    clock,
    random: seededRandom(1),
    find: (id) => notifiers.get(id) ?? null,
    callsFor: () => ({ http, openTcp: noTcp, clock, random: seededRandom(2) }),
    publicUrl: () => 'https://hub.example',
    zone: () => 'Asia/Shanghai',
  }
  ;(context as { after: (work: () => Promise<void>) => void }).after(async () => {
    await robot.close()
    await hook.close()
  })
})

function notifier(id: string, connector: Connector, settings: Settings): Notifier {
  return { id, name: id, kind: connector.kind, paused: false, settings, connector }
}

function alarmsOf(
  onUnstored: (signal: Parameters<ReturnType<typeof openDirectTelling>['tell']>[0]) => void = () => undefined,
) {
  return openAlarms({ db: deps.db, clock, onUnstored })
}

const silent = (subject: string, severity: 'warning' | 'critical' = 'warning') => ({
  rule: 'callback.silent',
  subject,
  severity,
  words: { zh: `「${subject}」12 分钟没有推送`, en: `${subject} is silent` },
  evidence: { minutes: 12 },
  link: null,
})

async function dispatch(): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: deps.db,
      clock,
      random: seededRandom(3),
      handlers: { notify: notifyHandler(deps) },
      paused: () => [],
      concurrency: 4,
      onError: (error) => assert.fail(String(error)),
    },
    60_000,
  )
  await dispatcher.runOnce()
  await dispatcher.stop()
}

async function addRoute(more: Partial<Parameters<typeof saveRoute>[2]> = {}): Promise<void> {
  await saveRoute(database.sql, null, { ...ROUTE, ...more }, 'ann', clock.now())
}

test('what did not get through past the database is told again after half a minute; what did is not', async () => {
  await addRoute({ rules: ['database.*'], targets: ['ding', 'hook'] })
  const direct = openDirectTelling(deps, () => undefined)
  await direct.start()
  const signal = { ...silent('hub-1', 'critical'), rule: 'database.unreachable' }
  const tell = async (seconds: number): Promise<readonly number[]> => {
    clock.advance({ seconds })
    direct.tell(signal)
    direct.tell(signal)
    await direct.settled()
    return [robot.texts.length, hook.texts.length]
  }
  try {
    robot.answerNext({ status: 200, body: '{"errcode":300005,"errmsg":"token is not exist"}' })
    assert.deepEqual(await tell(0), [0, 1])
    assert.deepEqual(await tell(29), [0, 1])
    assert.deepEqual(await tell(1), [1, 1])
    assert.deepEqual(await tell(60), [1, 1])
    const [one, other] = await Promise.all([direct.writeDown(), direct.writeDown()])
    assert.equal(one + other, 3)
    const rows = await database.sql`select 1 from alarm_delivery where direct`
    assert.equal(rows.length, 3)
    assert.equal(await direct.writeDown(), 0)
  } finally {
    await direct.stop()
  }
})

test('a look that hangs is an outage, and what nobody tells any more goes out past it', async () => {
  await addRoute()
  const hanging = Object.assign(() => new Promise(() => undefined), {
    ...database.sql,
    begin: () => new Promise(() => undefined),
  }) as unknown as Database
  const outage = (error: unknown) => error instanceof Outage && error.code === 'database.unreachable'
  await assert.rejects(tellInTime({ ...deps, db: hanging }, 20), outage)
  await ifAlone(database.sql, 'holdfast.alerting.tell', async () => {
    await assert.rejects(tellInTime(deps), outage)
  })
  await alarmsOf().raise(silent('shop'))
  const direct = openDirectTelling(deps, (error) => assert.fail(String(error)))
  await direct.start()
  let last = clock.now()
  let looks = 0
  const watch = watchTelling({
    db: database.sql,
    clock,
    direct,
    lastLook: async () => {
      looks += 1
      return last
    },
    everyMs: 5,
    onError: (error) => assert.fail(String(error)),
  })
  const looked = async (times: number): Promise<void> => {
    for (const seen = looks; looks < seen + times; ) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const after = async (seconds: number): Promise<number> => {
    // None that has read what was written before the clock goes on.
    await looked(2)
    clock.advance({ seconds })
    await looked(3)
    await direct.settled()
    return robot.texts.length
  }
  try {
    assert.equal(await after(59), 0)
    last = clock.now()
    assert.equal(await after(59), 0, 'it was looked at meanwhile')
    assert.equal(await after(1), 1)
    assert.equal(await direct.writeDown(), 1)
    assert.equal(await tellInTime(deps), 0, 'told past the book counts as told')
    assert.equal(await after(700), 1)
  } finally {
    await watch.stop()
    await direct.stop()
  }
})

test('while the database is away people hear of it once, and its return is written down and told', async () => {
  await addRoute({ rules: ['database.*'] })
  let away = false
  const outage = () => new Outage('database.unreachable', 'connection refused')
  const flaky = Object.assign(
    async (...given: Parameters<Database>) => {
      if (away) throw outage()
      return await database.sql(...given)
    },
    {
      begin: async (work: Parameters<Database['begin']>[0]) => {
        if (away) throw outage()
        return await database.sql.begin(work)
      },
      listen: database.sql.listen,
      raw: database.sql.raw,
      end: database.sql.end,
    },
  ) as unknown as Database
  const own: AlertingDeps = { ...deps, db: flaky }
  const direct = openDirectTelling(own, () => undefined)
  await direct.start()
  const alarms = openAlarms({ db: flaky, clock, onUnstored: direct.tell })
  away = true
  const watch = watchDatabase({
    db: flaky,
    clock,
    alarms,
    host: 'hub-1',
    afterSeconds: 15,
    everyMs: 5,
    onBack: direct.writeDown,
    onError: (error) => assert.fail(String(error)),
  })
  const more = async (by: number) => {
    clock.advance({ seconds: by })
    await new Promise((resolve) => setTimeout(resolve, 40))
    await direct.settled()
  }
  try {
    await more(1)
    await more(13)
    assert.equal(robot.texts.length, 0, 'a short break tells nobody')
    await more(10)
    assert.equal(robot.texts.length, 1)
    assert.match(robot.texts[0] ?? '', /【严重】数据库连不上[\s\S]*本地暂存/)
    for (let i = 0; i < 5; i += 1) await more(60)
    assert.equal(robot.texts.length, 1, 'once in ten minutes')
    await more(600)
    assert.equal(robot.texts.length, 2)
    away = false
    await more(1)
    await until(
      async () =>
        (await database.sql`select 1 from alarm_delivery where state = 'delivered'`).length === 2 &&
        (await database.sql`select 1 from alarm where state <> 'resolved'`).length === 0,
      async () => JSON.stringify(await database.sql`select rule, state from alarm`),
    )
    const rows = await database.sql<{
      state: string
      direct: boolean
    }>`select state, direct from alarm_delivery order by id`
    assert.deepEqual(rows, [
      { state: 'delivered', direct: true },
      { state: 'delivered', direct: true },
    ])
    await tellAlarms(deps)
    await more(61)
    await tellAlarms(deps)
    await dispatch()
    assert.equal(robot.texts.length, 3)
    assert.match(robot.texts[2] ?? '', /^已恢复：数据库连不上/)
  } finally {
    await watch.stop()
    await direct.stop()
  }
})

test('what a process killed during the outage left open is closed by the next one in its place', async () => {
  const alarms = openAlarms({ db: database.sql, clock, onUnstored: () => undefined })
  await alarms.raise(databaseSignal(20, 'hub-1'))
  await alarms.raise(databaseSignal(20, 'hub-2'))
  const watch = watchDatabase({
    db: database.sql,
    clock,
    alarms,
    host: 'hub-1',
    afterSeconds: 15,
    everyMs: 5,
    onBack: async () => assert.fail('nothing was told by this one'),
    onError: (error) => assert.fail(String(error)),
  })
  const open = async (): Promise<string[]> =>
    (await database.sql<{ subject: string }>`select subject from alarm where state <> 'resolved'`).map(
      (row) => row.subject,
    )
  await until(
    async () => (await open()).length === 1,
    async () => (await open()).join(' '),
  )
  await watch.stop()
  assert.deepEqual(await open(), ['hub-2'])
})
