import { AutoComplete, Select } from 'antd'
import { IMPORT_FIELDS, type ImportTemplate, kindOfField, type Uploaded } from '#/api/import-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording } from '#/i18n/language.tsx'
import { DATE_FORMATS } from './columns-step.tsx'

const MONEY_FORMATS = ['decimal', 'decimal_comma', 'minor'] as const
type Columns = ImportTemplate['columns']

/** A line for every column of the file, with samples, so that nobody maps by the name alone. */
export function ColumnTable({
  file,
  template,
  onChange,
}: {
  readonly file: Uploaded
  readonly template: ImportTemplate
  readonly onChange: (part: Partial<ImportTemplate>) => void
}) {
  const { t, word } = useWording()
  const options = Object.entries(IMPORT_FIELDS).map(([group, fields]) => ({
    label: t(`importGroup.${group}` as TextKey),
    options: Object.keys(fields).map((field) => ({
      value: field,
      label: word('importField', field),
      search: `${word('importField', field)} ${field}`,
    })),
  }))
  return (
    <table className="hf-plain-table hf-columns-table">
      <thead>
        <tr>
          <th scope="col">{t('imports.column')}</th>
          <th scope="col">{t('imports.samples')}</th>
          <th scope="col">{t('imports.field')}</th>
          <th scope="col">{t('imports.format')}</th>
        </tr>
      </thead>
      <tbody>
        {file.columns.map(({ name, samples }) => {
          const fields = fieldsOf(template.columns, name)
          return (
            <tr key={name} className={fields.length > 0 ? '' : 'hf-unmapped'}>
              <td>
                <code>{name}</code>
              </td>
              <td title={samples.join('\n')}>
                <ul className="hf-samples">
                  {samples.slice(0, 3).map((sample, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: samples repeat and never move
                    <li key={index}>{sample}</li>
                  ))}
                </ul>
              </td>
              <td>
                <Select
                  mode="multiple"
                  className="hf-field-select"
                  aria-label={t('imports.fieldOf', { column: name })}
                  placeholder={t('imports.fieldNone')}
                  value={fields}
                  showSearch={{ optionFilterProp: 'search' }}
                  popupMatchSelectWidth={240}
                  options={options}
                  onChange={(next: string[]) =>
                    onChange({ columns: withFields(template.columns, name, next) })
                  }
                />
              </td>
              <td>
                <FormatInput
                  column={name}
                  fields={fields}
                  columns={template.columns}
                  onChange={(columns) => onChange({ columns })}
                />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function FormatInput({
  column,
  fields,
  columns,
  onChange,
}: {
  readonly column: string
  readonly fields: readonly string[]
  readonly columns: Columns
  readonly onChange: (columns: Columns) => void
}) {
  const { t } = useWording()
  const wanted = fields.filter((field) => ['time', 'money'].includes(kindOfField(field)))
  const [first] = wanted
  if (first === undefined) return null
  const label = t('imports.formatOf', { column })
  const set = (format: string | undefined) =>
    onChange({
      ...columns,
      ...Object.fromEntries(wanted.map((field) => [field, format ? { column, format } : { column }])),
    })
  if (kindOfField(first) === 'money') {
    return (
      <Select
        aria-label={label}
        className="hf-format-select"
        value={columns[first]?.format ?? 'decimal'}
        onChange={(format: string) => set(format === 'decimal' ? undefined : format)}
        options={MONEY_FORMATS.map((value) => ({ value, label: t(`moneyFormat.${value}`) }))}
      />
    )
  }
  return (
    <AutoComplete
      aria-label={label}
      className="hf-format-select"
      allowClear
      placeholder={t('imports.formatDefault')}
      value={columns[first]?.format ?? ''}
      onChange={(format: string | undefined) => set(format || undefined)}
      options={DATE_FORMATS.map((value) => ({ value }))}
      popupMatchSelectWidth={200}
    />
  )
}

function fieldsOf(columns: Columns, name: string): string[] {
  return Object.entries(columns)
    .filter(([, { column }]) => column === name)
    .map(([field]) => field)
}

/** A field is filled by one column: given to another, it leaves the first. */
function withFields(columns: Columns, name: string, fields: readonly string[]): Columns {
  const others = Object.entries(columns).filter(
    ([field, { column }]) => column !== name && !fields.includes(field),
  )
  const own = fields.map((field) => {
    const before = columns[field]
    return [field, before?.column === name ? before : { column: name }] as const
  })
  return Object.fromEntries([...others, ...own])
}
