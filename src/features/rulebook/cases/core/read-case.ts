import type { RuleCaseContent, RuleInput, RuleKind, RuleType, RuleValue } from '#domain/rulebook.ts'
import { type RuleInputJson, ruleInputFromJson, ruleValuesFromJson } from '#domain/rulebook-json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const NAME_LIMIT = 200
const LINES_LIMIT = 500
const INPUT_LIMIT = 200_000

export type CaseText = { readonly name: string; readonly input: unknown; readonly expected: unknown }

/** Refuses `rulebook.case_invalid`, saying what is wrong: a value of another type, a variable that the kind does not have. */
export function readCase(kind: RuleKind, text: CaseText): Result<RuleCaseContent> {
  const name = text.name.trim()
  if (name === '' || name.length > NAME_LIMIT)
    return invalid(`a case has a name of 1 to ${NAME_LIMIT} characters`)
  const input = readInput(kind, text.input)
  if (!input.ok) return input
  const expected = readExpected(kind, text.expected)
  return expected.ok ? ok({ name, input: input.value, expected: expected.value }) : expected
}

/** Refuses `rulebook.case_invalid`. */
export function readInput(kind: RuleKind, json: unknown): Result<RuleInput> {
  if (JSON.stringify(json ?? null).length > INPUT_LIMIT) return invalid('the input is too large')
  const input = ruleInputFromJson(json)
  if (input === undefined)
    return invalid('the input needs a currency, values and lines; whole numbers are written {"int":"9900"}')
  if (!/^[A-Z]{3}$/.test(input.currency)) return invalid('the currency is three capital letters')
  if (input.lines.length > LINES_LIMIT) return invalid(`an order has at most ${LINES_LIMIT} lines here`)
  const wrong =
    wrongValue(kind.variables, input.values) ??
    input.lines.map((line) => wrongValue(kind.lineVariables, line.values)).find((one) => one !== null)
  return wrong === null || wrong === undefined ? ok(input) : invalid(wrong)
}

function readExpected(kind: RuleKind, json: unknown): Result<RuleCaseContent['expected']> {
  if (typeof json !== 'object' || json === null || !('outcome' in json))
    return invalid('what is expected needs an outcome')
  const { outcome } = json
  if (outcome !== 'decided' && outcome !== 'review') return invalid('the outcome is decided or review')
  const values = 'values' in json && json.values !== null ? ruleValuesFromJson(json.values) : {}
  if (values === undefined)
    return invalid('an expected value is neither a text, a whole number, a truth nor a list')
  const actions = 'actions' in json ? readActions(kind, json.actions) : ok(undefined)
  if (!actions.ok) return actions
  return ok({
    outcome,
    ...(Object.keys(values).length === 0 ? {} : { values }),
    ...(actions.value === undefined ? {} : { actions: actions.value }),
  })
}

type Actions = NonNullable<RuleCaseContent['expected']['actions']>

function readActions(kind: RuleKind, json: unknown): Result<Actions | undefined> {
  if (json === undefined || json === null) return ok(undefined)
  if (!Array.isArray(json) || json.length > ACTIONS_LIMIT)
    return invalid(`expected actions are a list of at most ${ACTIONS_LIMIT}`)
  const read: Actions[number][] = []
  for (const one of json as unknown[]) {
    if (typeof one !== 'object' || one === null || !('action' in one) || typeof one.action !== 'string')
      return invalid('an expected action needs its name')
    if (!kind.actions.some((known) => known.name === one.action))
      return invalid(`there is no action "${one.action.slice(0, 40)}"`)
    const params = 'params' in one ? ruleValuesFromJson(one.params) : {}
    if (params === undefined) return invalid('a parameter of an expected action is no value')
    read.push({ action: one.action, params })
  }
  return ok(read)
}

const ACTIONS_LIMIT = 200

function wrongValue(
  variables: readonly { readonly name: string; readonly type: RuleType }[],
  values: Readonly<Record<string, RuleValue>>,
): string | null {
  for (const [name, value] of Object.entries(values)) {
    const variable = variables.find((one) => one.name === name)
    if (variable === undefined) return `these rules know no "${name.slice(0, 60)}"`
    if (value !== null && !fits(variable.type, value)) return `"${name}" is ${TYPE_WORDS[variable.type]}`
  }
  return null
}

const TYPE_WORDS: Readonly<Record<RuleType, string>> = {
  text: 'a text',
  choice: 'a text',
  int: 'a whole number: {"int":"12"}',
  money: 'an amount in the minor unit: {"int":"9900"}',
  bool: 'true or false',
  texts: 'a list of texts',
  lines: 'a list of line ids',
}

function fits(type: RuleType, value: Exclude<RuleValue, null>): boolean {
  if (type === 'text' || type === 'choice') return typeof value === 'string'
  if (type === 'int' || type === 'money') return typeof value === 'bigint'
  if (type === 'bool') return typeof value === 'boolean'
  return Array.isArray(value)
}

function invalid(detail: string) {
  return refuse('rulebook.case_invalid', detail)
}

/** At rest and on the wire alike. */
export type StoredInput = RuleInputJson
