import type { RuleKindWords, RuleModel, RuleNode, RuleVariable } from '../../../api/rule-model-types.ts'
import { type ConditionGroup, type ConditionRule, isGroup, parseCondition } from './condition.ts'
import { variablesOf } from './values.ts'

type Named = { readonly zh: string; readonly en: string }
/** The words that summaries are made of, in the reader's language. */
export type SummaryWords = {
  readonly pick: (name: Named) => string
  readonly t: (key: SummaryKey, values?: Readonly<Record<string, string | number>>) => string
}
export type SummaryKey =
  | 'canvas.and'
  | 'canvas.or'
  | 'canvas.not'
  | 'canvas.always'
  | 'canvas.listJoin'
  | 'canvas.sum.table'
  | 'canvas.sum.first'
  | 'canvas.sum.unique'
  | 'canvas.sum.looksAt'
  | 'canvas.sum.gives'
  | 'canvas.sum.lookup'
  | 'canvas.sum.noTable'
  | 'canvas.sum.more'
  | 'canvas.sum.review'
  | 'canvas.sum.decided'
  | `canvas.says.${string}`

export type Speaker = {
  /** A condition in words; CEL as it stands where a form could not say it. */
  readonly condition: (cel: string) => string
  readonly expression: (cel: string) => string
  readonly lines: (node: RuleNode) => readonly string[]
}

const SIGNS: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '≠',
  '<': '<',
  '<=': '≤',
  '>': '>',
  '>=': '≥',
}

/** Puts a model's nodes into words. */
export function speakerOf(kind: RuleKindWords, model: RuleModel, words: SummaryWords): Speaker {
  const variables = variablesOf(kind, model)
  const fields = new Map(variables.map((one) => [one.name, one]))
  const lineFields = new Map([...fields, ...kind.lineVariables.map((one) => [one.name, one] as const)])
  const condition = (cel: string): string => sayCondition(cel, fields, words)
  const expression = (cel: string): string => sayExpression(cel, fields, words)
  return {
    condition,
    expression,
    lines: (node) => linesOf(node, { kind, model, fields, lineFields, words, expression }),
  }
}

type Said = {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly fields: ReadonlyMap<string, RuleVariable>
  readonly lineFields: ReadonlyMap<string, RuleVariable>
  readonly words: SummaryWords
  readonly expression: (cel: string) => string
}

function linesOf(node: RuleNode, said: Said): readonly string[] {
  const { kind, words, expression } = said
  const { t, pick } = words
  const valueName = (name: string): string => {
    const value = kind.values.find((one) => one.name === name) ?? said.fields.get(name)
    return value ? pick(value.label) : name
  }
  switch (node.type) {
    case 'branch':
      return []
    case 'table':
      return [
        t('canvas.sum.table', {
          rows: node.rows.length,
          hit: t(node.hit === 'first' ? 'canvas.sum.first' : 'canvas.sum.unique'),
        }),
        t('canvas.sum.looksAt', {
          names: join(
            node.columns.map(({ label }) => label),
            words,
          ),
        }),
        t('canvas.sum.gives', {
          names: join(
            node.outputs.map(({ label }) => label),
            words,
          ),
        }),
      ]
    case 'lookup': {
      const table = said.model.tables.find(({ id }) => id === node.table)
      if (!table) return [t('canvas.sum.noTable')]
      return [
        t('canvas.sum.lookup', { table: table.name, rows: table.rows.length }),
        t('canvas.sum.looksAt', { names: join(node.keys.map(expression), words) }),
        t('canvas.sum.gives', {
          names: join(
            node.bind.map(({ as }) => valueName(as)),
            words,
          ),
        }),
      ]
    }
    case 'set':
      return node.values.map((one) => `${valueName(one.name)} = ${expression(one.expression)}`)
    case 'action': {
      const action = kind.actions.find(({ name }) => name === node.action)
      const params = Object.entries(node.params).map(([name, cel]) => {
        const param = action?.params.find((one) => one.name === name)
        const text = param?.type === 'lines' ? sayCondition(cel, said.lineFields, words) : expression(cel)
        return `${param ? pick(param.label) : name}: ${text}`
      })
      return [action ? pick(action.label) : node.action, ...params]
    }
    case 'result':
      return [
        node.outcome === 'review' ? t('canvas.sum.review') : t('canvas.sum.decided'),
        ...node.values.map((one) => `${valueName(one.name)} = ${expression(one.expression)}`),
        ...(node.reason === '' ? [] : [node.reason]),
      ]
  }
}

function join(names: readonly string[], { t }: SummaryWords): string {
  return names.join(t('canvas.listJoin'))
}

function sayCondition(cel: string, fields: ReadonlyMap<string, RuleVariable>, words: SummaryWords): string {
  const group = parseCondition(cel, fields)
  return group === null ? cel : sayGroup(group, fields, words)
}

function sayGroup(
  group: ConditionGroup,
  fields: ReadonlyMap<string, RuleVariable>,
  words: SummaryWords,
): string {
  if (group.rules.length === 0) return words.t('canvas.always')
  const parts = group.rules.map((one) => {
    if (!isGroup(one)) return sayRule(one, fields, words)
    const inner = sayGroup(one, fields, words)
    return one.rules.length > 1 && !one.not ? `(${inner})` : inner
  })
  const text = parts.join(words.t(group.combinator === 'and' ? 'canvas.and' : 'canvas.or'))
  return group.not ? `${words.t('canvas.not')}(${text})` : text
}

function sayRule(
  { field, operator, value }: ConditionRule,
  fields: ReadonlyMap<string, RuleVariable>,
  words: SummaryWords,
): string {
  const variable = fields.get(field)
  const name = variable ? words.pick(variable.label) : field
  const valueWord = (one: string): string => {
    const choice = variable?.choices?.find((each) => each.value === one)
    return choice ? words.pick(choice.label) : one === '' ? '""' : one
  }
  const shown = typeof value === 'string' ? valueWord(value) : join(value.map(valueWord), words)
  const sign = SIGNS[operator]
  if (sign) {
    const unit = variable?.unit && /^\d/.test(shown) ? ` ${variable.unit}` : ''
    return `${name} ${sign} ${shown}${unit}`
  }
  return words.t(`canvas.says.${operator}`, { name, value: shown })
}

/** `"ZTO"` as ZTO, `yuan("12.00")` as 12.00, a variable by its label; anything else with these put in. */
function sayExpression(
  cel: string,
  fields: ReadonlyMap<string, RuleVariable>,
  { pick }: SummaryWords,
): string {
  const whole = /^"((?:[^"\\]|\\.)*)"$/.exec(cel.trim())
  if (whole) return whole[1] === '' ? '""' : (whole[1] ?? '')
  return cel.replace(
    /yuan\(\s*["']([^"']*)["']\s*\)|"(?:[^"\\]|\\.)*"|[a-z_]\w*(?!\()/gi,
    (part, amount?: string) => {
      if (amount !== undefined) return amount
      const variable = fields.get(part)
      return variable ? pick(variable.label) : part
    },
  )
}
