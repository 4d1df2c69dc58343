import {
  ArrowDownOutlined,
  ArrowUpOutlined,
  DeleteOutlined,
  PlusOutlined,
  TableOutlined,
} from '@ant-design/icons'
import { Button, Input, Segmented } from 'antd'
import type { RuleKindWords, TableColumn, TableNode } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ExpressionField } from './condition-field.tsx'
import { ofPart } from './faults.tsx'
import { freshId, plainExpression } from './graph.ts'
import { NameSelect } from './name-select.tsx'
import { changed, type PanelProps, TypeSelect } from './panel-parts.tsx'
import { withColumnMoved, withoutColumn, withoutOutput } from './table-cells.ts'

/** What a decision table asks and gives; its rows are edited in a sheet of their own. */
export function TablePanel(props: PanelProps<TableNode>) {
  const { node, readOnly, onChange } = props
  const { t } = useWording()
  return (
    <>
      <Button type="primary" icon={<TableOutlined />} onClick={() => props.onSheet({ node: node.id })}>
        {t('canvas.table.edit')} · {t('canvas.grid.rows', { n: node.rows.length })}
      </Button>
      <div className="hf-rule-field">
        <span>{t('canvas.table.hit')}</span>
        <Segmented
          aria-label={t('canvas.table.hit')}
          value={node.hit}
          disabled={readOnly}
          options={[
            { value: 'first', label: t('canvas.sum.first') },
            { value: 'unique', label: t('canvas.sum.unique') },
          ]}
          onChange={(hit) => onChange({ ...node, hit: hit as TableNode['hit'] })}
        />
      </div>
      <h3>{t('canvas.table.columns')}</h3>
      {node.columns.map((column, i) => (
        <ColumnCard key={column.id} {...props} column={column} index={i} />
      ))}
      {readOnly ? null : (
        <Button icon={<PlusOutlined />} onClick={() => onChange(withNewColumn(node, props.kind))}>
          {t('canvas.table.addColumn')}
        </Button>
      )}
      <h3>{t('canvas.table.outputs')}</h3>
      <Outputs {...props} />
    </>
  )
}

function ColumnCard(props: PanelProps<TableNode> & { readonly column: TableColumn; readonly index: number }) {
  const { node, readOnly, onChange, column, index } = props
  const { t } = useWording()
  const put = (by: Partial<TableColumn>, key?: string) =>
    onChange({ ...node, columns: changed(node.columns, index, by) }, key)
  const setInput = (input: string) => {
    const variable = props.variables.find(({ name }) => name === input.trim())
    put({ input, ...(variable ? { type: variable.type } : {}) }, `input ${node.id} ${column.id}`)
  }
  return (
    <section className="hf-rule-card" aria-label={column.label}>
      <div className="hf-rule-card-head">
        <Input
          aria-label={t('canvas.table.title')}
          value={column.label}
          readOnly={readOnly}
          maxLength={60}
          onChange={(event) => put({ label: event.target.value }, `column ${node.id} ${column.id}`)}
        />
        <TypeSelect value={column.type} readOnly={readOnly} onChange={(type) => put({ type })} />
        {readOnly ? null : (
          <>
            <Button
              type="text"
              icon={<ArrowUpOutlined />}
              aria-label={t('canvas.branch.up')}
              disabled={index === 0}
              onClick={() => onChange(withColumnMoved(node, index, -1))}
            />
            <Button
              type="text"
              icon={<ArrowDownOutlined />}
              aria-label={t('canvas.branch.down')}
              disabled={index === node.columns.length - 1}
              onClick={() => onChange(withColumnMoved(node, index, 1))}
            />
            <Button
              type="text"
              icon={<DeleteOutlined />}
              aria-label={t('canvas.table.remove')}
              onClick={() => onChange(withoutColumn(node, index))}
            />
          </>
        )}
      </div>
      <ExpressionField
        value={column.input}
        onChange={setInput}
        variables={props.variables}
        label={t('canvas.table.input')}
        readOnly={readOnly}
        findings={ofPart(props.findings, column.id, `columns.${column.id}`)}
      />
    </section>
  )
}

function Outputs({ node, kind, readOnly, onChange }: PanelProps<TableNode>) {
  const { t, pick } = useWording()
  const put = (outputs: TableNode['outputs'], key?: string) => onChange({ ...node, outputs }, key)
  const add = () => {
    const value = kind.values.find(({ name }) => !node.outputs.some((one) => one.name === name))
    const name = value?.name ?? freshName(node.outputs.map((one) => one.name))
    const type = value?.type ?? 'money'
    onChange({
      ...node,
      outputs: [...node.outputs, { name, label: value ? pick(value.label) : name, type }],
      rows: node.rows.map((row) => ({
        ...row,
        outputs: [...row.outputs, plainExpression(type, value?.choices)],
      })),
    })
  }
  return (
    <>
      {node.outputs.map((output, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its name is what is being edited
        <section key={i} className="hf-rule-card" aria-label={output.label}>
          <div className="hf-rule-card-head">
            <Input
              aria-label={t('canvas.table.title')}
              value={output.label}
              readOnly={readOnly}
              maxLength={60}
              onChange={(event) =>
                put(changed(node.outputs, i, { label: event.target.value }), `output ${node.id} ${i}`)
              }
            />
            <TypeSelect
              value={output.type}
              readOnly={readOnly}
              onChange={(type) => put(changed(node.outputs, i, { type }))}
            />
            {readOnly ? null : (
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={t('canvas.table.remove')}
                disabled={node.outputs.length === 1}
                onClick={() => onChange(withoutOutput(node, i))}
              />
            )}
          </div>
          <NameSelect
            kind={kind}
            value={output.name}
            readOnly={readOnly}
            onChange={(name, type) => put(changed(node.outputs, i, type ? { name, type } : { name }))}
          />
        </section>
      ))}
      {readOnly ? null : (
        <Button icon={<PlusOutlined />} onClick={add}>
          {t('canvas.table.addOutput')}
        </Button>
      )}
    </>
  )
}

function freshName(taken: readonly string[]): string {
  return freshId(
    taken.map((name) => name.replace('amount_', 'a')),
    'a',
  ).replace('a', 'amount_')
}

function withNewColumn(node: TableNode, kind: RuleKindWords): TableNode {
  const used = new Set(node.columns.map(({ input }) => input))
  const variable = kind.variables.find(({ name }) => !used.has(name)) ?? kind.variables[0]
  const id = freshId(
    node.columns.map((one) => one.id),
    'c',
  )
  const name = variable?.name ?? ''
  const column: TableColumn = {
    id,
    label: variable?.label.zh ?? name,
    input: name,
    type: variable?.type ?? 'text',
  }
  return {
    ...node,
    columns: [...node.columns, column],
    rows: node.rows.map((row) => ({ ...row, cells: [...row.cells, ''] })),
  }
}
