import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Input, Segmented } from 'antd'
import type { ResultNode } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ofPart } from './faults.tsx'
import { plainExpression } from './graph.ts'
import { Field, type PanelProps } from './panel-parts.tsx'
import { ValueInput } from './value-input.tsx'

/** How it ends: with values, or with a person who is told why. */
export function ResultPanel(props: PanelProps<ResultNode>) {
  const { node, kind, readOnly, onChange } = props
  const { t, pick } = useWording()
  const unset = kind.values.filter(({ name }) => !node.values.some((one) => one.name === name))
  return (
    <>
      <div className="hf-rule-field">
        <span>{t('canvas.result.outcome')}</span>
        <Segmented
          aria-label={t('canvas.result.outcome')}
          value={node.outcome}
          disabled={readOnly}
          options={[
            { value: 'decided', label: t('canvas.result.decided') },
            { value: 'review', label: t('canvas.result.review') },
          ]}
          onChange={(outcome) => onChange({ ...node, outcome: outcome as ResultNode['outcome'] })}
        />
      </div>
      <Field label={t('canvas.result.reason')}>
        <Input
          value={node.reason}
          readOnly={readOnly}
          maxLength={300}
          placeholder={t('canvas.result.reasonHint')}
          onChange={(event) => onChange({ ...node, reason: event.target.value }, `reason ${node.id}`)}
        />
      </Field>
      {node.outcome === 'review' && node.values.length === 0 ? null : (
        <>
          {node.values.length + unset.length > 0 ? <h3>{t('canvas.result.values')}</h3> : null}
          {node.values.map((value, i) => (
            <Value key={value.name} {...props} index={i} />
          ))}
          {readOnly
            ? null
            : unset.map((one) => (
                <Button
                  key={one.name}
                  icon={<PlusOutlined />}
                  onClick={() =>
                    onChange({
                      ...node,
                      values: [
                        ...node.values,
                        { name: one.name, expression: plainExpression(one.type, one.choices) },
                      ],
                    })
                  }
                >
                  {pick(one.label)}
                </Button>
              ))}
        </>
      )}
    </>
  )
}

function Value(props: PanelProps<ResultNode> & { readonly index: number }) {
  const { node, kind, readOnly, onChange, index } = props
  const { t, pick } = useWording()
  const value = node.values[index]
  if (!value) return null
  const known = kind.values.find(({ name }) => name === value.name)
  const label = known ? pick(known.label) : value.name
  return (
    <div className="hf-rule-row" style={{ alignItems: 'flex-start' }}>
      <div className="hf-rule-grow">
        <ValueInput
          value={value.expression}
          type={known?.type ?? 'text'}
          choices={known?.choices}
          label={label}
          variables={props.variables}
          lineVariables={kind.lineVariables}
          readOnly={readOnly}
          findings={ofPart(props.findings, value.name, `values[${index}]`)}
          onChange={(expression) =>
            onChange(
              { ...node, values: node.values.with(index, { ...value, expression }) },
              `value ${node.id} ${index}`,
            )
          }
        />
      </div>
      {readOnly ? null : (
        <Button
          type="text"
          icon={<DeleteOutlined />}
          aria-label={`${t('canvas.set.remove')}: ${label}`}
          onClick={() => onChange({ ...node, values: node.values.toSpliced(index, 1) })}
        />
      )}
    </div>
  )
}
