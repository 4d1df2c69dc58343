import { noMoreHints, tooEarly, unknownAction, unknownCause } from '#app/drill-refusals.ts'
import { type DrillText, SPEED_MOST } from '#app/drill-scenario.ts'
import type { DrillGoal, DrillMoment, DrillRun, DrillWords } from '#domain/drill.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type CheckDeps, holds, missingOf } from './checks.ts'
import { FAULTS, type FaultDeps, type Undo } from './faults.ts'
import { countToll, incidentOf, lateAtFault, openToll, type Toll } from './incident.ts'
import { type Known, lateBy, NOTHING_KNOWN, readKnown } from './measures.ts'
import { scoreOf } from './score.ts'

// One drill from the first buyer to the debrief: faults by the timeline, what the participant does, what the world and the hub say.
// It looks every so often and keeps what it saw; nothing here decides anything for the hub.

export type Course = {
  readonly look: () => DrillRun
  readonly openHint: () => Result<DrillRun>
  readonly answer: (causeId: string) => Result<{ right: boolean; run: DrillRun }>
  readonly act: (actionId: string) => Result<DrillRun>
  readonly setSpeed: (speed: number) => Promise<Result<DrillRun>>
  /** Nobody will act: it ends once it is as bad as its incident was and every alarm that it trains has rung. */
  readonly leaveAlone: () => void
  /** The alarm has rung since the fault, on the alarm page or on the phone. */
  readonly hasRung: (rule: string) => boolean
  /** The participant opened this address in the sandbox's console. */
  readonly opened: (path: string) => void
  readonly end: () => DrillRun
  /** Looks once; called again and again by whoever runs it. */
  readonly turn: () => Promise<void>
}
export type CourseDeps = FaultDeps & {
  readonly drill: DrillText
  readonly runId: string
  readonly speed: () => number
  readonly url: string
  readonly signInUrl: string
}

/** Goals count from so many virtual minutes after the fault unless the scenario says otherwise: before, all looks well. */
const GOALS_FROM = 10
/** All goals have to hold for so many virtual minutes. */
const STAYS_WELL = 3
const HURT_EVERY_SECONDS = 30

/** `after`: what it was, told in place of the words once the drill is over. */
type Moment = DrillMoment & { readonly after?: DrillWords }

type Standing = {
  readonly beganAt: Temporal.Instant
  readonly timeline: Moment[]
  readonly fired: Set<number>
  /** Faults that are on, with what takes each back. */
  readonly active: Map<string, Undo>
  readonly due: { readonly at: Temporal.Instant; readonly run: () => Promise<void> }[]
  readonly seenAlarms: Set<bigint>
  /** Where each trouble, by rule and subject, was told last: on the phone while it could not be stored, else on the alarm page. */
  readonly told: Map<string, 'phone' | 'page'>
  /** Rules that rang after the fault. */
  readonly rung: Set<string>
  readonly toll: Toll
  leftAlone: boolean
  readonly hurt: Set<string>
  /** Late before anything was broken. */
  readonly lateBefore: Set<string>
  readonly goals: Map<string, Temporal.Instant>
  faultAt: Temporal.Instant | null
  noticedAt: Temporal.Instant | null
  foundAt: Temporal.Instant | null
  /** What each goal that does not hold lacked at the last look. */
  lacking: ReadonlyMap<string, DrillWords>
  wellSince: Temporal.Instant | null
  fixedAt: Temporal.Instant | null
  lookedAt: Temporal.Instant | null
  known: Known
  hints: number
  wrong: number
  state: DrillRun['state']
  problem: string | null
  endedAt: Temporal.Instant | null
}

export function startCourse(deps: CourseDeps): Course {
  const { drill, world, sandbox } = deps
  const { clock } = sandbox.hub.core
  const course: Standing = {
    beganAt: clock.now(),
    timeline: [],
    fired: new Set(),
    active: new Map(),
    due: [],
    seenAlarms: new Set(),
    told: new Map(),
    rung: new Set(),
    toll: openToll(),
    leftAlone: false,
    hurt: new Set(),
    lateBefore: new Set(),
    goals: new Map(),
    faultAt: null,
    noticedAt: null,
    foundAt: null,
    lacking: new Map(),
    wellSince: null,
    fixedAt: null,
    lookedAt: null,
    known: NOTHING_KNOWN,
    hints: 0,
    wrong: 0,
    state: 'running',
    problem: null,
    endedAt: null,
  }
  world.begin()
  const tell: Tell = (kind, words, after) => {
    course.timeline.push({
      at: timeText(clock.now()),
      kind,
      words,
      ...(after === undefined ? {} : { after }),
    })
  }
  const notice = (words: DrillWords): void => {
    if (course.faultAt === null || course.noticedAt !== null) return
    course.noticedAt = clock.now()
    tell('noticed', words)
  }
  const end = (why: DrillWords): void => {
    if (course.state !== 'running') return
    course.state = 'ended'
    course.endedAt = clock.now()
    tell('end', why)
    // Whoever did not mend it learns from the debrief what was still missing.
    if (course.fixedAt === null) for (const words of course.lacking.values()) tell('end', words)
  }
  const look = (): DrillRun => runOf(deps, course, clock.now())
  const running = (): Result<null> =>
    course.state === 'running' ? ok(null) : refuse('drills.not_running', 'this drill is over')

  return {
    look,
    turn: async () => {
      if (course.state !== 'running') return
      await turn(deps, course, tell, notice)
      const now = clock.now()
      if (course.fixedAt !== null && course.foundAt !== null)
        end({ zh: '已找到原因并恢复', en: 'Found and mended' })
      else if (now.since(course.beganAt).total('minutes') >= drill.minutes)
        end({ zh: '时间到', en: 'Time is up' })
      else if (course.leftAlone && hasGoneWrong(deps, course))
        end({ zh: '无人处理，已和事故一样糟', en: 'Nobody acted, and it is as bad as the incident' })
    },
    openHint: () => {
      const may = running()
      if (!may.ok) return may
      const hint = drill.hints[course.hints]
      if (hint === undefined) return noMoreHints()
      course.hints += 1
      tell('hint', hint)
      return ok(look())
    },
    answer: (causeId) => {
      const may = running()
      if (!may.ok) return may
      const cause = drill.causes.find((one) => one.id === causeId)
      if (cause === undefined) return unknownCause(causeId)
      if (course.faultAt === null) return tooEarly()
      notice({ zh: '作出判断', en: 'An answer was given' })
      const right = cause.right === true
      const words = {
        zh: `${right ? '判断正确' : '判断错误'}：${cause.zh}`,
        en: `${right ? 'Right' : 'Wrong'}: ${cause.en}`,
      }
      tell('answer', words)
      if (right) course.foundAt ??= clock.now()
      else course.wrong += 1
      return ok({ right, run: look() })
    },
    act: (actionId) => {
      const may = running()
      if (!may.ok) return may
      const action = drill.actions.find((one) => one.id === actionId)
      if (action === undefined) return unknownAction(actionId)
      tell('action', { zh: `已请人：${action.zh}`, en: `Asked for: ${action.en}` })
      const at = clock.now().add({ seconds: Math.round(action.takes * 60) })
      const run = async (): Promise<void> => {
        for (const [key, undo] of [...course.active])
          if (key.split('#')[0] === action.mends) {
            course.active.delete(key)
            await undo?.()
          }
        tell('action', { zh: `已完成：${action.zh}`, en: `Done: ${action.en}` })
      }
      course.due.push({ at, run })
      return ok(look())
    },
    setSpeed: async (speed) => {
      const may = running()
      if (!may.ok) return may
      const most = drill.speed_most ?? SPEED_MOST
      if (!Number.isFinite(speed) || speed < 1 || speed > most)
        return refuse('drills.bad_speed', `the speed of this drill is 1 to ${most}`)
      await sandbox.setSpeed(speed)
      return ok(look())
    },
    leaveAlone: () => {
      course.leftAlone = true
    },
    hasRung: (rule) => course.rung.has(rule),
    opened: (path) => {
      const page = drill.noticed.pages.find(
        (one) => path === one || path.startsWith(`${one}/`) || path.startsWith(`${one}?`),
      )
      if (page !== undefined)
        notice({ zh: `打开了能看出问题的页面（${page}）`, en: `Opened a page that shows it (${page})` })
    },
    end: () => {
      end({ zh: '主动结束', en: 'Ended by hand' })
      return look()
    },
  }
}

type Tell = (kind: DrillMoment['kind'], words: DrillWords, after?: DrillWords) => void

function ringsAfter({ after_mending: late = [] }: DrillText, rule: string): boolean {
  return late.includes(rule)
}

function hasGoneWrong({ drill }: CourseDeps, course: Standing): boolean {
  const isAsBad = incidentOf(drill, course.toll)?.isAsBad ?? true
  return isAsBad && drill.trains.every((rule) => course.rung.has(rule) || ringsAfter(drill, rule))
}

async function turn(
  deps: CourseDeps,
  course: Standing,
  tell: Tell,
  notice: (words: DrillWords) => void,
): Promise<void> {
  const { drill, sandbox } = deps
  const now = sandbox.hub.core.clock.now()
  for (const [i, fault] of drill.faults.entries()) {
    if (course.fired.has(i) || now.since(course.beganAt).total('minutes') < fault.at) continue
    course.fired.add(i)
    // What was late before is not the fault's doing.
    await lookAtOrders(deps, course, now, tell)
    const undo = await FAULTS[fault.do](deps, fault)
    if (undo !== null) course.active.set(`${fault.do}#${i}`, undo)
    if (course.faultAt === null) {
      course.faultAt = now
      // To make it may take a while: what it does begins here.
      course.timeline.push({
        at: timeText(now),
        kind: 'fault',
        words: { zh: '故障发生', en: 'The fault happens' },
      })
    }
  }
  for (const [i, job] of [...course.due.entries()].toReversed()) {
    if (Temporal.Instant.compare(job.at, now) > 0) continue
    course.due.splice(i, 1)
    await job.run()
  }
  await lookAtAlarms(deps, course, tell, notice)
  if (course.lookedAt === null || now.since(course.lookedAt).total('seconds') >= HURT_EVERY_SECONDS) {
    course.lookedAt = now
    await lookAtOrders(deps, course, now, tell)
    await lookAtGoals(deps, course, now, tell)
  }
}

type AlarmRow = {
  readonly id: bigint
  readonly rule: string
  readonly subject: string
  readonly zh: string
  readonly en: string
  readonly acknowledged: boolean
}

async function lookAtAlarms(
  { drill, sandbox }: CourseDeps,
  course: Standing,
  tell: Tell,
  notice: (words: DrillWords) => void,
): Promise<void> {
  const rows = await sandbox.sql<AlarmRow>`
    select id, rule, subject, zh, en, acknowledged_at is not null as acknowledged from alarm order by id`.catch(
    () => [],
  )
  for (const { id, rule, subject, zh, en, acknowledged } of rows) {
    if (!course.seenAlarms.has(id)) {
      course.seenAlarms.add(id)
      if (course.faultAt !== null) course.rung.add(rule)
      const key = `${rule} ${subject}`
      // Written down afterwards: it was told when it happened.
      if (course.told.get(key) !== 'phone') tell('alarm', { zh: `${rule}：${zh}`, en: `${rule}: ${en}` })
      course.told.set(key, 'page')
    }
    if (acknowledged && drill.noticed.alarms.includes(rule))
      notice({ zh: `确认了告警 ${rule}`, en: `Acknowledged ${rule}` })
  }
  // What could be stored was told above; the phone also rings for it where the telling is late.
  for (const { rule, subject, zh, en } of sandbox.phone.taken()) {
    if (course.faultAt !== null) course.rung.add(rule)
    const key = `${rule} ${subject}`
    if (course.told.has(key)) continue
    course.told.set(key, 'phone')
    tell('alarm', { zh: `${rule}（手机）：${zh}`, en: `${rule} (phone): ${en}` })
  }
}

async function lookAtOrders(
  deps: CourseDeps,
  course: Standing,
  now: Temporal.Instant,
  tell: Tell,
): Promise<void> {
  const { drill, world, sandbox } = deps
  course.known = await readKnown(sandbox).catch(() => course.known)
  const seen = { world, known: course.known, now }
  const late = lateBy(drill.hurt.measure, drill.hurt.minutes, seen)
  const { faultAt } = course
  if (faultAt === null) {
    for (const no of [...late, ...lateAtFault(drill, seen)]) course.lateBefore.add(no)
    return
  }
  countToll(drill, course.toll, { ...seen, faultAt, before: course.lateBefore })
  const before = course.hurt.size
  for (const no of late) if (!course.lateBefore.has(no)) course.hurt.add(no)
  if (before === 0 && course.hurt.size > 0)
    tell('hurt', { zh: '第一批订单受影响', en: 'The first orders are hurt' })
}

async function lookAtGoals(
  deps: CourseDeps,
  course: Standing,
  now: Temporal.Instant,
  tell: Tell,
): Promise<void> {
  const { drill, sandbox, world } = deps
  const from = drill.goals_from ?? GOALS_FROM
  const isAll = course.fired.size === drill.faults.length
  if (course.faultAt === null || !isAll || now.since(course.faultAt).total('minutes') < from) return
  const check: CheckDeps = { sandbox, world, known: course.known, now, isMended: course.active.size === 0 }
  const lacking = new Map<string, DrillWords>()
  for (const goal of drill.goals) {
    if (await holds(check, goal)) {
      if (course.goals.has(goal.id)) continue
      course.goals.set(goal.id, now)
      const words = { zh: `达成：${goal.zh}`, en: `Reached: ${goal.en}` }
      tell('goal', words, withAfter(words, goal))
    } else {
      lacking.set(goal.id, missingOf(check, goal))
      course.goals.delete(goal.id)
    }
  }
  course.lacking = lacking
  if (lacking.size > 0) course.wellSince = null
  else {
    course.wellSince ??= now
    if (now.since(course.wellSince).total('minutes') >= STAYS_WELL) course.fixedAt ??= course.wellSince
  }
}

function runOf(deps: CourseDeps, course: Standing, now: Temporal.Instant): DrillRun {
  const { drill } = deps
  const isOver = course.state !== 'running'
  const goals: DrillGoal[] = drill.goals.map(({ id, zh, en, after }) => ({
    id,
    // While it runs in the words of whom it hurts: what was wrong in the hub is the answer.
    words: isOver ? withAfter({ zh, en }, { after }) : { zh, en },
    doneAt: textOf(course.goals.get(id) ?? null),
  }))
  const minutes = (at: Temporal.Instant | null): number | null =>
    at === null || course.faultAt === null
      ? null
      : Math.max(0, Math.round(at.since(course.faultAt).total('minutes') * 10) / 10)
  const did = {
    toNotice: minutes(course.noticedAt),
    toFind: minutes(course.foundAt),
    toFix: minutes(course.fixedAt),
    ordersHurt: course.hurt.size,
    hintsOpened: course.hints,
    wrongAnswers: course.wrong,
  }
  return {
    id: deps.runId,
    scenarioId: drill.id,
    state: course.state,
    url: isOver ? null : deps.url,
    signInUrl: isOver ? null : deps.signInUrl,
    speed: deps.speed(),
    virtualNow: timeText(course.endedAt ?? now),
    // The moment of the fault is what the participant has to find out.
    faultAt: isOver || course.noticedAt !== null ? textOf(course.faultAt) : null,
    ordersHurt: course.hurt.size,
    goals,
    hints: drill.hints.slice(0, course.hints),
    timeline: course.timeline
      .filter((one) => isOver || one.kind !== 'fault')
      .map(({ at, kind, words, after }) => ({ at, kind, words: isOver ? (after ?? words) : words })),
    score: isOver ? scoreOf(did, drill.targets) : null,
    debrief: isOver ? drill.debrief : null,
    incident: isOver ? incidentOf(drill, course.toll) : null,
    problem: course.problem,
  }
}

function withAfter(words: DrillWords, { after }: { readonly after?: DrillWords | undefined }): DrillWords {
  return after === undefined ? words : { zh: `${words.zh}（${after.zh}）`, en: `${words.en} (${after.en})` }
}

function textOf(at: Temporal.Instant | null): string | null {
  return at === null ? null : timeText(at)
}

function timeText(at: Temporal.Instant): string {
  return at.toString({ smallestUnit: 'millisecond' })
}
