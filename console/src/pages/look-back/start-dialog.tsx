import { useMutation, useQuery } from '@tanstack/react-query'
import { Form, Input, InputNumber, Modal, Select } from 'antd'
import { get, write } from '#/api/client.ts'
import type { LookBackRun } from '#/api/reship-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { isoOf, nowMs } from '#/lib/time.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'

type Draft = { readonly connections: readonly string[]; readonly days: number; readonly reason: string }
type Connections = { readonly items: readonly { readonly id: string; readonly name: string }[] }

/** Which connections and how many days to read again, and why. */
export function StartDialog({
  onClose,
  onStarted,
}: {
  readonly onClose: () => void
  readonly onStarted: (run: LookBackRun) => void
}) {
  const { t } = useWording()
  const toast = useProblemToast()
  const [form] = Form.useForm<Draft>()
  const { data } = useQuery({
    queryKey: ['connections', 'look-back'],
    queryFn: () => get<Connections>('/api/connections'),
  })
  const start = useMutation({
    mutationFn: ({ connections, days, reason }: Draft) => {
      const from = isoOf(nowMs() - days * 86_400_000)
      return write<LookBackRun>('POST', '/api/look-back', { connections, reason, from })
    },
    onSuccess: onStarted,
    onError: toast,
  })
  return (
    <Modal
      open
      title={t('lookBack.start')}
      okText={t('lookBack.start')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: start.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<Draft>
        form={form}
        layout="vertical"
        initialValues={{ days: 7 }}
        onFinish={(draft) => start.mutate(draft)}
      >
        <Form.Item name="connections" label={t('lookBack.connections')} rules={[{ required: true }]}>
          <Select
            mode="multiple"
            optionFilterProp="label"
            options={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
        <Form.Item name="days" label={t('lookBack.days')} rules={[{ required: true }]}>
          <InputNumber min={1} max={90} precision={0} />
        </Form.Item>
        <Form.Item name="reason" label={t('lookBack.reason')} rules={[{ required: true, min: 3, max: 500 }]}>
          <Input.TextArea rows={2} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
