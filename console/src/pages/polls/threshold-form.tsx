import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Form, InputNumber, Modal, Switch } from 'antd'
import { write } from '#/api/client.ts'
import { POLLS, type PollThresholds } from '#/api/poll-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { POLLS_KEY } from './use-polls.ts'

const FIELDS = [
  { name: 'noEventMinutes', label: 'noEvent', min: 5, max: 10_080 },
  { name: 'silentMinutes', label: 'silent', min: 10, max: 10_080 },
  { name: 'orderSilentMinutes', label: 'orderSilent', min: 10, max: 10_080 },
  { name: 'everySeconds', label: 'askEvery', min: 60, max: 86_400 },
  { name: 'longestMinutes', label: 'longest', min: 5, max: 1_440 },
  { name: 'givenUpDays', label: 'givenUp', min: 1, max: 180 },
  { name: 'findsMuchPercent', label: 'findsMuch', min: 1, max: 100 },
] as const

/** When the hub asks, for all connections. */
export function ThresholdForm({
  initial,
  onClose,
}: {
  readonly initial: PollThresholds
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const [form] = Form.useForm<PollThresholds>()
  const save = useMutation({
    mutationFn: (thresholds: PollThresholds) => write('PUT', POLLS, thresholds),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('polls.saved'))
      await client.invalidateQueries({ queryKey: POLLS_KEY })
      onClose()
    },
  })
  return (
    <Modal
      open
      width={560}
      title={t('polls.thresholds')}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: save.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('polls.form.allHint')}</p>
      <Form<PollThresholds>
        form={form}
        layout="horizontal"
        labelCol={{ span: 15 }}
        labelAlign="left"
        colon={false}
        initialValues={initial}
        onFinish={(values) => save.mutate(values)}
      >
        <Form.Item name="enabled" label={t('polls.form.enabled')} valuePropName="checked">
          <Switch />
        </Form.Item>
        {FIELDS.map(({ name, label, min, max }) => (
          <Form.Item key={name} name={name} label={t(`polls.form.${label}`)} rules={[{ required: true }]}>
            <InputNumber min={min} max={max} precision={0} />
          </Form.Item>
        ))}
      </Form>
    </Modal>
  )
}
