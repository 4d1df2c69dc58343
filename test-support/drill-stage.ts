import type { DrillMoment, DrillRun, DrillScenario } from '#domain/drill.ts'
import { HINT_COST, WRONG_ANSWER_COST } from '#domain/drill.ts'
import type { DrillTheatre } from '#features/drills/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const words = (zh: string, en: string) => ({ zh, en })

/** Two incidents that every test of drills knows; `empty_pool` is the cause of the first. */
export const POOL: DrillScenario = {
  id: 'empty-pool',
  title: words('面单突然打不出来', 'Labels stop coming'),
  story: words('周一上午，仓库说顺丰面单打不出来。', 'Monday morning; the warehouse cannot print SF labels.'),
  difficulty: 1,
  minutes: 120,
  speedMost: 120,
  hints: 2,
  causes: [
    { id: 'empty_pool', words: words('号段用完了', 'The number segment is empty') },
    { id: 'printer', words: words('打印机离线', 'A printer is offline') },
    { id: 'token', words: words('令牌过期', 'A token has expired') },
  ],
  actions: [
    { id: 'ask_carrier', words: words('请顺丰追加号段', 'Ask SF for more numbers') },
    { id: 'restart', words: words('重启打印机', 'Restart the printer') },
  ],
  rules: ['pool.empty'],
  source: 'built_in',
}
export const SILENT: DrillScenario = {
  ...POOL,
  id: 'silent-webhook',
  title: words('订单变少了', 'Fewer orders than usual'),
  difficulty: 2,
  rules: ['callback.silent'],
}

export type PlayedStage = DrillTheatre & {
  /** Own scenarios, as the engine would find them in their folder. */
  readonly own: DrillScenario[]
  /** What was asked of it, in order. */
  readonly calls: string[]
  /** The sandbox dies. */
  readonly crash: (runId: string) => void
  refuseStart: boolean
}

/** A stage without a sandbox: it answers as the real one does, by hand, in virtual steps of a minute a call. */
export function playedStage(): PlayedStage {
  const runs = new Map<string, DrillRun>()
  const own: DrillScenario[] = []
  const calls: string[] = []
  let minute = 0
  const at = (): string =>
    new Temporal.PlainDateTime(2026, 3, 2, 9)
      .add({ minutes: minute })
      .toString({ smallestUnit: 'second' })
      .concat('Z')
  const scenarioOf = (run: DrillRun): DrillScenario =>
    [POOL, SILENT, ...own].find((one) => one.id === run.scenarioId) ?? POOL
  const change = (id: string, how: (run: DrillRun) => DrillRun): Result<DrillRun> => {
    const run = runs.get(id)
    if (run === undefined) return refuse('drills.unknown_run', 'no such sandbox')
    minute += 1
    const next = how({ ...run, virtualNow: at() })
    runs.set(id, next)
    return ok(next)
  }
  const added = (run: DrillRun, kind: DrillMoment['kind'], zh: string, en: string): DrillRun => ({
    ...run,
    timeline: [...run.timeline, { at: at(), kind, words: words(zh, en) }],
  })
  const stage: PlayedStage = {
    own,
    calls,
    refuseStart: false,
    crash: (id) => {
      const run = runs.get(id)
      if (run)
        runs.set(id, { ...run, state: 'failed', url: null, signInUrl: null, problem: 'the sandbox died' })
    },
    scenarios: async () => [POOL, SILENT, ...own],
    checkScenario: async (text) =>
      /^id: (\S+)$/m.test(text)
        ? ok({ ...POOL, id: /^id: (\S+)$/m.exec(text)?.[1] ?? '', source: 'own' })
        : refuse('drills.scenario_invalid', 'line 1: id is missing', {
            problems: [{ line: 1, code: 'drills.scenario_invalid', words: 'id is missing' }],
          }),
    start: async ({ runId, scenarioId, speed }) => {
      calls.push(`start ${scenarioId} ${speed}`)
      if (stage.refuseStart) return refuse('drills.sandbox_failed', 'no room for a sandbox')
      minute += 1
      const run: DrillRun = {
        id: runId,
        scenarioId,
        state: 'running',
        url: 'http://127.0.0.1:1',
        signInUrl: 'http://127.0.0.1:1/link#secret',
        speed,
        virtualNow: at(),
        faultAt: at(),
        ordersHurt: 0,
        goals: [{ id: 'labels', words: words('每单都有面单', 'Every order has its label'), doneAt: null }],
        hints: [],
        timeline: [
          { at: at(), kind: 'fault', words: words('号段用完', 'The segment ran out') },
          { at: at(), kind: 'alarm', words: words('告警：号段用完', 'Alarm: segment empty') },
        ],
        score: null,
        debrief: null,
        incident: null,
        problem: null,
      }
      runs.set(runId, run)
      return ok(run)
    },
    look: async (id) => {
      const run = runs.get(id)
      return run === undefined ? refuse('drills.unknown_run', 'no such sandbox') : ok(run)
    },
    openHint: async (id) => {
      calls.push('hint')
      const run = runs.get(id)
      if (run !== undefined && run.hints.length >= scenarioOf(run).hints)
        return refuse('drills.no_more_hints', 'all hints are open')
      return change(id, (one) =>
        added(
          { ...one, hints: [...one.hints, words('看号段页', 'Look at number pools')] },
          'hint',
          '看了提示',
          'A hint',
        ),
      )
    },
    answer: async (id, cause) => {
      calls.push(`answer ${cause}`)
      const right = cause === 'empty_pool'
      const done = change(id, (run) =>
        added(run, 'answer', right ? '答对了' : '答错了', right ? 'Right' : 'Wrong'),
      )
      return done.ok ? ok({ right, run: done.value }) : done
    },
    act: async (id, action) => {
      calls.push(`act ${action}`)
      return change(id, (run) => ({
        ...added(run, 'action', '请人处理', 'Somebody acts'),
        goals: run.goals.map((goal) => ({ ...goal, doneAt: action === 'ask_carrier' ? at() : goal.doneAt })),
      }))
    },
    setSpeed: async (id, speed) => {
      calls.push(`speed ${speed}`)
      return change(id, (run) => ({ ...run, speed }))
    },
    end: async (id) => {
      calls.push('end')
      return change(id, (run) => {
        const wrong = run.timeline.filter((one) => one.words.en === 'Wrong').length
        return {
          ...added(run, 'end', '结束', 'The end'),
          state: 'ended',
          url: null,
          signInUrl: null,
          ordersHurt: 7,
          debrief: words('号段用完了。', 'The segment was empty.'),
          incident: {
            source: words('事故里 300 单没有面单', 'In the incident 300 orders had no label'),
            here: words('7 单', '7 orders'),
            isAsBad: false,
          },
          score: {
            toNotice: 1,
            toFind: 3,
            toFix: run.goals.every((goal) => goal.doneAt !== null) ? 5 : null,
            ordersHurt: 7,
            hintsOpened: run.hints.length,
            wrongAnswers: wrong,
            points: 100 - run.hints.length * HINT_COST - wrong * WRONG_ANSWER_COST,
          },
        }
      })
    },
    close: async () => runs.clear(),
  }
  return stage
}
