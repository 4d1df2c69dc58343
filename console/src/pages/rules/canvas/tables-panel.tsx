import { DeleteOutlined, PlusOutlined, TableOutlined } from '@ant-design/icons'
import { Button, Input, Popconfirm } from 'antd'
import type { LookupTable, RuleKindWords, RuleModel } from '#/api/rule-model-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { freshId, plainTable } from './graph.ts'
import { changed, TypeSelect } from './panel-parts.tsx'
import type { SheetOf } from './sheet-dialog.tsx'

type TablesProps = {
  readonly kind: RuleKindWords
  readonly model: RuleModel
  readonly readOnly: boolean
  readonly onModel: (model: RuleModel, key?: string) => void
  readonly onSheet: (of: SheetOf) => void
}

/** The model's tables: what they are looked up by, what they give, and their rows in a sheet. */
export function TablesPanel(props: TablesProps) {
  const { kind, model, readOnly, onModel } = props
  const { t, pick } = useWording()
  const add = () => {
    const ids = model.tables.map(({ id }) => id)
    const table = plainTable(kind, t('canvas.newTable'), pick, ids)
    onModel({ ...model, tables: [...model.tables, table] })
  }
  const button = readOnly ? null : (
    <Button icon={<PlusOutlined />} onClick={add}>
      {t('canvas.lookup.new')}
    </Button>
  )
  if (model.tables.length === 0)
    return (
      <TeachingEmpty
        icon={<TableOutlined />}
        title={t('canvas.tables.none')}
        hint={t('canvas.tables.noneHint')}
      >
        {button}
      </TeachingEmpty>
    )
  return (
    <div className="hf-rule-form">
      {model.tables.map((table) => (
        <TableCard key={table.id} {...props} table={table} />
      ))}
      {button}
    </div>
  )
}

function TableCard({
  table,
  model,
  readOnly,
  onModel,
  onSheet,
}: TablesProps & { readonly table: LookupTable }) {
  const { t } = useWording()
  const put = (next: LookupTable, key?: string) =>
    onModel({ ...model, tables: model.tables.map((one) => (one.id === table.id ? next : one)) }, key)
  const users = model.nodes.filter((one) => one.type === 'lookup' && one.table === table.id).length
  return (
    <section className="hf-rule-card" aria-label={table.name}>
      <div className="hf-rule-card-head">
        <Input
          aria-label={t('canvas.tables.name')}
          value={table.name}
          readOnly={readOnly}
          maxLength={60}
          onChange={(event) => put({ ...table, name: event.target.value }, `table ${table.id}`)}
        />
        {readOnly ? null : (
          <Popconfirm
            title={t('canvas.tables.removeConfirm', { name: table.name, n: users })}
            okText={t('common.delete')}
            cancelText={t('common.cancel')}
            onConfirm={() => onModel({ ...model, tables: model.tables.filter(({ id }) => id !== table.id) })}
          >
            <Button type="text" icon={<DeleteOutlined />} aria-label={t('canvas.tables.remove')} />
          </Popconfirm>
        )}
      </div>
      <div className="hf-faint">
        {users > 0 ? t('canvas.tables.usedBy', { n: users }) : t('canvas.tables.unused')}
      </div>
      <Button type="primary" icon={<TableOutlined />} onClick={() => onSheet({ table: table.id })}>
        {t('canvas.lookup.edit')} · {t('canvas.grid.rows', { n: table.rows.length })}
      </Button>
      <Keys {...{ table, readOnly, put }} />
      <Columns {...{ table, readOnly, put }} />
    </section>
  )
}

type PartProps = {
  readonly table: LookupTable
  readonly readOnly: boolean
  readonly put: (table: LookupTable, key?: string) => void
}

function Keys({ table, readOnly, put }: PartProps) {
  const { t } = useWording()
  const add = () => {
    const names = table.keys.map(({ name }) => name)
    const name = ['province', 'city', 'district'].find((one) => !names.includes(one)) ?? freshId(names, 'k')
    const at = table.keys.length
    const rows = table.rows.map((row) => row.toSpliced(at, 0, '*'))
    put({ ...table, keys: [...table.keys, { name, label: name, type: 'text' }], rows })
  }
  return (
    <>
      <span className="hf-faint">{t('canvas.tables.keys')}</span>
      {table.keys.map((key, i) => (
        <NamedColumn
          // biome-ignore lint/suspicious/noArrayIndexKey: its name is what is being edited
          key={i}
          {...{ readOnly }}
          column={key}
          only={['text', 'int']}
          onChange={(by) => put({ ...table, keys: changed(table.keys, i, by) }, `key ${table.id} ${i}`)}
          onRemove={
            table.keys.length === 1
              ? null
              : () =>
                  put({
                    ...table,
                    keys: table.keys.toSpliced(i, 1),
                    rows: table.rows.map((row) => row.toSpliced(i, 1)),
                  })
          }
        />
      ))}
      {readOnly ? null : (
        <Button type="dashed" onClick={add}>
          {t('canvas.tables.addKey')}
        </Button>
      )}
    </>
  )
}

function Columns({ table, readOnly, put }: PartProps) {
  const { t } = useWording()
  const before = table.keys.length
  const add = () => {
    const name = freshId(
      table.columns.map((one) => one.name),
      'v',
    )
    const columns = [...table.columns, { name, label: name, type: 'money' as const }]
    put({ ...table, columns, rows: table.rows.map((row) => [...row, '']) })
  }
  return (
    <>
      <span className="hf-faint">{t('canvas.tables.columns')}</span>
      {table.columns.map((column, i) => (
        <NamedColumn
          // biome-ignore lint/suspicious/noArrayIndexKey: its name is what is being edited
          key={i}
          {...{ readOnly }}
          column={column}
          only={['text', 'int', 'money', 'bool']}
          onChange={(by) =>
            put({ ...table, columns: changed(table.columns, i, by) }, `column ${table.id} ${i}`)
          }
          onRemove={
            table.columns.length === 1
              ? null
              : () =>
                  put({
                    ...table,
                    columns: table.columns.toSpliced(i, 1),
                    rows: table.rows.map((row) => row.toSpliced(before + i, 1)),
                  })
          }
        />
      ))}
      {readOnly ? null : (
        <Button type="dashed" onClick={add}>
          {t('canvas.tables.addColumn')}
        </Button>
      )}
    </>
  )
}

function NamedColumn<T extends 'text' | 'int' | 'money' | 'bool'>({
  column,
  only,
  readOnly,
  onChange,
  onRemove,
}: {
  readonly column: { readonly name: string; readonly label: string; readonly type: T }
  readonly only: readonly T[]
  readonly readOnly: boolean
  readonly onChange: (by: { name?: string; label?: string; type?: T }) => void
  readonly onRemove: (() => void) | null
}) {
  const { t } = useWording()
  return (
    <div className="hf-rule-row">
      <Input
        aria-label={t('canvas.table.title')}
        value={column.label}
        readOnly={readOnly}
        onChange={(event) => onChange({ label: event.target.value })}
      />
      <Input
        aria-label={t('canvas.table.name')}
        value={column.name}
        readOnly={readOnly}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <TypeSelect
        value={column.type}
        only={only}
        readOnly={readOnly}
        onChange={(type) => onChange({ type })}
      />
      {readOnly || onRemove === null ? null : (
        <Button
          type="text"
          icon={<DeleteOutlined />}
          aria-label={t('canvas.table.remove')}
          onClick={onRemove}
        />
      )}
    </div>
  )
}
