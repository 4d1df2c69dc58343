import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { AutoComplete, Button, Input, Select } from 'antd'
import { useState } from 'react'
import type { RuleInputJson, RuleKindWords, RuleValueJson, RuleVariable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { firstLine, textOfValue, valueOfText } from './values.ts'

type InputsProps = { readonly input: RuleInputJson; readonly onInput: (input: RuleInputJson) => void }

/** A field for each variable; an emptied figure is unknown. */
export function TryInputs({
  variables,
  input,
  onInput,
}: InputsProps & { readonly variables: readonly RuleVariable[] }) {
  return (
    <div className="hf-try-inputs">
      {variables.map((variable) => (
        <TryField
          key={variable.name}
          variable={variable}
          value={input.values[variable.name] ?? null}
          currency={input.currency}
          onChange={(value) => onInput({ ...input, values: { ...input.values, [variable.name]: value } })}
        />
      ))}
    </div>
  )
}

export function TryLines({ kind, input, onInput }: InputsProps & { readonly kind: RuleKindWords }) {
  const { t } = useWording()
  const { lines } = input
  const add = () => onInput({ ...input, lines: [...lines, firstLine(kind, String(lines.length + 1))] })
  return (
    <>
      <h3>{t('canvas.try.lines')}</h3>
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <section key={i} className="hf-rule-card" aria-label={`${t('canvas.try.lines')} ${i + 1}`}>
          <div className="hf-rule-row">
            <span className="hf-rule-grow hf-faint">{line.id}</span>
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t('canvas.try.removeLine', { n: i + 1 })}
              onClick={() => onInput({ ...input, lines: lines.toSpliced(i, 1) })}
            />
          </div>
          <div className="hf-try-inputs">
            {kind.lineVariables.map((variable) => (
              <TryField
                key={variable.name}
                variable={variable}
                value={line.values[variable.name] ?? null}
                currency={input.currency}
                onChange={(value) => {
                  const changed = { ...line, values: { ...line.values, [variable.name]: value } }
                  onInput({ ...input, lines: lines.with(i, changed) })
                }}
              />
            ))}
          </div>
        </section>
      ))}
      <Button icon={<PlusOutlined />} onClick={add}>
        {t('canvas.try.addLine')}
      </Button>
    </>
  )
}

function TryField({
  variable,
  value,
  currency,
  onChange,
}: {
  readonly variable: RuleVariable
  readonly value: RuleValueJson
  readonly currency: string
  readonly onChange: (value: RuleValueJson) => void
}) {
  const { t, pick } = useWording()
  const { type } = variable
  const shown = textOfValue(value, type, currency)
  // What is half typed (`99.`) is no value yet: it stays in the field, and the last value stays in force.
  const [typed, setTyped] = useState<string | null>(null)
  const label = pick(variable.label)
  const placeholder = value === null ? t('canvas.try.unknown') : ''
  const common = { 'aria-label': label, placeholder, style: { width: '100%' } }
  const known = (variable.examples ?? []).filter((one) => one !== '')
  const take = (text: string) => {
    const read = valueOfText(text, type, currency)
    setTyped(read === undefined ? text : null)
    if (read !== undefined) onChange(read)
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="hf-rule-field">
      <span>{label}</span>
      {type === 'bool' || type === 'choice' ? (
        <Select
          {...common}
          allowClear
          value={value === null ? null : String(value)}
          options={
            type === 'bool'
              ? [
                  { value: 'true', label: t('canvas.op.yes') },
                  { value: 'false', label: t('canvas.op.no') },
                ]
              : (variable.choices ?? []).map((one) => ({ value: one.value, label: pick(one.label) }))
          }
          onChange={(one: string | undefined) =>
            onChange(one === undefined ? null : type === 'bool' ? one === 'true' : one)
          }
        />
      ) : type === 'texts' ? (
        <Select
          {...common}
          mode="tags"
          value={Array.isArray(value) ? [...(value as readonly string[])] : []}
          options={known.map((one) => ({ value: one, label: one }))}
          onChange={(list: string[]) => onChange(list)}
        />
      ) : type === 'text' ? (
        <AutoComplete
          {...common}
          allowClear
          value={shown}
          options={known.map((one) => ({ value: one, label: one }))}
          onClear={() => onChange(null)}
          onChange={(text: string | undefined) => onChange(text ?? null)}
        />
      ) : (
        <Input
          {...common}
          {...(typed === null ? {} : { status: 'error' as const, title: t('canvas.try.bad') })}
          inputMode={type === 'money' ? 'decimal' : 'numeric'}
          value={typed ?? shown}
          suffix={type === 'money' ? undefined : variable.unit}
          onChange={(event) => setTyped(event.target.value)}
          onPressEnter={() => take(typed ?? shown)}
          onBlur={() => typed !== null && take(typed)}
        />
      )}
    </label>
  )
}
