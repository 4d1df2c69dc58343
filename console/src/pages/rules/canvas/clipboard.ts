import type { LookupTable, RuleModel, RuleNode } from '../../../api/rule-model-types.ts'
import { freshId, waysOf, withWay } from './graph.ts'

const MARK = 'holdfast.rule-nodes.1'
const NODES_MOST = 400

/** What is copied: nodes, and the tables that they look up, so that it can be pasted into another rule set. */
export type CopiedNodes = {
  readonly holdfast: typeof MARK
  readonly kind: string
  readonly nodes: readonly RuleNode[]
  readonly tables: readonly LookupTable[]
}

export function copyNodes(model: RuleModel, kind: string, ids: readonly string[]): CopiedNodes {
  const chosen = new Set(ids)
  const nodes = model.nodes.filter(({ id }) => chosen.has(id))
  const used = new Set(nodes.flatMap((node) => (node.type === 'lookup' ? [node.table] : [])))
  return { holdfast: MARK, kind, nodes, tables: model.tables.filter(({ id }) => used.has(id)) }
}

/** Null for any other text: a clipboard holds what somebody copied elsewhere. */
export function readCopied(text: string): CopiedNodes | null {
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read !== 'object' || read === null || !('holdfast' in read) || read.holdfast !== MARK)
      return null
    const { nodes, tables, kind } = read as Record<string, unknown>
    if (!Array.isArray(nodes) || !Array.isArray(tables) || typeof kind !== 'string') return null
    if (nodes.length > NODES_MOST || !nodes.every(isNode) || !tables.every(isTable)) return null
    return { holdfast: MARK, kind, nodes, tables }
  } catch {
    return null
  }
}

const LISTS: Readonly<Record<string, readonly string[]>> = {
  branch: ['branches'],
  table: ['columns', 'outputs', 'rows'],
  lookup: ['keys', 'bind'],
  set: ['values'],
  action: [],
  result: ['values'],
}

/** As much as the canvas needs to show it; the hub's check judges the rest. */
function isNode(one: unknown): one is RuleNode {
  if (typeof one !== 'object' || one === null) return false
  const node = one as Record<string, unknown>
  const lists = LISTS[String(node['type'])]
  const at = node['at'] as Record<string, unknown> | null | undefined
  if (lists === undefined || typeof node['id'] !== 'string' || typeof node['label'] !== 'string') return false
  if (typeof at?.['x'] !== 'number' || typeof at['y'] !== 'number') return false
  if (node['type'] === 'action' && (typeof node['params'] !== 'object' || node['params'] === null))
    return false
  return lists.every((name) => Array.isArray(node[name]))
}

function isTable(one: unknown): one is LookupTable {
  if (typeof one !== 'object' || one === null) return false
  const table = one as Record<string, unknown>
  return (
    typeof table['id'] === 'string' &&
    typeof table['name'] === 'string' &&
    ['keys', 'columns', 'rows'].every((name) => Array.isArray(table[name]))
  )
}

/**
 * Adds copied nodes beside where they were, with ids of their own. Lines between them stay; those to others are cut, unless the
 * target is in this model too. A table that is here already (same content) is used again, another of its name is added.
 */
export function pasteNodes(
  model: RuleModel,
  copied: CopiedNodes,
  by: { readonly x: number; readonly y: number },
): { readonly model: RuleModel; readonly ids: readonly string[] } {
  const taken = new Set(model.nodes.map(({ id }) => id))
  const here = new Set(taken)
  const renamed = new Map<string, string>()
  for (const { id } of copied.nodes) {
    const fresh = freshId(taken, 'n')
    taken.add(fresh)
    renamed.set(id, fresh)
  }
  const { tables, names } = joinTables(model.tables, copied.tables)
  const nodes = copied.nodes.map((node) => {
    const placed = {
      ...node,
      id: renamed.get(node.id) ?? node.id,
      at: { x: Math.round(node.at.x + by.x), y: Math.round(node.at.y + by.y) },
    } as RuleNode
    const led = waysOf(node).reduce((one, { id, to }) => {
      const target = to === null ? null : (renamed.get(to) ?? (here.has(to) ? to : null))
      return withWay(one, id, target)
    }, placed)
    return led.type === 'lookup' ? { ...led, table: names.get(led.table) ?? led.table } : led
  })
  const ids = nodes.map(({ id }) => id)
  const start = model.start ?? ids[0] ?? null
  return { model: { ...model, start, tables, nodes: [...model.nodes, ...nodes] }, ids }
}

function joinTables(
  here: readonly LookupTable[],
  more: readonly LookupTable[],
): { readonly tables: readonly LookupTable[]; readonly names: ReadonlyMap<string, string> } {
  const tables = [...here]
  const names = new Map<string, string>()
  for (const table of more) {
    const same = tables.find((one) => JSON.stringify(withoutId(one)) === JSON.stringify(withoutId(table)))
    const taken = tables.map(({ id }) => id)
    const id = same?.id ?? (taken.includes(table.id) ? freshId(taken, 't') : table.id)
    if (!same) tables.push({ ...table, id })
    names.set(table.id, id)
  }
  return { tables, names }
}

function withoutId({ name, keys, columns, rows }: LookupTable): Omit<LookupTable, 'id'> {
  return { name, keys, columns, rows }
}
