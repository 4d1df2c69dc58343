import { useMutation } from '@tanstack/react-query'
import { Alert, App, Modal, Table, Upload } from 'antd'
import { useState } from 'react'
import { upload } from '#/api/client.ts'
import type { TransferImport } from '#/api/transfer-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'

/** A list of transfers: first what it would make, then all of it or nothing. */
export function ImportDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusal = useRefusalText()
  const [file, setFile] = useState<File | null>(null)
  const look = useMutation({
    mutationFn: (chosen: File) => upload<TransferImport>('/api/transfers/import?dryRun=1', chosen),
    onError: fail,
  })
  const make = useMutation({
    mutationFn: (chosen: File) => upload<TransferImport>('/api/transfers/import', chosen),
    onError: fail,
    onSuccess: ({ transfers }) => {
      void message.success(
        t('transfers.importDone', { n: transfers.filter((one) => one.id !== null).length }),
      )
      onDone()
      onClose()
    },
  })
  const { transfers = [], errors = [] } = look.data ?? {}
  return (
    <Modal
      open
      width={720}
      title={t('transfers.importTitle')}
      okText={t('transfers.importGo', { n: transfers.length })}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: transfers.length === 0 || errors.length > 0, loading: make.isPending }}
      onOk={() => {
        if (file) make.mutate(file)
      }}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('transfers.importHint')}</p>
      <Upload.Dragger
        accept=".csv,.xlsx"
        maxCount={1}
        showUploadList={false}
        beforeUpload={(chosen) => {
          setFile(chosen)
          look.mutate(chosen)
          return false
        }}
      >
        {file?.name ?? t('transfers.importFile')}
      </Upload.Dragger>
      {errors.length > 0 ? (
        <Alert
          type="error"
          showIcon
          title={t('transfers.importErrors', { n: errors.length })}
          description={
            <ul>
              {errors.slice(0, 20).map((one) => (
                <li key={`${one.row}${one.column}${one.code}`}>
                  {t('transfers.importRow', {
                    row: one.row,
                    column: one.column,
                    text: refusal(one.code, one.detail),
                  })}
                </li>
              ))}
            </ul>
          }
        />
      ) : null}
      {transfers.length > 0 ? (
        <Table
          size="small"
          rowKey="name"
          pagination={{ pageSize: 8, hideOnSinglePage: true }}
          dataSource={[...transfers]}
          columns={[
            { title: t('transfers.title'), dataIndex: 'name' },
            { title: t('transfers.col.way'), render: (_, one) => `${one.from} → ${one.to}` },
            {
              title: t('transfers.col.quantity'),
              render: (_, one) => t('transfers.importPieces', { lines: one.lines, pieces: one.pieces }),
            },
            {
              title: '',
              render: (_, one) =>
                one.lacks > 0 ? (
                  <span className="hf-text-bad">{t('transfers.importLacks', { n: one.lacks })}</span>
                ) : null,
            },
          ]}
        />
      ) : null}
    </Modal>
  )
}
