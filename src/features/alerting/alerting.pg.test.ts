import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { dingtalk } from '#connectors/notifiers/dingtalk/index.ts'
import { webhook } from '#connectors/notifiers/webhook/index.ts'
import type { Connector, Settings } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { acknowledgeAlarms, resolveByHand } from '#platform/alarms/store.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { type SimRobot, simDingtalk, simWebhook } from '#sim/platforms/robots.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import type { AlertingDeps, NoticeRoute, Notifier } from './deps.ts'
import { lookForOwn } from './look-for-own.ts'
import { readDeliveries } from './records/store.ts'
import { notifyHandler } from './send-notice.ts'
import { insertSilence, saveRoute } from './store.ts'
import { tellAlarms } from './tell-alarms.ts'
import type { openDirectTelling } from './tell-directly.ts'

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
  await seedConnection(database.sql, 'shop', '旗舰店')
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

/** A dispatcher of its own for each round, as after a restart. */
async function dispatch(route?: NoticeRoute): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: deps.db,
      clock,
      random: seededRandom(3),
      handlers: { notify: notifyHandler(deps, route) },
      paused: () => [],
      concurrency: 4,
      onError: (error) => assert.fail(String(error)),
    },
    5,
  )
  try {
    for (let i = 0; i < 50; i += 1) {
      const [row] = await database.sql<{ due: bigint }>`
        select count(*) as due from outbox_intent where state in ('pending', 'sending', 'unknown') and not_before <= ${clock.now()}`
      if (row?.due === 0n) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } finally {
    await dispatcher.stop()
  }
}

async function states(): Promise<string[]> {
  const rows = await readDeliveries(
    database.sql,
    { alarm: null, target: null, states: [], kind: null },
    null,
    50,
  )
  return rows.reverse().map((row) => `${row.kind} ${row.target} ${row.state}`)
}

async function addRoute(more: Partial<Parameters<typeof saveRoute>[2]> = {}): Promise<void> {
  await saveRoute(database.sql, null, { ...ROUTE, ...more }, 'ann', clock.now())
}

test('an alarm reaches the robot once, through the outbox, and its end too', async () => {
  await addRoute()
  const alarms = alarmsOf()
  await alarms.raise(silent('shop'))
  assert.equal(await tellAlarms(deps), 1)
  assert.equal(await tellAlarms(deps), 0)
  await alarms.raise(silent('shop'))
  assert.equal(await tellAlarms(deps), 0)
  await dispatch()
  assert.equal(robot.texts.length, 1)
  assert.match(
    robot.texts[0] ?? '',
    /^【警告】.*\n\n「shop」12 分钟没有推送\n\nhttps:\/\/hub\.example\/alarms\?open=\d+\n#/,
  )
  await alarms.clear('callback.silent', 'shop')
  assert.equal(await tellAlarms(deps), 0)
  clock.advance({ seconds: 61 })
  assert.equal(await tellAlarms(deps), 1)
  await dispatch()
  assert.match(robot.texts[1] ?? '', /^已恢复：/)
  assert.deepEqual(await states(), ['opened ding delivered', 'resolved ding delivered'])
})

test('two hubs that look at the same moment tell once', async () => {
  await addRoute()
  const alarms = alarmsOf()
  for (const subject of ['a', 'b', 'c']) await alarms.raise(silent(subject))
  const queued = await Promise.all([tellAlarms(deps), tellAlarms(deps), tellAlarms(deps)])
  assert.equal(
    queued.reduce((sum, n) => sum + n, 0),
    1,
  )
  await dispatch()
  assert.equal(robot.texts.length, 1)
  assert.match(robot.texts[0] ?? '', /（3 项）/)
})

test('a robot that is told too fast is asked again after its minute, by another process', async () => {
  await addRoute()
  robot.answerNext({ status: 200, body: '{"errcode":130101,"errmsg":"send too fast"}' })
  await alarmsOf().raise(silent('shop'))
  await tellAlarms(deps)
  await dispatch()
  const [waiting] = await readDeliveries(
    database.sql,
    { alarm: null, target: null, states: [], kind: null },
    null,
    1,
  )
  assert.deepEqual([waiting?.state, waiting?.attempts], ['queued', 1])
  assert.match(waiting?.last ?? '', /dingtalk\.rate_limited/)
  assert.ok((waiting?.next_at?.since(clock.now()).total('seconds') ?? 0) >= 60)
  clock.advance({ seconds: 59 })
  await dispatch()
  assert.equal(robot.texts.length, 0)
  clock.advance({ seconds: 2 })
  await dispatch()
  assert.equal(robot.texts.length, 1)
  assert.deepEqual(await states(), ['opened ding delivered'])
})

test('quiet hours hold a warning till morning; a critical one passes', async () => {
  await addRoute({ quietFrom: '19:00', quietTo: '08:00' })
  const alarms = alarmsOf()
  await alarms.raise(silent('mild'))
  await alarms.raise(silent('bad', 'critical'))
  clock.advance({ seconds: 6 })
  await tellAlarms(deps)
  await dispatch()
  assert.equal(robot.texts.length, 1)
  assert.match(robot.texts[0] ?? '', /「bad」/)
  clock.set(Temporal.Instant.from('2026-11-12T00:00:00Z'))
  await tellAlarms(deps)
  await dispatch()
  assert.match(robot.texts[1] ?? '', /「mild」/)
})

test('nobody acknowledges: others are told; somebody does: nobody else is', async () => {
  await addRoute({ escalateTo: ['hook'], escalateAfterMinutes: 5 })
  const alarms = alarmsOf()
  await alarms.raise(silent('a'))
  await alarms.raise({ ...silent('b'), rule: 'tls.expiring' })
  await tellAlarms(deps)
  const [first] = await database.sql<{ id: bigint }>`select id from alarm where subject = 'b'`
  await acknowledgeAlarms(database.sql, [first?.id ?? 0n], 'ann', null, clock.now())
  clock.advance({ minutes: 5 })
  assert.equal(await tellAlarms(deps), 1)
  await dispatch()
  assert.equal(hook.texts.length, 1)
  assert.match(hook.texts[0] ?? '', /无人确认/)
})

test('acknowledged as a warning, then critical: told and escalated anew', async () => {
  await addRoute({ escalateTo: ['hook'], escalateAfterMinutes: 5 })
  const alarms = alarmsOf()
  await alarms.raise(silent('shop'))
  assert.equal(await tellAlarms(deps), 1)
  clock.advance({ minutes: 6 })
  assert.equal(await tellAlarms(deps), 1)
  const [row] = await database.sql<{ id: bigint }>`select id from alarm`
  await acknowledgeAlarms(database.sql, [row?.id ?? 0n], 'ann', null, clock.now())
  clock.advance({ minutes: 30 })
  await alarms.raise(silent('shop', 'critical'))
  assert.equal(await tellAlarms(deps), 1)
  clock.advance({ minutes: 4 })
  assert.equal(await tellAlarms(deps), 0)
  clock.advance({ minutes: 1 })
  assert.equal(await tellAlarms(deps), 1)
  await dispatch()
  assert.deepEqual(await states(), [
    'opened ding delivered',
    'escalated hook delivered',
    'opened ding delivered',
    'escalated hook delivered',
  ])
})

test('a silence holds, and what a person resolved opens again if it is still wrong', async () => {
  await addRoute()
  const silence = {
    rules: ['callback.*'],
    subjects: [],
    until: clock.now().add({ hours: 1 }),
    reason: 'release',
  }
  await insertSilence(database.sql, silence, 'ann', clock.now())
  const alarms = alarmsOf()
  await alarms.raise(silent('shop'))
  assert.equal(await tellAlarms(deps), 0)
  const [row] = await database.sql<{ id: bigint }>`select id from alarm`
  assert.deepEqual(await resolveByHand(database.sql, [row?.id ?? 0n], 'ann', 'looked', clock.now()), [
    row?.id,
  ])
  await alarms.raise(silent('shop'))
  const open = await database.sql<{ id: bigint }>`select id from alarm where state = 'open'`
  assert.equal(open.length, 1)
  assert.notEqual(open[0]?.id, row?.id)
})

test('a target that refuses raises an alarm of its own, which its next delivery resolves', async () => {
  await addRoute()
  robot.answerNext({ status: 200, body: '{"errcode":300005,"errmsg":"token is not exist"}' })
  const alarms = alarmsOf()
  const look = async () =>
    await lookForOwn({
      db: database.sql,
      clock,
      alarms,
      limits: () => ({ streamDownSeconds: 120, deadCriticalFrom: 50 }),
    })
  await alarms.raise(silent('shop'))
  await tellAlarms(deps)
  await dispatch()
  assert.deepEqual(await states(), ['opened ding refused'])
  await look()
  const lost = await database.sql<{
    subject: string
    zh: string
  }>`select subject, zh from alarm where rule = 'alerting.undeliverable' and state = 'open'`
  assert.equal(lost[0]?.subject, 'ding')
  assert.match(lost[0]?.zh ?? '', /300005 token is not exist/)
  clock.advance({ seconds: 10 })
  await tellAlarms(deps)
  await dispatch()
  await look()
  const open =
    await database.sql`select 1 from alarm where rule = 'alerting.undeliverable' and state = 'open'`
  assert.equal(open.length, 0)
})

test('a notice that its notifier may not send goes by the backup, once; one that no way takes is an alarm after ten minutes', async () => {
  await addRoute()
  const http = openHttp({ allowLoopback: true, allowPrivate: false })
  const held = new Outage('outward.breaker_open', 'calls of ding wait', { retryAfterMs: 60_000 })
  const free = deps.callsFor
  deps = {
    ...deps,
    callsFor: (one) => ({
      ...free(one),
      http: async (request) => {
        if (one.id === 'ding') throw held
        return await http(request)
      },
    }),
  }
  const wishes: unknown[] = []
  const by =
    (backup: string | null, open: boolean): NoticeRoute =>
    async ({ wanted, isHeld, subject }) => {
      wishes.push([wanted, isHeld, subject])
      return { taken: backup !== null && (open || isHeld) ? backup : wanted }
    }
  const alarms = alarmsOf()
  await alarms.raise(silent('open', 'critical'))
  await tellAlarms(deps)
  await dispatch(by('hook', true))
  await alarms.raise(silent('held', 'critical'))
  await tellAlarms(deps)
  await dispatch(by('hook', false))
  assert.deepEqual(wishes, [
    ['ding', false, 'callback.silent'],
    ['ding', false, 'callback.silent'],
    ['ding', true, 'callback.silent'],
  ])
  assert.deepEqual([robot.texts.length, hook.texts.length], [0, 2])
  assert.deepEqual(await states(), ['opened ding delivered', 'opened ding delivered'])
  const [sent] = await database.sql<{ words: string }>`select words from alarm_delivery order by id limit 1`
  assert.match(sent?.words ?? '', /^hook: /)
  await alarms.raise(silent('stuck', 'critical'))
  await tellAlarms(deps)
  await dispatch(by(null, true))
  assert.deepEqual((await states()).at(-1), 'opened ding queued')
  const limits = () => ({ streamDownSeconds: 120, deadCriticalFrom: 50 })
  const undelivered = async () => {
    await lookForOwn({ db: database.sql, clock, alarms, limits })
    return await database.sql<{ zh: string }>`
      select zh from alarm where rule = 'alerting.undeliverable' and state = 'open'`
  }
  clock.advance({ minutes: 9, seconds: 59 })
  assert.deepEqual(await undelivered(), [])
  clock.advance({ seconds: 1 })
  const [late] = await undelivered()
  assert.match(late?.zh ?? '', /1 条严重告警超过 10 分钟仍未送达（outward\.breaker_open/)
})

test('intents given up and streams that are down are alarms, and heal by themselves', async () => {
  const alarms = alarmsOf()
  const look = async () =>
    await lookForOwn({
      db: database.sql,
      clock,
      alarms,
      limits: () => ({ streamDownSeconds: 120, deadCriticalFrom: 2 }),
    })
  const insert = async (key: string) =>
    await database.sql`
      insert into outbox_intent (key, effect, connection_id, payload, state, last_code, updated_at)
      values (${key}, 'report_shipment', 'shop', '{}', 'dead', 'pdd.busy', ${clock.now().subtract({ minutes: 7 })})`
  await insert('one')
  await database.sql`update connection set stream_down_since = ${clock.now().subtract({ seconds: 119 })}, stream_words = 'refused' where id = 'shop'`
  await look()
  const open = async () =>
    (
      await database.sql<{
        rule: string
        severity: string
      }>`select rule, severity from alarm where state = 'open' order by rule`
    ).map((row) => `${row.rule} ${row.severity}`)
  assert.deepEqual(await open(), ['outbox.dead warning'])
  await insert('two')
  clock.advance({ seconds: 1 })
  await look()
  assert.deepEqual(await open(), ['connection.stream_down warning', 'outbox.dead critical'])
  await database.sql`update connection set paused = true where id = 'shop'`
  await database.sql`update outbox_intent set state = 'pending'`
  await look()
  assert.deepEqual(await open(), [])
  await database.sql`update connection set paused = false, stream_down_since = null where id = 'shop'`
})
