import type {
  RuleInputJson,
  RuleKindWords,
  RuleModel,
  RuleNode,
  RulePathStep,
  RuleValueJson,
  RuleVariable,
  TableNode,
} from '../api/rule-model-types.ts'
import type { Bilingual } from '../api/types.ts'

/** The part of the console's wording that these words are made with. */
type Words = {
  readonly t: (key: WordKey, values?: Readonly<Record<string, string | number>>) => string
  readonly pick: (text: Bilingual) => string
}
type WordKey =
  | 'common.yes'
  | 'common.no'
  | 'common.none'
  | 'common.and'
  | 'decisions.unknown'
  | 'decisions.emptyText'
  | 'decisions.otherwise'
  | 'decisions.noRow'
  | 'decisions.any'
  | 'decisions.row'

/** Currencies whose minor unit is the unit itself. */
const WHOLE: readonly string[] = ['JPY', 'KRW', 'VND']

/** An amount in the minor unit as people write it: `9900` is `99.00`. */
export function majorText(minor: string, currency: string): string {
  if (WHOLE.includes(currency)) return minor
  const negative = minor.startsWith('-')
  const digits = minor.replace('-', '').padStart(3, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** The other way; null for what is no amount. */
export function minorText(major: string, currency: string): string | null {
  const places = WHOLE.includes(currency) ? 0 : 2
  const match = /^(-?)(\d{1,16})(?:\.(\d*))?$/.exec(major.trim())
  if (!match) return null
  const [, sign = '', whole = '0', decimals = ''] = match
  if (decimals.length > places) return null
  const digits = `${whole}${decimals.padEnd(places, '0')}`.replace(/^0+(?=\d)/, '')
  return digits === '0' ? '0' : `${sign}${digits}`
}

/** A value in words; of what nobody knows, that. */
export function valueText(
  value: RuleValueJson | undefined,
  variable: Pick<RuleVariable, 'type' | 'choices' | 'unit'> | undefined,
  currency: string,
  { t, pick }: Words,
): string {
  if (value === null || value === undefined) return t('decisions.unknown')
  if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
  if (typeof value === 'string') {
    const choice = variable?.choices?.find((one) => one.value === value)
    return choice ? pick(choice.label) : value === '' ? t('decisions.emptyText') : value
  }
  if ('int' in value) {
    if (variable?.type === 'money') return `${majorText(value.int, currency)} ${currency}`
    return variable?.unit ? `${value.int} ${variable.unit}` : value.int
  }
  return value.length === 0 ? t('common.none') : value.join(t('common.and'))
}

export type NamedValue = { readonly name: string; readonly label: string; readonly text: string }

/** The kind's words for the values of an input or a result; names that the kind does not know stand for themselves. */
export function namedValues(
  values: Readonly<Record<string, RuleValueJson>>,
  variables: readonly RuleVariable[],
  currency: string,
  wording: Words,
): readonly NamedValue[] {
  const known = new Map(variables.map((one) => [one.name, one]))
  const order = [...known.keys()]
  const place = (name: string) => (known.has(name) ? order.indexOf(name) : order.length)
  return Object.entries(values)
    .toSorted(([a], [b]) => place(a) - place(b))
    .map(([name, value]) => {
      const variable = known.get(name)
      return {
        name,
        label: variable ? wording.pick(variable.label) : name,
        text: valueText(value, variable, currency, wording),
      }
    })
}

export function inputValues(
  input: RuleInputJson,
  kind: RuleKindWords | undefined,
  wording: Words,
): readonly NamedValue[] {
  return namedValues(input.values, kind?.variables ?? [], input.currency, wording)
}

export type StepWords = { readonly node: string; readonly label: string; readonly way: string | null }

/** Each step of a path as a person reads it: the node's own label, and which of its ways was taken. */
export function pathInWords(
  model: RuleModel | undefined,
  path: readonly RulePathStep[],
  t: Words['t'],
): readonly StepWords[] {
  const nodes = new Map((model?.nodes ?? []).map((node) => [node.id, node]))
  return path.map((step) => {
    const node = nodes.get(step.node)
    return {
      node: step.node,
      label: node?.label || step.node,
      way: node && model ? wayInWords(node, step, model, t) : null,
    }
  })
}

function wayInWords(node: RuleNode, step: RulePathStep, model: RuleModel, t: Words['t']): string | null {
  switch (node.type) {
    case 'branch': {
      const branch = node.branches.find((one) => one.id === step.way)
      return branch ? branch.label || branch.when : t('decisions.otherwise')
    }
    case 'table':
      return rowInWords(node, step, t)
    case 'lookup': {
      const table = model.tables.find((one) => one.id === node.table)
      const row = step.row === undefined ? undefined : table?.rows[step.row]
      if (!table || !row) return t('decisions.noRow')
      const keys = row.slice(0, table.keys.length).map((key) => (key === '*' ? t('decisions.any') : key))
      return `${table.name}：${keys.join(' · ')}`
    }
    case 'set':
    case 'action':
    case 'result':
      return null
  }
}

function rowInWords(node: TableNode, step: RulePathStep, t: Words['t']): string {
  const row = step.row === undefined ? undefined : node.rows[step.row]
  if (!row || step.row === undefined) return t('decisions.noRow')
  const tests = node.columns.flatMap((column, i) => {
    const cell = row.cells[i] ?? ''
    if (cell.trim() === '') return []
    const words = column.type === 'bool' ? t(cell.trim() === 'true' ? 'common.yes' : 'common.no') : cell
    return [`${column.label || column.input} ${words}`]
  })
  const which = t('decisions.row', { n: step.row + 1 })
  const words = row.note || tests.join('，')
  return words ? `${which}（${words}）` : which
}
