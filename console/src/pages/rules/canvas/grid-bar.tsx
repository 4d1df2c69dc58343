import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { App, Button, Modal, Upload } from 'antd'
import { type ReactNode, useState } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { Grid, type GridColumn } from './grid.tsx'
import { readSheet, saveSheet } from './grid-files.ts'
import { type GridArea, type GridRow, insertRow, moveRows, takeIn } from './grid-rows.ts'
import { alignColumns } from './grid-text.ts'

/** Cells with what one does to rows: add, move, remove, take in a file, save one. */
export function Sheet(props: {
  readonly name: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly GridRow[]
  readonly onChange: (rows: readonly GridRow[], key?: string) => void
  readonly readOnly: boolean
  readonly rowsMost: number
  readonly height: number
  readonly faults?: ReadonlyMap<string, string>
  readonly litRow?: number | null
  readonly extra?: ReactNode
}) {
  const { name, columns, rows, onChange, readOnly, rowsMost } = props
  const { t } = useWording()
  const [area, setArea] = useState<GridArea>({ top: 0, bottom: 0, left: 0, right: 0 })
  const files = useTakeFile(props)
  const save = (format: 'csv' | 'xlsx') =>
    void saveSheet(
      name,
      format,
      columns.map(({ label }) => label),
      rows.map(({ cells }) => cells),
    )
  const full = rows.length >= rowsMost
  return (
    <div>
      <div className="hf-grid-tools">
        {readOnly ? null : (
          <>
            <Button
              icon={<PlusOutlined />}
              disabled={full}
              onClick={() => onChange(insertRow(rows, rows.length, columns.length))}
            >
              {t('canvas.grid.addRow')}
            </Button>
            <Button disabled={full} onClick={() => onChange(insertRow(rows, area.top, columns.length))}>
              {t('canvas.grid.insertRow')}
            </Button>
            <Button
              icon={<ArrowUpOutlined />}
              aria-label={t('canvas.grid.up')}
              title={t('canvas.grid.up')}
              onClick={() => onChange(moveRows(rows, area, -1))}
            />
            <Button
              icon={<ArrowDownOutlined />}
              aria-label={t('canvas.grid.down')}
              title={t('canvas.grid.down')}
              onClick={() => onChange(moveRows(rows, area, 1))}
            />
            <Button
              danger
              icon={<DeleteOutlined />}
              disabled={rows.length === 0}
              onClick={() => onChange(rows.filter((_, i) => i < area.top || i > area.bottom))}
            >
              {t('canvas.grid.removeRow')}
            </Button>
            <Upload
              accept=".csv,.xlsx,.txt,.tsv"
              showUploadList={false}
              beforeUpload={(file) => {
                void files.takeFile(file)
                return false
              }}
            >
              <Button>{t('canvas.grid.import')}</Button>
            </Upload>
          </>
        )}
        <Button onClick={() => save('csv')}>{t('canvas.grid.csv')}</Button>
        <Button onClick={() => save('xlsx')}>{t('canvas.grid.xlsx')}</Button>
        {props.extra}
        <span className="hf-faint">{t('canvas.grid.rows', { n: rows.length })}</span>
      </div>
      <Grid
        label={name}
        {...{ columns, rows, onChange, readOnly, rowsMost, height: props.height, onArea: setArea }}
        {...(props.faults ? { faults: props.faults } : {})}
        litRow={props.litRow ?? null}
      />
      {readOnly ? null : <p className="hf-faint">{t('canvas.grid.help')}</p>}
      <AskHow files={files} old={rows.length} />
    </div>
  )
}

function useTakeFile({ columns, rows, rowsMost, onChange }: Parameters<typeof Sheet>[0]) {
  const { t } = useWording()
  const { message } = App.useApp()
  const [asked, setAsked] = useState<string[][] | null>(null)
  const take = (read: readonly (readonly string[])[], how: 'replace' | 'append') => {
    onChange(takeIn(rows, read, how).slice(0, rowsMost))
    setAsked(null)
    void message.success(t('canvas.grid.imported', { n: read.length }))
  }
  const takeFile = async (file: File) => {
    let read: string[][]
    try {
      read = alignColumns(
        await readSheet(file),
        columns.map(({ key, label }) => ({ name: key, label })),
      )
    } catch {
      void message.error(t('canvas.grid.badFile'))
      return
    }
    if (read.length > rowsMost) {
      void message.error(t('canvas.grid.tooMany', { most: rowsMost, n: read.length }))
      return
    }
    if (rows.length === 0) take(read, 'replace')
    else setAsked(read)
  }
  return { takeFile, take, asked, close: () => setAsked(null) }
}

function AskHow({ files, old }: { readonly files: ReturnType<typeof useTakeFile>; readonly old: number }) {
  const { t } = useWording()
  const { asked } = files
  if (asked === null) return null
  return (
    <Modal
      open
      title={t('canvas.grid.importAsk', { n: asked.length, old })}
      onCancel={files.close}
      footer={[
        <Button key="cancel" onClick={files.close}>
          {t('common.cancel')}
        </Button>,
        <Button key="append" onClick={() => files.take(asked, 'append')}>
          {t('canvas.grid.append')}
        </Button>,
        <Button key="replace" type="primary" onClick={() => files.take(asked, 'replace')}>
          {t('canvas.grid.replace')}
        </Button>,
      ]}
    />
  )
}
