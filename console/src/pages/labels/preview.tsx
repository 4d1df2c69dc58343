import { DownloadOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Modal, Segmented, Spin } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { LABEL_SIZES, type LabelPreview, type LabelSize, type PendingLabel } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'

/** Dots to the millimetre of a 203 dpi head. */
const DOTS_PER_MM = 8

/** The preview as a picture with the dots that a thermal head has. */
async function savePicture(svg: string): Promise<void> {
  const picture = new Image()
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await picture.decode()
  const [, width = '0', height = '0'] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []
  const canvas = document.createElement('canvas')
  canvas.width = Number(width) * DOTS_PER_MM
  canvas.height = Number(height) * DOTS_PER_MM
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const link = document.createElement('a')
  link.href = canvas.toDataURL('image/png')
  link.download = 'label.png'
  link.click()
}

/** A label as it will come out, and what would keep it from being printed. */
export function PreviewPicture({ ask }: { readonly ask: object }) {
  const { t } = useWording()
  const refusalText = useRefusalText()
  const can = useCan()
  const preview = useQuery({
    enabled: can('labels:print'),
    queryKey: ['label-preview', JSON.stringify(ask)],
    queryFn: () => write<LabelPreview>('POST', '/api/labels/preview', ask),
    placeholderData: (previous) => previous,
    retry: false,
  })
  if (!can('labels:print')) return null
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
      {preview.data ? (
        <Button size="small" icon={<DownloadOutlined />} onClick={() => void savePicture(preview.data.svg)}>
          {t('labels.picture')}
        </Button>
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
