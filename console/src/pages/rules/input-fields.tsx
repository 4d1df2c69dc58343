import { AutoComplete, Form, Input, Select } from 'antd'
import type { RuleInputJson, RuleValueJson, RuleVariable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { majorText, minorText } from '#/parts/rule-words.ts'

/** What stands in the fields, by variable; empty means that nobody knows. */
export type InputTexts = Readonly<Record<string, string>>

const LIST_SEPARATOR = '\n'

export function textsFromInput(input: RuleInputJson, variables: readonly RuleVariable[]): InputTexts {
  return Object.fromEntries(
    variables.map((one) => [one.name, textOf(input.values[one.name], one, input.currency)]),
  )
}

function textOf(value: RuleValueJson | undefined, { type }: RuleVariable, currency: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if ('int' in value) return type === 'money' ? majorText(value.int, currency) : value.int
  return value.join(LIST_SEPARATOR)
}

/** The input that the fields say; what no field shows (values of other names, lines) stays as it was. */
export function inputFromTexts(
  texts: InputTexts,
  variables: readonly RuleVariable[],
  old: RuleInputJson,
): { readonly input: RuleInputJson; readonly faults: readonly string[] } {
  const faults: string[] = []
  const values: Record<string, RuleValueJson> = { ...old.values }
  for (const variable of variables) {
    const text = texts[variable.name] ?? ''
    const before = old.values[variable.name]
    // An empty text is a value of its own where the input had it.
    if (text === '' && (before === '' || (Array.isArray(before) && before.length === 0))) continue
    const value = readText(text, variable, old.currency)
    if (value === undefined) faults.push(variable.name)
    else values[variable.name] = value
  }
  return { input: { ...old, values }, faults }
}

function readText(text: string, { type }: RuleVariable, currency: string): RuleValueJson | undefined {
  if (text === '') return null
  if (type === 'bool') return text === 'true'
  if (type === 'texts') return text.split(LIST_SEPARATOR)
  if (type === 'text' || type === 'choice') return text
  const whole =
    type === 'money' ? minorText(text, currency) : /^-?\d{1,18}$/.test(text.trim()) ? text.trim() : null
  return whole === null ? undefined : { int: whole }
}

export function InputFields({
  variables,
  texts,
  faults,
  onChange,
}: {
  readonly variables: readonly RuleVariable[]
  readonly texts: InputTexts
  readonly faults: readonly string[]
  readonly onChange: (texts: InputTexts) => void
}) {
  const { t, pick } = useWording()
  return (
    <div className="hf-case-input">
      {variables.map((one) => (
        <Form.Item
          key={one.name}
          label={pick(one.label)}
          {...(faults.includes(one.name)
            ? { validateStatus: 'error' as const, help: t('rules.case.badNumber') }
            : {})}
        >
          <Field
            variable={one}
            text={texts[one.name] ?? ''}
            onChange={(text) => onChange({ ...texts, [one.name]: text })}
          />
        </Form.Item>
      ))}
    </div>
  )
}

function Field({
  variable,
  text,
  onChange,
}: {
  readonly variable: RuleVariable
  readonly text: string
  readonly onChange: (text: string) => void
}) {
  const { t, pick } = useWording()
  const label = pick(variable.label)
  const choices =
    variable.type === 'bool'
      ? [
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]
      : variable.type === 'choice'
        ? (variable.choices ?? []).map((one) => ({ value: one.value, label: pick(one.label) }))
        : null
  if (choices)
    return (
      <Select
        allowClear
        aria-label={label}
        placeholder={t('decisions.unknown')}
        value={text === '' ? null : text}
        onChange={(value: string | null | undefined) => onChange(value ?? '')}
        options={choices}
      />
    )
  if (variable.type === 'texts')
    return (
      <Select
        mode="tags"
        aria-label={label}
        value={text === '' ? [] : text.split(LIST_SEPARATOR)}
        onChange={(values: string[]) => onChange(values.join(LIST_SEPARATOR))}
        options={(variable.examples ?? []).map((value) => ({ value, label: value }))}
      />
    )
  if (variable.type === 'text')
    return (
      <AutoComplete
        aria-label={label}
        value={text}
        placeholder={t('decisions.unknown')}
        onChange={(value: string) => onChange(value)}
        options={(variable.examples ?? []).filter((one) => one !== '').map((value) => ({ value }))}
      />
    )
  return (
    <Input
      aria-label={label}
      value={text}
      inputMode="decimal"
      placeholder={t('decisions.unknown')}
      suffix={variable.type === 'money' ? t('rules.yuan') : (variable.unit ?? null)}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
