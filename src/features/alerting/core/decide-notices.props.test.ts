import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideNotices } from './decide-notices.ts'
import { matchesPattern, quietUntil, rankOf } from './match.ts'
import type { AlarmFacts, NoticePlan, Route, Silence, Told } from './types.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const STEP_SECONDS = 20
const STEPS = 60
const DAY_SECONDS = 86_400

const seconds = (value: number): Temporal.Instant => START.add({ seconds: value })

type Life = {
  readonly rule: number
  readonly subject: number
  readonly severity: number
  readonly from: number
  readonly lasts: number
  readonly seenAfter: number | null
}

const life = fc.record<Life>({
  rule: fc.integer({ min: 0, max: 1 }),
  subject: fc.integer({ min: 0, max: 2 }),
  severity: fc.integer({ min: 0, max: 2 }),
  from: fc.integer({ min: 0, max: 800 }),
  lasts: fc.integer({ min: 1, max: 2_000 }),
  seenAfter: fc.option(fc.integer({ min: 1, max: 600 })),
})
const anyRoute = fc.record({
  leastSeverity: fc.constantFrom('info', 'warning', 'critical'),
  rules: fc.constantFrom<string[]>([], ['a.*'], ['b.x'], ['*']),
  quiet: fc.option(
    fc.record({
      from: fc.integer({ min: 0, max: 1_439 }),
      to: fc.integer({ min: 0, max: 1_439 }),
      zone: fc.constant('UTC'),
    }),
  ),
  groupSeconds: fc.integer({ min: 0, max: 120 }),
  repeatMinutes: fc.option(fc.integer({ min: 5, max: 10 })),
  escalateAfterMinutes: fc.option(fc.integer({ min: 1, max: 10 })),
  tellResolved: fc.boolean(),
})
const anySilence = fc.record({
  rules: fc.constantFrom<string[]>([], ['a.*']),
  subjects: fc.constantFrom<string[]>(['s0'], ['s*']),
  until: fc.integer({ min: 0, max: 1_000 }).map(seconds),
})

/** Lives of one trouble never overlap: the database allows one open alarm per rule and subject. */
function alarmsAt(lives: readonly Life[], now: Temporal.Instant): AlarmFacts[] {
  const lastEnd = new Map<string, number>()
  return [...lives]
    .sort((a, b) => a.from - b.from)
    .flatMap((one, index): AlarmFacts[] => {
      const key = `${one.rule}/${one.subject}`
      if (one.from <= (lastEnd.get(key) ?? -1)) return []
      lastEnd.set(key, one.from + one.lasts)
      const opened = seconds(one.from)
      if (Temporal.Instant.compare(opened, now) > 0) return []
      const ended = seconds(one.from + one.lasts)
      const over = Temporal.Instant.compare(ended, now) <= 0
      const seen =
        one.seenAfter !== null && Temporal.Instant.compare(opened.add({ seconds: one.seenAfter }), now) <= 0
      return [
        {
          id: BigInt(index + 1),
          rule: one.rule === 0 ? 'a.x' : 'b.x',
          subject: `s${one.subject}`,
          severity: (['info', 'warning', 'critical'] as const)[one.severity] ?? 'info',
          state: over ? 'resolved' : seen ? 'acknowledged' : 'open',
          openedAt: opened,
          resolvedAt: over ? ended : null,
        },
      ]
    })
}

const world = fc.record({
  lives: fc.array(life, { maxLength: 10 }),
  routes: fc.array(anyRoute, { minLength: 1, maxLength: 2 }).map((list) =>
    list.map(
      (one, i): Route => ({
        ...one,
        id: BigInt(i + 1),
        targets: [`t${i}`],
        escalateTo: one.escalateAfterMinutes === null ? [] : ['boss'],
      }),
    ),
  ),
  silences: fc.array(anySilence, { maxLength: 2 }),
})
type World = { lives: Life[]; routes: Route[]; silences: Silence[] }
type Heard = {
  readonly at: Temporal.Instant
  readonly plan: NoticePlan
  readonly alarms: readonly AlarmFacts[]
}

/** Runs the clock over the world and answers everything that was told. */
function listen({ lives, routes, silences }: World, instants: readonly Temporal.Instant[]): Heard[] {
  const told = new Map<string, Told>()
  const heard: Heard[] = []
  for (const now of instants) {
    const alarms = alarmsAt(lives, now)
    const ask = () => decideNotices({ alarms, routes, told: [...told.values()], silences, direct: [], now })
    const decision = ask()
    assert.deepEqual(ask(), decision, 'the same situation, the same decision')
    for (const one of decision.told) told.set(`${one.alarmId}/${one.routeId}`, one)
    assert.deepEqual(ask().notices, [], 'asked again at the same instant there is nothing left to say')
    heard.push(...decision.notices.map((plan) => ({ at: now, plan, alarms })))
  }
  return heard
}

const often = Array.from({ length: STEPS }, (_, i) => seconds(i * STEP_SECONDS))
const RUNS = { numRuns: 200 }

test('nothing is told twice, and nobody hears of an end who did not hear of the beginning', () => {
  fc.assert(
    fc.property(world, (one) => {
      const opened = new Set<string>()
      const ended = new Set<string>()
      const knows = new Set<string>()
      const everKnew = new Set<string>()
      for (const { plan, alarms } of listen(one, often))
        for (const id of plan.alarmIds) {
          const alarm = alarms.find((each) => each.id === id)
          for (const target of plan.targets) {
            const key = `${plan.routeId}/${id}/${target}`
            const subject = `${plan.routeId}/${alarm?.rule}/${alarm?.subject}/${target}`
            if (plan.kind === 'opened') {
              assert.ok(!opened.has(key), `opened twice: ${key}`)
              opened.add(key)
            }
            if (plan.kind === 'resolved') {
              assert.ok(!ended.has(key), `ended twice: ${key}`)
              ended.add(key)
              assert.ok(knows.has(subject) || everKnew.has(subject), `never told of the beginning: ${key}`)
              assert.notEqual(alarm?.resolvedAt, null)
            } else {
              knows.add(subject)
              everKnew.add(subject)
              assert.equal(alarm?.state, 'open')
            }
          }
        }
    }),
    RUNS,
  )
})

test('escalation comes once for each trouble, and only where nobody acknowledged', () => {
  fc.assert(
    fc.property(world, (one) => {
      const seen = new Set<string>()
      for (const { plan } of listen(one, often).filter(({ plan: each }) => each.kind === 'escalated'))
        for (const id of plan.alarmIds) {
          assert.ok(!seen.has(`${plan.routeId}/${id}`))
          seen.add(`${plan.routeId}/${id}`)
        }
    }),
    RUNS,
  )
})

test('quiet hours hold everything but what is critical', () => {
  fc.assert(
    fc.property(world, (one) => {
      for (const { at, plan, alarms } of listen(one, often)) {
        const route = one.routes.find(({ id }) => id === plan.routeId)
        if (route === undefined || quietUntil(route.quiet, at) === null || plan.kind === 'resolved') continue
        for (const id of plan.alarmIds)
          assert.equal(alarms.find((each) => each.id === id)?.severity, 'critical')
      }
    }),
    RUNS,
  )
})

test('a critical alarm is told within its grouping time, quiet hours or not, unless it flaps', () => {
  fc.assert(
    fc.property(world, fc.integer({ min: 0, max: 2 }), (one, subject) => {
      const only = {
        ...one,
        silences: [],
        lives: [{ rule: 0, subject, severity: 2, from: 0, lasts: 5_000, seenAfter: null }],
      }
      const heard = listen(only, [seconds(0), seconds(5)])
      for (const route of one.routes.filter(
        ({ rules }) => rules.length === 0 || rules.some((each) => matchesPattern(each, 'a.x')),
      ))
        assert.ok(heard.some(({ plan }) => plan.routeId === route.id && plan.kind === 'opened'))
    }),
    RUNS,
  )
})

/** Minutes of a day outside the quiet hours; the same time twice is the whole day. */
function openMinutes({ from, to }: { readonly from: number; readonly to: number }): number {
  return (from - to + 1_440) % 1_440
}

test('everything that stays open and is neither silenced nor acknowledged is told in the end', () => {
  fc.assert(
    fc.property(world, (one) => {
      const forever = one.lives.map((each) => ({ ...each, lasts: 10 * DAY_SECONDS, seenAfter: null }))
      // Quiet hours that leave no look of half an hour free are the one way to be told nothing but critical alarms.
      const routes = one.routes.map((route) =>
        route.quiet !== null && openMinutes(route.quiet) <= 30 ? { ...route, quiet: null } : route,
      )
      const every30Minutes = Array.from({ length: 60 }, (_, i) => seconds(1_000 + i * 1_800))
      const heard = listen({ ...one, routes, lives: forever }, [...often, ...every30Minutes.slice(1)])
      const end = every30Minutes.at(-1) ?? START
      for (const alarm of alarmsAt(forever, end))
        for (const route of routes) {
          const taken =
            rankOf(alarm.severity) >= rankOf(route.leastSeverity) &&
            (route.rules.length === 0 || route.rules.some((each) => matchesPattern(each, alarm.rule)))
          const told = heard.some(
            ({ plan }) =>
              plan.routeId === route.id && plan.kind === 'opened' && plan.alarmIds.includes(alarm.id),
          )
          assert.equal(told, taken, `${alarm.rule} ${alarm.severity}`)
        }
    }),
    { numRuns: 60 },
  )
})

test('a pattern means what a naive reading of it says', () => {
  const part = fc.constantFrom('a', 'b', '.', '*')
  const pattern = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
  const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(pattern, text, (given, against) => {
      const naive = new RegExp(`^${given.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`)
      assert.equal(matchesPattern(given, against), naive.test(against))
    }),
    { numRuns: 2_000 },
  )
})
