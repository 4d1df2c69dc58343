import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ORDER_VARIABLES } from '#domain/rule-variables.ts'
import type { RuleModel, RuleNode } from '#domain/rulebook.ts'
import { checkModel } from './check.ts'
import { openCheckApart } from './check-apart.ts'

// Models of which exactly one class of orders has no way: a check that says all was tried has found it.

const at = { x: 0, y: 0 }
const words = { zh: '试', en: 'test' }
const KIND = {
  kind: 'test',
  label: words,
  purpose: words,
  variables: ORDER_VARIABLES,
  lineVariables: [],
  values: [],
  actions: [],
  guards: [],
  templates: [],
  gray: true,
}
const END: RuleNode = { id: 'end', type: 'result', label: '', at, outcome: 'decided', values: [], reason: '' }

function model(nodes: readonly RuleNode[], tables: RuleModel['tables'] = []): RuleModel {
  return { format: 1, currency: 'CNY', start: nodes[0]?.id ?? null, nodes: [...nodes, END], tables }
}
function gapWhere(when: string, id = 'b'): RuleNode {
  return {
    id,
    type: 'branch',
    label: '',
    at,
    branches: [{ id: 'gap', label: '', when, to: null }],
    otherwise: 'end',
  }
}
function table(id: string, rows: string[][]): RuleModel['tables'][number] {
  const key = { name: 'k', label: '', type: 'text' as const }
  return { id, name: id, keys: [key], columns: [{ name: 'v', label: '', type: 'int' as const }], rows }
}
function lookup(id: string, of: string, key: string, to: string | null, missing: string | null): RuleNode {
  return {
    id,
    type: 'lookup',
    label: '',
    at,
    table: of,
    keys: [key],
    bind: [{ column: 'v', as: `v_${of}` }],
    to,
    missing,
  }
}

const look = (of: RuleModel) => {
  const check = checkModel(KIND, of)
  return { ...check, gaps: check.findings.filter(({ level }) => level === 'error') }
}

test('a gap in what two conditions on one text leave, or what a number comes to, is found', () => {
  for (const when of [
    'buyer_note.contains("加急") && buyer_note.contains("自提")',
    'buyer_note.startsWith("A") && buyer_note.endsWith("B")',
    'buyer_note.contains("急") && size(buyer_note) > 5',
    '"A" in items && size(items) >= 3',
    'weight * 2 == 111112',
    'ceilDiv(weight, 1000) == 7 && weight != 6500',
    'province == ""',
  ]) {
    const { gaps, complete } = look(model([gapWhere(when)]))
    assert.ok(gaps.length > 0, when)
    assert.equal(complete, true, when)
  }
})

test('a divisor that comes to 0 is found', () => {
  const { gaps } = look(model([gapWhere('100 / (pieces - 5) > 1000')]))
  assert.ok(gaps.some(({ code }) => code === 'rulebook.divide_by_zero'))
})

test('what cannot be tried in full is never called complete', () => {
  for (const when of [
    'weight % 1000 == 357',
    '(weight - 55555) * (weight - 77777) < 0 - 100000000',
    'string(weight).endsWith("77")',
    'city == province + "市"',
    'city in items',
    'items.all(i, i.startsWith("Z")) && size(items) == 2',
    'max(weight * 2, 1000) - weight > 600 && weight > volume',
  ])
    assert.equal(look(model([gapWhere(when)])).complete, false, when)
  const set: RuleNode = {
    id: 's',
    type: 'set',
    label: '',
    at,
    values: [{ name: 'k', type: 'text', expression: 'province + "-" + city' }],
    to: 'b',
  }
  assert.equal(look(model([set, gapWhere('k == "浙江-杭州"')])).complete, false)
})

test('keys of which one table says the same are told apart by another table and by conditions', () => {
  const same = table('a', [
    ['x', '1'],
    ['y', '1'],
  ])
  const second = model(
    [lookup('l1', 'a', 'province', 'l2', 'end'), lookup('l2', 'b', 'province', 'end', null)],
    [same, table('b', [['x', '5']])],
  )
  assert.deepEqual(
    look(second).gaps.map(({ code }) => code),
    ['rulebook.not_in_table'],
  )
  const third = model(
    [lookup('l1', 'a', 'province', 'b', 'end'), gapWhere('province.startsWith("y")')],
    [same],
  )
  assert.deepEqual(
    look(third).gaps.map(({ node }) => node),
    ['b'],
  )
})

test('only who tried all says never', () => {
  const { findings, complete } = look(model([gapWhere('string(weight) == "123456"')]))
  assert.equal(complete, false)
  const [finding] = findings.filter(({ code }) => code === 'rulebook.unreachable_branch')
  assert.match(finding?.words.zh ?? '', /试过的 \d+ 种情况/)
  const dead = look(model([gapWhere('weight > 5 && weight < 5')]))
  assert.equal(dead.complete, true)
  assert.match(dead.findings[0]?.words.zh ?? '', /永远轮不到/)
})

/** Two names of 50 values each, and a table over their sum with a number: 7.7 KB that took 17 s, with 2,000 rows six minutes. */
function slow(rows: number): RuleModel {
  const names = Array.from({ length: 50 }, (_, row) => ({
    id: `n${row}`,
    cells: [row === 49 ? '' : `${row}`],
    outputs: [`${row * 7}`, `${row * 13}`],
  }))
  const column = (input: string) => ({ id: 'c', label: '', input, type: 'int' as const })
  const output = (name: string) => ({ name, label: '', type: 'int' as const })
  const common = { type: 'table', label: '', at, hit: 'first', otherwise: 'end' } as const
  const first = {
    ...common,
    id: 't1',
    columns: [column('pieces')],
    outputs: [output('a'), output('b')],
    rows: names,
  }
  const limits = Array.from({ length: rows }, (_, row) => ({
    id: `r${row}`,
    cells: [`< ${row * 1000 + 5}`],
    outputs: [],
  }))
  const second = {
    ...common,
    id: 't2',
    columns: [column('weight + a * 3 + b')],
    outputs: [],
    rows: limits,
    to: 'end',
  }
  return model([{ ...first, to: 't2' }, second])
}

test('a model made to take minutes is looked at for some seconds, and the process answers meanwhile', async () => {
  const check = openCheckApart()
  const from = performance.now()
  let turns = 0
  let done = false
  const checked = check(KIND, slow(1_000)).finally(() => {
    done = true
  })
  while (!done) {
    await setImmediate()
    turns += 1
  }
  const found = await checked
  assert.ok(found.ok && !found.value.complete)
  assert.ok(performance.now() - from < 12_000, 'the check ended late')
  // Thousands, and hundreds on a machine that does other work; in the process's own thread it would be one or two.
  assert.ok(turns > 50, `everybody else had ${turns} turns meanwhile`)
  assert.ok((await check(KIND, model([gapWhere('false')]))).ok, 'the thread takes the next one')
})

test('a check beyond its time is refused, and so is the one after twenty that wait', async () => {
  const hasty = openCheckApart(1)
  const late = await hasty(KIND, slow(500))
  assert.equal(late.ok ? null : late.refusal.code, 'rulebook.check_too_large')
  const check = openCheckApart()
  const small = model([gapWhere('false')])
  const all = await Promise.all(Array.from({ length: 25 }, async () => await check(KIND, small)))
  const refused = all.flatMap((one) => (one.ok ? [] : [one.refusal.code]))
  assert.deepEqual(refused, new Array(5).fill('rulebook.checks_throttled'))
})
