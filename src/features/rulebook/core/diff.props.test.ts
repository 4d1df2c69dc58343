import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RuleModel } from '#domain/rulebook.ts'
import { textOfModel } from '#platform/rules/model-text.ts'
import { diffLines, diffModels } from './diff.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

test('without its added lines it is the old text, without its removed ones the new, and no shorter one is', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffLines(before, after)
      const side = (but: string) => diff.filter(({ sign }) => sign !== but).map(({ line }) => line)
      assert.deepEqual(side('+'), before)
      assert.deepEqual(side('-'), after)
      const kept = diff.filter(({ sign }) => sign === ' ').length
      assert.equal(kept, longestCommon(before, after))
    }),
  )
})

/** The naive oracle. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = 1; i <= a.length; i += 1)
    for (let j = 1; j <= b.length; j += 1)
      (best[i] as number[])[j] =
        a[i - 1] === b[j - 1]
          ? (best[i - 1]?.[j - 1] ?? 0) + 1
          : Math.max(best[i - 1]?.[j] ?? 0, best[i]?.[j - 1] ?? 0)
  return best[a.length]?.[b.length] ?? 0
}

const at = { x: 0, y: 0 }
const model: RuleModel = {
  format: 1,
  currency: 'CNY',
  start: 'first',
  nodes: [
    {
      id: 'first',
      type: 'branch',
      label: '新疆',
      at,
      branches: [{ id: 'b1', label: '是', when: 'province == "新疆"', to: 'far' }],
      otherwise: 'near',
    },
    { id: 'near', type: 'result', label: '近', at, outcome: 'decided', values: [], reason: '' },
    { id: 'far', type: 'result', label: '远', at, outcome: 'decided', values: [], reason: '' },
  ],
  tables: [],
}

test('nodes that moved are the same; changed fields are named by the id of their branch', () => {
  const [first, near, far] = model.nodes
  assert.ok(first?.type === 'branch' && near !== undefined && far !== undefined)
  const moved = { ...model, nodes: model.nodes.map((node) => ({ ...node, at: { x: 9, y: 9 } })) }
  assert.deepEqual(diffModels(model, moved, textOfModel).nodes, [])
  assert.ok(diffModels(model, moved, textOfModel).text.every(({ sign }) => sign === ' '))
  const changed: RuleModel = {
    ...model,
    nodes: [
      {
        ...first,
        branches: [{ id: 'b0', label: '藏', when: 'province == "西藏"', to: 'far' }, ...first.branches],
      },
      { ...near, label: '附近' },
      { ...far, id: 'away' },
    ],
  }
  const { nodes, text } = diffModels(model, changed, textOfModel)
  assert.deepEqual(
    nodes.map(({ id, change, fields }) => [id, change, fields.map(({ path }) => path)]),
    [
      ['first', 'changed', ['branches[b0].id', 'branches[b0].label', 'branches[b0].when', 'branches[b0].to']],
      ['near', 'changed', ['label']],
      ['away', 'added', []],
      ['far', 'removed', []],
    ],
  )
  assert.ok(text.some(({ sign, line }) => sign === '+' && line.includes('西藏')))
})

test('two wholly different tables of 20,000 rows take no minute', () => {
  const rows = (name: string) => Array.from({ length: 20_000 }, (_, i) => `${name} ${i}`)
  const startedAt = performance.now()
  const diff = diffLines(rows('a'), rows('b'))
  assert.equal(diff.length, 40_000)
  assert.ok(performance.now() - startedAt < 3_000)
})
