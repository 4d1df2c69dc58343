import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { ALARM_RULES } from '#domain/alarm-rules.ts'
import { SEVERITIES } from '#domain/notice.ts'
import { allSources, expectNone, isTest, ROOT } from './sources.ts'

const RULES = ALARM_RULES.map(({ rule }) => rule)
const CATALOGUE = 'src/domain/alarm-rules.ts'
/** Where an alarm is raised, settled or cleared by its name. */
const RAISED = /\b(?:rule:|rule =|raise\(|settle\(|clear\()\s*'([a-z_]+\.[a-z0-9_]+)'/g
/** The mark of a notice that only tests a target. */
const NO_ALARM = ['alerting.test']
/** Rules whose last word comes from a table in the source: `callback.${trouble}`. */
const TABLED: Readonly<Record<string, string>> = {
  callback: 'src/features/callback-health/',
  tls: 'src/features/callback-health/',
}

const product = allSources().filter(
  ({ path }) => path.startsWith('src/') && path !== CATALOGUE && !isTest(path),
)
const cards = globSync('docs/runbooks/*.*.md', { cwd: ROOT }).map((path) => basename(path, '.md'))

test('every rule is there once, with a severity and words', () => {
  assert.equal(new Set(RULES).size, RULES.length)
  assert.deepEqual(RULES, [...RULES].sort())
  for (const { rule, severity, zh, en } of ALARM_RULES)
    assert.ok(SEVERITIES.includes(severity) && zh !== '' && en !== '', rule)
})

test('every rule has a card and every card a rule', () => {
  expectNone([
    ...RULES.filter((rule) => !cards.includes(rule)).map((rule) => `docs/runbooks:1: ${rule}.md is missing`),
    ...cards
      .filter((card) => !RULES.includes(card))
      .map((card) => `docs/runbooks/${card}.md:1: no rule of that name`),
  ])
})

test('a card says in both languages what it means, how to be sure, what to do and what waiting costs', () => {
  const parts = [
    /含义/,
    /确认/,
    /怎么办|处理/,
    /代价/,
    /What it means/,
    /sure/,
    /What to do/,
    /What waiting costs/,
  ]
  expectNone(
    cards.flatMap((card) => {
      const text = readFileSync(join(ROOT, 'docs/runbooks', `${card}.md`), 'utf8')
      return parts
        .filter((part) => !part.test(text))
        .map((part) => `docs/runbooks/${card}.md:1: lacks ${part.source}`)
    }),
  )
})

test('every rule that is raised is in the catalogue, and every rule of the catalogue is raised', () => {
  const raised = product.flatMap(({ path, said }) =>
    [...said.matchAll(RAISED)].map((match) => ({ path, rule: match[1] ?? '' })),
  )
  const unknown = raised.filter(({ rule }) => !RULES.includes(rule) && !NO_ALARM.includes(rule))
  const isRaised = (rule: string): boolean => {
    if (product.some(({ said }) => said.includes(`'${rule}'`))) return true
    const [area = '', word = ''] = rule.split('.')
    const folder = TABLED[area]
    return (
      folder !== undefined &&
      product.some(({ path, said }) => path.startsWith(folder) && new RegExp(`\\b${word}\\b`).test(said))
    )
  }
  expectNone([
    ...unknown.map(({ path, rule }) => `${path}:1: ${rule} is not in ${CATALOGUE}`),
    ...RULES.filter((rule) => !isRaised(rule)).map((rule) => `${CATALOGUE}:1: nothing raises ${rule}`),
  ])
})
