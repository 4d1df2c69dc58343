import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { alarmRule } from '#domain/alarm-rules.ts'
import { checkScenario, offeredScenario } from './drill-scenario.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, 'sim/drills/scenarios')
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
const sample = readFileSync(join(FOLDER, 'paid-nothing-happens.yaml'), 'utf8')

test('every shipped scenario can be used, is called as its file, trains known rules and leads to a card that is there', () => {
  assert.ok(names.length >= 14)
  for (const name of names) {
    const checked = checkScenario(readFileSync(join(FOLDER, name), 'utf8'))
    assert.ok(checked.ok, `${name}: ${JSON.stringify(checked)}`)
    const drill = checked.value
    assert.equal(`${drill.id}.yaml`, name)
    for (const rule of [...drill.trains, ...drill.noticed.alarms])
      assert.ok(alarmRule(rule) !== null, `${name}: ${rule}`)
    assert.ok(
      drill.remedy.some((step) => step.do === 'answer'),
      name,
    )
    const cards = [...drill.debrief.zh.matchAll(/docs\/runbooks\/[\w.]+\.md/g)].map(([path]) => path)
    assert.ok(cards.length > 0, `${name}: no card`)
    for (const card of cards) assert.ok(existsSync(join(ROOT, card)), `${name}: ${card}`)
  }
})

test('neither the name nor the story of a shipped scenario says what it is', () => {
  const plain = new Set([
    'and',
    'the',
    'of',
    'not',
    'no',
    'is',
    'in',
    'all',
    'again',
    'late',
    'orders',
    'shop',
    'review',
  ])
  const wordsOf = (text: string): string[] =>
    (text.toLowerCase().match(/[a-z]+/g) ?? []).filter((word) => !plain.has(word))
  for (const name of names) {
    const checked = checkScenario(readFileSync(join(FOLDER, name), 'utf8'))
    assert.ok(checked.ok)
    const { id, title, causes, faults } = checked.value
    const right = causes.find((cause) => cause.right === true)
    const happens = faults.map((fault) => fault.do.split('.')[1] ?? '')
    const telling = new Set([right?.id ?? '', right?.en ?? '', ...happens].flatMap(wordsOf))
    const told = [...wordsOf(id), ...wordsOf(title.en)].filter((word) => telling.has(word))
    assert.deepEqual(told, [], name)
  }
})

test('a running drill tells its goals in the words of whom it hurts: no name, no word of the cause or of what mends it', () => {
  for (const name of names) {
    const checked = checkScenario(readFileSync(join(FOLDER, name), 'utf8'))
    assert.ok(checked.ok)
    const { title, story, causes, actions, goals } = checked.value
    const right = causes.find((cause) => cause.right === true)
    const helps = actions.filter((action) => action.mends !== undefined)
    const answers = [right, ...helps].filter((one) => one !== undefined)
    // What the story says already gives nothing away; nor what every wrong answer says as well.
    const told = [title, story, ...causes.filter((one) => one.right !== true)]
    const known = { zh: told.map((one) => one.zh).join(' '), en: told.map((one) => one.en).join(' ') }
    const telling = new Set([
      ...answers.flatMap((one) => pairsOf(one.zh)).filter((pair) => !known.zh.includes(pair)),
      ...answers.flatMap((one) => wordsIn(one.en)).filter((word) => !wordsIn(known.en).includes(word)),
    ])
    for (const goal of goals) {
      const said = [...pairsOf(goal.zh), ...wordsIn(goal.en), ...wordsIn(goal.id)]
      assert.deepEqual(
        said.filter((part) => telling.has(part)),
        [],
        `${name}: ${goal.id}`,
      )
      const isOfTheHub = goal.check !== 'none_late'
      assert.ok(!isOfTheHub || goal.after !== undefined, `${name}: ${goal.id} says at the end what it was`)
    }
  }
})

/** Two Chinese characters are mostly a word; those that only join others say nothing. */
function pairsOf(text: string): string[] {
  return (text.match(/(?:(?![的了在和被把都又])\p{Script=Han})+/gu) ?? []).flatMap((run) =>
    Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2)),
  )
}

function wordsIn(text: string): string[] {
  const common = new Set(['have', 'that', 'with', 'their', 'every', 'again', 'from', 'orders', 'shop'])
  return (text.toLowerCase().match(/[a-z]{4,}/g) ?? []).filter((word) => !common.has(word))
}

const problemsOf = (text: string): string[] => {
  const checked = checkScenario(text)
  assert.ok(!checked.ok)
  return checked.problems.map(({ line, code }) => `${line} ${code}`)
}
const lineOf = (part: string): number => sample.split('\n').findIndex((line) => line.includes(part)) + 1

test('what is wrong is said with its line: an unknown field, a name of no list, a missing part', () => {
  assert.deepEqual(problemsOf(sample.replace('difficulty: 1', 'difficulty: 9')), [
    `${lineOf('difficulty')} drills.scenario_invalid`,
  ])
  assert.deepEqual(problemsOf(sample.replace('  rate: 4', '  rats: 4')), [
    `${lineOf('world:')} drills.scenario_invalid`,
    `${lineOf('  rate: 4')} drills.scenario_invalid`,
  ])
  assert.deepEqual(problemsOf(sample.replace('do: pushes.lost, shop', 'do: pushes.eaten, shop')), [
    `${lineOf('pushes.lost, shop')} drills.scenario_invalid`,
  ])
})

test('what cannot work is said too: no right cause, a fault without its shop, a step that points nowhere', () => {
  const contradicts = 'drills.scenario_contradicts'
  assert.deepEqual(problemsOf(sample.replace('right: true', 'right: false')), [
    `${lineOf('causes:')} ${contradicts}`,
  ])
  assert.deepEqual(problemsOf(sample.replace('do: pushes.lost, shop: youzan', 'do: pushes.lost')), [
    `${lineOf('do: pushes.lost')} ${contradicts}`,
  ])
  assert.deepEqual(problemsOf(sample.replace('action: subscribe-again', 'action: nobody')), [
    `${lineOf('action: subscribe-again')} ${contradicts}`,
  ])
  assert.deepEqual(problemsOf(sample.replace('shop: youzan', 'shop: douyin')), [
    `${lineOf('do: pushes.lost')} ${contradicts}`,
  ])
})

test('an alarm rule that is not there, an incident without a figure or with one that cannot be reached are told', () => {
  const contradicts = 'drills.scenario_contradicts'
  assert.deepEqual(problemsOf(sample.replace('trains: [callback.silent]', 'trains: [callback.slient]')), [
    `${lineOf('trains:')} ${contradicts}`,
  ])
  const late = sample.replace('\nworld:', '\nafter_mending: [reshipments.duplicate]\nworld:')
  assert.deepEqual(problemsOf(late), [`${lineOf('world:')} ${contradicts}`])
  const withIncident = (given: string): string =>
    sample.replace('goals:', `incident: { zh: 甲, en: a, measure: ${given} }\ngoals:`)
  const line = lineOf('goals:')
  assert.deepEqual(problemsOf(withIncident('paid_unknown')), [`${line} ${contradicts}`])
  assert.deepEqual(problemsOf(withIncident('paid_unknown, count: 3, late: 4')), [`${line} ${contradicts}`])
  assert.deepEqual(problemsOf(withIncident('sent_twice, late: 4')), [`${line} ${contradicts}`])
  assert.deepEqual(problemsOf(withIncident('sent_twice, count: 0')), [`${line} drills.scenario_invalid`])
  assert.ok(checkScenario(withIncident('sent_twice, count: 3')).ok)
  assert.ok(checkScenario(withIncident('paid_unknown, late: 22')).ok)
})

test('only the settings that make alarms come in time can be set: none that points the sandbox elsewhere', () => {
  for (const setting of ['DATABASE_URL', 'SPOOL_SECOND_DIR', 'ALLOW_LOOPBACK_TARGETS'])
    assert.deepEqual(problemsOf(sample.replace('CALLBACK_SILENCE_MINUTES: 10', `${setting}: "x"`)), [
      `${lineOf('  settings:')} drills.scenario_invalid`,
    ])
})

test('an action mends a fault that the drill has', () => {
  assert.deepEqual(problemsOf(sample.replace('mends: pushes.lost', 'mends: api.failing')), [
    `${lineOf('mends: pushes.lost')} drills.scenario_contradicts`,
  ])
})

test('every problem says what to do, whatever a hand may have slipped on', () => {
  const said = (text: string): string => {
    const checked = checkScenario(text)
    assert.ok(!checked.ok)
    return checked.problems[0]?.words ?? ''
  }
  assert.match(said(sample.replace('  rate: 4', '\trate: 4')), /^indent by spaces \(/)
  assert.match(said(sample.replace('difficulty: 1', 'difficulty: 1\ndifficulty: 2')), /twice; remove one/)
  assert.match(said(`${sample}\n---\n${sample}`), /^one scenario a file/)
  assert.match(said(sample.replace('happens" }', 'happens }')), /not closed/)
  assert.match(said(sample.replace('zh: "中枢解读积压"', 'zh: 积压, 很慢')), /with a comma .* needs quotes/)
  assert.match(said(''), /begins with fields such as id:/)
  assert.match(said(sample.replace('id: paid-', 'id: Paid ')), /^id: has 2 to 60 characters of a-z/)
  assert.match(
    said(sample.replace('pages: [/api/callbacks]', 'pages: [callbacks]')),
    /such as \/api\/callbacks$/,
  )
  for (const text of [said('a: [1\nb: 2'), said('\tx')]) assert.doesNotMatch(text, /at line/)
})

test('the example of the guide can be used as it stands', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/drills.md'), 'utf8')
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
  const checked = checkScenario(example)
  assert.ok(checked.ok, JSON.stringify(checked))
})

test('what is to be written is said as a person writes it: true or false, not the name of a type', () => {
  const yes = checkScenario(sample.replace('right: true', 'right: yes'))
  assert.ok(!yes.ok)
  const [said] = yes.problems
  assert.match(said?.words ?? '', /^causes\.\d\.right: is to be true or false$/)
  assert.match(said?.zh ?? '', /right: 应为 true 或 false$/)
})

test('every problem says in Chinese, too, what is to be done', () => {
  const zh = (text: string): string[] => {
    const checked = checkScenario(text)
    assert.ok(!checked.ok)
    return checked.problems.map((one) => one.zh)
  }
  assert.deepEqual(zh(sample.replace('difficulty: 1', 'difficulty: 9')), ['difficulty: 最大 3'])
  assert.deepEqual(zh(sample.replace('minutes: 120', 'minuten: 120')), [
    '缺少 minutes',
    'minuten: 没有这个字段；{ } 里的文字含逗号要加引号',
  ])
  assert.deepEqual(zh(sample.replace('shops: [youzan, shopify]', 'shops: [shopify]')), [
    'world.shops 里没有 youzan，请加上',
  ])
  assert.match(zh(sample.replace('do: pushes.lost', 'do: pushes.eaten'))[0] ?? '', /只能是 pushes\.lost, /)
})

test('what is no YAML, unfolds by aliases, or is too large is not read at all', () => {
  assert.deepEqual(problemsOf('a: [1\nb: 2'), ['2 drills.yaml_unreadable'])
  assert.deepEqual(problemsOf(`x: &x [1, 2]\ny: [*x, *x]\n${sample}`), ['1 drills.yaml_unreadable'])
  assert.deepEqual(problemsOf(`# ${'x'.repeat(70_000)}`), ['1 drills.yaml_unreadable'])
})

test('what is offered names neither the right cause nor what an action mends', () => {
  const checked = checkScenario(sample)
  assert.ok(checked.ok)
  assert.notEqual(
    offeredScenario(checked.value, 'built_in').causes[0]?.id,
    'subscription-off',
    'nor by its place',
  )
  const words = JSON.stringify(offeredScenario(checked.value, 'built_in'))
  assert.doesNotMatch(words, /"right"|mends|pushes\.lost/)
})
