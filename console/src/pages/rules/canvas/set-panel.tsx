import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import type { SetNode } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ExpressionField } from './condition-field.tsx'
import { ofPart } from './faults.tsx'
import { freshId, plainExpression } from './graph.ts'
import { NameSelect } from './name-select.tsx'
import { changed, type PanelProps, TypeSelect } from './panel-parts.tsx'

/** Names for figures, in order. */
export function SetPanel({ node, kind, variables, findings, readOnly, onChange }: PanelProps<SetNode>) {
  const { t } = useWording()
  const { values } = node
  const put = (next: SetNode['values'], key?: string) => onChange({ ...node, values: next }, key)
  const add = () => {
    const name = freshId(
      values.map((one) => one.name),
      'x',
    )
    put([...values, { name, type: 'money', expression: plainExpression('money') }])
  }
  return (
    <>
      {values.map((value, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its name is what is being edited
        <section key={i} className="hf-rule-card" aria-label={value.name}>
          <div className="hf-rule-card-head">
            <NameSelect
              kind={kind}
              value={value.name}
              readOnly={readOnly}
              onChange={(name, type) =>
                put(changed(values, i, type ? { name, type } : { name }), `set ${node.id} ${i}`)
              }
            />
            <TypeSelect
              value={value.type}
              readOnly={readOnly}
              onChange={(type) => put(changed(values, i, { type }))}
            />
            {readOnly ? null : (
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t('canvas.set.remove')}
                disabled={values.length === 1}
                onClick={() => put(values.toSpliced(i, 1))}
              />
            )}
          </div>
          <ExpressionField
            value={value.expression}
            onChange={(expression) => put(changed(values, i, { expression }), `expression ${node.id} ${i}`)}
            variables={variables}
            label={t('canvas.set.expression')}
            readOnly={readOnly}
            findings={ofPart(findings, value.name, `values[${i}]`)}
          />
        </section>
      ))}
      {readOnly ? null : (
        <Button icon={<PlusOutlined />} onClick={add}>
          {t('canvas.set.add')}
        </Button>
      )}
    </>
  )
}
