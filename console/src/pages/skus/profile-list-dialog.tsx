import { UploadOutlined } from '@ant-design/icons'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Modal, Select } from 'antd'
import { useRef, useState } from 'react'
import { upload, write } from '#/api/client.ts'
import {
  PROFILE_LIST_FIELDS,
  type ProfileColumns,
  type ProfileListField,
  type ProfilesDone,
  type ProfilesPreview,
  type ProfileTable,
  type ReadProfiles,
  SKU_PROFILES,
} from '#/api/sku-profile-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

const ROWS_SHOWN = 200

/** A list of profiles from a file or the clipboard: its columns, what it would do, and every cell that is wrong. */
export function ProfileListDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [table, setTable] = useState<ProfileTable | null>(null)
  const [chosen, setChosen] = useState<ProfileColumns | null>(null)
  const preview = useQuery({
    queryKey: ['sku-profile-list', table, chosen],
    queryFn: () =>
      write<ProfilesPreview>('POST', `${SKU_PROFILES}/list/preview`, {
        ...table,
        ...(chosen ? { columns: chosen } : {}),
      }),
    enabled: table !== null,
    placeholderData: keepPreviousData,
  })
  const columns = chosen ?? preview.data?.columns ?? {}
  const take = useMutation({
    mutationFn: () => write<ProfilesDone>('POST', `${SKU_PROFILES}/list`, { ...table, columns }),
    onError: fail,
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: ['sku-tags'] })
      void message.success(t('skuProfiles.list.done', { ...done }))
      onClose()
      onDone()
    },
  })
  const rows = preview.data?.rows ?? []
  const ready = table !== null && rows.length > 0 && preview.data?.errors.length === 0 && !preview.isFetching
  return (
    <Modal
      open
      width={760}
      title={t('skuProfiles.list.title')}
      onCancel={onClose}
      cancelText={t('common.cancel')}
      okText={t('skuProfiles.list.apply', { n: rows.length })}
      okButtonProps={{ disabled: !ready, loading: take.isPending }}
      onOk={() => take.mutate()}
    >
      <p className="hf-faint">{t('skuProfiles.list.hint')}</p>
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

function Source({
  onTable,
}: {
  readonly onTable: (table: ProfileTable, columns: ProfileColumns | null) => void
}) {
  const { t } = useWording()
  const fail = useProblemToast()
  const [text, setText] = useState('')
  const file = useRef<HTMLInputElement>(null)
  const send = useMutation({
    mutationFn: (chosen: File) => upload<ReadProfiles>(`${SKU_PROFILES}/list/read`, chosen),
    onError: fail,
    onSuccess: ({ columns, ...table }) => onTable(table, columns),
  })
  return (
    <div className="hf-paste">
      <div className="hf-paste-line">
        <Button icon={<UploadOutlined />} loading={send.isPending} onClick={() => file.current?.click()}>
          {t('skuProfiles.list.file')}
        </Button>
        <span className="hf-faint">{t('skuProfiles.list.paste')}</span>
      </div>
      <input
        ref={file}
        type="file"
        hidden
        data-testid="sku-profile-file"
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
        aria-label={t('skuProfiles.list.paste')}
        placeholder={t('skuProfiles.list.example')}
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
function pastedTable(text: string): ProfileTable | null {
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
  readonly columns: ProfileColumns
  readonly onChange: (columns: ProfileColumns) => void
}) {
  const { t } = useWording()
  const choose = (field: ProfileListField, column: string | undefined) => {
    const { [field]: _, ...rest } = columns
    onChange(column === undefined ? rest : { ...rest, [field]: column })
  }
  return (
    <fieldset className="hf-sku-columns">
      <legend className="hf-small-head">{t('skuProfiles.list.columns')}</legend>
      {PROFILE_LIST_FIELDS.map((field) => (
        <div key={field}>
          <span className="hf-faint">{t(`skuProfiles.list.field.${field}`)}</span>
          <Select
            size="small"
            allowClear
            aria-label={t(`skuProfiles.list.field.${field}`)}
            placeholder={t('skuProfiles.list.noColumn')}
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

function Outcome({ preview }: { readonly preview: ProfilesPreview }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  const { errors, rows } = preview
  const hidden = Math.max(0, (errors.length > 0 ? errors.length : rows.length) - ROWS_SHOWN)
  return (
    <>
      {errors.length > 0 ? (
        <Alert type="error" showIcon title={t('skuProfiles.list.errors', { n: errors.length })} />
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-paste-errors" aria-label={t('skuProfiles.list.outcome')} tabIndex={0}>
        <table className="hf-plain-table">
          {errors.length > 0 ? (
            <>
              <thead>
                <tr>
                  <th scope="col">{t('skuProfiles.list.row')}</th>
                  <th scope="col">{t('skuProfiles.list.column')}</th>
                  <th scope="col">{t('skuProfiles.list.reason')}</th>
                </tr>
              </thead>
              <tbody>
                {errors.slice(0, ROWS_SHOWN).map((error) => (
                  <tr key={`${error.row} ${error.column} ${error.code}`}>
                    <td className="hf-num">{error.row}</td>
                    <td>{error.column}</td>
                    <td>{refusal(error.code, error.detail)}</td>
                  </tr>
                ))}
              </tbody>
            </>
          ) : (
            <tbody>
              {rows.slice(0, ROWS_SHOWN).map((row) => (
                <tr key={row.row}>
                  <td className="hf-num">{row.row}</td>
                  <td>
                    <code>{row.sku}</code>
                  </td>
                  <td>{row.title}</td>
                  <td>
                    <Tag tone={TONES[row.outcome]}>{t(`skuProfiles.list.${row.outcome}`)}</Tag>{' '}
                    <span className="hf-faint">
                      {row.fields.map((field) => t(`skuProfiles.field.${field}`)).join('、')}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          )}
        </table>
        {hidden > 0 ? <p className="hf-faint">{t('skuProfiles.list.more', { n: hidden })}</p> : null}
      </section>
    </>
  )
}
