import {
  type LookupTable,
  type NextNode,
  NODE_TYPES,
  type RuleModel,
  type RuleNode,
} from '#domain/rulebook.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { findCircle } from './graph.ts'

/** What a model may be at most; what is larger is refused before anything of it is read further. */
export const MODEL_LIMITS = {
  nodes: 400,
  branches: 50,
  tableRows: 2_000,
  columns: 40,
  tables: 40,
  lookupRows: 20_000,
  lookupKeys: 5,
  values: 60,
  expression: 2_000,
  label: 200,
  note: 2_000,
  cell: 500,
  /** In all: making them ready takes a tenth of a second, in every process that decides, while orders wait. */
  expressionsInAll: 10_000,
  cellsInAll: 40_000,
  lookupCellsInAll: 200_000,
} as const

/**
 * Reads what somebody sends as a model: every field of the right form and none besides, ids unique, ways lead to nodes that exist and
 * never in a circle. Refuses with `rulebook.model_invalid`, naming the place (`nodes[3].branches[0].when`).
 */
export function parseModel(json: unknown): Result<RuleModel> {
  try {
    const model = readModel(json)
    checkSizes(model)
    checkNames(model)
    checkWays(model)
    return ok(model)
  } catch (error) {
    if (error instanceof Misread)
      return refuse('rulebook.model_invalid', error.message, { place: error.place })
    throw error
  }
}

/** SHA-256 of what decides, as hex: where nodes stand on the canvas has no part in it. */
export function hashOfModel(model: RuleModel): string {
  const nodes = model.nodes.map(({ at: _, ...node }) => node)
  return sha256(canonicalJson({ ...model, nodes })).toString('hex')
}

class Misread extends Error {
  readonly place: string
  constructor(place: string, words: string) {
    super(place === '' ? words : `${place}: ${words}`)
    this.name = 'Misread'
    this.place = place
  }
}

type Fields = Readonly<Record<string, unknown>>
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/
const NAME = /^[a-z][a-z0-9_]{0,63}$/
/** Words that CEL keeps for itself, and those that mean something to every JavaScript object. */
const TAKEN = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var void while ' +
    'constructor prototype'
  ).split(' '),
)

function readModel(json: unknown): RuleModel {
  const model = fields(json, '', ['format', 'currency', 'start', 'nodes', 'tables'])
  if (model.format !== 1) throw new Misread('format', 'is not 1')
  if (typeof model.currency !== 'string' || !/^[A-Z]{3}$/.test(model.currency))
    throw new Misread('currency', 'is no currency code of three letters')
  const tables = model.tables === undefined ? [] : model.tables
  return {
    format: 1,
    currency: model.currency,
    start: nextNode(model.start, 'start'),
    nodes: list(model.nodes, 'nodes', MODEL_LIMITS.nodes, readNode),
    tables: list(tables, 'tables', MODEL_LIMITS.tables, readTable),
  }
}

const COMMON = ['id', 'type', 'label', 'note', 'at']
const FIELDS_OF: Readonly<Record<RuleNode['type'], readonly string[]>> = {
  branch: ['branches', 'otherwise'],
  table: ['hit', 'columns', 'outputs', 'rows', 'to', 'otherwise'],
  lookup: ['table', 'keys', 'bind', 'to', 'missing'],
  set: ['values', 'to'],
  action: ['action', 'params', 'to'],
  result: ['outcome', 'values', 'reason'],
}

function readNode(json: unknown, place: string): RuleNode {
  if (!isRecord(json)) throw new Misread(place, 'is no object')
  const type = NODE_TYPES.find((one) => one === json.type)
  if (type === undefined) throw new Misread(`${place}.type`, `is none of ${NODE_TYPES.join(', ')}`)
  const node = fields(json, place, [...COMMON, ...FIELDS_OF[type]])
  const common = {
    id: id(node.id, `${place}.id`),
    label: text(node.label, `${place}.label`, MODEL_LIMITS.label),
    ...(node.note === undefined ? {} : { note: text(node.note, `${place}.note`, MODEL_LIMITS.note) }),
    at: readPlace(node.at, `${place}.at`),
  }
  return { ...common, ...READERS[type](node, place) } as RuleNode
}

const READERS: Readonly<Record<RuleNode['type'], (node: Fields, place: string) => object>> = {
  branch: (node, place) => ({
    type: 'branch',
    branches: list(node.branches, `${place}.branches`, MODEL_LIMITS.branches, readBranch),
    otherwise: nextNode(node.otherwise, `${place}.otherwise`),
  }),
  table: readTableNode,
  lookup: (node, place) => ({
    type: 'lookup',
    table: id(node.table, `${place}.table`),
    keys: list(node.keys, `${place}.keys`, MODEL_LIMITS.lookupKeys, expression),
    bind: list(node.bind, `${place}.bind`, MODEL_LIMITS.columns, (json, at) => {
      const one = fields(json, at, ['column', 'as'])
      return { column: name(one.column, `${at}.column`), as: name(one.as, `${at}.as`) }
    }),
    to: nextNode(node.to, `${place}.to`),
    missing: nextNode(node.missing, `${place}.missing`),
  }),
  set: (node, place) => ({
    type: 'set',
    values: list(node.values, `${place}.values`, MODEL_LIMITS.values, (json, at) => {
      const one = fields(json, at, ['name', 'type', 'expression'])
      return {
        name: name(one.name, `${at}.name`),
        type: oneOf(one.type, `${at}.type`, CELL_TYPES),
        expression: expression(one.expression, `${at}.expression`),
      }
    }),
    to: nextNode(node.to, `${place}.to`),
  }),
  action: (node, place) => ({
    type: 'action',
    action: name(node.action, `${place}.action`),
    params: readParams(node.params, `${place}.params`),
    to: nextNode(node.to, `${place}.to`),
  }),
  result: (node, place) => ({
    type: 'result',
    outcome: oneOf(node.outcome, `${place}.outcome`, ['decided', 'review'] as const),
    values: list(node.values, `${place}.values`, MODEL_LIMITS.values, (json, at) => {
      const one = fields(json, at, ['name', 'expression'])
      return {
        name: name(one.name, `${at}.name`),
        expression: expression(one.expression, `${at}.expression`),
      }
    }),
    reason: text(node.reason, `${place}.reason`, MODEL_LIMITS.label),
  }),
}

const CELL_TYPES = ['text', 'int', 'money', 'bool', 'texts', 'choice'] as const

function readBranch(json: unknown, place: string) {
  const branch = fields(json, place, ['id', 'label', 'when', 'to'])
  return {
    id: id(branch.id, `${place}.id`),
    label: text(branch.label, `${place}.label`, MODEL_LIMITS.label),
    when: expression(branch.when, `${place}.when`),
    to: nextNode(branch.to, `${place}.to`),
  }
}

function readTableNode(node: Fields, place: string) {
  const columns = list(node.columns, `${place}.columns`, MODEL_LIMITS.columns, (json, at) => {
    const one = fields(json, at, ['id', 'label', 'input', 'type'])
    return {
      id: id(one.id, `${at}.id`),
      label: text(one.label, `${at}.label`, MODEL_LIMITS.label),
      input: expression(one.input, `${at}.input`),
      type: oneOf(one.type, `${at}.type`, CELL_TYPES),
    }
  })
  const outputs = list(node.outputs, `${place}.outputs`, MODEL_LIMITS.columns, (json, at) => {
    const one = fields(json, at, ['name', 'label', 'type'])
    return {
      name: name(one.name, `${at}.name`),
      label: text(one.label, `${at}.label`, MODEL_LIMITS.label),
      type: oneOf(one.type, `${at}.type`, CELL_TYPES),
    }
  })
  const rows = list(node.rows, `${place}.rows`, MODEL_LIMITS.tableRows, (json, at) => {
    const one = fields(json, at, ['id', 'cells', 'outputs', 'note'])
    const cells = list(one.cells, `${at}.cells`, MODEL_LIMITS.columns, cellText)
    const given = list(one.outputs, `${at}.outputs`, MODEL_LIMITS.columns, expression)
    if (cells.length !== columns.length)
      throw new Misread(`${at}.cells`, `has ${cells.length} cells for ${columns.length} columns`)
    if (given.length !== outputs.length)
      throw new Misread(`${at}.outputs`, `has ${given.length} expressions for ${outputs.length} outputs`)
    const note = one.note === undefined ? {} : { note: text(one.note, `${at}.note`, MODEL_LIMITS.note) }
    return { id: id(one.id, `${at}.id`), cells, outputs: given, ...note }
  })
  return {
    type: 'table',
    hit: oneOf(node.hit, `${place}.hit`, ['first', 'unique'] as const),
    columns,
    outputs,
    rows,
    to: nextNode(node.to, `${place}.to`),
    otherwise: nextNode(node.otherwise, `${place}.otherwise`),
  }
}

function readTable(json: unknown, place: string): LookupTable {
  const table = fields(json, place, ['id', 'name', 'keys', 'columns', 'rows'])
  const keys = list(table.keys, `${place}.keys`, MODEL_LIMITS.lookupKeys, (one, at) => {
    const key = fields(one, at, ['name', 'label', 'type'])
    return {
      name: name(key.name, `${at}.name`),
      label: text(key.label, `${at}.label`, MODEL_LIMITS.label),
      type: oneOf(key.type, `${at}.type`, ['text', 'int'] as const),
    }
  })
  const columns = list(table.columns, `${place}.columns`, MODEL_LIMITS.columns, (one, at) => {
    const column = fields(one, at, ['name', 'label', 'type'])
    return {
      name: name(column.name, `${at}.name`),
      label: text(column.label, `${at}.label`, MODEL_LIMITS.label),
      type: oneOf(column.type, `${at}.type`, ['text', 'int', 'money', 'bool'] as const),
    }
  })
  const width = keys.length + columns.length
  const rows = list(table.rows, `${place}.rows`, MODEL_LIMITS.lookupRows, (row, at) => {
    const cells = list(row, at, width, cellText)
    if (cells.length !== width) throw new Misread(at, `has ${cells.length} cells, not ${width}`)
    return cells
  })
  const words = text(table.name, `${place}.name`, MODEL_LIMITS.label)
  return { id: id(table.id, `${place}.id`), name: words, keys, columns, rows }
}

function readParams(json: unknown, place: string): Record<string, string> {
  if (!isRecord(json)) throw new Misread(place, 'is no object')
  const entries = Object.entries(json)
  if (entries.length > MODEL_LIMITS.values) throw new Misread(place, `has more than ${MODEL_LIMITS.values}`)
  return Object.fromEntries(
    entries.map(([key, value]) => [name(key, place), expression(value, `${place}.${key}`)]),
  )
}

function checkSizes({ nodes, tables }: RuleModel): void {
  const sum = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((n, one) => n + of(one), 0)
  const { expressionsInAll, cellsInAll, lookupCellsInAll } = MODEL_LIMITS
  const sizes = [
    ['nodes', 'expressions', sum(nodes, expressionsOf), expressionsInAll],
    [
      'nodes',
      'cells',
      sum(nodes, (one) => (one.type === 'table' ? one.rows.length * one.columns.length : 0)),
      cellsInAll,
    ],
    [
      'tables',
      'cells',
      sum(tables, (one) => one.rows.length * (one.keys.length + one.columns.length)),
      lookupCellsInAll,
    ],
  ] as const
  for (const [place, what, size, most] of sizes)
    if (size > most) throw new Misread(place, `have ${size} ${what} in all, at most ${most}`)
}

function expressionsOf(node: RuleNode): number {
  if (node.type === 'branch') return node.branches.length
  if (node.type === 'table') return node.columns.length + node.rows.length * node.outputs.length
  if (node.type === 'lookup') return node.keys.length
  return node.type === 'action' ? Object.keys(node.params).length : node.values.length
}

function checkNames(model: RuleModel): void {
  unique(model.nodes, 'nodes')
  unique(model.tables, 'tables')
  model.nodes.forEach((node, index) => {
    if (node.type === 'branch') {
      unique(node.branches, `nodes[${index}].branches`)
      const taken = node.branches.findIndex((one) => one.id === 'otherwise')
      if (taken >= 0) throw new Misread(`nodes[${index}].branches[${taken}].id`, '"otherwise" is taken')
    }
    if (node.type !== 'table') return
    unique(node.columns, `nodes[${index}].columns`)
    unique(node.rows, `nodes[${index}].rows`)
  })
}

function unique(list: readonly { readonly id: string }[], place: string): void {
  const seen = new Set<string>()
  for (const [index, one] of list.entries()) {
    if (seen.has(one.id)) throw new Misread(`${place}[${index}].id`, `"${one.id}" is there twice`)
    seen.add(one.id)
  }
}

function checkWays(model: RuleModel): void {
  const ids = new Set(model.nodes.map((node) => node.id))
  const exists = (to: NextNode, place: string): void => {
    if (to !== null && !ids.has(to)) throw new Misread(place, `there is no node "${to}"`)
  }
  exists(model.start, 'start')
  model.nodes.forEach((node, index) => {
    const place = `nodes[${index}]`
    if ('to' in node) exists(node.to, `${place}.to`)
    if ('otherwise' in node) exists(node.otherwise, `${place}.otherwise`)
    if (node.type === 'lookup') exists(node.missing, `${place}.missing`)
    if (node.type === 'branch')
      for (const [at, one] of node.branches.entries()) exists(one.to, `${place}.branches[${at}].to`)
  })
  const circle = findCircle(model)
  if (circle !== null) throw new Misread('nodes', `go in a circle: ${circle.join(' > ').slice(0, 300)}`)
}

function fields(json: unknown, place: string, known: readonly string[]): Fields {
  if (!isRecord(json)) throw new Misread(place, 'is no object')
  const strange = Object.keys(json).find((one) => !known.includes(one))
  if (strange !== undefined)
    throw new Misread(place, `has a field "${strange.slice(0, 40)}" that a model does not know`)
  return json
}

function list<T>(json: unknown, place: string, most: number, read: (json: unknown, place: string) => T): T[] {
  if (!Array.isArray(json)) throw new Misread(place, 'is no list')
  if (json.length > most) throw new Misread(place, `has ${json.length} entries, at most ${most}`)
  // Array.from also visits the holes of a sparse list, which map() would let through as undefined.
  return Array.from(json as unknown[], (one, index) => read(one, `${place}[${index}]`))
}

function text(json: unknown, place: string, most: number): string {
  if (typeof json !== 'string') throw new Misread(place, 'is no text')
  if (json.length > most) throw new Misread(place, `has ${json.length} characters, at most ${most}`)
  if (!json.isWellFormed() || json.includes('\u0000')) throw new Misread(place, 'holds broken characters')
  return json
}

function expression(json: unknown, place: string): string {
  return text(json, place, MODEL_LIMITS.expression)
}

function cellText(json: unknown, place: string): string {
  return text(json, place, MODEL_LIMITS.cell)
}

function id(json: unknown, place: string): string {
  if (typeof json !== 'string' || !ID.test(json) || TAKEN.has(json))
    throw new Misread(place, 'is no id: letters, digits, - and _, at most 64')
  return json
}

function name(json: unknown, place: string): string {
  if (typeof json !== 'string' || !NAME.test(json) || TAKEN.has(json))
    throw new Misread(place, 'is no name: a small letter, then small letters, digits and _, at most 64')
  return json
}

function nextNode(json: unknown, place: string): NextNode {
  return json === null ? null : id(json, place)
}

function oneOf<T extends string>(json: unknown, place: string, known: readonly T[]): T {
  const found = known.find((one) => one === json)
  if (found === undefined) throw new Misread(place, `is none of ${known.join(', ')}`)
  return found
}

function readPlace(json: unknown, place: string): { x: number; y: number } {
  const at = fields(json, place, ['x', 'y'])
  for (const one of [at.x, at.y])
    if (typeof one !== 'number' || !Number.isFinite(one) || Math.abs(one) > 1e6)
      throw new Misread(place, 'is no place on the canvas')
  return { x: Number(at.x), y: Number(at.y) }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
