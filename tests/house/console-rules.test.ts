import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleModel } from '../../console/src/api/rule-model-types.ts'
import type { DryRun, VersionBrief } from '../../console/src/api/rule-types.ts'
import { applyAutosave, isDue, opened, saveState } from '../../console/src/pages/rules/autosave.ts'
import {
  canRollBack,
  nextStep,
  percentText,
  releaseSteps,
  rollbackTarget,
} from '../../console/src/pages/rules/release-steps.ts'
import { majorText, minorText, pathInWords } from '../../console/src/parts/rule-words.ts'

const MODEL: RuleModel = { format: 1, currency: 'CNY', start: null, nodes: [], tables: [] }
const model = (start: string): RuleModel => ({ ...MODEL, start })
const t = (key: string, values: Readonly<Record<string, string | number>> = {}): string =>
  [key, ...Object.values(values)].join(' ')

const DRAFT: VersionBrief = {
  id: '7',
  number: 2,
  state: 'draft',
  hash: 'aa',
  note: '',
  author: '',
  updatedAt: '',
  publishedAt: null,
  retiredAt: null,
  retiredWords: null,
  revision: 1,
  basedOn: 1,
  checked: null,
  casesPassed: null,
  dryRunId: null,
  approval: null,
  approvalAskedBy: null,
  approvalAsks: null,
  hands: [],
  approvalWords: null,
}
const RUN: DryRun = {
  id: '3',
  state: 'done',
  versionId: '7',
  versionNumber: 2,
  hash: 'aa',
  againstNumber: 1,
  from: '',
  to: '',
  done: 40,
  total: 40,
  changed: 5,
  same: 35,
  reviews: { before: 0, after: 1 },
  newlyReview: 1,
  cut: false,
  groups: [],
  figures: {},
  passed: null,
  passWords: null,
  passedBy: null,
  error: null,
  jobId: '',
  createdAt: '',
  createdBy: '',
}
const CHECKED = { errors: 0, warnings: 1, tried: 90, complete: true }
const states = (draft: Partial<VersionBrief>, run?: DryRun, gray = true) =>
  releaseSteps({ ...DRAFT, ...draft }, { gray }, run, 3).map((step) => `${step.id} ${step.state}`)

test('a draft is told which step is next, and that nothing may be published before all are done', () => {
  assert.deepEqual(states({}), ['check todo', 'cases todo', 'dryRun todo', 'release blocked'])
  assert.deepEqual(states({ checked: { ...CHECKED, errors: 2 }, casesPassed: false }), [
    'check failed',
    'cases blocked',
    'dryRun todo',
    'release blocked',
  ])
  assert.equal(states({ checked: CHECKED, casesPassed: false })[1], 'cases failed')
  const tried = { state: 'checked', checked: CHECKED, casesPassed: true } as const
  assert.equal(states(tried, { ...RUN, state: 'running' })[2], 'dryRun running')
  assert.equal(states(tried, RUN)[2], 'dryRun decide')
  assert.deepEqual(states({ ...tried, dryRunId: '3' }, { ...RUN, passed: true }), [
    'check done',
    'cases done',
    'dryRun done',
    'release todo',
  ])
  assert.equal(nextStep(releaseSteps({ ...DRAFT, ...tried }, { gray: true }, RUN, 3))?.id, 'dryRun')
})

test('a dry run of other content says nothing of the present one', () => {
  const tried = { state: 'checked', checked: CHECKED, casesPassed: true } as const
  assert.equal(states(tried, { ...RUN, hash: 'bb', passed: true })[2], 'dryRun todo')
})

test('a kind without a gray share needs no dry run; an asked approval is waited for', () => {
  const tried = { state: 'checked', checked: CHECKED, casesPassed: true } as const
  assert.deepEqual(states(tried, undefined, false), ['check done', 'cases done', 'release todo'])
  assert.equal(states({ ...tried, approval: 'waiting', dryRunId: '3' }).at(-1), 'release waiting')
})

test('one click goes back from gray to live, from live to the version before, and nowhere from the first', () => {
  const version = (number: number): VersionBrief => ({ ...DRAFT, number })
  const set = { gray: version(3), live: version(2), previous: version(1) }
  assert.equal(rollbackTarget(set)?.number, 2)
  assert.equal(rollbackTarget({ ...set, gray: null })?.number, 1)
  assert.equal(canRollBack({ gray: null, live: version(1), previous: null }), false)
  assert.equal(canRollBack({ gray: version(1), live: null, previous: null }), true)
})

test('a share is shown as people say it', () => {
  assert.deepEqual([500, 10_000, 50, 1, 1_250, 0].map(percentText), ['5', '100', '0.5', '0.01', '12.5', '0'])
})

test('what is changed while a save is under way is saved after it', () => {
  let state = opened(model('a'), 1)
  assert.equal(isDue(state), false)
  state = applyAutosave(state, { is: 'edited', model: model('b') })
  assert.equal(isDue(state), true)
  state = applyAutosave(state, { is: 'sent' })
  state = applyAutosave(state, { is: 'edited', model: model('c') })
  assert.equal(isDue(state), false, 'one save at a time')
  state = applyAutosave(state, { is: 'stored', revision: 2 })
  assert.equal(state.model.start, 'c')
  assert.equal(isDue(state), true)
  state = applyAutosave(applyAutosave(state, { is: 'sent' }), { is: 'stored', revision: 3 })
  assert.equal(saveState(state), 'saved')
  assert.equal(state.revision, 3)
})

test('a conflict saves nothing more and keeps what is on the screen until a person has chosen', () => {
  let state = applyAutosave(opened(model('a'), 1), { is: 'edited', model: model('mine') })
  state = applyAutosave(applyAutosave(state, { is: 'sent' }), { is: 'refused', error: 'x', conflict: true })
  assert.equal(saveState(state), 'conflict')
  state = applyAutosave(state, { is: 'edited', model: model('mine too') })
  assert.equal(isDue(state), false)
  const over = applyAutosave(state, { is: 'insisted', revision: 5 })
  assert.deepEqual([isDue(over), over.revision, over.model.start], [true, 5, 'mine too'])
  const theirs = applyAutosave(state, { is: 'loaded', model: model('theirs'), revision: 5 })
  assert.deepEqual([saveState(theirs), theirs.model.start], ['saved', 'theirs'])
})

test('a refused save waits for the next change instead of being repeated', () => {
  let state = applyAutosave(opened(model('a'), 1), { is: 'edited', model: model('b') })
  state = applyAutosave(applyAutosave(state, { is: 'sent' }), { is: 'refused', error: 'x', conflict: false })
  assert.deepEqual([saveState(state), isDue(state)], ['failed', false])
  assert.equal(isDue(applyAutosave(state, { is: 'edited', model: model('c') })), true)
})

test('amounts go between the minor unit and what people write without a float', () => {
  assert.equal(majorText('9900', 'CNY'), '99.00')
  assert.equal(majorText('5', 'CNY'), '0.05')
  assert.equal(majorText('-1250', 'CNY'), '-12.50')
  assert.equal(majorText('1200', 'JPY'), '1200')
  assert.equal(minorText('99', 'CNY'), '9900')
  assert.equal(minorText('0.5', 'CNY'), '50')
  assert.equal(minorText('1.005', 'CNY'), null)
  assert.equal(minorText('12.5', 'JPY'), null)
  assert.equal(minorText('9007199254740993.07', 'CNY'), '900719925474099307')
})

test('a path is told by the labels of its nodes and of the ways taken', () => {
  const at = { x: 0, y: 0 }
  const path = pathInWords(
    {
      ...MODEL,
      nodes: [
        {
          id: 'n1',
          type: 'branch',
          label: '省份',
          at,
          branches: [{ id: 'b1', label: '新疆', when: 'province == "新疆"', to: 'n2' }],
          otherwise: null,
        },
        {
          id: 'n2',
          type: 'table',
          label: '满额',
          at,
          hit: 'first',
          columns: [{ id: 'c', label: '订单金额', input: 'order_amount', type: 'money' }],
          outputs: [],
          rows: [{ id: 'r', cells: ['>= 199'], outputs: [] }],
          to: null,
          otherwise: null,
        },
      ],
    },
    [
      { node: 'n1', way: 'b1' },
      { node: 'n2', way: 'to', row: 0 },
      { node: 'gone', way: null },
    ],
    t as Parameters<typeof pathInWords>[2],
  )
  assert.deepEqual(path, [
    { node: 'n1', label: '省份', way: '新疆' },
    { node: 'n2', label: '满额', way: 'decisions.row 1（订单金额 >= 199）' },
    { node: 'gone', label: 'gone', way: null },
  ])
})
