import type {
  RuleInputJson,
  RuleKindWords,
  RuleModel,
  RuleNode,
  RuleValueJson,
  RuleValueType,
  RuleVariable,
} from '../../../api/rule-model-types.ts'
import { decimalsOf, majorOf, minorOf } from './amounts.ts'

export function isWhole(value: RuleValueJson | undefined): value is { readonly int: string } {
  return typeof value === 'object' && value !== null && 'int' in value
}

/** A value as a person reads and types it; amounts in the major unit, lists with commas. Null, known to nobody, is empty. */
export function textOfValue(value: RuleValueJson | undefined, type: RuleValueType, currency: string): string {
  if (value === null || value === undefined) return ''
  if (isWhole(value)) return type === 'money' ? majorOf(value.int, decimalsOf(currency)) : value.int
  if (typeof value === 'object') return value.join(', ')
  return String(value)
}

/** Undefined for what is no value of the type. An empty number is known to nobody. */
export function valueOfText(text: string, type: RuleValueType, currency: string): RuleValueJson | undefined {
  if (type === 'text' || type === 'choice') return text
  if (type === 'texts')
    return text
      .split(/[,，、]/)
      .map((one) => one.trim())
      .filter((one) => one !== '')
  if (text.trim() === '') return null
  if (type === 'bool') return text === 'true' ? true : text === 'false' ? false : undefined
  const int = type === 'money' ? minorOf(text, decimalsOf(currency)) : text.trim()
  return int !== null && /^-?\d{1,18}$/.test(int) ? { int } : undefined
}

/** An input to start trying with: the first example, the least that may be, nothing in lists. */
export function firstInput(kind: RuleKindWords, currency: string): RuleInputJson {
  return {
    currency,
    values: Object.fromEntries(kind.variables.map((one) => [one.name, firstValue(one)])),
    lines: kind.lineVariables.length === 0 ? [] : [firstLine(kind, '1')],
  }
}

export function firstLine(kind: RuleKindWords, id: string): RuleInputJson['lines'][number] {
  return { id, values: Object.fromEntries(kind.lineVariables.map((one) => [one.name, firstValue(one)])) }
}

function firstValue({ type, examples, bounds, choices }: RuleVariable): RuleValueJson {
  switch (type) {
    case 'text':
      return examples?.[0] ?? ''
    case 'choice':
      return choices?.[0]?.value ?? ''
    case 'bool':
      return false
    case 'texts':
      return []
    default:
      return { int: bounds?.least ?? '0' }
  }
}

/** Every expression of a node, for the search and for what the model asks of an order. */
export function expressionsOf(node: RuleNode): readonly string[] {
  switch (node.type) {
    case 'branch':
      return node.branches.map(({ when }) => when)
    case 'table':
      return [...node.columns.map(({ input }) => input), ...node.rows.flatMap(({ outputs }) => outputs)]
    case 'lookup':
      return node.keys
    case 'set':
    case 'result':
      return node.values.map(({ expression }) => expression)
    case 'action':
      return Object.values(node.params)
  }
}

/** Names that the model's expressions mention, quoted texts aside. */
export function namesUsed(model: RuleModel): ReadonlySet<string> {
  const names = new Set<string>()
  for (const node of model.nodes)
    for (const expression of expressionsOf(node))
      for (const [name] of expression
        .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ' ')
        .matchAll(/[a-z_]\w*/gi))
        names.add(name)
  return names
}

/** The model's own names: what tables, lookups and set nodes give to later nodes. */
export function ownNames(model: RuleModel): readonly RuleVariable[] {
  const found = new Map<string, RuleVariable>()
  const add = (name: string, label: string, type: RuleValueType): void => {
    if (name !== '' && !found.has(name)) found.set(name, { name, label: { zh: label, en: label }, type })
  }
  for (const node of model.nodes) {
    if (node.type === 'set') for (const { name, type } of node.values) add(name, name, type)
    if (node.type === 'table') for (const { name, label, type } of node.outputs) add(name, label, type)
    if (node.type === 'lookup') {
      const columns = model.tables.find(({ id }) => id === node.table)?.columns ?? []
      for (const { column, as } of node.bind) {
        const of = columns.find(({ name }) => name === column)
        if (of) add(as, of.label, of.type)
      }
    }
  }
  return [...found.values()]
}

/** What conditions may ask for: the kind's variables, then the model's own names. */
export function variablesOf(kind: RuleKindWords, model: RuleModel): readonly RuleVariable[] {
  const known = new Set(kind.variables.map(({ name }) => name))
  const values = new Map(kind.values.map((one) => [one.name, one]))
  const own = ownNames(model).filter(({ name }) => !known.has(name))
  return [...kind.variables, ...own.map((one) => values.get(one.name) ?? one)]
}
