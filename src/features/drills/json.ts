import { Type } from 'typebox'
import { alarmRule } from '#domain/alarm-rules.ts'
import { type DrillRun, type DrillScenario, HINT_COST, WRONG_ANSWER_COST } from '#domain/drill.ts'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { type Attempt, type Standing, standingsOf } from './core/statistics.ts'
import type { DrillRow } from './store.ts'

// What the drills' routes answer.

export const Words = Type.Object({ zh: Type.String(), en: Type.String() })
const Minutes = nullable(Type.Number({ description: 'virtual minutes after the fault' }))

export const ScenarioJson = Type.Object({
  id: Type.String(),
  title: Words,
  story: Words,
  difficulty: Type.Integer({ description: '1 easy to 3 hard' }),
  minutes: Type.Number({ description: 'virtual minutes after which it ends by itself' }),
  speedMost: Type.Number({ description: 'the fastest clock that it takes, 1 to 120' }),
  hints: Type.Integer(),
  source: oneOf(['built_in', 'own', 'recorded']),
  mine: nullable(Type.Object({ times: Type.Integer(), best: Type.Integer(), last: Type.Integer() })),
  record: nullable(Type.Object({ points: Type.Integer(), name: Type.String() })),
})

/** A scenario as it is offered, with how the asker stands in it and who did best; never its cause. */
export function scenarioToJson(scenario: DrillScenario, attempts: readonly Attempt[], by: Actor) {
  const standings = standingsOf(attempts.filter((one) => one.scenarioId === scenario.id))
  const mine = standings.find((one) => one.personKind === by.kind && one.personId === by.id)
  const record = standings.toSorted((a, b) => b.best - a.best)[0]
  const { id, title, story, difficulty, minutes, speedMost, hints, source } = scenario
  return {
    id,
    title,
    story,
    difficulty,
    minutes,
    speedMost,
    hints,
    source,
    mine: mine === undefined ? null : { times: mine.times, best: mine.best, last: mine.last },
    record: record === undefined ? null : { points: record.best, name: record.personName },
  }
}

const SUMMARY = {
  id: Type.String(),
  scenarioId: Type.String(),
  title: Words,
  person: Type.Object({ kind: Type.String(), name: Type.String(), isMe: Type.Boolean() }),
  speed: Type.Number({ description: 'virtual seconds per second' }),
  state: oneOf(['starting', 'running', 'ended', 'failed']),
  startedAt: IsoTime,
  endedAt: nullable(IsoTime),
  points: nullable(Type.Integer({ description: '0 to 100' })),
  toNotice: Minutes,
  toFind: Minutes,
  toFix: Minutes,
  ordersHurt: nullable(Type.Integer()),
  problem: nullable(Type.String()),
}
export const SummaryJson = Type.Object(SUMMARY)

export function summaryToJson(row: DrillRow, zone: string, by: Actor) {
  return {
    id: row.id.toString(),
    scenarioId: row.scenario_id,
    title: row.title,
    person: {
      kind: row.actor_kind,
      name: row.actor_name,
      isMe: row.actor_kind === by.kind && row.actor_id === by.id,
    },
    speed: row.speed,
    state: row.state,
    startedAt: formatInstant(row.started_at, zone),
    endedAt: row.ended_at === null ? null : formatInstant(row.ended_at, zone),
    points: row.points,
    toNotice: row.to_notice,
    toFind: row.to_find,
    toFix: row.to_fix,
    ordersHurt: row.state === 'failed' ? null : row.orders_hurt,
    problem: row.problem,
  }
}

export const DrillJson = Type.Object({
  ...SUMMARY,
  minutes: Type.Number(),
  hints: Type.Integer({ description: 'how many there are' }),
  openedHints: Type.Array(Words),
  hintCost: Type.Integer({ description: 'points' }),
  wrongAnswerCost: Type.Integer({ description: 'points' }),
  causes: Type.Array(Type.Object({ id: Type.String(), words: Words })),
  actions: Type.Array(Type.Object({ id: Type.String(), words: Words }), {
    description: 'what others can be asked to do outside the hub; not all of it helps',
  }),
  answers: Type.Array(Type.Object({ cause: Type.String(), right: Type.Boolean() })),
  url: nullable(Type.String({ description: "the sandbox's console" })),
  signInUrl: nullable(Type.String({ description: 'signs in there; only for the person who trains' })),
  virtualNow: nullable(IsoTime),
  faultAt: nullable(IsoTime),
  goals: Type.Array(Type.Object({ id: Type.String(), words: Words, doneAt: nullable(IsoTime) })),
  timeline: Type.Array(
    Type.Object({
      at: IsoTime,
      kind: oneOf(['fault', 'alarm', 'noticed', 'hint', 'answer', 'action', 'goal', 'hurt', 'end']),
      words: Words,
    }),
  ),
  hintsOpened: Type.Integer(),
  wrongAnswers: Type.Integer(),
  debrief: nullable(Words),
  incident: nullable(
    Type.Object(
      { source: Words, here: Words, isAsBad: Type.Boolean() },
      {
        description:
          'the incident that the drill was made from, beside what became of it here; after the end',
      },
    ),
  ),
  rules: Type.Array(Type.Object({ rule: Type.String(), title: Words }), {
    description: 'alarm rules that it trains; after the end',
  }),
})

/** One drill whole. Before its end neither the moment of the fault nor what it trains is told: both give the cause away. */
export function drillToJson(row: DrillRow, zone: string, by: Actor) {
  const { look } = row
  // One that failed can be tried again, and must not have told its cause.
  const over = row.state === 'ended'
  const summary = summaryToJson(row, zone, by)
  const at = (iso: string): string => formatInstant(Temporal.Instant.from(iso), zone)
  const atOrNull = (iso: string | null | undefined): string | null => (iso ? at(iso) : null)
  return {
    ...summary,
    minutes: row.minutes,
    hints: row.hints,
    openedHints: [...(look?.hints ?? [])],
    hintCost: HINT_COST,
    wrongAnswerCost: WRONG_ANSWER_COST,
    causes: row.causes.map(({ id, words }) => ({ id, words })),
    actions: row.actions.map(({ id, words }) => ({ id, words })),
    answers: [...row.answers],
    url: look?.url ?? null,
    signInUrl: summary.person.isMe ? (look?.signInUrl ?? null) : null,
    virtualNow: atOrNull(look?.virtualNow),
    faultAt: over ? atOrNull(look?.faultAt) : null,
    goals: (look?.goals ?? []).map((goal) => ({ ...goal, doneAt: atOrNull(goal.doneAt) })),
    timeline: shownMoments(look, over).map((moment) => ({ ...moment, at: at(moment.at) })),
    hintsOpened: look?.score?.hintsOpened ?? look?.hints.length ?? 0,
    wrongAnswers: row.answers.filter((one) => !one.right).length,
    debrief: over ? (look?.debrief ?? null) : null,
    incident: over ? (look?.incident ?? null) : null,
    rules: over ? row.rules.map(ruleToJson) : [],
  }
}

function shownMoments(look: DrillRun | null, over: boolean): DrillRun['timeline'] {
  const all = look?.timeline ?? []
  return over ? all : all.filter((moment) => moment.kind !== 'fault')
}

function ruleToJson(rule: string) {
  const known = alarmRule(rule)
  return { rule, title: known === null ? { zh: rule, en: rule } : { zh: known.zh, en: known.en } }
}

export const StandingJson = Type.Object({
  person: Type.Object({ kind: Type.String(), name: Type.String(), isMe: Type.Boolean() }),
  scenarioId: Type.String(),
  title: Words,
  times: Type.Integer(),
  best: Type.Integer(),
  last: Type.Integer(),
  bestFix: Minutes,
  points: Type.Array(Type.Integer(), { description: 'of the last ten, oldest first' }),
  trend: nullable(Type.Integer({ description: 'points that the later half is above the earlier' })),
})

export function standingToJson(standing: Standing, title: { zh: string; en: string }, by: Actor) {
  const { personKind, personId, personName, points, ...rest } = standing
  return {
    ...rest,
    points: [...points],
    title,
    person: { kind: personKind, name: personName, isMe: personKind === by.kind && personId === by.id },
  }
}
