import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { PrintTask } from '#/api/label-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { useDevices } from './use-labels.ts'

export type TaskAsk = { readonly task: PrintTask; readonly what: 'requeue' | 'drop' }

/** Queues a task again, here or at another printer, or drops it; the audit log keeps why. */
export function TaskDialog({ ask, onClose }: { readonly ask: TaskAsk; readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const { task, what } = ask
  const fitting = useDevices().filter((one) => one.takes.includes(task.kind))
  const [device, setDevice] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const own = fitting.find((one) => one.code === task.device)?.id ?? null
  const chosen = device ?? own
  const act = useMutation({
    mutationFn: () =>
      write('POST', `/api/print/tasks/${task.id}/${what}`, {
        reason: reason.trim(),
        ...(what === 'requeue' ? { deviceId: chosen } : {}),
      }),
    onSuccess: () => {
      void message.success(t(what === 'requeue' ? 'labels.requeued' : 'labels.droppedDone'))
      void client.invalidateQueries()
      onClose()
    },
  })
  const isReady = reason.trim().length >= 3 && (what === 'drop' || chosen !== null)
  return (
    <Modal
      open
      title={`${t(what === 'requeue' ? 'labels.requeue' : 'labels.drop')} · ${task.batchNo}`}
      okText={t(what === 'requeue' ? 'labels.requeue' : 'labels.drop')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: act.isPending, disabled: !isReady, danger: what === 'drop' }}
      onOk={() => act.mutate()}
      onCancel={onClose}
    >
      {act.error ? <ProblemNotice error={act.error} /> : null}
      <Form layout="vertical">
        {what === 'requeue' ? (
          <Form.Item
            label={t('labels.device')}
            {...(task.deliveries > 0 ? { help: t('labels.requeueHint') } : {})}
          >
            <Select
              aria-label={t('labels.device')}
              value={chosen}
              onChange={setDevice}
              options={fitting.map((one) => ({ value: one.id, label: `${one.name}（${one.code}）` }))}
            />
          </Form.Item>
        ) : null}
        <Form.Item label={t('labels.taskReason')} required>
          <Input
            autoFocus
            aria-label={t('labels.taskReason')}
            maxLength={200}
            placeholder={t('labels.taskReasonHint')}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Form.Item>
      </Form>
    </Modal>
  )
}
