import { UploadOutlined } from '@ant-design/icons'
import { Alert, Button, Input, Modal } from 'antd'
import { useRef, useState } from 'react'
import type { ImportedMappings } from '#/api/sku-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { readPasted, readTextFile } from './pasted-table.ts'
import { useImportMappings } from './use-sku-changes.ts'

/** A whole table of mappings, pasted or from a CSV file; what is wrong in it is told by row. */
export function PasteDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const [text, setText] = useState('')
  const [done, setDone] = useState<ImportedMappings | null>(null)
  const file = useRef<HTMLInputElement>(null)
  const table = readPasted(text)
  const save = useImportMappings((outcome) => {
    setDone(outcome)
    onDone()
  })
  return (
    <Modal
      open
      width={640}
      title={t('skus.pasteTitle')}
      okText={done ? t('common.close') : t('skus.pasteApply', { n: table.rows })}
      cancelText={done ? t('skus.pasteAgain') : t('common.cancel')}
      okButtonProps={{ disabled: !done && table.rows === 0, loading: save.isPending }}
      onOk={() => (done ? onClose() : save.mutate(table.csv))}
      onCancel={(event) => {
        if (done && event.currentTarget.classList.contains('ant-btn')) setDone(null)
        else onClose()
      }}
    >
      {done ? (
        <PasteOutcome done={done} shift={table.shift} />
      ) : (
        <div className="hf-paste">
          <p className="hf-faint">{t('skus.pasteHint')}</p>
          <div className="hf-paste-line">
            <Button icon={<UploadOutlined />} onClick={() => file.current?.click()}>
              {t('skus.pasteFile')}
            </Button>
            <span className="hf-faint" role="status">
              {table.rows > 0 ? t('skus.pasteRows', { n: table.rows }) : null}
            </span>
          </div>
          <input
            ref={file}
            type="file"
            hidden
            accept=".csv,.tsv,.txt,text/csv"
            onChange={(event) => {
              const [chosen] = event.target.files ?? []
              event.target.value = ''
              if (chosen) void readTextFile(chosen).then(setText)
            }}
          />
          <Input.TextArea
            autoFocus
            rows={12}
            wrap="off"
            spellCheck={false}
            aria-label={t('skus.pasteLabel')}
            placeholder={t('skus.pasteExample')}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
    </Modal>
  )
}

function PasteOutcome({ done, shift }: { readonly done: ImportedMappings; readonly shift: 0 | 1 }) {
  const { t, word } = useWording()
  const refusal = useRefusalText()
  return (
    <>
      <Alert
        showIcon
        type={done.mapped > 0 ? 'success' : 'warning'}
        title={t('skus.pasteDone', { mapped: done.mapped, lines: done.lines, orders: done.orders })}
        description={done.errors.length > 0 ? t('skus.pasteErrors', { n: done.errors.length }) : null}
      />
      {done.errors.length > 0 ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard
        <section className="hf-paste-errors" aria-label={t('skus.error.reason')} tabIndex={0}>
          <table className="hf-plain-table">
            <thead>
              <tr>
                <th scope="col">{t('skus.error.row')}</th>
                <th scope="col">{t('skus.error.column')}</th>
                <th scope="col">{t('skus.error.reason')}</th>
              </tr>
            </thead>
            <tbody>
              {done.errors.map((error) => (
                <tr key={`${error.row}${error.column}${error.code}`}>
                  <td className="hf-num">{Math.max(1, error.row - shift)}</td>
                  <td>{word('skuColumn', error.column)}</td>
                  <td>{refusal(error.code, error.detail)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </>
  )
}
