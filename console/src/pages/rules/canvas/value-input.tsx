import { AutoComplete, Select } from 'antd'
import type { RuleChoice, RuleFinding, RuleParamType, RuleVariable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ConditionField, ExpressionField } from './condition-field.tsx'
import { Faults } from './faults.tsx'

/** An expression that gives a value of a type: a list where the values are few and plain, text with completion where not. */
export function ValueInput(props: {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type: RuleParamType
  readonly choices?: readonly RuleChoice[] | undefined
  readonly label: string
  readonly variables: readonly RuleVariable[]
  readonly lineVariables: readonly RuleVariable[]
  readonly readOnly: boolean
  readonly findings: readonly RuleFinding[]
}) {
  const { value, onChange, type, choices, label, readOnly, findings } = props
  const { t, pick } = useWording()
  if (type === 'lines') {
    const variables = [...props.lineVariables, ...props.variables]
    return <ConditionField {...{ value, onChange, label, readOnly, findings, variables }} />
  }
  const plain = choices?.map((one) => ({ value: JSON.stringify(one.value), label: pick(one.label) }))
  if (plain?.some((one) => one.value === value))
    return (
      <div className="hf-rule-field">
        <span aria-hidden="true">{label}</span>
        <Select
          aria-label={label}
          style={{ width: '100%' }}
          value={value}
          disabled={readOnly}
          options={plain}
          onChange={(one: string) => onChange(one)}
        />
        <Faults findings={findings} />
      </div>
    )
  if (type === 'money' || type === 'bool') {
    const options =
      type === 'bool'
        ? ['true', 'false'].map((one) => ({
            value: one,
            label: t(one === 'true' ? 'canvas.op.yes' : 'canvas.op.no'),
          }))
        : []
    const amount = /^yuan\("([^"]*)"\)$/.exec(value)?.[1]
    if (type === 'bool' || amount !== undefined)
      return (
        <div className="hf-rule-field">
          <span aria-hidden="true">{label}</span>
          <AutoComplete
            aria-label={label}
            style={{ width: '100%' }}
            value={amount ?? value}
            disabled={readOnly}
            options={options}
            onChange={(text: string) =>
              onChange(amount !== undefined && /^-?[\d.]*$/.test(text) ? `yuan("${text}")` : text)
            }
          />
          <Faults findings={findings} />
        </div>
      )
  }
  return <ExpressionField {...{ value, onChange, label, readOnly, findings }} variables={props.variables} />
}
