import { DownloadOutlined, PlusOutlined, UploadOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Button, Modal } from 'antd'
import { useRef, useState } from 'react'
import { type ImportedSets, SELLABLE } from '#/api/channel-stock-types.ts'
import { download, upload } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'

/** Add, import and export of bundles or gifts. */
export function SetTools({
  kind,
  addText,
  onAdd,
  onDone,
}: {
  readonly kind: 'bundles' | 'gifts'
  readonly addText: string
  readonly onAdd: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const mayWrite = useCan()('stock:write')
  const fail = useProblemToast()
  const file = useRef<HTMLInputElement>(null)
  const [done, setDone] = useState<ImportedSets | null>(null)
  const take = useMutation({
    mutationFn: (chosen: File) => upload<ImportedSets>(`${SELLABLE}/${kind}/import`, chosen),
    onError: fail,
    onSuccess: (outcome) => {
      setDone(outcome)
      onDone()
    },
  })
  return (
    <>
      <Button
        icon={<DownloadOutlined />}
        onClick={() => void download(`${SELLABLE}/${kind}/export`, undefined, `${kind}.csv`).catch(fail)}
      >
        {t('channelStock.export')}
      </Button>
      {mayWrite ? (
        <>
          <Button icon={<UploadOutlined />} loading={take.isPending} onClick={() => file.current?.click()}>
            {t('channelStock.import')}
          </Button>
          <Button type="primary" icon={<PlusOutlined />} onClick={onAdd}>
            {addText}
          </Button>
        </>
      ) : null}
      <input
        ref={file}
        type="file"
        hidden
        accept=".csv,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) take.mutate(chosen)
        }}
      />
      {done ? <Outcome done={done} onClose={() => setDone(null)} /> : null}
    </>
  )
}

function Outcome({ done, onClose }: { readonly done: ImportedSets; readonly onClose: () => void }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  return (
    <Modal open title={t('channelStock.import')} footer={null} onCancel={onClose}>
      <Alert
        showIcon
        type={done.errors.length === 0 ? 'success' : 'warning'}
        title={t('channelStock.imported', { n: done.saved })}
        description={
          done.errors.length > 0 ? t('channelStock.importErrors', { n: done.errors.length }) : null
        }
      />
      <ul className="hf-import-errors">
        {done.errors.map((error) => (
          <li key={`${error.row}${error.column}${error.code}`}>
            {t('channelStock.importRow', { row: error.row })} <code>{error.column}</code>{' '}
            {refusal(error.code, error.detail)}
          </li>
        ))}
      </ul>
    </Modal>
  )
}
