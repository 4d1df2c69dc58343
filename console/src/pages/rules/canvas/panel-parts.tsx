import { Select } from 'antd'
import type { ReactNode } from 'react'
import type {
  NextNode,
  RuleFinding,
  RuleKindWords,
  RuleModel,
  RuleNode,
  RuleValueType,
  RuleVariable,
} from '#/api/rule-model-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { closesCircle, withWay } from './graph.ts'

/** What every panel gets. `key` joins the letters of one field to one step back. */
export type PanelProps<N extends RuleNode> = {
  readonly node: N
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly variables: readonly RuleVariable[]
  readonly findings: readonly RuleFinding[]
  readonly readOnly: boolean
  readonly onChange: (node: RuleNode, key?: string) => void
  readonly onModel: (model: RuleModel, key?: string) => void
  /** Opens the sheet of this table node, or of a table of the model. */
  readonly onSheet: (of: { readonly node: string } | { readonly table: string }) => void
}

export function Field({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label>
      <span>{label}</span>
      {children}
    </label>
  )
}

/** Where a way leads: chosen by name, for those who do not drag lines. */
export function GoesTo({
  model,
  node,
  way,
  to,
  label,
  readOnly,
  onChange,
}: {
  readonly model: RuleModel
  readonly node: RuleNode
  readonly way: string
  readonly to: NextNode
  readonly label: string
  readonly readOnly: boolean
  readonly onChange: (node: RuleNode) => void
}) {
  const { t } = useWording()
  const options = model.nodes
    .filter((one) => one.id === to || !closesCircle(model, node.id, one.id))
    .map((one) => ({ value: one.id, label: nameOf(one, t) }))
  return (
    <Select
      aria-label={label}
      style={{ width: '100%' }}
      value={to ?? ''}
      disabled={readOnly}
      showSearch={{ optionFilterProp: 'label' }}
      options={[{ value: '', label: t('canvas.field.nowhere') }, ...options]}
      onChange={(id: string) => onChange(withWay(node, way, id === '' ? null : id))}
    />
  )
}

export function nameOf(node: RuleNode, t: (key: TextKey) => string): string {
  return `${node.label || node.id} · ${t(`canvas.type.${node.type}`)}`
}

const TYPES: readonly RuleValueType[] = ['text', 'int', 'money', 'bool', 'texts', 'choice']

export function TypeSelect<T extends RuleValueType>({
  value,
  only,
  readOnly,
  onChange,
}: {
  readonly value: T
  readonly only?: readonly T[]
  readonly readOnly: boolean
  readonly onChange: (type: T) => void
}) {
  const { t } = useWording()
  return (
    <Select
      aria-label={t('canvas.table.type')}
      style={{ width: 92 }}
      value={value}
      disabled={readOnly}
      options={(only ?? (TYPES as readonly T[])).map((one) => ({
        value: one,
        label: t(`canvas.type2.${one}`),
      }))}
      onChange={(type: T) => onChange(type)}
    />
  )
}

/** Replaces one of a list. */
export function changed<T>(list: readonly T[], index: number, by: Partial<T>): readonly T[] {
  return list.map((one, i) => (i === index ? { ...one, ...by } : one))
}
