import { UploadOutlined } from '@ant-design/icons'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Modal, Select } from 'antd'
import { useRef, useState } from 'react'
import { upload, write } from '#/api/client.ts'
import {
  LIST_FIELDS,
  type ListColumns,
  type ListDone,
  type ListField,
  type ListPreview,
  type ListTable,
  type ReadList,
  warehousesQuery,
} from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

/** A list of warehouses from a file or the clipboard: its columns, what it would do, and every cell that is wrong. */
export function ListDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [table, setTable] = useState<ListTable | null>(null)
  const [chosen, setChosen] = useState<ListColumns | null>(null)
  const preview = useQuery({
    queryKey: ['warehouse-list', table, chosen],
    queryFn: () =>
      write<ListPreview>('POST', '/api/warehouses/list/preview', {
        header: table?.header,
        rows: table?.rows,
        ...(chosen ? { columns: chosen } : {}),
      }),
    enabled: table !== null,
    placeholderData: keepPreviousData,
  })
  const columns = chosen ?? preview.data?.columns ?? {}
  const take = useMutation({
    mutationFn: () => write<ListDone>('POST', '/api/warehouses/list', { ...table, columns }),
    onError: fail,
    onSuccess: async (done) => {
      await client.invalidateQueries({ queryKey: warehousesQuery.queryKey })
      void message.success(t('warehouses.listDialog.done', { ...done }))
      onClose()
    },
  })
  const rows = preview.data?.rows ?? []
  const errors = preview.data?.errors ?? []
  const ready = table !== null && rows.length > 0 && errors.length === 0 && !preview.isFetching
  return (
    <Modal
      open
      width={760}
      title={t('warehouses.listDialog.title')}
      onCancel={onClose}
      okText={t('warehouses.listDialog.apply', { n: rows.length })}
      okButtonProps={{ disabled: !ready, loading: take.isPending }}
      onOk={() => take.mutate()}
    >
      <p className="hf-faint">{t('warehouses.listDialog.hint')}</p>
      <Source
        onTable={(read, suggested) => {
          setTable(read)
          setChosen(suggested)
        }}
      />
      {preview.error ? <ProblemNotice error={preview.error} /> : null}
      {table && preview.data ? (
        <>
          <ColumnChoice header={table.header} columns={columns} onChange={setChosen} />
          <Outcome preview={preview.data} />
        </>
      ) : null}
    </Modal>
  )
}

function Source({ onTable }: { readonly onTable: (table: ListTable, columns: ListColumns | null) => void }) {
  const { t } = useWording()
  const fail = useProblemToast()
  const [text, setText] = useState('')
  const file = useRef<HTMLInputElement>(null)
  const send = useMutation({
    mutationFn: (chosen: File) => upload<ReadList>('/api/warehouses/list/read', chosen),
    onError: fail,
    onSuccess: ({ columns, ...table }) => onTable(table, columns),
  })
  return (
    <div className="hf-paste">
      <div className="hf-paste-line">
        <Button icon={<UploadOutlined />} loading={send.isPending} onClick={() => file.current?.click()}>
          {t('warehouses.listDialog.file')}
        </Button>
        <span className="hf-faint">{t('warehouses.listDialog.paste')}</span>
      </div>
      <input
        ref={file}
        type="file"
        hidden
        data-testid="warehouse-list-file"
        accept=".csv,.tsv,.txt,.xlsx"
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) send.mutate(chosen)
        }}
      />
      <Input.TextArea
        rows={4}
        wrap="off"
        spellCheck={false}
        aria-label={t('warehouses.listDialog.paste')}
        placeholder={t('warehouses.listDialog.example')}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          const table = pastedTable(event.target.value)
          if (table) onTable(table, null)
        }}
      />
    </div>
  )
}

/** Cells of what was pasted: parted by tabs, else commas; the first line holds the heads. Null for less than two lines. */
function pastedTable(text: string): ListTable | null {
  const parted = text.includes('\t') ? '\t' : /[,，]/
  const lines = text.split(/\r?\n/).map((line) => line.split(parted).map((cell) => cell.trim()))
  const [header] = lines
  const rows = lines
    .map((cells, index) => ({ row: index + 1, cells }))
    .slice(1)
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
  return header === undefined || rows.length === 0 ? null : { header, rows }
}

function ColumnChoice({
  header,
  columns,
  onChange,
}: {
  readonly header: readonly string[]
  readonly columns: ListColumns
  readonly onChange: (columns: ListColumns) => void
}) {
  const { t } = useWording()
  const choose = (field: ListField, column: string | undefined) => {
    const { [field]: _, ...rest } = columns
    onChange(column === undefined ? rest : { ...rest, [field]: column })
  }
  return (
    <fieldset className="hf-wh-columns">
      <legend className="hf-small-head">{t('warehouses.listDialog.columns')}</legend>
      {LIST_FIELDS.map((field) => (
        <div key={field}>
          <span className="hf-faint">{t(`warehouses.field.${field}`)}</span>
          <Select
            size="small"
            allowClear
            aria-label={t(`warehouses.field.${field}`)}
            placeholder={t('warehouses.field.none')}
            value={columns[field]}
            onChange={(column: string | undefined) => choose(field, column)}
            options={header.map((value) => ({ value, label: value }))}
          />
        </div>
      ))}
    </fieldset>
  )
}

const TONES = { new: 'good', changed: 'wait', same: 'muted' } as const

function Outcome({ preview }: { readonly preview: ListPreview }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  if (preview.errors.length > 0)
    return (
      <>
        <Alert
          type="error"
          showIcon
          title={t('warehouses.listDialog.errors', { n: preview.errors.length })}
        />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
        <section className="hf-paste-errors" aria-label={t('warehouses.listDialog.reason')} tabIndex={0}>
          <table className="hf-plain-table">
            <thead>
              <tr>
                <th scope="col">{t('warehouses.listDialog.row')}</th>
                <th scope="col">{t('warehouses.listDialog.column')}</th>
                <th scope="col">{t('warehouses.listDialog.reason')}</th>
              </tr>
            </thead>
            <tbody>
              {preview.errors.map((error) => (
                <tr key={`${error.row} ${error.column} ${error.code}`}>
                  <td className="hf-num">{error.row}</td>
                  <td>{error.column}</td>
                  <td>{refusal(error.code, error.detail)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
    <section className="hf-paste-errors" aria-label={t('warehouses.listDialog.outcome')} tabIndex={0}>
      <table className="hf-plain-table">
        <tbody>
          {preview.rows.map((row) => (
            <tr key={row.row}>
              <td className="hf-num">{row.row}</td>
              <td>
                <code>{row.code}</code>
              </td>
              <td>{row.name}</td>
              <td>
                <Tag tone={TONES[row.outcome]}>{t(`warehouses.listDialog.${row.outcome}`)}</Tag>{' '}
                <span className="hf-faint">
                  {row.fields.map((field) => t(`warehouses.field.${field as ListField}`)).join('、')}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
