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

test('every problem says in Chinese, too, what is to be done', () => {
  const zh = (text: string): string[] => {
    const checked = checkScenario(text)
    assert.ok(!checked.ok)
    return checked.problems.map((one) => one.zh)
  }
  assert.deepEqual(zh(sample.replace('difficulty: 1', 'difficulty: 9')), ['difficulty: 最大 3'])
  assert.deepEqual(zh(sample.replace('minutes: 120', 'minuten: 120')), [
    '缺少 minutes',
    'minuten: 没有这个字段',
  ])
  assert.deepEqual(zh(sample.replace('shops: [youzan, shopify]', 'shops: [shopify]')), [
    'world.shops 里没有 youzan',
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
