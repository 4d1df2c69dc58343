import { ControlOutlined } from '@ant-design/icons'
import { Button, Checkbox, Popover, Segmented } from 'antd'
import { useWording } from '#/i18n/language.tsx'
import type { Density, Layout, ListColumn } from './types.ts'

type ColumnChooserProps<Row> = {
  readonly columns: readonly ListColumn<Row>[]
  readonly layout: Layout
  readonly onLayout: (layout: Layout) => void
}

/** Which columns show, and how tall rows are; kept in this browser per list. */
export function ColumnChooser<Row>({ columns, layout, onLayout }: ColumnChooserProps<Row>) {
  const { t } = useWording()
  const shown = visibleKeys(columns, layout)
  const toggle = (key: string, on: boolean) => {
    const keys = columns.map((column) => column.key).filter((one) => (one === key ? on : shown.includes(one)))
    onLayout({ ...layout, columns: keys })
  }
  const body = (
    <div className="hf-columns">
      <div className="hf-columns-list">
        {columns.map((column) => (
          <Checkbox
            key={column.key}
            checked={shown.includes(column.key)}
            disabled={column.pinned === true}
            onChange={(event) => toggle(column.key, event.target.checked)}
          >
            {column.title}
          </Checkbox>
        ))}
      </div>
      <div className="hf-columns-foot">
        <Segmented<Density>
          aria-label={t('list.density')}
          value={layout.density}
          onChange={(density) => onLayout({ ...layout, density })}
          options={[
            { value: 'compact', label: t('list.density.compact') },
            { value: 'cosy', label: t('list.density.cosy') },
          ]}
        />
        <Button type="link" onClick={() => onLayout({ density: layout.density, columns: null })}>
          {t('list.columnsReset')}
        </Button>
      </div>
    </div>
  )
  return (
    <Popover trigger="click" placement="bottomRight" content={body} title={t('list.columns')}>
      <Button icon={<ControlOutlined />} aria-label={t('list.columns')} title={t('list.columns')} />
    </Popover>
  )
}

export function visibleKeys<Row>(columns: readonly ListColumn<Row>[], layout: Layout): readonly string[] {
  const chosen = layout.columns
  return columns
    .filter((column) => column.pinned || (chosen ? chosen.includes(column.key) : !column.hidden))
    .map((column) => column.key)
}
