import { InboxOutlined, LoadingOutlined } from '@ant-design/icons'
import { useMutation } from '@tanstack/react-query'
import { Alert, Upload } from 'antd'
import { useState } from 'react'
import { upload } from '#/api/client.ts'
import type { Uploaded } from '#/api/import-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'

const MOST_BYTES = 100 * 1024 * 1024

export function UploadStep({ onUploaded }: { readonly onUploaded: (file: Uploaded, name: string) => void }) {
  const { t } = useWording()
  const [wrong, setWrong] = useState<'imports.wrongType' | 'imports.tooLarge' | null>(null)
  const send = useMutation({
    mutationFn: (file: File) =>
      upload<Uploaded>(`/api/imports/upload?name=${encodeURIComponent(file.name)}`, file),
    onSuccess: (uploaded, file) => onUploaded(uploaded, file.name),
  })
  const take = (file: File) => {
    const fault = !/\.(csv|tsv|txt|xlsx)$/i.test(file.name)
      ? 'imports.wrongType'
      : file.size > MOST_BYTES
        ? 'imports.tooLarge'
        : null
    setWrong(fault)
    if (fault === null) send.mutate(file)
  }
  return (
    <div className="hf-upload">
      {send.error ? <ProblemNotice error={send.error} /> : null}
      {wrong ? <Alert type="warning" showIcon title={t(wrong)} /> : null}
      <Upload.Dragger
        accept=".csv,.tsv,.txt,.xlsx"
        showUploadList={false}
        disabled={send.isPending}
        beforeUpload={(file) => {
          take(file)
          return false
        }}
      >
        <p className="hf-upload-icon" aria-hidden="true">
          {send.isPending ? <LoadingOutlined /> : <InboxOutlined />}
        </p>
        <p role="status">
          <b>{t(send.isPending ? 'imports.uploading' : 'imports.drop')}</b>
        </p>
        <p className="hf-faint">{t('imports.dropHint')}</p>
      </Upload.Dragger>
    </div>
  )
}
