import type { Decision, RuleInput, RuleValue } from './rulebook.ts'

/** A value on the wire and at rest: whole numbers as `{"int":"9900"}`, so that none passes through a float or looks like a text. */
export type RuleValueJson = string | boolean | null | readonly string[] | { readonly int: string }
export type RuleInputJson = {
  readonly currency: string
  readonly values: Readonly<Record<string, RuleValueJson>>
  readonly lines: readonly { readonly id: string; readonly values: Readonly<Record<string, RuleValueJson>> }[]
}

export function ruleValueToJson(value: RuleValue): RuleValueJson {
  return typeof value === 'bigint' ? { int: value.toString() } : value
}

/** Undefined for what is no value: a number, an object of another form, a whole number beyond 64 bits. */
export function ruleValueFromJson(json: unknown): RuleValue | undefined {
  if (json === null || typeof json === 'string' || typeof json === 'boolean') return json
  if (Array.isArray(json)) return json.every((one) => typeof one === 'string') ? json : undefined
  if (typeof json !== 'object' || !('int' in json) || typeof json.int !== 'string') return undefined
  if (!/^-?\d{1,19}$/.test(json.int)) return undefined
  const whole = BigInt(json.int)
  return BigInt.asIntN(64, whole) === whole ? whole : undefined
}

export function ruleValuesToJson(values: Readonly<Record<string, RuleValue>>): Record<string, RuleValueJson> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, ruleValueToJson(value)]))
}

/** Undefined where one of them is no value. */
export function ruleValuesFromJson(json: unknown): Record<string, RuleValue> | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const values: [string, RuleValue][] = []
  for (const [name, one] of Object.entries(json)) {
    const value = ruleValueFromJson(one)
    if (value === undefined) return undefined
    values.push([name, value])
  }
  return Object.fromEntries(values)
}

export function ruleInputToJson(input: RuleInput): RuleInputJson {
  return {
    currency: input.currency,
    values: ruleValuesToJson(input.values),
    lines: input.lines.map(({ id, values }) => ({ id, values: ruleValuesToJson(values) })),
  }
}

/** Undefined for what is no input. */
export function ruleInputFromJson(json: unknown): RuleInput | undefined {
  if (typeof json !== 'object' || json === null || !('currency' in json) || !('values' in json))
    return undefined
  const values = ruleValuesFromJson(json.values)
  const lines = 'lines' in json ? json.lines : []
  if (typeof json.currency !== 'string' || values === undefined || !Array.isArray(lines)) return undefined
  const read: RuleInput['lines'][number][] = []
  for (const line of lines as unknown[]) {
    if (typeof line !== 'object' || line === null || !('id' in line) || !('values' in line)) return undefined
    const of = ruleValuesFromJson(line.values)
    if (typeof line.id !== 'string' || of === undefined) return undefined
    read.push({ id: line.id, values: of })
  }
  return { currency: json.currency, values, lines: read }
}

export function decisionToJson(decision: Decision) {
  return {
    outcome: decision.outcome,
    reason: decision.reason,
    values: ruleValuesToJson(decision.values),
    actions: decision.actions.map(({ node, action, params }) => ({
      node,
      action,
      params: ruleValuesToJson(params),
    })),
    path: decision.path,
  }
}
