import { TableOutlined } from '@ant-design/icons'
import { Button, Checkbox, Input, Select } from 'antd'
import type { LookupNode, LookupTable } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ExpressionField } from './condition-field.tsx'
import { ofPart } from './faults.tsx'
import { plainTable } from './graph.ts'
import { Field, type PanelProps } from './panel-parts.tsx'

const NEW = '@new'

/** Which table, what it is looked up by, and which of its columns are taken. */
export function LookupPanel(props: PanelProps<LookupNode>) {
  const { node, kind, model, readOnly, onChange } = props
  const { t, pick } = useWording()
  const table = model.tables.find(({ id }) => id === node.table)
  const choose = (id: string) => {
    const made =
      id === NEW
        ? plainTable(
            kind,
            t('canvas.newTable'),
            pick,
            model.tables.map((one) => one.id),
          )
        : null
    const chosen = made ?? model.tables.find((one) => one.id === id)
    if (!chosen) return
    const next = lookingUp(node, chosen, new Set(kind.variables.map(({ name }) => name)))
    if (made === null) return onChange(next)
    const nodes = model.nodes.map((one) => (one.id === node.id ? next : one))
    props.onModel({ ...model, tables: [...model.tables, made], nodes })
  }
  return (
    <>
      <Field label={t('canvas.lookup.table')}>
        <Select
          aria-label={t('canvas.lookup.table')}
          style={{ width: '100%' }}
          value={table?.id ?? null}
          disabled={readOnly}
          options={[
            ...model.tables.map((one) => ({ value: one.id, label: one.name })),
            { value: NEW, label: `+ ${t('canvas.lookup.new')}` },
          ]}
          onChange={choose}
        />
      </Field>
      {table ? (
        <Button type="primary" icon={<TableOutlined />} onClick={() => props.onSheet({ table: table.id })}>
          {t('canvas.lookup.edit')} · {t('canvas.grid.rows', { n: table.rows.length })}
        </Button>
      ) : null}
      <h3>{t('canvas.lookup.keys')}</h3>
      {table?.keys.map(({ name, label }, i) => (
        <ExpressionField
          key={name}
          value={node.keys[i] ?? ''}
          label={label}
          variables={props.variables}
          readOnly={readOnly}
          findings={ofPart(props.findings, `keys[${i}]`)}
          onChange={(key) =>
            onChange(
              { ...node, keys: table.keys.map((_, k) => (k === i ? key : (node.keys[k] ?? ''))) },
              `key ${node.id} ${i}`,
            )
          }
        />
      ))}
      <h3>{t('canvas.lookup.bind')}</h3>
      {table ? <Bound {...props} table={table} /> : null}
    </>
  )
}

function Bound({
  node,
  table,
  readOnly,
  onChange,
}: PanelProps<LookupNode> & { readonly table: LookupTable }) {
  const { t } = useWording()
  return table.columns.map(({ name, label }) => {
    const bound = node.bind.find(({ column }) => column === name)
    const others = node.bind.filter(({ column }) => column !== name)
    return (
      <div key={name} className="hf-rule-row">
        <Checkbox
          checked={bound !== undefined}
          disabled={readOnly}
          onChange={(event) =>
            onChange({
              ...node,
              bind: event.target.checked ? [...others, { column: name, as: name }] : others,
            })
          }
        >
          {label}
        </Checkbox>
        {bound ? (
          <Input
            className="hf-rule-grow"
            aria-label={`${label}: ${t('canvas.lookup.as')}`}
            prefix={<span className="hf-faint">{t('canvas.lookup.as')}</span>}
            value={bound.as}
            readOnly={readOnly}
            onChange={(event) =>
              onChange(
                {
                  ...node,
                  bind: node.bind.map((one) =>
                    one === bound ? { column: name, as: event.target.value } : one,
                  ),
                },
                `bind ${node.id} ${name}`,
              )
            }
          />
        ) : null}
      </div>
    )
  })
}

/** A table of other columns: keys that are variables' names are looked up by them, all its columns are taken. */
function lookingUp(node: LookupNode, table: LookupTable, known: ReadonlySet<string>): LookupNode {
  return {
    ...node,
    table: table.id,
    keys: table.keys.map(({ name }, i) => (known.has(name) ? name : (node.keys[i] ?? '""'))),
    bind: table.columns.map(({ name }) => ({ column: name, as: name })),
  }
}
