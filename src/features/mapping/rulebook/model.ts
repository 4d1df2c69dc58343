import type { LookupTable, RuleModel, RuleNode } from '#domain/rulebook.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { parseRules, type Rules } from '../core/rules.ts'

const TABLE = 'codes'

/**
 * The decision model that says what a mapping says: one table of codes, looked up by the code; one that is not there stays undecided.
 * Equal rules make equal models.
 */
export function modelOfRules(rules: Rules): RuleModel {
  const rows = Object.entries(rules).sort(([a], [b]) => (a < b ? -1 : 1))
  const table: LookupTable = {
    id: TABLE,
    name: '状态码',
    keys: [{ name: 'code', label: '平台状态码', type: 'text' }],
    columns: [{ name: 'fact', label: '是什么事实', type: 'text' }],
    rows: rows.map(([code, fact]) => [code, fact]),
  }
  return { format: 1, currency: 'CNY', start: 'look_up', nodes: NODES, tables: [table] }
}

const NODES: readonly RuleNode[] = [
  {
    type: 'lookup',
    id: 'look_up',
    label: '查状态码',
    at: { x: 0, y: 0 },
    table: TABLE,
    keys: ['code'],
    bind: [{ column: 'fact', as: 'meaning' }],
    to: 'decided',
    missing: 'undecided',
  },
  {
    type: 'result',
    id: 'decided',
    label: '事实',
    at: { x: 340, y: 0 },
    outcome: 'decided',
    values: [{ name: 'fact', expression: 'meaning' }],
    reason: '',
  },
  {
    type: 'result',
    id: 'undecided',
    label: '没人决定过',
    at: { x: 340, y: 190 },
    outcome: 'review',
    values: [],
    reason: '没有规则决定这个状态码：按连接器默认，默认也没有就停放等人决定',
  },
]

/**
 * The table of codes that a model comes to, for those who read messages with it. A mapping is a table: one lookup by the code after
 * another, each leading to its fact. Refuses `mapping.model_form` what is anything else, `mapping.model_default` what decides codes
 * that nobody named, and what `parseRules` refuses.
 */
export function rulesOfModel(model: RuleModel): Result<Rules> {
  const nodes = new Map(model.nodes.map((node) => [node.id, node]))
  const rules: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  let at = model.start
  for (let steps = 0; at !== null && steps <= model.nodes.length; steps += 1) {
    const node = nodes.get(at)
    if (node?.type === 'result') return node.outcome === 'review' ? parseRules({ ...rules }) : decidesAll()
    if (node?.type !== 'lookup') return otherForm('every node is a lookup by the code or a result')
    const read = readTable(model, nodes, node)
    if (!read.ok) return read
    // The first table that holds a code says what it is.
    for (const [code, fact] of read.value) if (!(code in rules)) rules[code] = fact
    at = node.missing
  }
  return model.start === null ? otherForm('there is no start') : parseRules({ ...rules })
}

type Lookup = Extract<RuleNode, { type: 'lookup' }>

function readTable(
  model: RuleModel,
  nodes: ReadonlyMap<string, RuleNode>,
  node: Lookup,
): Result<readonly (readonly [string, string])[]> {
  const table = model.tables.find((one) => one.id === node.table)
  const end = node.to === null ? undefined : nodes.get(node.to)
  if (table === undefined || table.keys.length !== 1 || node.keys.map((key) => key.trim()).join() !== 'code')
    return otherForm(`"${node.label}" looks one table up by the code alone`)
  if (end?.type !== 'result' || end.outcome !== 'decided')
    return otherForm(`"${node.label}" leads to a result that names the fact`)
  const named = end.values.find((one) => one.name === 'fact')?.expression.trim()
  const bound = node.bind.find((one) => one.as === named)
  const column = table.columns.findIndex((one) => one.name === bound?.column)
  if (column < 0) return otherForm(`"${end.label}" takes the fact from a column of the table`)
  // As lookups read them: spaces around a key mean nothing, and with them `*` is `*` all the same.
  if (table.rows.some(([code]) => code?.trim() === '*')) return decidesAll()
  return ok(table.rows.map((row) => [row[0]?.trim() ?? '', row[column + 1]?.trim() ?? '']))
}

function otherForm(words: string): Result<never> {
  return refuse('mapping.model_form', `a mapping is a table of codes: ${words}`)
}

function decidesAll(): Result<never> {
  return refuse(
    'mapping.model_default',
    'a code that nobody decided waits for a person: no "*" in the table, and its other way ends in review',
  )
}
