import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { DrillMoment, DrillRun } from '#domain/drill.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { runCli } from '../cli.ts'
import { choiceOf, inTongue, timeOfDay, tongueOf, untoldOf } from './drill-words.ts'

const dataDir = testDataDir()
const env: Record<string, string> = { DATA_DIR: dataDir }

async function drill(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const out: string[] = []
  const err: string[] = []
  const exit = await runCli(['drill', ...args], {
    env,
    stdin: Readable.from([]),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    isTerminal: false,
  })
  return { exit, out: out.join('\n'), err: err.join('\n') }
}

test('the list offers what can be trained and says neither what it trains nor what can be answered', async () => {
  const { exit, out } = await drill('list', '--json')
  assert.equal(exit, 0)
  const [first, ...rest] = JSON.parse(out) as Record<string, unknown>[]
  assert.ok(rest.length >= 13)
  assert.deepEqual(Object.keys(first ?? {}).toSorted(), [
    'difficulty',
    'hints',
    'id',
    'minutes',
    'source',
    'speedMost',
    'story',
    'title',
  ])
})

test('a bad file is told line by line; what is not there, and a speed that a drill does not take, are refused', async () => {
  mkdirSync(dataDir, { recursive: true })
  const bad = join(dataDir, 'bad.yaml')
  writeFileSync(bad, 'id: bad\ntitle: { zh: "甲", en: "a" }\ndifficulty: 7\n')
  const checked = await drill('check', bad)
  assert.equal(checked.exit, 1)
  assert.match(checked.err, /bad\.yaml:3: drills\.scenario_invalid: difficulty: is at most 3/)
  const started = await drill('start', bad)
  assert.match(started.err, /drills\.scenario_invalid: line \d/)
  assert.match((await drill('start', 'nobody')).err, /drills\.unknown_scenario/)
  assert.match((await drill('start', join(dataDir, 'none.yaml'))).err, /drills\.unknown_scenario/)
  assert.match(
    (await drill('start', 'all-shops-slow', '--speed', '500')).err,
    /drills\.bad_speed: .* 1 to 30/,
  )
  assert.equal((await drill('check')).exit, 2)
  assert.equal((await drill('record', '--from', 'yesterday')).exit, 2)
})

test('an alarm leads to the drills that train on it, easiest first; one that no drill trains on says so', async () => {
  const listed = await drill('list', '--alarm', 'callback.silent', '--json')
  const stars = (JSON.parse(listed.out) as { id: string; difficulty: number }[]).map((one) => one.difficulty)
  assert.ok(stars.length >= 2)
  assert.deepEqual(stars, stars.toSorted())
  assert.doesNotMatch(listed.out, /callback\.silent/, 'what it trains is not told beside it')
  const one = await drill('list', '--alarm', 'spool.filling')
  assert.match(one.out, /repair-and-rush/)
  for (const what of ['list', 'start']) {
    const none = await drill(what, '--alarm', 'nothing.known')
    assert.deepEqual([none.exit, none.out], [1, ''])
    assert.match(none.err, /drills\.unknown_scenario: no drill trains on nothing\.known/)
  }
  assert.equal((await drill('start', 'all-shops-slow', '--alarm', 'backlog.old')).exit, 2, 'one of the two')
  assert.equal((await drill('start')).exit, 2)
})

test('a check reads whatever it is pointed at: a folder, no file, a good file under another name', async () => {
  const folder = await drill('check', dataDir)
  assert.equal(folder.exit, 1)
  assert.match(folder.err, /drills\.unknown_scenario: .* cannot be read \(EISDIR\)/)
  assert.match(
    (await drill('check', join(dataDir, 'none.yaml'))).err,
    /drills\.unknown_scenario: there is no file/,
  )
  const shipped = new URL('../../../sim/drills/scenarios/paid-nothing-happens.yaml', import.meta.url)
  const copy = join(dataDir, 'mine.yaml')
  copyFileSync(shipped, copy)
  const good = await drill('check', copy)
  assert.deepEqual([good.exit, good.out], [0, `${copy}: paid-nothing-happens can be used`])
  assert.match(good.err, /call it paid-nothing-happens\.yaml/)
})

test('where the language is Chinese a check speaks it', async () => {
  const bad = join(dataDir, 'bad.yaml')
  writeFileSync(bad, 'id: bad\ndifficulty: 7\n')
  env.LANG = 'zh_CN.UTF-8'
  const { err } = await drill('check', bad)
  delete env.LANG
  assert.match(err, /bad\.yaml:2: drills\.scenario_invalid: difficulty: 最大 3/)
})

test("a drill speaks the language of the terminal, or both where that says nothing; its times are the pages' own", () => {
  const words = { zh: '已请人', en: 'asked' }
  const said = (env: Record<string, string>): string => inTongue(tongueOf(env), words)
  assert.equal(said({ LANG: 'zh_CN.UTF-8' }), '已请人')
  assert.equal(said({ LANG: 'en_GB.UTF-8' }), 'asked')
  assert.equal(said({ LANG: 'C.UTF-8' }), '已请人 / asked')
  assert.equal(said({ LANG: 'zh_CN.UTF-8', LC_ALL: 'en_US.UTF-8' }), 'asked')
  assert.equal(timeOfDay('2026-11-11T15:30:05Z', 'Asia/Shanghai'), '23:30:05')
})

test('a choice that is not there is refused with those that are', () => {
  const causes = [{ id: 'off' }, { id: 'slow' }]
  assert.deepEqual(choiceOf('a', '2', causes), { ok: true, value: 'slow' })
  for (const number of ['', '0', '3']) {
    const none = choiceOf('a', number, causes)
    assert.equal(none.ok || none.refusal.detail, `there is no "a${number}"; there are a1 to a2`)
  }
  const nothing = choiceOf('d', '1', [])
  assert.equal(nothing.ok || nothing.refusal.code, 'drills.unknown_action')
})

test('each moment is told once, the last ones too; when the fault happened is told with the end', () => {
  const moment = (kind: DrillMoment['kind']): DrillMoment => ({
    at: '2026-11-11T15:30:05Z',
    kind,
    words: { zh: kind, en: kind },
  })
  const kindsOf = (state: DrillRun['state'], kinds: DrillMoment['kind'][], told: number): string[] =>
    untoldOf({ state, timeline: kinds.map(moment) } as Partial<DrillRun> as DrillRun, told).map(
      ({ kind }) => kind,
    )
  assert.deepEqual(kindsOf('running', ['alarm', 'noticed'], 1), ['noticed'])
  assert.deepEqual(kindsOf('ended', ['fault', 'alarm', 'noticed', 'goal', 'end'], 2), [
    'fault',
    'goal',
    'end',
  ])
})
