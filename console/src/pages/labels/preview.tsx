import { useQuery } from '@tanstack/react-query'
import { Alert, Modal, Segmented, Spin } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { LABEL_SIZES, type LabelPreview, type LabelSize, type PendingLabel } from '#/api/label-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'

/** A label as it will come out, and what would keep it from being printed. */
export function PreviewPicture({ ask }: { readonly ask: object }) {
  const { t } = useWording()
  const refusalText = useRefusalText()
  const preview = useQuery({
    queryKey: ['label-preview', JSON.stringify(ask)],
    queryFn: () => write<LabelPreview>('POST', '/api/labels/preview', ask),
    placeholderData: (previous) => previous,
    retry: false,
  })
  return (
    <div className="hf-label-preview">
      {preview.error ? <ProblemNotice error={preview.error} /> : null}
      {(preview.data?.problems ?? []).length > 0 ? (
        <Alert
          type="warning"
          showIcon
          title={t('labels.problems')}
          description={
            <ul className="hf-label-problems">
              {preview.data?.problems.map((one) => (
                <li key={one.code + one.detail}>{refusalText(one.code, one.detail)}</li>
              ))}
            </ul>
          }
        />
      ) : null}
      {preview.data ? (
        <img
          alt={t('labels.preview')}
          src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(preview.data.svg)}`}
        />
      ) : preview.isPending ? (
        <Spin />
      ) : null}
    </div>
  )
}

export function LabelPreviewDialog({
  waybill,
  onClose,
}: {
  readonly waybill: PendingLabel
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const [size, setSize] = useState<LabelSize>('76x130')
  return (
    <Modal
      open
      footer={null}
      onCancel={onClose}
      title={t('labels.previewOf', { no: waybill.trackingNo })}
      width={520}
    >
      <Segmented options={[...LABEL_SIZES]} value={size} onChange={(value) => setSize(value as LabelSize)} />
      <PreviewPicture ask={{ size, waybillId: waybill.waybillId }} />
    </Modal>
  )
}
