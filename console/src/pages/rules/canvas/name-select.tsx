import { AutoComplete } from 'antd'
import type { RuleKindWords, RuleValueType } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'

const NAME = /^[a-z_][a-z0-9_]{0,59}$/

/** The name of a value: one of the kind's, or one of the model's own for later nodes. */
export function NameSelect({
  kind,
  value,
  readOnly,
  onChange,
}: {
  readonly kind: RuleKindWords
  readonly value: string
  readonly readOnly: boolean
  /** The type is told where the kind knows the name. */
  readonly onChange: (name: string, type: RuleValueType | null) => void
}) {
  const { t, pick } = useWording()
  return (
    <AutoComplete
      aria-label={t('canvas.set.name')}
      style={{ width: '100%' }}
      value={value}
      disabled={readOnly}
      {...(NAME.test(value) ? {} : { status: 'error' as const })}
      placeholder={t('canvas.set.nameHint')}
      options={kind.values.map((one) => ({ value: one.name, label: `${pick(one.label)} · ${one.name}` }))}
      onChange={(name: string) => onChange(name, kind.values.find((one) => one.name === name)?.type ?? null)}
    />
  )
}
