import { Segmented } from 'antd'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import type { RuleFinding, RuleVariable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { type ConditionGroup, parseCondition, writeCondition } from './condition.ts'
import { Faults } from './faults.tsx'

const ConditionBuilder = lazy(async () => ({
  default: (await import('./condition-builder.tsx')).ConditionBuilder,
}))
const CelEditor = lazy(async () => ({ default: (await import('./cel-editor.tsx')).CelEditor }))

type FieldProps = {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly variables: readonly RuleVariable[]
  readonly label: string
  readonly readOnly: boolean
  readonly findings?: readonly RuleFinding[]
}

/** A condition, by form or as an expression; what a form cannot say stays an expression, and nothing is lost on the way. */
export function ConditionField({ value, onChange, variables, label, readOnly, findings = [] }: FieldProps) {
  const { t } = useWording()
  const fields = useMemo(() => new Map(variables.map((one) => [one.name, one])), [variables])
  const parsed = useMemo(() => parseCondition(value, fields), [value, fields])
  const [asText, setAsText] = useState(false)
  // Half-written values make an expression that does not read back: the form keeps its own state while it is the one who writes.
  const written = useRef<string | null>(null)
  const [draft, setDraft] = useState<ConditionGroup | null>(parsed)
  useEffect(() => {
    if (value !== written.current) setDraft(parsed)
  }, [value, parsed])
  const group = value === written.current ? draft : parsed
  const showText = asText || group === null
  const write = (next: ConditionGroup) => {
    const cel = writeCondition(next, fields)
    written.current = cel
    setDraft(next)
    if (cel !== value) onChange(cel)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand beside the switch
    <div className="hf-rule-field" role="group" aria-label={label}>
      <div className="hf-rule-row">
        <span className="hf-rule-grow hf-faint">{label}</span>
        <Segmented
          aria-label={t('canvas.mode.label')}
          value={showText ? 'cel' : 'form'}
          options={[
            { value: 'form', label: t('canvas.mode.form'), disabled: group === null },
            { value: 'cel', label: t('canvas.mode.cel') },
          ]}
          onChange={(mode) => {
            written.current = null
            setAsText(mode === 'cel')
          }}
        />
      </div>
      <Suspense fallback={<code>{value}</code>}>
        {showText ? (
          <CelEditor {...{ value, onChange, variables, label, readOnly }} fault={findings.length > 0} />
        ) : (
          <ConditionBuilder group={group} onChange={write} variables={variables} readOnly={readOnly} />
        )}
      </Suspense>
      {group === null ? <div className="hf-faint">{t('canvas.mode.onlyCel')}</div> : null}
      <Faults findings={findings} />
    </div>
  )
}

/** An expression that is a value: always as text. */
export function ExpressionField({ value, onChange, variables, label, readOnly, findings = [] }: FieldProps) {
  return (
    <div className="hf-rule-field">
      <span aria-hidden="true">{label}</span>
      <Suspense fallback={<code>{value}</code>}>
        <CelEditor {...{ value, onChange, variables, label, readOnly }} fault={findings.length > 0} />
      </Suspense>
      <Faults findings={findings} />
    </div>
  )
}
