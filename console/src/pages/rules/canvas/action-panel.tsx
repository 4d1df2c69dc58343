import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import type { ActionNode, RuleParam } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ofPart } from './faults.tsx'
import { plainExpression, plainParams } from './graph.ts'
import { Field, type PanelProps } from './panel-parts.tsx'
import { ValueInput } from './value-input.tsx'

/** Which action, and a field for each of its parameters. */
export function ActionPanel(props: PanelProps<ActionNode>) {
  const { node, kind, readOnly, onChange } = props
  const { t, pick } = useWording()
  const action = kind.actions.find(({ name }) => name === node.action)
  if (kind.actions.length === 0) return <p className="hf-faint">{t('canvas.action.none')}</p>
  return (
    <>
      <Field label={t('canvas.action.which')}>
        <Select
          aria-label={t('canvas.action.which')}
          style={{ width: '100%' }}
          value={node.action}
          disabled={readOnly}
          options={kind.actions.map((one) => ({ value: one.name, label: pick(one.label) }))}
          onChange={(name: string) => onChange({ ...node, action: name, params: plainParams(kind, name) })}
        />
      </Field>
      {action?.params.map((param) => (
        <Param key={`${node.action} ${param.name}`} {...props} param={param} />
      ))}
    </>
  )
}

function Param(props: PanelProps<ActionNode> & { readonly param: RuleParam }) {
  const { node, kind, param, readOnly, onChange } = props
  const { t, pick } = useWording()
  const value = node.params[param.name]
  const label = pick(param.label) + (param.required ? '' : t('canvas.action.optional'))
  const put = (expression: string, key?: string) =>
    onChange({ ...node, params: { ...node.params, [param.name]: expression } }, key)
  if (value === undefined)
    return readOnly ? null : (
      <Button
        icon={<PlusOutlined />}
        onClick={() => put(plainExpression(param.type, param.choices))}
      >{`${pick(param.label)}${param.required ? '' : t('canvas.action.optional')}`}</Button>
    )
  const drop = () => {
    const { [param.name]: _, ...params } = node.params
    onChange({ ...node, params })
  }
  return (
    <div className="hf-rule-row" style={{ alignItems: 'flex-start' }}>
      <div className="hf-rule-grow">
        <ValueInput
          {...{ value, label, readOnly }}
          type={param.type}
          choices={param.choices}
          variables={props.variables}
          lineVariables={kind.lineVariables}
          findings={ofPart(props.findings, param.name, `params.${param.name}`)}
          onChange={(expression) => put(expression, `param ${node.id} ${param.name}`)}
        />
      </div>
      {param.required || readOnly ? null : (
        <Button
          type="text"
          icon={<DeleteOutlined />}
          aria-label={`${t('canvas.set.remove')}: ${pick(param.label)}`}
          onClick={drop}
        />
      )}
    </div>
  )
}
