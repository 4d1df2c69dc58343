import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { QueryBuilderAntD } from '@react-querybuilder/antd'
import { AutoComplete, Button, Input, Select, Switch } from 'antd'
import { useEffect, useMemo, useRef, useState } from 'react'
import {
  type ActionProps,
  type Field,
  type NotToggleProps,
  QueryBuilder,
  type RuleGroupType,
  type ValueEditorProps,
  type ValueSelectorProps,
} from 'react-querybuilder'
import type { RuleVariable } from '#/api/rule-model-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { minorOf } from './amounts.ts'
import {
  type ConditionGroup,
  type ConditionRule,
  LISTED,
  OPERATORS,
  type Operator,
  VALUELESS,
} from './condition.ts'

type Context = { readonly variables: ReadonlyMap<string, RuleVariable> }
const CONTROLS = {
  actionElement: IconButton,
  removeRuleAction: RemoveButton,
  removeGroupAction: RemoveButton,
  valueSelector: Choice,
  fieldSelector: Choice,
  operatorSelector: Choice,
  combinatorSelector: Choice,
  valueEditor: ValueField,
  notToggle: NotSwitch,
}

/** A condition as a form. Amounts stand in the major unit. */
export function ConditionBuilder({
  group,
  onChange,
  variables,
  readOnly,
}: {
  readonly group: ConditionGroup
  readonly onChange: (group: ConditionGroup) => void
  readonly variables: readonly RuleVariable[]
  readonly readOnly: boolean
}) {
  const { t, pick } = useWording()
  const fields = useMemo<Field[]>(
    () => variables.map((one) => ({ name: one.name, label: pick(one.label), value: one.name })),
    [variables, pick],
  )
  const byName = useMemo(() => new Map(variables.map((one) => [one.name, one])), [variables])
  const operators = (name: string) =>
    OPERATORS[byName.get(name)?.type ?? 'text'].map((one) => ({
      name: one,
      value: one,
      label: t(`canvas.op.${one}` as TextKey),
    }))
  const context: Context = { variables: byName }
  // The builder numbers its rules; without these numbers each letter typed would make new fields, and the focus be lost.
  const sent = useRef(group)
  const [query, setQuery] = useState(group as unknown as RuleGroupType)
  useEffect(() => {
    if (group === sent.current) return
    sent.current = group
    setQuery(group as unknown as RuleGroupType)
  }, [group])
  const take = (next: RuleGroupType) => {
    setQuery(next)
    const said = cleaned(next)
    // It also reports once when it opens: looking at a condition must not rewrite it.
    if (JSON.stringify(said) === JSON.stringify(cleaned(sent.current as unknown as RuleGroupType))) return
    sent.current = said
    onChange(said)
  }
  return (
    <div className="hf-condition">
      <QueryBuilderAntD>
        <QueryBuilder
          fields={fields}
          query={query}
          onQueryChange={take}
          controlElements={CONTROLS}
          context={context}
          disabled={readOnly}
          showNotToggle
          resetOnFieldChange
          getOperators={operators}
          getDefaultOperator={(name) => OPERATORS[byName.get(name)?.type ?? 'text'][0] ?? '='}
          getDefaultValue={({ field, operator }) => firstValue(byName.get(field), operator)}
          combinators={[
            { name: 'and', value: 'and', label: t('canvas.form.andAll') },
            { name: 'or', value: 'or', label: t('canvas.form.orAny') },
          ]}
          translations={{
            fields: { title: t('canvas.form.field') },
            operators: { title: t('canvas.form.operator') },
            value: { title: t('canvas.form.value') },
            combinators: { title: t('canvas.form.combinator') },
            notToggle: { label: t('canvas.form.not'), title: t('canvas.form.not') },
            addRule: { label: t('canvas.form.addRule'), title: t('canvas.form.addRule') },
            addGroup: { label: t('canvas.form.addGroup'), title: t('canvas.form.addGroup') },
            removeRule: { label: '', title: t('canvas.form.remove') },
            removeGroup: { label: '', title: t('canvas.form.remove') },
          }}
        />
      </QueryBuilderAntD>
      {group.rules.length === 0 ? <div className="hf-faint">{t('canvas.form.none')}</div> : null}
    </div>
  )
}

function firstValue(variable: RuleVariable | undefined, operator: string): string | string[] {
  if (LISTED.has(operator)) return []
  if (variable?.type === 'money') return '0.00'
  if (variable?.type === 'int') return variable.bounds?.least ?? '0'
  return variable?.choices?.[0]?.value ?? ''
}

/** Without the builder's own ids; a value that turned from one to several or back follows its operator. */
function cleaned(query: RuleGroupType): ConditionGroup {
  return {
    combinator: query.combinator === 'or' ? 'or' : 'and',
    not: query.not === true,
    rules: query.rules.flatMap((one): (ConditionRule | ConditionGroup)[] => {
      if (typeof one === 'string') return []
      if ('rules' in one) return [cleaned(one as RuleGroupType)]
      const value: unknown = one.value
      const several = Array.isArray(value)
        ? value.map(String)
        : value === '' || value === undefined
          ? []
          : [String(value)]
      return [
        {
          field: one.field,
          operator: one.operator as Operator,
          value: LISTED.has(one.operator) ? several : (several[0] ?? ''),
        },
      ]
    }),
  }
}

function IconButton({ label, title, handleOnClick, disabled }: ActionProps) {
  return (
    <Button
      type="text"
      icon={<PlusOutlined />}
      {...(title ? { 'aria-label': title } : {})}
      disabled={disabled === true}
      onClick={(event) => handleOnClick(event)}
    >
      {label}
    </Button>
  )
}

function RemoveButton({ title, handleOnClick, disabled }: ActionProps) {
  return (
    <Button
      type="text"
      icon={<DeleteOutlined />}
      {...(title ? { 'aria-label': title, title } : {})}
      disabled={disabled === true}
      onClick={(event) => handleOnClick(event)}
    />
  )
}

function NotSwitch({ checked, handleOnChange, label, disabled }: NotToggleProps) {
  return (
    <Switch
      className="hf-condition-not"
      checked={checked === true}
      disabled={disabled === true}
      checkedChildren={label}
      unCheckedChildren={label}
      aria-label={typeof label === 'string' ? label : undefined}
      onChange={(on) => handleOnChange(on)}
    />
  )
}

function Choice({ value, options, handleOnChange, title, disabled, className }: ValueSelectorProps) {
  const list = options as readonly { readonly name: string; readonly label: string }[]
  return (
    <Select
      {...(className ? { className } : {})}
      aria-label={title ?? ''}
      value={value ?? null}
      disabled={disabled === true}
      showSearch={{ optionFilterProp: 'label' }}
      popupMatchSelectWidth={false}
      options={list.map(({ name, label }) => ({ value: name, label }))}
      onChange={(chosen: string) => handleOnChange(chosen)}
    />
  )
}

function ValueField({
  field,
  operator,
  value,
  handleOnChange,
  title,
  disabled,
  className,
  context,
}: ValueEditorProps) {
  const { pick } = useWording()
  if (VALUELESS.has(operator)) return null
  const variable = (context as Context).variables.get(field)
  const known = variable?.choices
    ? variable.choices.map((one) => ({ value: one.value, label: pick(one.label) }))
    : (variable?.examples ?? []).filter((one) => one !== '').map((one) => ({ value: one, label: one }))
  const common = { className: className ?? '', 'aria-label': title ?? '', disabled: disabled === true }
  if (LISTED.has(operator))
    return (
      <Select
        {...common}
        mode="tags"
        value={Array.isArray(value) ? (value as string[]) : []}
        options={known}
        tokenSeparators={[',', '，', '、']}
        onChange={(chosen: string[]) => handleOnChange(chosen)}
      />
    )
  if (variable?.type === 'choice')
    return (
      <Select
        {...common}
        value={value as string}
        options={known}
        onChange={(one: string) => handleOnChange(one)}
      />
    )
  if (variable?.type === 'int' || variable?.type === 'money') {
    const isMoney = variable.type === 'money'
    const wrong = isMoney ? minorOf(String(value)) === null : !/^-?\d+$/.test(String(value).trim())
    return (
      <Input
        {...common}
        {...(wrong ? { status: 'error' as const } : {})}
        inputMode={isMoney ? 'decimal' : 'numeric'}
        value={String(value ?? '')}
        suffix={isMoney ? undefined : variable.unit}
        onChange={(event) => handleOnChange(event.target.value)}
      />
    )
  }
  return (
    <AutoComplete
      {...common}
      value={String(value ?? '')}
      options={known}
      showSearch={{ filterOption: (typed, option) => String(option?.value ?? '').includes(typed) }}
      onChange={(text: string) => handleOnChange(text)}
    />
  )
}
