import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkScenario } from '#app/drill-scenario.ts'
import { type CourseDeps, startCourse } from './course.ts'
import type { Ring } from './phone.ts'

const checked = checkScenario(
  readFileSync(new URL('./scenarios/pages-do-not-open.yaml', import.meta.url), 'utf8'),
)
assert.ok(checked.ok)
const { value: drill } = checked
const BEGAN = Temporal.Instant.from('2026-11-11T02:00:00Z')

type Row = {
  id: bigint
  rule: string
  subject: string
  zh: string
  en: string
  acknowledged: boolean
}
const ALARM = { rule: 'database.unreachable', subject: 'vm:1', zh: '连不上', en: 'away' }

/** The drill of a stopped database over a hub of a few lines: what its database, its phone and its status page say. */
function begin() {
  const state = { minute: 0, isAway: false, rows: [] as Row[], rings: [] as Ring[] }
  const sql = async (): Promise<unknown[]> => {
    if (state.isAway) throw new Error('away')
    return state.rows
  }
  const deps = {
    drill: { ...drill, incident: { zh: '三单', en: 'three', measure: 'sent_twice', count: 3 } },
    runId: 'r1',
    speed: () => 1,
    url: 'http://127.0.0.1:1',
    signInUrl: 'http://127.0.0.1:1/in',
    filesDir: '',
    world: { begin: () => undefined, shops: new Map(), sentAgain: new Set(['a']) },
    sandbox: {
      hub: { core: { clock: { now: () => BEGAN.add({ minutes: state.minute }) } } },
      sql,
      call: async () => ({
        status: 200,
        body: { level: state.isAway ? 1 : 0, spool: { records: 0 } },
      }),
      phone: { taken: () => state.rings.splice(0) },
      stopDatabase: async () => {
        state.isAway = true
      },
      startDatabase: async () => {
        state.isAway = false
      },
    },
  }
  const course = startCourse(deps as unknown as CourseDeps)
  const at = async (minute: number): Promise<void> => {
    state.minute = minute
    await course.turn()
  }
  const alarms = (): string[] =>
    course
      .look()
      .timeline.filter((one) => one.kind === 'alarm')
      .map((one) => one.words.en)
  return { state, course, at, alarms }
}

test('what the hub cannot store is heard on the phone, and not told a second time when it is written down', async () => {
  const { state, course, at, alarms } = begin()
  await at(10)
  assert.equal(state.isAway, true)
  assert.equal(course.hasRung(ALARM.rule), false)
  state.rings.push(ALARM, ALARM)
  await at(11)
  assert.deepEqual(alarms(), ['database.unreachable (phone): away'])
  assert.equal(course.hasRung(ALARM.rule), true)
  state.isAway = false
  state.rows.push({ ...ALARM, id: 1n, acknowledged: false })
  await at(12)
  assert.equal(alarms().length, 1)
  // It comes again: another alarm, and the phone rings for one that stands on the page already.
  state.rows.push({ ...ALARM, id: 2n, acknowledged: false })
  state.rings.push(ALARM)
  await at(13)
  assert.deepEqual(alarms().slice(1), ['database.unreachable: away'])
})

test('a running drill tells its goals in the words of whom it hurts; what they were, and the incident, come with the end', async () => {
  const { state, course, at } = begin()
  await at(10)
  state.isAway = false
  assert.ok(course.act('start-database').ok)
  await at(16)
  await at(17)
  const running = course.look()
  const open = running.goals.find((goal) => goal.id === 'open-again')
  assert.equal(open?.words.en, 'Pages open, and every order that came can be seen')
  assert.ok(open?.doneAt !== null)
  assert.doesNotMatch(JSON.stringify([running.goals, running.timeline]), /spool|暂存|back\)/)
  assert.equal(running.incident, null)
  const ended = course.end()
  assert.match(JSON.stringify(ended.goals), /level 0 and nothing left in the spool/)
  assert.match(JSON.stringify(ended.timeline), /Reached: Pages open, [^"]* \(level 0 and nothing left/)
  assert.deepEqual(ended.incident, {
    source: { zh: '三单', en: 'three' },
    here: { zh: '0 单', en: '0 orders' },
    isAsBad: false,
  })
})
