import { UploadOutlined } from '@ant-design/icons'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Modal } from 'antd'
import { useRef, useState } from 'react'
import { write } from '#/api/client.ts'
import type { LanePreview, LaneTable } from '#/api/sourcing-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { readSheet } from '#/pages/rules/canvas/grid-files.ts'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

type Done = { readonly added: number; readonly changed: number; readonly same: number }

/** A list of lanes from a CSV or XLSX file or the clipboard: what it would change, and every row that is wrong. */
export function LaneImport({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const file = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const table = tableOf(text)
  const preview = useQuery({
    queryKey: ['sourcing-lane-list', text],
    queryFn: () => write<LanePreview>('POST', '/api/sourcing/lanes/list/preview', table),
    enabled: table !== null,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const take = useMutation({
    mutationFn: () => write<Done>('POST', '/api/sourcing/lanes/list', table),
    onError: fail,
    onSuccess: async (done) => {
      await client.invalidateQueries({ queryKey: ['sourcing'] })
      void message.success(t('sourcing.import.done', { ...done }))
      onClose()
    },
  })
  const read = useMutation({
    mutationFn: async (chosen: File) => textOfRows(await readSheet(chosen)),
    onSuccess: setText,
    onError: () => void message.error(t('sourcing.import.unreadable')),
  })
  const rows = table === null ? [] : (preview.data?.rows ?? [])
  const ready = rows.length > 0 && preview.data?.errors.length === 0 && !preview.isFetching && !preview.error
  return (
    <Modal
      open
      width={760}
      title={t('sourcing.import.title')}
      onCancel={onClose}
      okText={t('sourcing.import.apply', { n: rows.length })}
      okButtonProps={{ disabled: !ready, loading: take.isPending }}
      onOk={() => take.mutate()}
    >
      <p className="hf-faint">{t('sourcing.import.hint')}</p>
      <div className="hf-paste">
        <div className="hf-paste-line">
          <Button icon={<UploadOutlined />} loading={read.isPending} onClick={() => file.current?.click()}>
            {t('sourcing.import.file')}
          </Button>
        </div>
        <input
          ref={file}
          type="file"
          hidden
          data-testid="lane-list-file"
          accept=".csv,.tsv,.txt,.xlsx"
          onChange={(event) => {
            const [chosen] = event.target.files ?? []
            event.target.value = ''
            if (chosen) read.mutate(chosen)
          }}
        />
        <Input.TextArea
          rows={5}
          wrap="off"
          spellCheck={false}
          aria-label={t('sourcing.import.paste')}
          placeholder={t('sourcing.import.example')}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {preview.error ? <ProblemNotice error={preview.error} /> : null}
      {table !== null && preview.data && !preview.error ? <Outcome preview={preview.data} /> : null}
    </Modal>
  )
}

/** A sheet's rows as one would paste them. */
function textOfRows(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => cells.map((cell) => cell.replace(/\s+/g, ' ')).join('\t')).join('\n')
}

/** Cells parted by tabs, else commas; quotes around a cell are taken off. Null for less than two lines. */
function tableOf(text: string): LaneTable | null {
  const parted = text.includes('\t') ? '\t' : /[,，]/
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.split(parted).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')))
  const [header] = lines
  const rows = lines
    .map((cells, index) => ({ row: index + 1, cells }))
    .slice(1)
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
  return header === undefined || rows.length === 0 ? null : { header, rows }
}

const TONES = { new: 'good', changed: 'wait', same: 'muted' } as const
const SHOWN = 200

function Outcome({ preview: { rows, errors } }: { readonly preview: LanePreview }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  return (
    <>
      {errors.length > 0 ? (
        <Alert type="error" showIcon title={t('sourcing.import.errors', { n: errors.length })} />
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <section className="hf-paste-errors" aria-label={t('sourcing.import.outcome')} tabIndex={0}>
        <table className="hf-plain-table">
          <tbody>
            {errors.slice(0, SHOWN).map((error) => (
              <tr key={`${error.row} ${error.code}`}>
                <td className="hf-num">{error.row}</td>
                <td>{error.column}</td>
                <td colSpan={4}>{refusal(error.code, error.detail)}</td>
              </tr>
            ))}
            {errors.length === 0
              ? rows.slice(0, SHOWN).map((row) => (
                  <tr key={row.row}>
                    <td className="hf-num">{row.row}</td>
                    <td>
                      <code>{row.warehouse}</code>
                    </td>
                    <td>
                      {row.province === '*' ? t('sourcing.lanes.anywhere') : row.province}{' '}
                      {row.city === '*' ? '' : row.city}
                    </td>
                    <td className="hf-right hf-num">
                      {row.hours === null ? '—' : t('sourcing.try.hours', { n: row.hours })}
                    </td>
                    <td className="hf-right hf-num">
                      {row.firstKg ?? '—'} / {row.furtherKg ?? '—'}
                    </td>
                    <td>
                      <Tag tone={TONES[row.outcome]}>{t(`sourcing.import.${row.outcome}`)}</Tag>
                    </td>
                  </tr>
                ))
              : null}
          </tbody>
        </table>
      </section>
    </>
  )
}
