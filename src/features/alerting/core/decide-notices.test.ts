import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideNotices, type Situation } from './decide-notices.ts'
import type { AlarmFacts, Decision, Route } from './types.ts'

// 2026-11-11 20:00 in Shanghai.
const NOON = Temporal.Instant.from('2026-11-11T12:00:00Z')

const at = (seconds: number): Temporal.Instant => NOON.add({ seconds })

function alarm(id: number, more: Partial<AlarmFacts> = {}): AlarmFacts {
  return {
    id: BigInt(id),
    rule: 'callback.silent',
    subject: `shop-${id}`,
    severity: 'warning',
    state: 'open',
    openedAt: NOON,
    resolvedAt: null,
    ...more,
  }
}

function route(more: Partial<Route> = {}): Route {
  return {
    id: 1n,
    rules: [],
    leastSeverity: 'warning',
    targets: ['ding'],
    escalateTo: [],
    escalateAfterMinutes: null,
    quiet: null,
    groupSeconds: 30,
    repeatMinutes: null,
    tellResolved: true,
    ...more,
  }
}

/** Decides, remembers what was told, and answers the notices as short texts. */
function story(routes: readonly Route[], more: Partial<Situation> = {}) {
  let told: Situation['told'] = []
  const look = (alarms: readonly AlarmFacts[], seconds: number, other: Partial<Situation> = {}): Decision => {
    const decision = decideNotices({
      routes,
      silences: [],
      direct: [],
      ...more,
      ...other,
      alarms,
      told,
      now: at(seconds),
    })
    const fresh = new Map(decision.told.map((one) => [`${one.alarmId}/${one.routeId}`, one]))
    told = [...told.filter((one) => !fresh.has(`${one.alarmId}/${one.routeId}`)), ...fresh.values()]
    return decision
  }
  return {
    look,
    say: (alarms: readonly AlarmFacts[], seconds: number, other: Partial<Situation> = {}) =>
      look(alarms, seconds, other).notices.map(
        (one) =>
          `${one.routeId} ${one.kind} ${one.rule} ${one.alarmIds.join(',')} > ${one.targets.join(',')}`,
      ),
  }
}

test('alarms of one rule that open within the grouping time are one notice', () => {
  const { say } = story([route()])
  const three = [
    alarm(1),
    alarm(2, { openedAt: at(10) }),
    alarm(3, { rule: 'tls.expiring', openedAt: at(12) }),
  ]
  assert.deepEqual(say(three, 29), [])
  assert.deepEqual(say(three, 30), ['1 opened callback.silent 1,2 > ding'])
  assert.deepEqual(say(three, 31), [])
  assert.deepEqual(say(three, 42), ['1 opened tls.expiring 3 > ding'])
})

test('a critical alarm waits five seconds at most', () => {
  const { say } = story([route({ groupSeconds: 600 })])
  const worst = [alarm(1, { severity: 'critical' })]
  assert.deepEqual(say(worst, 4), [])
  assert.deepEqual(say(worst, 5), ['1 opened callback.silent 1 > ding'])
})

test('a route takes its rules from its least severity on', () => {
  const { say } = story([
    route({ rules: ['callback.*', 'tls.name'], leastSeverity: 'critical', groupSeconds: 0 }),
  ])
  const all = [
    alarm(1),
    alarm(2, { severity: 'critical' }),
    alarm(3, { severity: 'critical', rule: 'tls.name' }),
    alarm(4, { severity: 'critical', rule: 'tls.names' }),
    alarm(5, { severity: 'critical', rule: 'a.callback.x' }),
  ]
  assert.deepEqual(say(all, 0), ['1 opened callback.silent 2 > ding', '1 opened tls.name 3 > ding'])
})

test('what has become worse is told again, once', () => {
  const { say } = story([route({ groupSeconds: 0 })])
  assert.equal(say([alarm(1)], 0).length, 1)
  const worse = [alarm(1, { severity: 'critical' })]
  assert.deepEqual(say(worse, 60), ['1 opened callback.silent 1 > ding'])
  assert.deepEqual(say(worse, 61), [])
  assert.deepEqual(say([alarm(1)], 62), [], 'milder again is no news')
})

test('quiet hours hold a warning until their end and let a critical alarm pass', () => {
  // 19:30 to 21:00 in Shanghai: it is 20:00 there.
  const quiet = { from: 19 * 60 + 30, to: 21 * 60, zone: 'Asia/Shanghai' }
  const { look } = story([route({ quiet, groupSeconds: 0 })])
  const both = [alarm(1), alarm(2, { severity: 'critical', subject: 'b' })]
  assert.deepEqual(look(both, 10).held, [{ routeId: 1n, alarmId: 1n, until: at(3_600) }])
  const again = story([route({ quiet, groupSeconds: 0 })])
  assert.deepEqual(again.say(both, 10), ['1 opened callback.silent 2 > ding'])
  assert.deepEqual(again.say(both, 3_599), [])
  assert.deepEqual(again.say(both, 3_600), ['1 opened callback.silent 1 > ding'])
})

test('quiet hours may go over midnight, and an end that falls into them waits too', () => {
  const quiet = { from: 19 * 60, to: 8 * 60, zone: 'Asia/Shanghai' }
  const told = {
    alarmId: 1n,
    routeId: 1n,
    severity: 'warning',
    targets: ['ding'],
    toldAt: NOON,
    remindedAt: NOON,
    escalatedAt: null,
    resolvedTold: false,
  } as const
  const over = [alarm(1, { state: 'resolved', resolvedAt: at(10) })]
  assert.deepEqual(
    decideNotices({
      alarms: over,
      routes: [route({ quiet })],
      told: [told],
      silences: [],
      direct: [],
      now: at(600),
    }).notices,
    [],
  )
  // 12 hours later it is 08:00 in Shanghai.
  const morning = decideNotices({
    alarms: over,
    routes: [route({ quiet })],
    told: [told],
    silences: [],
    direct: [],
    now: at(43_200),
  })
  assert.equal(morning.notices[0]?.kind, 'resolved')
})

test('escalation goes once to others when nobody acknowledged, and they hear of the end', () => {
  const { say } = story([route({ groupSeconds: 0, escalateAfterMinutes: 10, escalateTo: ['boss'] })])
  assert.equal(say([alarm(1), alarm(2)], 0).length, 1)
  const one = [alarm(1), alarm(2, { state: 'acknowledged' })]
  assert.deepEqual(say(one, 599), [])
  assert.deepEqual(say(one, 600), ['1 escalated callback.silent 1 > boss'])
  assert.deepEqual(say(one, 6_000), [])
  const over = one.map((each) => ({ ...each, state: 'resolved' as const, resolvedAt: at(7_000) }))
  assert.deepEqual(say(over, 7_059), [])
  assert.deepEqual(say(over, 7_060), [
    '1 resolved callback.silent 1 > boss,ding',
    '1 resolved callback.silent 2 > ding',
  ])
  assert.deepEqual(say(over, 8_000), [])
})

test('a reminder comes as long as it is open, not once it is acknowledged or silenced', () => {
  const { say } = story([route({ groupSeconds: 0, repeatMinutes: 30 })])
  say([alarm(1)], 0)
  assert.deepEqual(say([alarm(1)], 1_799), [])
  assert.deepEqual(say([alarm(1)], 1_800), ['1 reminder callback.silent 1 > ding'])
  const silences = [{ rules: ['callback.*'], subjects: ['shop-*'], until: at(5_000) }]
  assert.deepEqual(say([alarm(1)], 3_700, { silences }), [])
  assert.deepEqual(say([alarm(1)], 5_000, { silences }), ['1 reminder callback.silent 1 > ding'])
  assert.deepEqual(say([alarm(1, { state: 'acknowledged' })], 9_000), [])
})

test('a silence for another subject changes nothing, and its end tells what is still open', () => {
  const silences = [{ rules: [], subjects: ['shop-1'], until: at(100) }]
  const { say } = story([route({ groupSeconds: 0 })], { silences })
  assert.deepEqual(say([alarm(1), alarm(2)], 10), ['1 opened callback.silent 2 > ding'])
  assert.deepEqual(say([alarm(1), alarm(2)], 100), ['1 opened callback.silent 1 > ding'])
})

test('what is over before it was told is never told', () => {
  const { say } = story([route()])
  assert.deepEqual(say([alarm(1)], 5), [])
  const over = [alarm(1, { state: 'resolved', resolvedAt: at(10) })]
  assert.deepEqual(say(over, 100), [])
})

test('what comes back within a minute was never over', () => {
  const { say } = story([route({ groupSeconds: 0 })])
  assert.equal(say([alarm(1)], 0).length, 1)
  const first = alarm(1, { state: 'resolved', resolvedAt: at(20) })
  const second = alarm(2, { subject: 'shop-1', openedAt: at(40) })
  assert.deepEqual(say([first, second], 41), [])
  assert.deepEqual(say([first, second], 500), [])
  const over = { ...second, state: 'resolved' as const, resolvedAt: at(600) }
  assert.deepEqual(say([first, over], 661), ['1 resolved callback.silent 2 > ding'])
})

test('a trouble that comes and goes is told every half hour at most', () => {
  const { say } = story([route({ groupSeconds: 0 })])
  const history: AlarmFacts[] = []
  let notices = 0
  // Every five minutes it is wrong for one minute; resolved ones are told where they stay so for a minute.
  for (let i = 0; i < 12; i += 1) {
    const open = alarm(i + 1, { subject: 'shop', openedAt: at(i * 300) })
    notices += say([...history, open], i * 300).filter((text) => text.includes('opened')).length
    history.push({ ...open, state: 'resolved', resolvedAt: at(i * 300 + 60) })
    say(history, i * 300 + 200)
  }
  // Two before it counts as flapping, and one after half an hour of holding back.
  assert.equal(notices, 3)
})

test('what was told past the database counts as told, and its end is told to the same people', () => {
  const direct = [
    {
      routeId: 1n,
      rule: 'database.unreachable',
      subject: 'a',
      severity: 'critical',
      targets: ['ding'],
      at: at(-600),
    },
  ] as const
  const { say } = story([route({ groupSeconds: 0 })], { direct })
  const over = alarm(9, {
    rule: 'database.unreachable',
    subject: 'a',
    severity: 'critical',
    state: 'resolved',
    resolvedAt: at(1),
  })
  assert.deepEqual(say([over], 2), [])
  assert.deepEqual(say([over], 61), ['1 resolved database.unreachable 9 > ding'])
})

test('a route that does not tell ends lets them pass in silence', () => {
  const { say, look } = story([route({ groupSeconds: 0, tellResolved: false })])
  say([alarm(1)], 0)
  const over = [alarm(1, { state: 'resolved', resolvedAt: at(10) })]
  assert.deepEqual(say(over, 100), [])
  assert.deepEqual(look(over, 101).told, [])
})
