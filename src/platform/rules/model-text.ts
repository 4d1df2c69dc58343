import type { LookupTable, NextNode, RuleModel, RuleNode } from '#domain/rulebook.ts'
import { waysOf } from './graph.ts'

/** A model as lines that a person reads from top to bottom, in the order in which its ways go; the same model gives the same lines. */
export function textOfModel(model: RuleModel): string[] {
  const label = (id: NextNode): string => {
    if (id === null) return '没人决定，转人工'
    const node = model.nodes.find((one) => one.id === id)
    return `「${node?.label || id}」`
  }
  const ordered = inOrder(model)
  return [
    `币种 ${model.currency}，从 ${label(model.start)} 开始`,
    ...ordered.flatMap((node) => ['', ...textOfNode(node, label, model)]),
    ...model.tables.flatMap((table) => ['', ...textOfTable(table)]),
  ]
}

type Label = (id: NextNode) => string

function textOfNode(node: RuleNode, label: Label, model: RuleModel): string[] {
  const note = node.note === undefined || node.note === '' ? [] : [`  备注：${node.note}`]
  const name = node.label || node.id
  if (node.type === 'branch')
    return [
      `分支「${name}」`,
      ...note,
      ...node.branches.map((one) => `  若 ${one.when}（${one.label}）→ ${label(one.to)}`),
      `  否则 → ${label(node.otherwise)}`,
    ]
  if (node.type === 'table') {
    const heads = node.columns.map((column) => column.label || column.input)
    return [
      `决策表「${name}」（${node.hit === 'first' ? '第一条命中' : '只许一条命中'}）`,
      ...note,
      ...node.columns.map((column) => `  列 ${column.label}：${column.input}`),
      ...node.rows.map((row) => {
        const tests = row.cells.flatMap((cell, at) =>
          cell.trim() === '' ? [] : [`${heads[at]} ${cell.trim()}`],
        )
        const sets = node.outputs.map((output, at) => `${output.name} = ${row.outputs[at]}`)
        const why = row.note === undefined || row.note === '' ? '' : `（${row.note}）`
        return `  ${tests.join('，') || '任何情况'} ⇒ ${sets.join('，')}${why}`
      }),
      `  命中 → ${label(node.to)}`,
      `  都不命中 → ${label(node.otherwise)}`,
    ]
  }
  return [...textOfStep(node, name, label, model, note)]
}

function textOfStep(
  node: Exclude<RuleNode, { type: 'branch' | 'table' }>,
  name: string,
  label: Label,
  model: RuleModel,
  note: readonly string[],
): string[] {
  if (node.type === 'lookup') {
    const table = model.tables.find((one) => one.id === node.table)
    const binds = node.bind.map((one) => `${one.as} = ${one.column}`).join('，')
    return [
      `查表「${name}」：按 ${node.keys.join('，')} 查「${table?.name ?? node.table}」，得 ${binds}`,
      ...note,
      `  查到 → ${label(node.to)}`,
      `  查不到 → ${label(node.missing)}`,
    ]
  }
  if (node.type === 'set')
    return [
      `赋值「${name}」`,
      ...note,
      ...node.values.map((one) => `  ${one.name} = ${one.expression}`),
      `  → ${label(node.to)}`,
    ]
  if (node.type === 'action')
    return [
      `动作「${name}」：${node.action}`,
      ...note,
      ...Object.entries(node.params)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([param, expression]) => `  ${param} = ${expression}`),
      `  → ${label(node.to)}`,
    ]
  return [
    node.outcome === 'decided' ? `结果「${name}」` : `转人工「${name}」`,
    ...note,
    ...node.values.map((one) => `  ${one.name} = ${one.expression}`),
    ...(node.reason === '' ? [] : [`  原因：${node.reason}`]),
  ]
}

function textOfTable(table: LookupTable): string[] {
  const heads = [...table.keys, ...table.columns].map((one) => one.label || one.name)
  return [`对照表「${table.name}」：${heads.join('，')}`, ...table.rows.map((row) => `  ${row.join('，')}`)]
}

/** From the start along the ways, breadth first; what nothing leads to comes last. */
function inOrder(model: RuleModel): RuleNode[] {
  const byId = new Map(model.nodes.map((node) => [node.id, node]))
  const ordered = new Set<RuleNode>()
  const queue: NextNode[] = [model.start]
  for (const id of queue) {
    const node = id === null ? undefined : byId.get(id)
    if (node === undefined || ordered.has(node)) continue
    ordered.add(node)
    queue.push(...waysOf(node).map((way) => way.to))
  }
  return [...ordered, ...model.nodes.filter((node) => !ordered.has(node))]
}
