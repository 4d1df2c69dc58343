import type { RuleModel, RuleNode } from '../../../api/rule-model-types.ts'

export type FieldChange = { readonly path: string; readonly before: string; readonly after: string }
export type NodeChange =
  | { readonly change: 'added' }
  | { readonly change: 'removed'; readonly node: RuleNode }
  | { readonly change: 'changed'; readonly fields: readonly FieldChange[] }

/** What became of each node between two models; where a node stands on the canvas does not count. */
export function diffNodes(base: RuleModel, model: RuleModel): ReadonlyMap<string, NodeChange> {
  const before = new Map(base.nodes.map((node) => [node.id, node]))
  const after = new Map(model.nodes.map((node) => [node.id, node]))
  const changes = new Map<string, NodeChange>()
  for (const [id, node] of before) if (!after.has(id)) changes.set(id, { change: 'removed', node })
  for (const [id, node] of after) {
    const old = before.get(id)
    if (!old) changes.set(id, { change: 'added' })
    else {
      const fields = [...diffFields('', old, node), ...tableChanges(base, model, old, node)]
      if (fields.length > 0) changes.set(id, { change: 'changed', fields })
    }
  }
  return changes
}

/** A lookup changes with its table, although the node itself is the same. */
function tableChanges(base: RuleModel, model: RuleModel, old: RuleNode, node: RuleNode): FieldChange[] {
  if (old.type !== 'lookup' || node.type !== 'lookup') return []
  const [a, b] = [
    base.tables.find(({ id }) => id === old.table),
    model.tables.find(({ id }) => id === node.table),
  ]
  return a && b ? diffFields('table', a, b) : []
}

function diffFields(path: string, before: unknown, after: unknown): FieldChange[] {
  if (before === after) return []
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    if (path === '') names.delete('at')
    return [...names].flatMap((name) =>
      diffFields(path === '' ? name : `${path}.${name}`, before[name], after[name]),
    )
  }
  return [{ path, before: shown(before), after: shown(after) }]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '—'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
