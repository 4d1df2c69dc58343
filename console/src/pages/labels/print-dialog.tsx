import { useMutation } from '@tanstack/react-query'
import { App, Form, Input, Modal, Segmented, Select } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { LABEL_SIZES, type LabelSize } from '#/api/label-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { useDevices, useTemplates } from './use-labels.ts'

/** Makes a batch; asks for a reason only where a label was made before. */
export function PrintDialog({
  ids,
  onClose,
  onDone,
}: {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onDone: (batch: string) => void
}) {
  const { t, language } = useWording()
  const { message } = App.useApp()
  const devices = useDevices()
  const templates = useTemplates()
  const [kept, setKept] = useLocalState<{ size: LabelSize; device: string | null }>('labels.print', {
    size: '76x130',
    device: null,
  })
  const [template, setTemplate] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const make = useMutation({
    mutationFn: () =>
      write<{ id: string; batchNo: string }>('POST', '/api/labels/batches', {
        waybillIds: ids,
        size: kept.size,
        template,
        deviceId: devices.some((one) => one.id === kept.device) ? kept.device : null,
        reason: reason.trim() === '' ? null : reason.trim(),
      }),
    onSuccess: ({ id, batchNo }) => {
      void message.success(t('labels.made', { no: batchNo }))
      onDone(id)
    },
  })
  const fitting = templates.filter((one) => one.size === kept.size)
  return (
    <Modal
      open
      title={t('labels.printTitle', { n: ids.length })}
      okText={t('labels.print')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: make.isPending }}
      onOk={() => make.mutate()}
      onCancel={onClose}
    >
      {make.error ? <ProblemNotice error={make.error} /> : null}
      <Form layout="vertical">
        <Form.Item label={t('labels.size')}>
          <Segmented
            options={[...LABEL_SIZES]}
            value={kept.size}
            onChange={(size) => {
              setTemplate(null)
              setKept({ ...kept, size: size as LabelSize })
            }}
          />
        </Form.Item>
        <Form.Item label={t('labels.template')}>
          <Select
            aria-label={t('labels.template')}
            value={template ?? ''}
            onChange={(value: string) => setTemplate(value === '' ? null : value)}
            options={[
              { value: '', label: t('labels.templateAuto') },
              ...fitting.map((one) => ({ value: one.ref, label: language === 'zh' ? one.zh : one.en })),
            ]}
          />
        </Form.Item>
        <Form.Item label={t('labels.device')}>
          <Select
            aria-label={t('labels.device')}
            value={devices.some((one) => one.id === kept.device) ? kept.device : ''}
            onChange={(value: string) => setKept({ ...kept, device: value === '' ? null : value })}
            options={[
              { value: '', label: t('labels.deviceNone') },
              ...devices.map((one) => ({ value: one.id, label: `${one.name}（${one.code}）` })),
            ]}
          />
        </Form.Item>
        <Form.Item label={t('labels.reason')}>
          <Input
            maxLength={200}
            placeholder={t('labels.reasonHint')}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Form.Item>
      </Form>
    </Modal>
  )
}
