import { useMutation } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Popconfirm } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { OutboxFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

type RetryChoice = { readonly ids: readonly string[] } | { readonly filter: OutboxFilter }

export function useRetry(onDone: () => void) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: (choice: RetryChoice) => write<{ retried: number }>('POST', '/api/outbox/retry', choice),
    onError: fail,
    onSuccess: ({ retried }) => {
      void message.success(retried > 0 ? t('outbox.retried', { n: retried }) : t('outbox.retriedNone'))
      onDone()
    },
  })
}

export function OutboxBulk({
  selection,
  onDone,
}: {
  readonly selection: Selection
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const [dropping, setDropping] = useState(false)
  const done = () => {
    selection.clear()
    onDone()
  }
  const retry = useRetry(done)
  const n = selection.count
  return (
    <>
      <Popconfirm
        title={t('outbox.retryConfirm', { n })}
        okText={t('outbox.retry')}
        cancelText={t('common.cancel')}
        onConfirm={() => retry.mutate({ ids: selection.ids })}
      >
        <Button type="primary" loading={retry.isPending}>
          {t('outbox.retry')}
        </Button>
      </Popconfirm>
      <Button danger onClick={() => setDropping(true)}>
        {t('outbox.drop')}
      </Button>
      {dropping ? <DropDialog ids={selection.ids} onClose={() => setDropping(false)} onDone={done} /> : null}
    </>
  )
}

function DropDialog({
  ids,
  onClose,
  onDone,
}: {
  readonly ids: readonly string[]
  readonly onClose: () => void
  readonly onDone: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm<{ reason: string }>()
  const drop = useMutation({
    mutationFn: (reason: string) => write<{ dropped: number }>('POST', '/api/outbox/drop', { ids, reason }),
    onError: fail,
    onSuccess: ({ dropped }) => {
      void message.success(t('outbox.dropped', { n: dropped }))
      onClose()
      onDone()
    },
  })
  return (
    <Modal
      open
      title={t('outbox.dropTitle', { n: ids.length })}
      okText={t('outbox.drop')}
      cancelText={t('common.cancel')}
      okButtonProps={{ danger: true, loading: drop.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('outbox.dropHint')}</p>
      <Form form={form} layout="vertical" onFinish={({ reason }) => drop.mutate(reason)}>
        <Form.Item
          name="reason"
          label={t('outbox.dropReason')}
          rules={[{ required: true, min: 3, whitespace: true, message: t('outbox.reasonShort') }]}
        >
          <Input maxLength={500} placeholder={t('outbox.dropReasonHint')} autoFocus />
        </Form.Item>
      </Form>
    </Modal>
  )
}
