import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  BranchNode,
  ResultNode,
  RuleKindWords,
  RuleModel,
  TableNode,
} from '../../console/src/api/rule-model-types.ts'
import { boxOf } from '../../console/src/pages/rules/canvas/boxes.ts'
import { copyNodes, pasteNodes, readCopied } from '../../console/src/pages/rules/canvas/clipboard.ts'
import {
  addNode,
  connect,
  moveNodes,
  nodeById,
  removeNodes,
  waysOf,
} from '../../console/src/pages/rules/canvas/graph.ts'
import { gridMove } from '../../console/src/pages/rules/canvas/grid-keys.ts'
import { moveRows, pasteBlock, takeIn } from '../../console/src/pages/rules/canvas/grid-rows.ts'
import { alignColumns, cellsOfText, textOfCells } from '../../console/src/pages/rules/canvas/grid-text.ts'
import { applyHistory, openHistory, STEPS_KEPT } from '../../console/src/pages/rules/canvas/history.ts'
import { diffNodes } from '../../console/src/pages/rules/canvas/model-diff.ts'
import { lightsOf } from '../../console/src/pages/rules/canvas/path-lights.ts'
import {
  cellOfExpression,
  expressionOfCell,
  gridOfTable,
  tableOfGrid,
} from '../../console/src/pages/rules/canvas/table-cells.ts'
import {
  firstInput,
  namesUsed,
  textOfValue,
  valueOfText,
  variablesOf,
} from '../../console/src/pages/rules/canvas/values.ts'

const KIND: RuleKindWords = {
  kind: 'freight',
  label: { zh: '运费', en: 'freight' },
  variables: [
    { name: 'province', label: { zh: '省份', en: 'province' }, type: 'text', examples: ['浙江'] },
    {
      name: 'order_amount',
      label: { zh: '订单金额', en: 'amount' },
      type: 'money',
      bounds: { least: '0', most: '100' },
    },
  ],
  lineVariables: [],
  values: [{ name: 'carrier', label: { zh: '承运商', en: 'carrier' }, type: 'text', required: true }],
  actions: [],
}
const branch = (id: string, to: string | null, otherwise: string | null = null): BranchNode => ({
  id,
  label: id,
  type: 'branch',
  at: { x: 0, y: 0 },
  branches: [{ id: 'b1', label: '是', when: 'true', to }],
  otherwise,
})
const result = (id: string): ResultNode => ({
  id,
  label: id,
  type: 'result',
  at: { x: 0, y: 0 },
  outcome: 'decided',
  values: [],
  reason: '',
})
const MODEL: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'n1',
  nodes: [branch('n1', 'n2', 'n3'), branch('n2', 'n3'), result('n3')],
  tables: [
    {
      id: 't1',
      name: '系数',
      keys: [{ name: 'province', label: '省份', type: 'text' }],
      columns: [],
      rows: [],
    },
  ],
}
const EMPTY: RuleModel = { format: 1, currency: 'CNY', start: null, nodes: [], tables: [] }

test('undo and redo go back and forth; letters of one field are one step; 200 steps are kept', () => {
  const at = (n: number): RuleModel => ({ ...EMPTY, currency: String(n) })
  let history = openHistory(at(0))
  for (const [n, key] of [
    [1, null],
    [2, 'label'],
    [3, 'label'],
    [4, 'other'],
  ] as const)
    history = applyHistory(history, { do: 'change', model: at(n), key })
  const undone: string[] = []
  for (let i = 0; i < 5; i += 1) {
    history = applyHistory(history, { do: 'undo' })
    undone.push(history.present.currency)
  }
  assert.deepEqual(undone, ['3', '1', '0', '0', '0'])
  history = applyHistory(applyHistory(history, { do: 'redo' }), { do: 'redo' })
  assert.equal(history.present.currency, '3')
  history = applyHistory(history, { do: 'change', model: at(9) })
  assert.equal(applyHistory(history, { do: 'redo' }), history)
  const paused = applyHistory(applyHistory(openHistory(at(0)), { do: 'change', model: at(1), key: 'k' }), {
    do: 'pause',
  })
  assert.equal(applyHistory(paused, { do: 'change', model: at(2), key: 'k' }).past.length, 2)
  for (let n = 0; n < 300; n += 1) history = applyHistory(history, { do: 'change', model: at(n) })
  assert.equal(history.past.length, STEPS_KEPT)
})

test('lines are drawn, moved and cut; a circle is refused, and a removed node leaves its ways open', () => {
  assert.equal(connect(MODEL, 'n2', 'otherwise', 'n1'), null)
  assert.equal(connect(MODEL, 'n2', 'otherwise', 'n2'), null)
  const drawn = connect(MODEL, 'n2', 'otherwise', 'n3')
  assert.equal((nodeById(drawn ?? MODEL, 'n2') as BranchNode).otherwise, 'n3')
  assert.equal(connect(MODEL, '@start', 'next', 'n2')?.start, 'n2')
  const cut = removeNodes(MODEL, ['n3', 'n1'])
  assert.equal(cut.start, null)
  assert.deepEqual(
    cut.nodes.map(({ id }) => id),
    ['n2'],
  )
  assert.deepEqual(
    cut.nodes.flatMap((node) => waysOf(node).map(({ to }) => to)),
    [null, null],
  )
  assert.deepEqual(nodeById(moveNodes(MODEL, new Map([['n2', { x: 1.4, y: 7.6 }]])), 'n2')?.at, {
    x: 1,
    y: 8,
  })
})

test('every kind of node comes from the palette with an id of its own, and the first is the start', () => {
  const words = { label: '新', branch: '是', table: '表', name: ({ zh }: { zh: string }) => zh }
  let model = EMPTY
  for (const type of ['branch', 'table', 'lookup', 'set', 'result'] as const)
    model = addNode(model, KIND, type, { x: 0, y: 0 }, words).model
  assert.equal(model.start, 'n1')
  assert.deepEqual(
    model.nodes.map(({ id }) => id),
    ['n1', 'n2', 'n3', 'n4', 'n5'],
  )
  assert.equal(model.tables[0]?.keys[0]?.name, 'province')
  assert.deepEqual((model.nodes[4] as ResultNode).values, [{ name: 'carrier', expression: '""' }])
  assert.deepEqual(boxOf(model.nodes[0] ?? result('x'), 0).ways, [45, 71])
})

test('copied nodes are pasted with ids of their own, lines between them kept, tables brought along once', () => {
  const looking: RuleModel = {
    ...MODEL,
    nodes: [
      ...MODEL.nodes,
      {
        id: 'n4',
        label: '',
        type: 'lookup',
        at: { x: 5, y: 5 },
        table: 't1',
        keys: [],
        bind: [],
        to: 'n3',
        missing: null,
      },
    ],
  }
  const copied = readCopied(JSON.stringify(copyNodes(looking, 'freight', ['n2', 'n3', 'n4'])))
  assert.ok(copied)
  const same = pasteNodes(looking, copied, { x: 10, y: 0 })
  assert.deepEqual(same.ids, ['n5', 'n6', 'n7'])
  assert.equal((nodeById(same.model, 'n5') as BranchNode).branches[0]?.to, 'n6')
  assert.deepEqual(nodeById(same.model, 'n7')?.at, { x: 15, y: 5 })
  assert.equal(same.model.tables.length, 1)
  const other = pasteNodes(EMPTY, copied, { x: 0, y: 0 })
  assert.deepEqual([other.model.start, other.model.tables.map(({ id }) => id)], ['n1', ['t1']])
  const alone = pasteNodes(EMPTY, copyNodes(MODEL, 'freight', ['n1']), { x: 0, y: 0 })
  assert.deepEqual(
    waysOf(alone.model.nodes[0] ?? result('x')).map(({ to }) => to),
    [null, null],
  )
  for (const text of [
    '',
    'abc',
    '{}',
    '[]',
    '{"holdfast":"holdfast.rule-nodes.1","kind":"x","nodes":[{"id":"a"}],"tables":[]}',
  ])
    assert.equal(readCopied(text), null, text)
})

test('a comparison tells added, removed and changed nodes; a moved one is the same', () => {
  const base = MODEL
  const model: RuleModel = {
    ...MODEL,
    nodes: [
      { ...branch('n1', 'n2', 'n3'), at: { x: 99, y: 9 } },
      { ...branch('n2', 'n3'), label: '新名' },
      result('n9'),
    ],
  }
  const changes = diffNodes(base, model)
  assert.deepEqual([...changes.keys()].sort(), ['n2', 'n3', 'n9'])
  assert.deepEqual(changes.get('n2'), {
    change: 'changed',
    fields: [{ path: 'label', before: 'n2', after: '新名' }],
  })
  assert.equal(changes.get('n3')?.change, 'removed')
})

test('a path lights its nodes and the lines between them', () => {
  const lights = lightsOf(MODEL, [
    { node: 'n1', way: 'b1' },
    { node: 'n2', way: 'b1', row: 4 },
    { node: 'n3', way: null },
  ])
  assert.deepEqual([...lights.edges], ['@start next', 'n1 branch.b1', 'n2 branch.b1'])
  assert.equal(lights.rows.get('n2'), 4)
  assert.deepEqual(
    [
      ...lightsOf(MODEL, [
        { node: 'n1', way: 'otherwise' },
        { node: 'n3', way: null },
      ]).edges,
    ],
    ['@start next', 'n1 otherwise'],
  )
})

test('cells go to a spreadsheet and come back, quotes and line breaks in them too', () => {
  const rows = [
    ['a', 'b\tc', '"q"'],
    ['', 'two\nlines', 'x'],
  ]
  assert.deepEqual(cellsOfText(textOfCells(rows)), rows)
  assert.deepEqual(cellsOfText('1\t2\r\n3\t4\r\n'), [
    ['1', '2'],
    ['3', '4'],
  ])
  assert.deepEqual(cellsOfText('a,"b,c"\n', ','), [['a', 'b,c']])
  const wanted = [
    { name: 'province', label: '省份' },
    { name: 'fee', label: '→ 加价' },
  ]
  assert.deepEqual(
    alignColumns(
      [
        ['fee', 'x', '省份'],
        ['3', '-', '新疆 '],
      ],
      wanted,
    ),
    [['新疆', '3']],
  )
  assert.deepEqual(
    alignColumns(
      [
        ['西藏', '5'],
        ['', ''],
      ],
      wanted,
    ),
    [['西藏', '5']],
  )
})

test('pasting into rows keeps their ids and makes new ones beyond', () => {
  const rows = [
    { id: 'r3', cells: ['a', 'b'] },
    { id: 'r7', cells: ['c', 'd'] },
  ]
  const pasted = pasteBlock(rows, [['1'], ['2'], ['3']], { row: 1, column: 1 }, 2, 10)
  assert.deepEqual(pasted, [
    { id: 'r3', cells: ['a', 'b'] },
    { id: 'r7', cells: ['c', '1'] },
    { id: 'r8', cells: ['', '2'] },
    { id: 'r9', cells: ['', '3'] },
  ])
  assert.equal(pasteBlock(rows, [['1'], ['2'], ['3']], { row: 1, column: 1 }, 2, 3).length, 3)
  const moved = moveRows(rows, { top: 1, bottom: 1, left: 0, right: 0 }, -1)
  assert.deepEqual(
    moved.map(({ id }) => id),
    ['r7', 'r3'],
  )
  assert.equal(moveRows(rows, { top: 0, bottom: 0, left: 0, right: 0 }, -1), rows)
  const taken = takeIn([{ id: 'r2', cells: [] }], [['x'], ['y']], 'replace')
  assert.equal(new Set(taken.map(({ id }) => id)).size, 2)
})

test('keys move between cells, and belong to the text while a cell is edited', () => {
  const press = (key: string, more: object = {}) => ({
    key,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    nativeEvent: { isComposing: false },
    ...more,
  })
  const still = { editing: false, hasList: false }
  const editing = { editing: true, hasList: false }
  assert.deepEqual(gridMove(press('ArrowRight'), still), { do: 'go', rows: 0, columns: 1, extend: false })
  assert.deepEqual(gridMove(press('ArrowDown', { shiftKey: true }), still), {
    do: 'go',
    rows: 1,
    columns: 0,
    extend: true,
  })
  assert.equal(gridMove(press('ArrowRight'), editing), null)
  assert.equal(gridMove(press('Tab'), still), null)
  assert.deepEqual(gridMove(press('Tab'), editing), { do: 'go', rows: 0, columns: 1, extend: false })
  assert.deepEqual(gridMove(press('Enter'), still), { do: 'edit' })
  assert.equal(gridMove(press('ArrowDown'), { editing: true, hasList: true }), null)
  assert.equal(gridMove(press('Enter', { nativeEvent: { isComposing: true } }), editing), null)
})

test('cells of results show what is plain and keep what is not', () => {
  for (const [expression, type, cell] of [
    ['yuan("12.00")', 'money', '12.00'],
    ['base + yuan("3.00")', 'money', 'base + yuan("3.00")'],
    ['"ZTO"', 'text', 'ZTO'],
    ['"sf"', 'text', '"sf"'],
    ['carrier', 'text', 'carrier'],
    ['"a.b"', 'text', '"a.b"'],
    ['7', 'int', '7'],
  ] as const) {
    assert.equal(cellOfExpression(expression, type), cell)
    assert.equal(expressionOfCell(cell, type), expression)
  }
  const table: TableNode = {
    id: 'n1',
    label: '',
    type: 'table',
    at: { x: 0, y: 0 },
    hit: 'first',
    columns: [{ id: 'c1', label: '', input: 'province', type: 'text' }],
    outputs: [{ name: 'fee', label: '', type: 'money' }],
    rows: [
      { id: 'r1', cells: ['新疆'], outputs: ['yuan("15")'], note: '远' },
      { id: 'r2', cells: [''], outputs: ['yuan("0")'] },
    ],
    to: null,
    otherwise: null,
  }
  assert.deepEqual(tableOfGrid(table, gridOfTable(table)), table)
  const changed = tableOfGrid(table, [{ id: 'r1', cells: ['新疆', '20', ''] }])
  assert.deepEqual(changed.rows, [{ id: 'r1', cells: ['新疆'], outputs: ['yuan("20")'] }])
})

test('values are typed in the major unit, and an emptied figure is unknown', () => {
  assert.deepEqual(valueOfText('99.5', 'money', 'CNY'), { int: '9950' })
  assert.deepEqual(valueOfText('100', 'money', 'JPY'), { int: '100' })
  assert.equal(valueOfText('99.', 'money', 'CNY'), undefined)
  assert.equal(valueOfText('', 'int', 'CNY'), null)
  assert.deepEqual(valueOfText('a，b、c', 'texts', 'CNY'), ['a', 'b', 'c'])
  assert.equal(textOfValue({ int: '9950' }, 'money', 'CNY'), '99.50')
  assert.equal(textOfValue(null, 'money', 'CNY'), '')
  assert.deepEqual(firstInput(KIND, 'CNY').values, { province: '浙江', order_amount: { int: '0' } })
  const set: RuleModel = {
    ...EMPTY,
    nodes: [
      {
        id: 'n1',
        label: '',
        type: 'set',
        at: { x: 0, y: 0 },
        values: [{ name: 'base', type: 'money', expression: 'order_amount + yuan("province")' }],
        to: null,
      },
    ],
  }
  assert.deepEqual(
    [...namesUsed(set)].filter((name) => name !== 'yuan'),
    ['order_amount'],
  )
  assert.deepEqual(
    variablesOf(KIND, set).map(({ name }) => name),
    ['province', 'order_amount', 'base'],
  )
})
